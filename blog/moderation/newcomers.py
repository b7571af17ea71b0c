"""Who writes here for the first time: browsers of which nothing was approved yet, with what waits from each."""

from typing import Any

from sqlite_utils import Database

from blog.comments.unconfirmed import IN_QUEUE
from blog.moderation.queue import PAGE, comment

NEWEST = 5_000  # waiting comments that are looked through
NEWCOMERS = f"""
    select reader_hash, count(*) as n, max(id) as newest from (
      select c.id, c.reader_hash from comments c where c.status = 'pending' and {IN_QUEUE}
      order by c.id desc limit :most) w
    where reader_hash is not null and not exists (
      select 1 from comments a where a.reader_hash = w.reader_hash and a.status = 'approved')
    group by reader_hash
"""


def newcomers(db: Database, *, after: tuple[int, int] | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """Return a page of newcomers, most waiting comments first, from below a number of comments and an id.

    Each has the row of its newest waiting comment, `n` waiting comments, and all `names` that the browser used.
    """
    n, newest = after or (NEWEST + 1, 1 << 62)
    rows = db.query(
        f"""
        select q.newest, q.n, (select json_group_array(distinct author) from (select author from comments
          where reader_hash = q.reader_hash and status <> 'deleted' order by created_at desc limit 100)) as names
        from ({NEWCOMERS}) q where q.n < :n or (q.n = :n and q.newest < :newest)
        order by q.n desc, q.newest desc limit :limit
        """,
        {"most": NEWEST, "n": n, "newest": newest, "limit": limit},
    )
    return [{**comment(db, row["newest"]), "n": row["n"], "names": row["names"]} for row in list(rows)]


def count_newcomers(db: Database) -> tuple[int, int]:
    """Count the newcomers and their waiting comments, among the newest that wait."""
    row = db.conn.execute(f"select count(*), coalesce(sum(n), 0) from ({NEWCOMERS})", {"most": NEWEST}).fetchone()
    return int(row[0]), int(row[1])
