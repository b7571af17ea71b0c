"""Posts and pages as programs list them: by filters, in an order, page by page, and drafts for those who may."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog import closing
from blog.errors import NotFound
from blog.journal.unfinished import POST_SEEN
from blog.posts.fields import FIELDS
from blog.storage.filters import narrow
from blog.wording import gettext

HIDDEN = "p.deleted_at is null"
# The condition of each status, in the words of WordPress; what was withdrawn is private. What was deleted is withdrawn
# too, or a draft.
CONDITIONS = {
    "publish": "(p.status = 'published' and p.published_at <= :at)",
    "future": "(p.status = 'published' and p.published_at > :at)",
    "draft": f"(p.status = 'draft' and {HIDDEN})",
    "private": f"(p.status = 'withdrawn' and {HIDDEN})",
    "trash": "(p.deleted_at is not null and p.removed = 0)",
}
PUBLIC = ("publish",)
REACH = 1_000  # of the newest posts that a search finds: of a word that all have, not all are read
STATUSES = tuple(CONDITIONS)
KINDS = {"post": "p.kind = 'post'", "page": "p.kind = 'page'"}  # as they are written in the indexes
MODIFIED = """coalesce((select v.at from post_versions v where v.post_id = p.id order by v.id desc limit 1),
  p.updated_at, nullif(p.published_at, ''), '1970-01-01T00:00:00.000Z')"""
MEDIA = """(select m.id from media m where p.image <> '' and m.deleted_at is null
  and m.path = iif(p.image like '/static/%', '..' || p.image, replace(p.path, 'index.md', '') || p.image))"""
AUTHOR = "(select a.id from accounts a where a.name = p.author collate nocase and a.removed_at is null)"
ROW = f"""
    {FIELDS}, p.body_html, p.excerpt_html, p.menu, p.image, {MODIFIED} as modified_at, {closing.COLUMNS},
    {MEDIA} as media_id,
    {AUTHOR} as author_id,
    (select json_group_array(json_array(x.id, x.slug, x.name)) from (select t.id, t.slug, t.name
      from post_tags pt join tags t on t.slug = pt.slug where pt.post_id = p.id order by t.name collate nocase) x)
      as terms,
    (select count(*) from post_versions v where v.post_id = p.id) as versions,
    (select max(v.id) from post_versions v where v.post_id = p.id) as version_id,
    (select json_group_object(name, value) from settings) as policy
