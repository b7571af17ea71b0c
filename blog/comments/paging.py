"""Which page of a discussion holds a thread: about a hundred comments a page, and never more threads than the setting.

Each thread takes up as much of a page as it shows comments, at least the page's part for one of `comments_per_page`
threads. It stands on the page on which it begins. So a page is found by one sum over an index.
"""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from blog.journal.unfinished import seen
from blog.rules.policy import Policy

PAGE = 100  # comments that a page holds, more or less: a thread is never parted
REPLIES = 50  # of a thread on a page of the discussion; the others are on pages of the thread
THREAD_PAGE = 100  # replies on a page of one thread

SPACE = f"max(min(approved_in_thread, {REPLIES + 1}) * :size, {PAGE})"
LISTED = f"""
    comments indexed by comments_threads
    where post_id = :post and root_id is null and approved_in_thread > 0 and {seen("comments")}
"""
# Placeholders: post, size, first, last. {order} is asc or desc.
THREADS_OF_PAGE = f"""
    select id from (
      select id, sum({SPACE}) over (order by id {{order}} rows unbounded preceding) - {SPACE} as begins from {LISTED}
      order by id {{order}}
    ) where begins >= :first and begins < :last limit 1 * :size
"""
TOTAL = f"select coalesce(sum({SPACE}), 0) from {LISTED}"
# Where the last thread begins; {reverse} is the other order.
LAST = f"({TOTAL}) - coalesce((select {SPACE} from {LISTED} order by id {{reverse}} limit 1), 0)"
# Of a comment `c`: how many replies stand before it in its thread (the tombstones take their places too), and where its
# thread begins. The thread of a comment that waits may be behind the last one; it begins there, as no page is added for
# it. {earlier} is the function that gives the earlier of two threads. Placeholders: post, size.
PLACE = f"""
    (select count(*) from comments r indexed by comments_in_thread
      where r.root_id = c.root_id and (r.status = 'approved' or r.replies > 0) and r.id < c.id
        and {seen("r")}) as before,
    ({TOTAL} and id {{sign}} {{earlier}}(coalesce(c.root_id, c.id),
      coalesce((select id from {LISTED} order by id {{reverse}} limit 1), 0))) as begins
"""
REVERSE = {"asc": "desc", "desc": "asc"}
SIGNS = {"asc": "<", "desc": ">"}
EARLIER = {"asc": "min", "desc": "max"}


def place_columns(policy: Policy) -> str:
    order = policy.comment_order
    return PLACE.format(sign=SIGNS[order], reverse=REVERSE[order], earlier=EARLIER[order])


def last_column(policy: Policy) -> str:
    return LAST.format(reverse=REVERSE[policy.comment_order])


def values(post: int, policy: Policy, page: int) -> dict[str, Any]:
    """Return what THREADS_OF_PAGE and LAST ask for."""
    size = policy.comments_per_page
    return {"post": post, "size": size, "first": (page - 1) * PAGE * size, "last": page * PAGE * size}


def page_at(begins: int, policy: Policy) -> int:
    return begins // (PAGE * policy.comments_per_page) + 1


def is_one_page(post: Mapping[str, Any], policy: Policy) -> bool:
    """Tell, by the counts of a post, that its discussion has one page, also with one more thread."""
    size = policy.comments_per_page
    return bool(post["approved"] * size + post["threads"] * PAGE < PAGE * size)


def place_of(row: Mapping[str, Any], policy: Policy) -> tuple[int, int]:
    """Return page and thread (0: a page of the discussion) of a row with its `id`, `root_id` and the place columns."""
    if row["root_id"] and row["before"] >= REPLIES:
        return row["before"] // THREAD_PAGE + 1, row["root_id"]
    return page_at(row["begins"], policy), 0


def place_on(db: Database, post: int, comment: int, policy: Policy) -> dict[str, Any] | None:
    """Return what a link to a comment needs: status, thread and page, or where it would stand once it is approved.

    None for a comment that is not on this post.
    """
    rows = db.query(
        f"""
        select c.id, c.root_id, c.status, c.reader_hash, {place_columns(policy)} from comments c
        where c.id = :comment and c.post_id = :post
        """,
        {"post": post, "size": policy.comments_per_page, "comment": comment},
    )
    row = next(iter(rows), None)
    if row is None:
        return None
    page, thread = place_of(row, policy)
    return {**row, "page": page, "thread": thread}
