"""Comments of a page: its rows, and the threads made of them, for everybody or with a reader's own held comments."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from blog.comments.drafts import parent_of
from blog.rules.policy import Policy
from blog.storage import store
from blog.wording import gettext

REPLIES = 100  # of a thread on one page
# When a comment `c` came: its own time, else, where an import brought none, the time of that import.
ARRIVED = "coalesce(c.created_at, (select min(e.at) from events e where e.comment_id = c.id))"
# The words of a comment that is not approved stay in the database; its tombstone needs none of them.
COLUMNS = """
    c.id, c.parent_id, c.root_id, c.status, c.created_at, c.edited_at, c.account_id, c.locked, c.approved_in_thread,
    iif(c.status = 'approved', c.author, '') as author, iif(c.status = 'approved', c.url, '') as url,
    iif(c.status = 'approved', c.text_html, '') as text_html
"""


def on_post(db: Database, post: int, policy: Policy, *, page: int) -> list[dict[str, Any]]:
    """Return the rows of one page of a discussion: its threads, with approved comments and tombstones.

    Each thread has at most REPLIES replies, and one more as the sign that there are more.
    """
    order = "asc" if policy.comment_order == "asc" else "desc"
    return store.rows(
        db,
        f"""
            with threads as materialized (
              select id from comments where post_id = :post and root_id is null and approved_in_thread > 0
              order by id {order} limit 1 * :size offset 1 * :skip
            )
            select {COLUMNS} from threads t join comments c on c.id = t.id
            union all
            select {COLUMNS} from threads t cross join comments c on c.id in (
              select r.id from comments r indexed by comments_in_thread
              where r.root_id = t.id and (r.status = 'approved' or r.replies > 0)
              order by r.id limit {REPLIES} + 1)
            """,
        {"post": post, "size": policy.comments_per_page, "skip": (page - 1) * policy.comments_per_page},
    )


def latest(db: Database, *, at: str, size: int, post: int | None = None) -> list[dict[str, Any]]:
    """Return the newest approved comments of all public posts, or of one, with title and address of their post."""
    where = "c.status = 'approved' and p.status = 'published' and p.published_at <= :at"
    return list(
        db.query(
            f"""
            select c.id, c.parent_id, c.author, c.url, c.text_html, c.created_at, c.edited_at,
              {ARRIVED} as arrived_at, p.slug, p.kind, p.title, p.published_at, p.feed_key
            from comments c join posts p on p.id = c.post_id
            where {where if post is None else "c.post_id = :post and " + where} order by c.id desc limit :size
            """,
            {"at": at, "size": size, "post": post},
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
        where c.id = :thread and c.post_id = :post and c.root_id is null and c.approved_in_thread > 0
        union all
        select * from (
          select {COLUMNS}, (select iif(p.status = 'approved', p.author, '') from comments p where p.id = c.parent_id)
          from comments c indexed by comments_in_thread
          where c.root_id = :thread and c.post_id = :post and (c.status = 'approved' or c.replies > 0)
          order by c.id limit {REPLIES} + 1 offset 1 * :skip)
        """,
        {"post": post, "thread": thread, "skip": (page - 1) * REPLIES},
    )


def own_held(db: Database, post: int, reader_hash: str) -> list[dict[str, Any]]:
    """Return a reader's own comments on a post that are not public; only that reader sees them."""
    return list(
        db.query(
            """
            select id, parent_id, root_id, status, created_at, edited_at, account_id, locked, approved_in_thread,
              author, url, text_html
            from comments where reader_hash = ? and post_id = ? and status in ('pending', 'spam', 'trash')
            order by created_at desc limit 50
            """,
            [reader_hash, post],
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


@dataclass
class Node:
    """A comment in its place on the page. `gone` is the sentence of a tombstone.

    `to` is whom it answers, where its place does not show that. `more` counts the approved replies of a thread that are
    on its further pages.
    """

    row: dict[str, Any]
    held: bool = False
    gone: str = ""
    to: str = ""
    depth: int = 1
    more: int = 0
    children: list["Node"] = field(default_factory=list)


def threads(rows: list[dict[str, Any]], held: list[dict[str, Any]], policy: Policy, *, last_page: bool) -> list[Node]:
    """Build the threads of a page, without recursion; replies below the depth limit are shown on the last level.

    `held` are the reader's own comments that wait. New threads among them are shown on the page where the newest are
    (`last_page`).
    """
    rows, more = _first_replies(rows)
    nodes = {row["id"]: Node(row, False, "" if row["status"] == "approved" else _gone(row)) for row in rows}
    for thread, count in more.items():
        nodes[thread].more = count
    nodes |= {row["id"]: Node(row, held=True) for row in held if row["root_id"] is None or row["root_id"] in nodes}
    visible = _visible(nodes)
    tops: list[Node] = []
    above: dict[int, Node | None] = {}
    for number in sorted(visible):
        node = nodes[number]
        parent = nodes.get(node.row["parent_id"] or 0)
        if parent is None and (parent := nodes.get(node.row["root_id"] or 0)):
            node.to = node.row.get("answered", "")
        if parent is None:
            if last_page or not node.held:
                tops.append(node)
            above[number] = None
            continue
        over = parent
        if parent.depth >= policy.thread_comments_depth:
            over = above[parent.row["id"]] or parent
            node.to = node.to or parent.row["author"]
        node.depth = over.depth + 1 if over.depth < policy.thread_comments_depth else over.depth
        above[number] = over
        over.children.append(node)
    return tops if policy.comment_order == "asc" else tops[::-1]


def _first_replies(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[int, int]]:
    """Cut each thread to REPLIES replies; return the rows, and for each longer thread how many replies were cut.

    The number counts approved replies of the whole thread beyond those on a page of the discussion.
    """
    replies = Counter(row["root_id"] for row in rows if row["root_id"])
    if max(replies.values(), default=0) <= REPLIES:
        return rows, {}
    last = {thread: max(row["id"] for row in rows if row["root_id"] == thread) for thread in replies}
    first = [
        row
        for row in rows
        if not row["root_id"] or replies[row["root_id"]] <= REPLIES or row["id"] != last[row["root_id"]]
    ]
    visible = Counter(row["root_id"] or row["id"] for row in first if row["status"] == "approved")
    all_replies = {row["id"]: row["approved_in_thread"] for row in rows if not row["root_id"]}
    return first, {
        thread: max(1, all_replies[thread] - visible[thread]) for thread, n in replies.items() if n > REPLIES
    }


def _visible(nodes: dict[int, Node]) -> set[int]:
    """Return the ids of visible comments and of the tombstones above them; a reply has a higher id than its parent."""
    visible: set[int] = set()
    for number in sorted(nodes, reverse=True):
        node = nodes[number]
        if node.held or not node.gone or number in visible:
            visible.add(number)
            if node.row["parent_id"] in nodes:
                visible.add(node.row["parent_id"])
    return visible


def _gone(row: Mapping[str, Any]) -> str:
    return gettext("This comment is not shown.") if row["status"] == "pending" else gettext("This comment was removed.")


def target(db: Database, post: int, wanted: str) -> dict[str, Any] | None:
    """Return the comment that a form replies to, if it is approved and on this post, else None."""
    parent = parent_of(wanted)
    if parent is None:
        return None
    rows = db.query(
        "select id, author, text_html from comments where id = ? and post_id = ? and status = 'approved'",
        [parent, post],
    )
    return next(iter(rows), None)
