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
NEWEST = f"select rowid from posts_search where posts_search match :words order by rowid desc limit {REACH}"
FOUND = "posts_search f cross join posts p indexed by posts_for_others on p.id = f.rowid"
IN_REACH = f"posts_search match :words and f.rowid >= coalesce((select min(rowid) from ({NEWEST})), 0)"
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
    "author": "p.author collate nocase in (select name from accounts where removed_at is null"
    " and id in (select value from json_each(:author)))",
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
    page = f"select p.id {source} order by {order} {way}, p.id {way} limit :size offset :skip"
    rows = _rows(db, ROW, page, {**values, "size": size, "skip": skip})
    return {"rows": rows, "total": int(total)}


def _rows(db: Database, columns: str, page: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return columns of the posts whose ids a query gives, in its order.

    So what is sorted is small, and the columns are made for the posts of the page alone.
    """
    ids = [row[0] for row in db.conn.execute(page, values).fetchall()]
    rows = f"select {columns} from json_each(?) j cross join posts p on p.id = j.value order by j.key"
    return list(db.query(rows, [json.dumps(ids)]))


def _source(wanted: PostsWanted, at: str) -> tuple[str, dict[str, Any]]:
    """Return what the posts are selected from, with all conditions, and the values of these."""
    conditions = [POST_SEEN, KINDS[wanted.kind], _may_be_read(wanted)]
    values: dict[str, Any] = {"at": at, "owner": wanted.owner or ""}
    tables = "posts p"
    if wanted.search:
        values["words"] = _words(wanted.search)
        if wanted.order == "relevance":
            tables = FOUND
            conditions.append(IN_REACH)
        else:
            conditions.append(f"p.id in ({NEWEST})")
    if wanted.slugs is not None:
        conditions.append("p.slug in (select value from json_each(:slugs))")
        values["slugs"] = json.dumps(list(wanted.slugs))
    narrow(conditions, values, NUMBERS, wanted.numbers)
    narrow(conditions, values, MOMENTS, wanted.moments)
    return f"from {tables} where {' and '.join(conditions)}", values


def _words(search: str) -> str:
    """Return the question to the search for words, each of which may be the beginning of one."""
    return " ".join(f'"{word}"*' for word in re.findall(r"\w+", search[:200])[:12]) or '"\x01"'


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
    values: dict[str, Any] = {"at": at, "size": size, "skip": skip}
    if words:
        values["words"] = _words(words)
        of_kinds = " or ".join(KINDS[kind] for kind in kinds)
        source = f"select p.id from {FOUND} where {IN_REACH} and {CONDITIONS['publish']} and ({of_kinds})"
        order = f"{ORDERS['relevance']}, p.id desc"
    else:  # each kind has its index, and these are read side by side as far as the page goes
        public = CONDITIONS["publish"].strip("()")
        each = (f"select p.id, p.published_at as at from posts p where {KINDS[kind]} and {public}" for kind in kinds)
        source, order = " union all ".join(each), "at desc, 1 desc"
    total = db.conn.execute(f"select count(*) from ({source})", values).fetchone()[0]
    page = f"{source} order by {order} limit :size offset :skip"
    return {"rows": _rows(db, "p.id, p.slug, p.kind, p.title, p.published_at", page, values), "total": int(total)}