"""
ORDERS = {
    "date": "p.published_at",
    "modified": MODIFIED,
    "title": "p.title collate nocase",
    "slug": "p.slug",
    "id": "p.id",
    "author": "p.author collate nocase",
    "menu_order": "coalesce(p.menu, 0)",
    "parent": "p.published_at",
    "relevance": "bm25(posts_search, 8, 4, 4, 1)",
}
DIRECTIONS = {"asc": "asc", "desc": "desc"}


@dataclass(frozen=True)
class PostsWanted:
    """Which posts: `statuses` in WordPress's words; those that are not public only of `owner`, unless it is None.

    `numbers` filter by numbers (author, include, exclude, tags ...), `moments` by times (after, before ...).
    """

    kind: str = "post"
    statuses: Sequence[str] = PUBLIC
    owner: str | None = ""
    search: str = ""
    slugs: Sequence[str] | None = None
    numbers: Mapping[str, Sequence[int]] | None = None
    moments: Mapping[str, str] | None = None
    order: str = "date"
    direction: str = "desc"


NUMBERS = {
    "include": "p.id in (select value from json_each(:include))",
    "exclude": "p.id not in (select value from json_each(:exclude))",
    "author": f"{AUTHOR} in (select value from json_each(:author))",
    "author_exclude": f"coalesce({AUTHOR}, 0) not in (select value from json_each(:author_exclude))",
    "tags": "p.id in (select pt.post_id from tags t join post_tags pt on pt.slug = t.slug"
    " where t.id in (select value from json_each(:tags)))",
    "categories": "p.id in (select pt.post_id from tags t join post_tags pt on pt.slug = t.slug"
    " where t.id in (select value from json_each(:categories)))",
    "tags_exclude": "p.id not in (select pt.post_id from tags t join post_tags pt on pt.slug = t.slug"
    " where t.id in (select value from json_each(:tags_exclude)))",
    "categories_exclude": "p.id not in (select pt.post_id from tags t join post_tags pt on pt.slug = t.slug"
    " where t.id in (select value from json_each(:categories_exclude)))",
    "parent": "0 in (select value from json_each(:parent))",
    "parent_exclude": "0 not in (select value from json_each(:parent_exclude))",
    "menu_order": "coalesce(p.menu, 0) in (select value from json_each(:menu_order))",
}
MOMENTS = {
    "after": "p.published_at > :after",
    "before": "p.published_at < :before",
    "modified_after": f"{MODIFIED} > :modified_after",
    "modified_before": f"{MODIFIED} < :modified_before",
}


def chosen(db: Database, wanted: PostsWanted, *, at: str, size: int, skip: int) -> dict[str, Any]:
    """Return so many posts after the first `skip`: `rows` for blog/representations/posts.py, and how many there are."""
    source, values = _source(wanted, at)
    total = db.conn.execute(f"select count(*) {source}", values).fetchone()[0]
    order = ORDERS.get(wanted.order, ORDERS["date"])
    if wanted.order in ("include", "include_slugs"):
        kept = wanted.slugs if wanted.order == "include_slugs" else (wanted.numbers or {}).get("include")
        values["order"] = json.dumps(kept or [])
        order = f"(select key from json_each(:order) where value = {'p.slug' if kept is wanted.slugs else 'p.id'})"
    way = DIRECTIONS[wanted.direction]
    if wanted.order in ("include", "include_slugs", "relevance"):
        way = "asc"
    rows = db.query(
        f"select {ROW} {source} order by {order} {way}, p.id {way} limit :size offset :skip",
        {**values, "size": size, "skip": skip},
    )
    return {"rows": list(rows), "total": int(total)}


def _source(wanted: PostsWanted, at: str) -> tuple[str, dict[str, Any]]:
    """Return what the posts are selected from, with all conditions, and the values of these."""
    conditions = [POST_SEEN, KINDS[wanted.kind], _may_be_read(wanted)]
    values: dict[str, Any] = {"at": at, "owner": wanted.owner or ""}
    tables = "posts p"
    words = re.findall(r"\w+", wanted.search[:200])[:12]
    if wanted.search:
        match = "posts_search match :words"
        if wanted.order == "relevance":
            tables = "posts_search f join posts p on p.id = f.rowid"
            conditions.append(match)
        else:
            rows = f"select rowid from posts_search where {match} order by rowid desc limit {REACH}"
            conditions.append(f"p.id in ({rows})")
        values["words"] = " ".join(f'"{word}"*' for word in words) or '"\x01"'
    if wanted.slugs is not None:
        conditions.append("p.slug in (select value from json_each(:slugs))")
        values["slugs"] = json.dumps(list(wanted.slugs))
    narrow(conditions, values, NUMBERS, wanted.numbers)
    narrow(conditions, values, MOMENTS, wanted.moments)
    return f"from {tables} where {' and '.join(conditions)}", values


def _may_be_read(wanted: PostsWanted) -> str:
    """Return the condition on status and author: what is not public is for its author, and for those who read all."""
    if not wanted.statuses:  # such as no post of this site has
        return "false"
    if tuple(wanted.statuses) == PUBLIC:
        return CONDITIONS["publish"].strip("()")
    each = [CONDITIONS[status] for status in wanted.statuses]
    if wanted.owner is None:
        return f"({' or '.join(each)})"
    own = f"({' or '.join(each)}) and p.author = :owner collate nocase and p.author <> ''"
    public = f"{CONDITIONS['publish']} or " if "publish" in wanted.statuses else ""
    return f"({public}({own}))"


def one(db: Database, number: int, kind: str) -> dict[str, Any]:
    """Return the row of a post or page by its id, whatever its status; raise NotFound."""
    row = of_any_kind(db, number)
    if row is None or row["kind"] != kind:
        raise NotFound(gettext("There is no such post."))
    return row


def of_any_kind(db: Database, number: int) -> dict[str, Any] | None:
    """Return the row of the post or page with an id, whatever its status; None for neither."""
    rows = db.query(f"select {ROW} from posts p where p.id = ? and p.removed = 0 and {POST_SEEN}", [number])
    return next(iter(list(rows)), None)


def fields(db: Database, number: int) -> dict[str, Any] | None:
    """Return the columns of FIELDS of a post or page, whatever its status; None where there is none."""
    return next(iter(list(db.query(f"select {FIELDS} from posts p where p.id = ?", [number]))), None)


def is_public(row: dict[str, Any], at: str) -> bool:
    """Tell whether anybody may read a post."""
    return row["status"] == "published" and row["published_at"] <= at and row["deleted_at"] is None


def found(db: Database, words: str, kinds: Sequence[str], *, at: str, size: int, skip: int) -> dict[str, Any]:
    """Return posts and pages for a search, the best first; without words the newest: `rows` and `total`."""
    each = re.findall(r"\w+", words[:200])[:12]
    values: dict[str, Any] = {"at": at, "kinds": json.dumps(list(kinds))}
    conditions = [f"p.kind in (select value from json_each(:kinds)) and {CONDITIONS['publish']}"]
    tables, order = "posts p", "p.published_at desc, p.id desc"
    if words:
        tables, order = "posts_search f join posts p on p.id = f.rowid", "bm25(posts_search, 8, 4, 4, 1), p.id desc"
        conditions.append("posts_search match :words")
        values["words"] = " ".join(f'"{word}"*' for word in each) or '"\x01"'
    source = f"from {tables} where {' and '.join(conditions)}"
    total = db.conn.execute(f"select count(*) {source}", values).fetchone()[0]
    rows = db.query(
        f"select p.id, p.slug, p.kind, p.title, p.published_at {source} order by {order} limit :size offset :skip",
        {**values, "size": size, "skip": skip},
    )
    return {"rows": list(rows), "total": int(total)}
