"""What else came from the sender of a comment: its other comments, and how they were decided."""

import json
from collections.abc import Mapping
from statistics import median
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.journal.unfinished import COMMENT_SEEN
from blog.moderation.selections import SENDER_KEYS


def by_same_author(db: Database, row: Mapping[str, Any], *, limit: int = 20) -> list[dict[str, Any]]:
    """Return other comments of the same browser, account or email, newest first, each with what it shares (`by`)."""
    return list(
        db.query(
            f"""
            select c.id, c.status, c.author, c.created_at, c.text, p.title as post_title, min(q.by) as by from (
              select * from (select id, '1 browser' as by from comments
                where reader_hash = :reader and reader_hash is not null order by created_at desc limit :limit)
              union all select * from (select id, '2 account' from comments
                where account_id = :account and account_id is not null order by id desc limit :limit)
              union all select * from (select id, '3 email' from comments
                where lower(email) = lower(:email) and email <> '' order by created_at desc limit :limit)
            ) q join comments c on c.id = q.id join posts p on p.id = c.post_id
            where c.id <> :id and c.status <> 'deleted' and {COMMENT_SEEN} group by c.id order by c.id desc limit :limit
            """,
            {
                "reader": row["reader_hash"],
                "account": row["account_id"],
                "email": row["email"],
                "id": row["id"],
                "limit": limit,
            },
        )
    )


class Record(TypedDict):
    """How many comments of a sender stand where, when the first dated one came, the median seconds to a decision."""

    counts: dict[str, int]
    first_at: str | None
    delay: float | None


NEWEST = {"domain": "c.id"}  # the order that the index of each kind has: by time, but for the domains


def record(db: Database, row: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, Record]:
    """Return the record of each thing (`marks`) that a comment's sender is known by.

    Of the newest 1,000 comments of each: enough to know somebody, and bounded.
    """
    return {kind: _record_of(db, kind, value, row["created_at"]) for kind, value in marks.items()}


def _record_of(db: Database, kind: str, value: str, since: str | None) -> Record:
    rows = db.conn.execute(
        f"""
        with newest as materialized (
          select c.id, c.status, c.created_at from comments c where {SENDER_KEYS[kind]} and c.status <> 'deleted'
          order by {NEWEST.get(kind, "c.created_at")} desc limit 1000
        )
        select status, count(*), min(created_at), (select json_group_array(seconds) from (
          select (julianday(min(e.at)) - julianday(n.created_at)) * 86400 as seconds
          from (select * from newest where created_at is not null limit 50) n
          join events e on e.comment_id = n.id and e.before = 'pending' and e.kind <> 'address confirmed'
            and e.source <> 'rule'
          group by n.id))
        from newest group by status
        """,
        {"value": value},
    ).fetchall()
    delays = json.loads(rows[0][3]) if rows else []
    return {
        "counts": {row[0]: int(row[1]) for row in rows},
        "first_at": min((row[2] for row in rows if row[2]), default=since),
        "delay": median(delays) if delays else None,
    }
