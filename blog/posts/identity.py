"""Which post a file is: known by its id, its path, its slug, an old slug, or its very words; and old addresses."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from blog.errors import BadPost
from blog.posts.files import PostFile, site_path
from blog.wording import gettext


@dataclass(frozen=True)
class OtherFiles:
    """The files that the folder holds now: their paths, and the `id` that some of them have or no longer have."""

    paths: Collection[str] = ()
    ids: Mapping[str, str | None] = field(default_factory=dict)

    def has_id(self, path: str, name: str | None) -> bool:
        """Tell whether a file still has an id; one that was not read is taken to be as it was published."""
        return self.ids.get(path, name) == name


def known(db: Database, file: PostFile, others: OtherFiles) -> dict[str, Any] | None:
    """Return the row of the post that a file belongs to, None for a new one; a post whose file is there stays its.

    A file that moved is known by its `id`, its slug, an old slug among `redirect_from`, or by not having changed.
    Raises BadPost when another file has the same `id`, or the slug that this one says was its own.
    """
    post, here = match(db, file, others)
    if post and here and post is not here:  # two files changed places: the other one is published next
        db.conn.execute("update posts set path = ? where id = ?", [f"moved from {here['path']}", here["id"]])
    return post


def match(db: Database, file: PostFile, others: OtherFiles) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the row of the post that a file belongs to, and that of its path. Raises as `known` does."""
    rows = list(
        db.query(
            """
            select p.id, p.path, p.slug, p.name, p.source_hash, p.was_published, p.deleted_at,
              exists (select 1 from old_addresses o where o.post_id = p.id and o.given = 1) as redirected
            from posts p
            where p.path = :path or p.slug in (select :slug union all select value from json_each(:old))
              or p.name = :name or p.source_hash = :hash
            """,
            {
                "path": file.path,
                "slug": file.slug,
                "old": json.dumps(file.redirect_from),
                "name": file.name,
                "hash": file.hash,
            },
        )
    )
    here = next((row for row in rows if row["path"] == file.path), None)
    without_file = [row for row in rows if row is not here and row["path"] not in others.paths]
    moved = [row for row in without_file if not row["deleted_at"]]  # a deleted one has its path and its id alone
    with_id = next((row for row in rows if file.name and row["name"] == file.name), None)
    if with_id and with_id not in [here, *without_file] and others.has_id(with_id["path"], file.name):
        raise BadPost(
            file.path,
            gettext(
                "{path} has the id {name!r} too. Give one of them another.",
                path=site_path(with_id["path"]),
                name=file.name,
            ),
        )
    post = with_id or here or next((row for row in moved if row["slug"] == file.slug), None)
    post = post or next((row for row in moved if row["slug"] in file.redirect_from), None)
    if not post and not any(row["slug"] == file.slug for row in rows):
        post = next((row for row in moved if row["source_hash"] == file.hash), None)
    for row in rows:
        if row is not post and row not in without_file and row["was_published"] and row["slug"] in file.redirect_from:
            raise BadPost(
                file.path,
                gettext(
                    "{slug!r} is the address of {path}. Take it out of redirect_from, or give that post another slug.",
                    slug=row["slug"],
                    path=site_path(row["path"]),
                ),
            )
    return post, here


def check_addresses(db: Database, post: int, file: PostFile) -> None:
    """Raise BadPost when another file claims one of the old addresses that this one names."""
    taken = db.conn.execute(
        """
        select o.address, p.path from old_addresses o join posts p on p.id = o.post_id
        where o.address in (select value from json_each(?)) and o.post_id <> ? and o.given = 1
        """,
        [json.dumps(file.redirect_from), post],
    ).fetchone()
    if taken:
        raise BadPost(
            file.path,
            gettext(
                "{path} has {address!r} in redirect_from too. Keep it in one of them.",
                path=site_path(taken[1]),
                address=taken[0],
            ),
        )


def keep_addresses(db: Database, post: int, file: PostFile, before: dict[str, Any] | None, slug: str) -> None:
    """Let the addresses that a post had lead to it: those that its file names, and its last slug if that was public."""
    given = json.dumps(file.redirect_from)
    if before and before["redirected"]:
        db.conn.execute(
            """
            delete from old_addresses
            where post_id = ? and given = 1 and address not in (select value from json_each(?))
            """,
            [post, given],
        )
    if file.redirect_from:
        check_addresses(db, post, file)
        db.conn.execute(
            """
            insert into old_addresses (address, post_id, given) select value, ?, 1 from json_each(?) where true
            on conflict (address) do update set post_id = excluded.post_id, given = 1
            """,
            [post, given],
        )
    if before and before["was_published"] and before["slug"] != slug:
        db.conn.execute(
            """
            insert into old_addresses (address, post_id, given) values (?, ?, 0)
            on conflict (address) do update set post_id = excluded.post_id where given = 0
            """,
            [before["slug"], post],
        )


def moved(db: Database, addresses: list[str], *, at: str) -> dict[str, Any] | None:
    """Return the post to which one of these old addresses (slugs and paths) leads; None when none does.

    A withdrawn post is found too, so that its old address says that it is gone; a draft is not.
    """
    return next(
        iter(
            db.query(
                """
                select p.slug, p.kind, p.published_at, o.address from old_addresses o join posts p on p.id = o.post_id
                where o.address in (select value from json_each(:addresses))
                  and p.status <> 'draft' and p.published_at <= :at
                order by o.given desc limit 1
                """,
                {"addresses": json.dumps(addresses), "at": at},
            )
        ),
        None,
    )
