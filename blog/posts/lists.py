"""Posts in lists: feeds, archive, tags, authors, search, the map of the site: few questions, however many there are."""

import re
import unicodedata
from typing import Any

from sqlite_utils import Database

from blog.errors import NotFound
from blog.posts import keys
from blog.posts.published import COLUMNS, site
from blog.text import alphabetical
from blog.wording import gettext

LISTED = "p.id, p.slug, p.kind, p.title, p.summary, p.published_at, p.approved"
PUBLIC = "p.kind = 'post' and p.status = 'published' and p.published_at <= :at"
QUERY_LENGTH, QUERY_WORDS = 200, 12
# What FTS5 puts around a hit: no text holds these letters (posts/keys.py).
HIT, END = "\x01", "\x02"
DIAERESIS = "\u0308"


def newest(db: Database, *, at: str, size: int, page: int = 1) -> dict[str, Any]:
    """Return a page of the newest posts with their full text, for feeds, and how many public posts there are (`total`).

    Each has when it had its newest comment.
    """
    rows = db.query(
        f"""
        select {COLUMNS}, p.body_html, (select count(*) from posts p where {PUBLIC}) as total
        from posts p where {PUBLIC}
        order by p.published_at desc, p.id desc limit :size offset :skip
        """,
        {"at": at, "size": size, "skip": (page - 1) * size},
    )
    listed = list(rows)
    return {**site(db, at), "posts": listed, "total": listed[0]["total"] if listed else 0}


def archive(db: Database, *, at: str, most: int) -> dict[str, Any]:
    """Return the dates of all posts (`dates`), and the posts themselves unless there are more than `most`."""
    dates = db.conn.execute(
        f"select p.published_at from posts p where {PUBLIC} order by p.published_at desc, p.id desc", {"at": at}
    ).fetchall()
    rows = (
        db.query(f"select {LISTED} from posts p where {PUBLIC} order by p.published_at desc, p.id desc", {"at": at})
        if len(dates) <= most
        else []
    )
    return {**site(db, at), "dates": [row[0] for row in dates], "posts": list(rows)}


def between(db: Database, start: str, end: str, *, at: str, page: int, size: int) -> dict[str, Any]:
    """Return a page of the posts published from `start` on and before `end`, newest first."""
    where = f"{PUBLIC} and p.published_at >= :start and p.published_at < :end"
    return _page(db, f"from posts p where {where}", {"at": at, "start": start, "end": end}, page, size)


def tagged(db: Database, slug: str, *, at: str, page: int, size: int) -> dict[str, Any]:
    """Return a page of a tag's posts, newest first, its `name` and `tag_id`; raise NotFound where no post has it."""
    source = f"from post_tags t join posts p on p.id = t.post_id where t.slug = :slug and {PUBLIC}"
    tag = "(select id from tags where slug = :slug) as tag_id, t.name"
    found = _named(_page(db, source, {"at": at, "slug": slug}, page, size, tag), gettext("No post has this tag."))
    return {**found, "tag_id": found["posts"][0]["tag_id"]}


def tag_named(db: Database, name: str, *, at: str) -> str:
    """Return the tag that another program's address means, "" when no post has it; that may spell ü as u or ue."""
    wanted = keys.word_slug(name)
    slugs = [str(row[0]) for row in db.conn.execute("select slug from tags order by slug").fetchall()]
    slug = wanted if wanted in slugs else next((slug for slug in slugs if wanted in _in_plain_letters(slug)), "")
    used = f"select 1 from post_tags t join posts p on p.id = t.post_id where t.slug = :slug and {PUBLIC}"
    return slug if db.conn.execute(used, {"at": at, "slug": slug}).fetchone() else ""


def _in_plain_letters(slug: str) -> set[str]:
    """Return a slug without the marks on its letters, and as Germans write it without umlauts."""
    apart = unicodedata.normalize("NFD", slug)
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return {plain, unicodedata.normalize("NFC", apart.replace(DIAERESIS, "e"))}


def of_author(db: Database, slug: str, *, at: str, page: int, size: int) -> dict[str, Any]:
    """Return a page of an author's posts, newest first, and the author's `name`; raise NotFound."""
    source = f"from posts p where p.author_slug = :slug and {PUBLIC}"
    return _named(
        _page(db, source, {"at": at, "slug": slug}, page, size, "p.author"), gettext("No post has this author.")
    )


