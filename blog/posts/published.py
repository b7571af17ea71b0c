"""Posts in the database: published from files, found by their address, listed newest first."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from sqlite_utils import Database

from blog import closing, reserved
from blog.errors import Gone, NotFound
from blog.journal.events import Actor
from blog.journal.unfinished import COMMENT_SEEN, POST_LISTED
from blog.posts import announced, identity, versions
from blog.posts.files import PostFile
from blog.posts.identity import OtherFiles
from blog.posts.keys import word_slug
from blog.rendering import relations
from blog.rendering.markdown import Article, render_article
from blog.storage import store
from blog.wording import gettext

# Columns that a post has from its beginning, or of which it keeps the larger value.
FROM_BEGINNING = ("id", "source_key", "feed_key", "was_published")


def publish(
    db: Database, file: PostFile, *, others: OtherFiles | None = None, article: Article | None = None
) -> tuple[str, int, str]:
    """Write a file's post; return what was done (added, changed, unchanged), its id and its slug.

    A file that moved within the folder keeps its post: it has the same `id`, slug or words, and its old path is not
    among the `others`. Raises BadPost where two files claim the same `id` or old address. `article` is what `render`
    returned, where that was done before the transaction.
    """
    old = identity.known(db, file, others or OtherFiles())
    if old and old["source_hash"] == file.hash and old["path"] == file.path and not old["deleted_at"]:
        return "unchanged", old["id"], old["slug"]
    slug = file.slug if old and old["slug"] == file.slug else _free_slug(db, file, old["id"] if old else 0)
    row = {"id": old["id"] if old else None, **_row(file, article or render(file), slug)}
    post = int(db.conn.execute(_upsert(*row), row).fetchone()[0])
    identity.keep_addresses(db, post, file, old, slug)
    if file.source_key and not old:  # of an import nobody is told
        announced.mark(db, post, file.hash)
    return ("changed" if old else "added"), post, slug


@cache
def _upsert(*columns: str) -> str:
    """Return the statement that adds a post or, by its id, changes it."""
    changes = [f"{name} = excluded.{name}" for name in columns if name not in FROM_BEGINNING]
    return f"""
        insert into posts ({", ".join(columns)}) values ({", ".join(f":{name}" for name in columns)})
        on conflict (id) do update set {", ".join(changes)}, version = version + 1,
          was_published = max(was_published, excluded.was_published)
        returning id
    """


def keep_version(db: Database, post: int, file: PostFile, *, by: Actor) -> None:
    """Keep the file of a post among its versions."""
    versions.keep(db, post, file.data, versions.status_at(file.status, file.published_at, by.at), by=by)


def render(file: PostFile) -> Article:
    """Render a post's text: without the database, so that no transaction waits for it."""
    article = render_article(file.body, language=file.lang, toc=file.toc, raw_html=file.html)
    above = relations.html(file.properties) if file.properties else ""
    return replace(article, html=above + article.html) if above else article


def _row(file: PostFile, article: Article, slug: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "path": file.path,
        "title": file.title,
        "author": file.author,
        "summary": file.summary,
        "tags": json.dumps(file.tags, ensure_ascii=False),
        "language": file.language,
        "body_html": article.html,
        "status": file.status,
        "published_at": file.published_at,
        "updated_at": file.updated_at,
        "comments_mode": file.comments,
        "close_on": file.close_on,
        "close_after": file.close_after,
        "close_quiet": file.close_quiet,
        "closing_note": file.closing_note,
        "timezone": file.timezone,
        "source_hash": file.hash,
        "source_key": file.source_key,
        "kind": file.kind,
        "name": file.name,
        "feed_key": file.name or file.path,
        "image": file.image,
        "canonical": file.canonical,
        "menu": file.menu,
        "excerpt_html": article.excerpt_html,
        "text": article.text,
        "tag_slugs": json.dumps([word_slug(tag) for tag in file.tags], ensure_ascii=False),
        "author_slug": word_slug(file.author) if file.author else "",
        "source_stat": file.stat,
        "was_published": file.status != "draft",
        "deleted_at": None,
        "removed": 0,
    }


@contextmanager
def previewed(db: Database, file: PostFile, *, at: str) -> Iterator[str]:
    """Let this connection see a file as if it was published, for as long as the block lasts; give its slug.

    The other tables are as they are, and a view that only this connection has stands in front of the posts. So nothing
    is written and no lock is taken. Raises BadPost as `publish` does, NotFound for a file without a post.
    """
    article = render(file)
    post, _ = identity.match(db, file, OtherFiles())
    if post is None:
        raise NotFound(gettext("The file {path!r} is not published yet, not even as a draft.", path=file.path))
    identity.check_addresses(db, post["id"], file)
    slug = file.slug if post["slug"] == file.slug else _free_slug(db, file, post["id"], give=False)
    row = _row(file, article, slug) | {"published_at": min(file.published_at or at, at), "status": "published"}
    changes = ", ".join(f"{name} = :{name}" for name in row if name not in FROM_BEGINNING)
    db.conn.execute("create temp table previewed as select * from main.posts where id = ?", [post["id"]])
    try:
        db.conn.execute(f"update previewed set {changes}", row)
        db.conn.execute(
            """
            create temp view posts as select * from main.posts where id <> (select id from previewed)
            union all select * from previewed
            """
        )
        yield slug
    finally:
        db.conn.execute("drop view if exists temp.posts")
        db.conn.execute("drop table temp.previewed")


