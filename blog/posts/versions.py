"""Versions: every saved state of a post's file, by whom and when. Of a post with very many, the short-lived ones go."""

import hashlib
import zlib
from typing import Any

from sqlite_utils import Database

from blog.errors import NotFound
from blog.journal import acts
from blog.journal.acts import Act
from blog.journal.events import Actor
from blog.wording import gettext

MOST = 200  # versions of one post
LARGEST = 8_000_000  # bytes of a file; also of one in a hostile copy, which could grow without end


def digest(data: bytes) -> str:
    """Return what names these very bytes of a file."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def status_at(status: str, published_at: str, at: str) -> str:
    """Return the status of a post at a moment: one whose date is in the future is scheduled."""
    return "scheduled" if status == "published" and published_at > at else status


def keep(db: Database, post: int, data: bytes, status: str, *, by: Actor, saved: bool = True) -> None:
    """Store a post's file as a version, unless it is the same as the last saved version.

    `saved` is false for text that somebody had typed and not saved when an older version was restored. A file of more
    than LARGEST bytes is not kept.
    """
    if len(data) > LARGEST:
        return
    db.conn.execute(
        """
        insert into post_versions (post_id, at, account_id, source, status, saved, digest, data)
        select :post, :at, :account, :source, :status, :saved, :digest, :data
        where :digest is not (
          select digest from post_versions where post_id = :post and saved >= :saved order by id desc limit 1
        )
        """,
        {
            "post": post,
            **vars(by),
            "status": status,
            "saved": saved,
            "digest": digest(data),
            "data": zlib.compress(data),
        },
    )


def of_post(db: Database, post: int) -> list[dict[str, Any]]:
    """Return the versions of a post, the newest first: id, at, who, source, status, saved, digest; no text."""
    return list(
        db.query(
            """
            select v.id, v.at, coalesce(a.name, '') as who, v.source, v.status, v.saved, v.digest
            from post_versions v left join accounts a on a.id = v.account_id where v.post_id = ? order by v.id desc
            """,
            [post],
        )
    )


def newest_saved(db: Database) -> list[tuple[str, int, bool]]:
    """Return for each post that has versions the path of its file, the newest saved one, and whether it is deleted."""
    rows = db.conn.execute(
        """
        select p.path, max(v.id), p.deleted_at is not null from posts p join post_versions v on v.post_id = p.id
        where v.saved group by p.id order by p.path
        """
    ).fetchall()
    return [(path, version, bool(deleted)) for path, version, deleted in rows]


def is_former(db: Database, path: str, data: bytes) -> bool:
    """Tell whether these bytes were a saved version of the post with this path."""
    row = db.conn.execute(
        """
        select 1 from post_versions v join posts p on p.id = v.post_id where p.path = ? and v.digest = ? and v.saved
        """,
        [path, digest(data)],
    ).fetchone()
    return row is not None


def count(db: Database, post: int) -> int:
    return int(db.conn.execute("select count(*) from post_versions where post_id = ?", [post]).fetchone()[0])


def find(db: Database, post: int, number: int) -> dict[str, Any]:
    """Return one version of a post; raise NotFound, also for another post's."""
    row = next((row for row in of_post(db, post) if row["id"] == number), None)
    if row is None:
        raise NotFound(gettext("This post has no version {number}.", number=number))
    return row


def contents(db: Database, numbers: list[int]) -> dict[int, bytes]:
    """Return the bytes of the files of these versions, by their numbers."""
    places = ", ".join("?" * len(numbers))
    rows = db.conn.execute(f"select id, data from post_versions where id in ({places})", numbers).fetchall()
    return {number: _inflated(data) for number, data in rows}


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, LARGEST)


def thin(db: Database) -> int:
    """Remove what a post has above MOST versions, those first that the next one followed soonest; return how many."""
    done = db.conn.execute(
        """
        with stood as (
          select id, post_id, coalesce(julianday(lead(at) over (partition by post_id order by id)) - julianday(at), 1e9)
            as days
          from post_versions
          where post_id in (select post_id from post_versions group by post_id having count(*) > :most)
        ), ranked as (
          select id, row_number() over (partition by post_id order by days desc, id desc) as place from stood
        )
        delete from post_versions where id in (select id from ranked where place > :most)
        """,
        {"most": MOST},
    )
    return done.rowcount


RESTORE = Act(
    kind="post restored",
    group=acts.POSTS,
    sentence=lambda row: gettext("Restored an earlier version of “{title}”.", title=row["title"]),
    of_post=True,
)
