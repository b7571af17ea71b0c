"""The thread around one comment, as a moderator needs it: what it answers, and what answers it, in every status."""

from typing import Any, TypedDict

from sqlite_utils import Database

MOST = 10  # comments above, and replies


class ThreadContext(TypedDict):
    """`above` begins with the thread's first comment, or the tenth above; `replies` are the first ten."""

    above: list[dict[str, Any]]
    replies: list[dict[str, Any]]


def around(db: Database, number: int) -> ThreadContext:
    """Return the comments above a comment and the direct replies to it, but for those that are deleted."""
    rows = db.query(
        """
        with recursive above (id, parent_id, depth) as (
          select parent_id, (select parent_id from comments where id = c.parent_id), 1 from comments c
            where c.id = :number and c.parent_id is not null
          union all
          select a.parent_id, (select parent_id from comments where id = a.parent_id), depth + 1 from above a
            where a.parent_id is not null and depth < :most
        )
        select c.id, c.author, c.status, c.text, a.depth from above a join comments c on c.id = a.id
        union all
        select * from (
          select id, author, status, text, 0 from comments where parent_id = :number and status <> 'deleted'
          order by id limit :most
        )
        order by depth desc, id
        """,
        {"number": number, "most": MOST},
    )
    listed = [row for row in rows if row["status"] != "deleted"]
    return {
        "above": [row for row in listed if row["depth"]],
        "replies": [row for row in listed if not row["depth"]],
    }