def _free_slug(db: Database, file: PostFile, post: int, *, give: bool = True) -> str:
    """Return a file's slug, with -2, -3 ... when another post has it or it is an address of the site's own.

    A draft that was never published gives its slug to a post that is (with `give`), and gets the next free one itself.
    """
    rows = db.conn.execute(
        "select slug, id, was_published from posts where slug = :slug or slug glob :like",
        {"slug": file.slug, "like": f"{file.slug}-*"},
    ).fetchall()
    others = [row for row in rows if row[1] != post]
    if file.status != "draft":
        others = [row for row in others if row[2]]
    chosen = _numbered(file.slug, reserved.words(file.kind) | {slug for slug, _, _ in others})
    for slug, holder, _ in rows:
        if give and slug == chosen and holder != post:
            free = _numbered(file.slug, reserved.WORDS | {slug for slug, _, _ in rows})
            db.conn.execute("update posts set slug = ? where id = ?", [free, holder])
    return chosen


def _numbered(slug: str, taken: Collection[str]) -> str:
    """Return `slug`, or with the first number from -2 on that is not taken."""
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


COLUMNS = f"""
    p.id, p.slug, p.title, p.author, p.summary, p.tags, p.language, p.status, p.published_at, p.updated_at, p.approved,
    p.version, p.kind, p.path, p.image, p.canonical, p.feed_key, p.tag_slugs, p.author_slug, {closing.COLUMNS}
"""
SITE = """
    s.version as site_version, s.posts_version,
    (select json_group_object(name, value) from settings) as policy,
    (select json_group_array(json_array(m.slug, m.title)) from (
      select slug, title from posts where status = 'published' and menu is not null and published_at <= :at
      order by menu, id) m) as menu,
    (select json_array(h.slug, h.summary) from posts h where h.slug = 'house-rules' and h.kind = 'page'
      and h.status = 'published' and h.published_at <= :at) as house_rules,
    (select min(due) from (
      select min(published_at) as due from posts where status = 'published' and kind = 'post' and published_at > :at
      union all
      select min(published_at) from posts where status = 'published' and kind = 'page' and published_at > :at
    )) as next_at
"""
NEIGHBOURS = """
    (select json_array(n.slug, n.title, n.published_at) from posts n
      where p.kind = 'post' and n.kind = 'post' and n.status = 'published'
        and (n.published_at, n.id) < (p.published_at, p.id)
      order by n.published_at desc, n.id desc limit 1) as previous,
    (select json_array(n.slug, n.title, n.published_at) from posts n
      where p.kind = 'post' and n.kind = 'post' and n.status = 'published' and n.published_at <= :at
        and (n.published_at, n.id) > (p.published_at, p.id)
      order by n.published_at, n.id limit 1) as next
"""


DELAYS = """
    (select json_group_array(round(max(0, julianday(at) - julianday(created_at)) * 86400)) from (
      select e.at, c.created_at from events e join comments c on c.id = e.comment_id
      where e.batch_id in (select id from batches where reverses is null and undone_by is null
          and kind in ('approve', 'spam', 'trash')
          order by id desc limit 20) and e.before = 'pending' and c.source = 'web' limit 50)) as delays
"""

SPOKEN = "c.kind not in ('pingback', 'trackback', 'like', 'repost')"
REACTIONS = 500  # likes and reposts that a page knows of
COUNTED = 500  # comments whose writers are counted: it takes a look at each
# Of a discussion of up to so many comments: by how many people they are, and how many of them by the post's author; and
# its latest comment; and those that the author picked. And who likes or repeats the post elsewhere.
HEAD = f"""
    (select json_array(count(distinct iif(c.email = '', c.author, lower(c.email))),
        sum(c.account_id is not null and c.author = p.author)) from comments c
      where p.approved between 1 and {COUNTED} and c.post_id = p.id and c.status = 'approved'
        and {SPOKEN}) as people,
    (select json_array(c.id, c.author, c.created_at) from comments c
      where c.post_id = p.id and c.status = 'approved' and {SPOKEN} order by c.id desc limit 1) as latest,
    (select json_group_array(json_array(picked.id, picked.author, picked.created_at, picked.text_html)) from (
      select id, author, created_at, text_html from comments indexed by comments_picked
      where post_id = p.id and picked = 1 and status = 'approved' order by id) picked) as picks,
    (select json_group_array(json_array(r.kind, r.author, r.url)) from (
      select kind, author, url from comments c indexed by comments_reactions
      where post_id = p.id and kind in ('like', 'repost') and status = 'approved' and {COMMENT_SEEN}
      order by id limit {REACTIONS}) r) as reactions
"""


