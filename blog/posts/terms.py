"""Tags by their numbers, with how many public posts have each: what programs call tags and categories."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.errors import Conflict, NotFound
from blog.posts.fields import NOT_PUBLIC
from blog.posts.keys import word_slug
from blog.wording import gettext

PUBLIC = f"from post_tags pt where pt.slug = t.slug and pt.post_id not in ({NOT_PUBLIC})"
COUNT = f"(select count(*) {PUBLIC})"
ROW = f"t.id, t.slug, t.name, {COUNT} as count"
ORDERS = {
    **dict.fromkeys(("name", "description", "term_group"), "t.name collate nocase"),
    **{"id": "t.id", "slug": "t.slug", "count": COUNT},
}
DIRECTIONS = {"asc": "asc", "desc": "desc"}


@dataclass(frozen=True)
class TermsWanted:
    """Which tags: `post` is the id of a post that has them, `used` leaves out those that no public post has."""

    search: str = ""
    slugs: Sequence[str] | None = None
    include: Sequence[int] | None = None
    exclude: Sequence[int] = ()
    post: int | None = None
    used: bool = False
    order: str = "name"
    direction: str = "asc"


def chosen(db: Database, wanted: TermsWanted, *, at: str, size: int, skip: int) -> dict[str, Any]:
    """Return so many tags after the first `skip`: `rows`, and the `total`."""
    conditions, values = ["t.id not in (select value from json_each(:exclude))"], {"at": at}
    values["exclude"] = json.dumps(list(wanted.exclude))
    for name, chosen in (("slug", wanted.slugs), ("id", wanted.include)):
        if chosen is not None:
            conditions.append(f"t.{name} in (select value from json_each(:{name}))")
            values[name] = json.dumps(list(chosen))
    if wanted.search:
        conditions.append("has_all(t.name, :search)")
        values["search"] = wanted.search.casefold()
    if wanted.post is not None:
        conditions.append("t.slug in (select slug from post_tags where post_id = :post)")
        values["post"] = str(wanted.post)
    if wanted.used:
        conditions.append(f"exists (select 1 {PUBLIC})")
    source, way = f"from tags t where {' and '.join(conditions)}", DIRECTIONS[wanted.direction]
    total = db.conn.execute(f"select count(*) {source}", values).fetchone()[0]
    order = ORDERS.get(wanted.order, ORDERS["name"])
    if wanted.order == "include":
        order, way = "(select key from json_each(:order) where value = t.id)", "asc"
        values["order"] = json.dumps(list(wanted.include or ()))
    page = f"select t.id {source} order by {order} {way}, t.id {way} limit :size offset :skip"
    ids = [row[0] for row in db.conn.execute(page, {**values, "size": size, "skip": skip}).fetchall()]
    rows = f"select {ROW} from json_each(:ids) j cross join tags t on t.id = j.value order by j.key"
    return {"rows": list(db.query(rows, {"at": at, "ids": json.dumps(ids)})), "total": int(total)}


def one(db: Database, number: int, *, at: str) -> dict[str, Any]:
    """Return a tag by its number; raise NotFound."""
    rows = db.query(f"select {ROW} from tags t where t.id = :id", {"id": number, "at": at})
    row = next(iter(list(rows)), None)
    if row is None:
        raise NotFound(gettext("There is no such tag."))
    return row


def all_names(db: Database) -> list[str]:
    """Return the names of all tags, by the alphabet."""
    return [str(row[0]) for row in db.conn.execute("select name from tags order by name collate nocase")]


def names(db: Database, numbers: Sequence[int]) -> list[str]:
    """Return the names of tags, in the order of their numbers; unknown numbers are left out."""
    rows = db.conn.execute(
        "select t.name from json_each(?) j join tags t on t.id = j.value order by j.key", [json.dumps(list(numbers))]
    )
    return [str(row[0]) for row in rows.fetchall()]


class Taken(Conflict):
    """Carry the tag that has this name already."""

    def __init__(self, number: int) -> None:
        super().__init__(gettext("There is such a tag already."))
        self.number = number


def add(db: Database, name: str, slug: str = "") -> int:
    """Add a tag that no post has yet; return its number. Raises Taken where there is one."""
    slug = word_slug(slug or name)
    row = db.conn.execute("select id from tags where slug in (?, ?)", [slug, word_slug(name)]).fetchone()
    if row is not None:
        raise Taken(int(row[0]))
    added = db.conn.execute("insert into tags (slug, name) values (?, ?) returning id", [slug, name]).fetchone()
    return int(added[0])


def named(db: Database, name: str) -> int | None:
    """Return the number of the tag that has a name, None where there is none."""
    row = db.conn.execute("select id from tags where slug = ?", [word_slug(name)]).fetchone()
    return int(row[0]) if row else None


def posts_with(db: Database, number: int) -> list[dict[str, Any]]:
    """Return the posts that have a tag, drafts too: the path of each, and its tags, number and name of each."""
    rows = db.conn.execute(
        """
        select p.path, (select json_group_array(json_array(coalesce(o.id, 0), n.value))
          from json_each(p.tags) n join json_each(p.tag_slugs) s on s.key = n.key left join tags o on o.slug = s.value)
        from tags t join post_tags pt on pt.slug = t.slug join posts p on p.id = pt.post_id
        where t.id = ? and p.deleted_at is null order by p.id
        """,
        [number],
    )
    return [{"path": path, "tags": json.loads(tags)} for path, tags in rows.fetchall()]


def remove(db: Database, number: int) -> None:
    """Remove a tag; whoever calls has taken it from its posts."""
    db.conn.execute("delete from tags where id = ?", [number])


def rename(db: Database, number: int, name: str) -> None:
    """Give a tag another name and address, under the same number.

    Whoever calls has written the name into the files of its posts, which may have made a new tag of it.
    """
    slug = word_slug(name)
    db.conn.execute("delete from tags where slug = ? and id <> ?", [slug, number])
    db.conn.execute("update tags set name = ?, slug = ? where id = ?", [name, slug, number])