def _page(db: Database, source: str, values: dict[str, Any], page: int, size: int, name: str = "''") -> dict[str, Any]:
    rows = list(
        db.query(
            f"""
            select {LISTED}, {name} as name, (select count(*) {source}) as total
            {source} order by p.published_at desc, p.id desc limit :size offset :skip
            """,
            {**values, "size": size, "skip": (page - 1) * size},
        )
    )
    return {**site(db, values["at"]), "posts": rows, "total": rows[0]["total"] if rows else 0}


def _named(page: dict[str, Any], sentence: str) -> dict[str, Any]:
    if not page["posts"]:
        raise NotFound(sentence)
    return {**page, "name": page["posts"][0]["name"]}


def tags(db: Database, *, at: str) -> dict[str, Any]:
    """Return all tags of public posts by name, with how many have each."""
    rows = db.query(
        f"""
        select t.slug, min(t.name) as name, count(*) as n from post_tags t join posts p on p.id = t.post_id
        where {PUBLIC} group by t.slug
        """,
        {"at": at},
    )
    return {**site(db, at), "tags": sorted(rows, key=lambda row: alphabetical(row["name"]))}


def search(db: Database, words: str, *, at: str, page: int, size: int) -> dict[str, Any]:
    """Return the posts and pages that hold all `words`, the best first, hits between HIT and END.

    The last word may be the beginning of one. One row more than `size` tells that there is another page.
    """
    each = re.findall(r"\w+", words[:QUERY_LENGTH])[:QUERY_WORDS]
    if not each:
        return {**site(db, at), "posts": []}
    rows = db.query(
        """
        select p.slug, p.kind, p.published_at, highlight(posts_search, 0, :hit, :end) as title,
          snippet(posts_search, 3, :hit, :end, ' … ', 40) as passage
        from posts_search f join posts p on p.id = f.rowid
        where posts_search match :words and p.status = 'published' and p.published_at <= :at
        order by bm25(posts_search, 8, 4, 4, 1), p.id desc limit :size offset :skip
        """,
        {
            "words": " ".join(f'"{word}"' for word in each) + "*",
            "at": at,
            "hit": HIT,
            "end": END,
            "size": size + 1,
            "skip": (page - 1) * size,
        },
    )
    return {**site(db, at), "posts": list(rows)}


def near(db: Database, path: str, *, at: str, size: int) -> list[dict[str, Any]]:
    """Return posts and pages that share a word with an address that leads nowhere, the best first."""
    each = [word for word in re.findall(r"[^\W_]+", path[:QUERY_LENGTH]) if len(word) > 2][:QUERY_WORDS]
    if not each:
        return []
    return list(
        db.query(
            """
            select p.slug, p.kind, p.title, p.published_at from posts_search f join posts p on p.id = f.rowid
            where posts_search match :words and p.status = 'published' and p.published_at <= :at
            order by bm25(posts_search, 8, 4, 4, 1), p.id desc limit :size
            """,
            {"words": " or ".join(f'"{word}"*' for word in each).replace(" or ", " OR "), "at": at, "size": size},
        )
    )


def addresses(db: Database, *, at: str, most: int) -> dict[str, Any]:
    """Return all public posts and pages, newest first, with what their addresses are made of and how they changed."""
    rows = db.query(
        """
        select p.id, p.slug, p.kind, p.path, p.published_at, p.updated_at, p.approved, p.comments_mode, p.author_slug,
          p.threads
        from posts p where p.status = 'published' and p.published_at <= :at
        order by p.published_at desc, p.id desc limit :most
        """,
        {"at": at, "most": most},
    )
    return {**site(db, at), "posts": list(rows)}


def old_addresses(db: Database, *, at: str) -> list[dict[str, Any]]:
    """Return every old address with the post that it leads to."""
    return list(
        db.query(
            """
            select o.address, p.slug, p.kind, p.published_at from old_addresses o join posts p on p.id = o.post_id
            where p.status = 'published' and p.published_at <= :at order by o.address
            """,
            {"at": at},
        )
    )
