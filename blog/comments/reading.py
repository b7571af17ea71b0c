"""The rows of a page: what everybody sees of a discussion, and what one reader sees of their own."""

from typing import Any

from sqlite_utils import Database

from blog.comments import paging
from blog.comments.drafts import parent_of
from blog.comments.unconfirmed import IN_QUEUE
from blog.journal.unfinished import COMMENT_SEEN, seen
from blog.rendering.markdown import plain_text
from blog.rules.policy import Policy
from blog.storage import store

LAST = 2**62  # no comment has this id or a higher one
SPOKEN = "c.kind not in ('pingback', 'trackback', 'like', 'repost')"
# When a comment `c` came: its own time, else, where an import brought none, the time of that import.
ARRIVED = "coalesce(c.created_at, (select min(e.at) from events e where e.comment_id = c.id))"
# The words of a comment that is not approved stay in the database; its tombstone needs none of them.
COLUMNS = """
    c.id, c.parent_id, c.root_id, c.status, c.created_at, c.edited_at, c.account_id, c.locked, c.approved_in_thread,
    c.picked, c.thanks, c.withdrawn_at, c.kind,
    iif(c.kind = 'webmention', (select m.type from mentions_received m where m.comment_id = c.id), '') as mention,
    iif(c.status = 'approved', c.author, '') as author, iif(c.status = 'approved', c.url, '') as url,
    iif(c.status = 'approved', c.text_html, '') as text_html
"""


def on_post(db: Database, post: int, policy: Policy, *, page: int) -> list[dict[str, Any]]:
    """Return the rows of one page of a discussion: its threads, with approved comments and tombstones.

    Of each thread the first fifty replies, and one more where there are more. The rows of first comments have `last`:
    where the last thread of the discussion begins (paging.page_at).
    """
    return store.rows(
        db,
        f"""
            with threads as materialized ({paging.THREADS_OF_PAGE.format(order=policy.comment_order)})
            select {COLUMNS}, {paging.last_column(policy)} as last from threads t join comments c on c.id = t.id
            union all
            select {COLUMNS}, null from threads t cross join comments c on c.id in (
              select r.id from comments r indexed by comments_in_thread
              where r.root_id = t.id and (r.status = 'approved' or r.replies > 0) and {seen("r")}
              order by r.id limit {paging.REPLIES} + 1)
            """,
        paging.values(post, policy, page),
    )


def latest(db: Database, *, at: str, size: int, post: int | None = None, before: int = LAST) -> list[dict[str, Any]]:
    """Return the newest approved comments of all public posts, or of one, with title and address of their post.

    With `before` those that came before the comment with that id.
    """
    where = (
        f"c.status = 'approved' and p.status = 'published' and p.published_at <= :at and {COMMENT_SEEN} and {SPOKEN}"
    )
    return list(
        db.query(
            f"""
            select c.id, c.parent_id, c.author, c.url, c.text_html, c.created_at, c.edited_at,
              {ARRIVED} as arrived_at, p.slug, p.kind, p.title, p.published_at, p.feed_key,
              p.language as post_language
            from comments c join posts p on p.id = c.post_id
            where {where if post is None else "c.post_id = :post and " + where} and c.id < :before
            order by c.id desc limit :size
            """,
            {"at": at, "size": size, "post": post, "before": before},
        )
    )


def on_thread(db: Database, post: int, thread: int, *, page: int) -> list[dict[str, Any]]:
    """Return a thread's first comment and REPLIES of its replies, and one more as the sign that there are more.

    `answered` is the name of the comment's parent, which may be on another page. Empty if the post has no such thread.
    """
    return store.rows(
        db,
        f"""
        select {COLUMNS}, '' as answered from comments c
        where c.id = :thread and c.post_id = :post and c.root_id is null and c.approved_in_thread > 0 and {COMMENT_SEEN}
        union all
        select * from (
          select {COLUMNS}, (select iif(p.status = 'approved', p.author, '') from comments p where p.id = c.parent_id)
          from comments c indexed by comments_in_thread
          where c.root_id = :thread and c.post_id = :post and (c.status = 'approved' or c.replies > 0)
            and {COMMENT_SEEN}
          order by c.id limit {paging.THREAD_PAGE} + 1 offset 1 * :skip)
        """,
        {"post": post, "thread": thread, "skip": (page - 1) * paging.THREAD_PAGE},
    )


