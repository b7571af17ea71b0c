"""Figures of the whole site for those who watch it: nothing in them names a post, a tag or a person."""

from typing import Any

from sqlite_utils import Database

from blog.moderation.decisions import Decision
from blog.moderation.queue import oldest_waiting

DECISIONS = tuple(str(each) for each in Decision)


def read(db: Database) -> dict[str, Any]:
    """Return how many comments there are by status and by rule, since when the first one waits, and the outbox.

    `outbox` has for each kind how many messages wait, how many were given up, and since when the oldest of them waits.
    """
    waiting = oldest_waiting(db)
    return {
        "comments": dict(db.conn.execute("select status, n from comment_counts where post_id = 0").fetchall()),
        "verdicts": db.conn.execute("select status, rule, n from rule_counts where n > 0").fetchall(),
        "waits_since": waiting["created_at"] if waiting else None,
        "outbox": db.conn.execute(
            """
            select kind, sum(failed_at is null), sum(failed_at is not null),
              min(iif(failed_at is null, created_at, null))
            from outbox group by kind
            """
        ).fetchall(),
        "held": bool(db.conn.execute("select outbox_held from site").fetchone()[0]),
        "last_event": last_event(db),
    }


def last_event(db: Database) -> int:
    return int(db.conn.execute("select coalesce(max(id), 0) from events").fetchone()[0])


def decisions(db: Database, *, after: int, until: int) -> dict[str, int]:
    """Return how many decisions of each kind events with an id after `after` and up to `until` are."""
    rows = db.conn.execute("select kind, count(*) from events where id > ? and id <= ? group by kind", [after, until])
    return {kind: count for kind, count in rows.fetchall() if kind in DECISIONS}