WITHOUT_TEXT = f"""
    select {COLUMNS}, p.threads, (select json_group_object(name, value) from settings) as policy
    from posts p where p.slug = :slug
"""
WHOLE = f"""
    select {COLUMNS}, p.threads, p.body_html, {HEAD}, {DELAYS}, {NEIGHBOURS}, {SITE}
    from posts p, site s where p.slug = :slug
"""


def find(db: Database, slug: str, *, at: str, text: bool = True) -> dict[str, Any]:
    """Return the post that is public at `at` with facts of closing, policy and threads, in one query.

    With `text` also what its page needs: the text, its neighbours, the menu, who takes part in the discussion, and
    `delays`, the seconds that the latest decisions took. Raises NotFound for an unknown post, a draft and one that is
    not yet due, Gone for a withdrawn one.
    """
    values = {"slug": slug, "at": at} if text else {"slug": slug}
    rows = store.rows(db, WHOLE if text else WITHOUT_TEXT, values)
    row = rows[0] if rows else None
    if row is None or row["status"] == "draft" or row["published_at"] > at:
        raise NotFound(gettext("There is nothing at this address."))
    if row["status"] == "withdrawn":
        raise Gone(gettext("The author withdrew this post."))
    return row


def clashes(db: Database) -> list[tuple[str, str]]:
    """Return path and slug of published posts and pages whose address belongs to the site itself."""
    rows = db.conn.execute(
        """
        select path, slug, kind from posts
        where slug in (select value from json_each(?)) and status <> 'draft' order by path
        """,
        [json.dumps(sorted(reserved.WORDS))],
    ).fetchall()
    return [(path, slug) for path, slug, kind in rows if slug in reserved.words(kind)]


def is_public(db: Database, slug: str, *, at: str) -> bool:
    row = db.conn.execute(
        "select 1 from posts where slug = ? and status = 'published' and published_at <= ?", [slug, at]
    ).fetchone()
    return row is not None


def path(db: Database, slug: str, *, at: str) -> str:
    """Return the path of a public post's file; raise NotFound and Gone as `find` does."""
    row = db.conn.execute("select path, status, published_at from posts where slug = ?", [slug]).fetchone()
    if row is None or row[1] == "draft" or row[2] > at:
        raise NotFound(gettext("There is nothing at this address."))
    if row[1] == "withdrawn":
        raise Gone(gettext("The author withdrew this post."))
    return str(row[0])


FIRST_WORDS = f"""
    (select c.text_html from comments c where c.post_id = p.id and c.status = 'approved'
      and c.kind in ('comment', 'webmention') and {COMMENT_SEEN} order by c.id limit 1)
      as first_html
"""


def title(db: Database, slug: str) -> str:
    """Return a post's title, also of a draft; raise NotFound."""
    row = db.conn.execute("select title from posts where slug = ?", [slug]).fetchone()
    if row is None:
        raise NotFound(gettext("There is no post {slug!r}.", slug=slug))
    return str(row[0])


def site(db: Database, at: str) -> dict[str, Any]:
    """Return what every public page needs to know of the site: versions, policy, menu, house rules, `next_at`."""
    return next(iter(db.query(f"select {SITE} from site s", {"at": at})))


def recent(db: Database, *, at: str, page: int, size: int) -> dict[str, Any]:
    """Return a page of the public posts, newest first: `posts`, `total`, `policy` and `next_at`, the next one due."""
    site = next(
        iter(
            db.query(
                f"""
                select {SITE},
                  (select count(*) from posts where status = 'published' and kind = 'post' and published_at <= :at)
                    as total
                from site s
                """,
                {"at": at},
            )
        )
    )
    rows = db.query(
        f"""
        select {COLUMNS}, p.excerpt_html, {FIRST_WORDS} from posts p
        where p.kind = 'post' and p.status = 'published' and p.published_at <= :at
        order by p.published_at desc, p.id desc limit :size offset :skip
        """,
        {"at": at, "size": size, "skip": (page - 1) * size},
    )
    return {**site, "posts": list(rows)}


def all_posts(db: Database, owner: str = "") -> list[dict[str, Any]]:
    """Return all posts for the admin (of an author: `owner`), newest first, with how many comments wait."""
    return list(
        db.query(
            f"""
            select {COLUMNS},
              coalesce((select n from comment_counts where post_id = p.id and status = 'pending'), 0) as waiting
            from posts p where {POST_LISTED} {"and p.author = :owner collate nocase" if owner else ""}
            order by p.published_at = '' desc, p.published_at desc, p.id desc
            """,
            {"owner": owner},
        )
    )