HELD = """
    c.id, c.parent_id, c.root_id, c.status, c.created_at, c.edited_at, c.account_id, c.locked, c.approved_in_thread,
    0 as picked, 0 as thanks, c.withdrawn_at, c.kind,
    (select m.type from mentions_received m where m.comment_id = c.id) as mention, c.author, c.url, c.text_html,
    exists (select 1 from unconfirmed_comments u where u.comment_id = c.id) as unconfirmed
"""
OWN_HELD = """
    select id from comments
    where reader_hash = :reader and post_id = :post and status in ('pending', 'spam', 'trash')
    order by created_at desc limit 50
"""


def own_held(db: Database, post: int, reader_hash: str) -> list[dict[str, Any]]:
    """Return a reader's own comments on a post that are not public; only that reader sees them."""
    return list(
        db.query(
            f"""
            select {HELD}, 1 as own from ({OWN_HELD}) q join comments c on c.id = q.id order by c.created_at desc
            """,
            {"reader": reader_hash, "post": post},
        )
    )


def held_for_moderator(db: Database, post: int, reader_hash: str, *, linked: int = 0) -> list[dict[str, Any]]:
    """Return what somebody who moderates a post sees in its threads: the newest fifty comments that wait, own ones too.

    Those whose address is not confirmed yet are left out, as they are in the queue. `linked` is one that a link leads
    to, which is among them if it waits; `own` tells those of this browser.
    """
    return list(
        db.query(
            f"""
            select {HELD}, c.reader_hash is not null and c.reader_hash = :reader as own from comments c where c.id in (
              select id from ({OWN_HELD})
              union select id from (
                select c.id from comments c where c.post_id = :post and c.status = 'pending' and {IN_QUEUE}
                order by c.id desc limit 50)
              union select id from comments where id = :linked and post_id = :post and status = 'pending'
            ) and {COMMENT_SEEN} order by c.id desc
            """,
            {"reader": reader_hash, "post": post, "linked": linked},
        )
    )


def remembered(db: Database, reader_hash: str, *, at: str) -> dict[str, Any]:
    """Return the values that fill the form for a reader: name, email and address if `remember` was ticked.

    `approved` counts the approved comments of the same browser; `standing` is trusted, banned or "".
    """
    row = next(
        iter(
            db.query(
                """
                select author, email, url, remember,
                  (select count(*) from (select 1 from comments
                    where reader_hash = :reader and reader_hash is not null and status = 'approved' limit 100))
                    as approved,
                  coalesce((select standing from standings where kind = 'reader' and value = :reader
                    and (until is null or until > :at)), '') as standing
                from comments where reader_hash = :reader and account_id is null order by created_at desc limit 1
                """,
                {"reader": reader_hash, "at": at},
            )
        ),
        None,
    )
    if row is None:
        return {"author": "", "email": "", "url": "", "remember": 0, "approved": 0, "standing": ""}
    return row if row["remember"] else {**row, "author": "", "email": "", "url": ""}


def target(db: Database, post: int, wanted: str, policy: Policy) -> dict[str, Any] | None:
    """Return the approved comment of this post that a reply form is for, with its page; None for anything else."""
    parent = parent_of(wanted)
    if parent is None:
        return None
    rows = db.query(
        f"""
        select c.id, c.author, c.text_html, c.root_id, {paging.place_columns(policy)} from comments c
        where c.id = :comment and c.post_id = :post and c.status = 'approved' and {COMMENT_SEEN}
        """,
        {"comment": parent, "post": post, "size": policy.comments_per_page},
    )
    row = next(iter(rows), None)
    if row is None:
        return None
    page, thread = paging.place_of(row, policy)
    return {**row, "page": page, "thread": thread}


def public(db: Database, post: int, comment: int) -> dict[str, Any] | None:
    """Return author and plain text of an approved comment of this post."""
    rows = db.query(
        "select id, author, text_html from comments where id = ? and post_id = ? and status = 'approved'",
        [comment, post],
    )
    row = next(iter(rows), None)
    return row and {**row, "plain": plain_text(row["text_html"])}
