"""Figures of the whole site for those who watch it: nothing in them names a post, a tag or a person."""

from typing import Any

from sqlite_utils import Database

from blog import deliveries, purges
from blog.moderation.decisions import Decision
from blog.moderation.queue import oldest_waiting

DECISIONS = tuple(str(each) for each in Decision)


def read(db: Database) -> dict[str, Any]:
    """Return how many comments there are by status and by rule, since when the first one waits, and the outbox.

    `outbox` has for each kind how many messages wait, how many were given up, and since when the oldest of them waits;
    `late` since when the first of them should have been sent.
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
        "late": _late(db),
        "held": bool(db.conn.execute("select outbox_held from site").fetchone()[0]),
        "last_event": last_event(db),
    }


def last_event(db: Database) -> int:
    return int(db.conn.execute("select coalesce(max(id), 0) from events").fetchone()[0])


def _late(db: Database) -> dict[str, str]:
    """Return for each kind the earliest time at which one of the messages that wait was due at first."""
    rows = db.conn.execute("select kind, tries, min(due_at) from outbox where failed_at is null group by kind, tries")
    late: dict[str, str] = {}
    for kind, tries, due_at in rows.fetchall():
        pauses = purges.RETRY_SECONDS if kind == "purge" else deliveries.RETRY_SECONDS
        first = deliveries.first_try(due_at, tries, pauses=pauses)
        late[kind] = min(first, late.get(kind, first))
    return late


def decisions(db: Database, *, after: int, until: int) -> dict[str, int]:
    """Return how many decisions of each kind events with an id after `after` and up to `until` are."""
    rows = db.conn.execute("select kind, count(*) from events where id > ? and id <= ? group by kind", [after, until])
    return {kind: count for kind, count in rows.fetchall() if kind in DECISIONS}


def received(db: Database, *, after: int, until: int) -> dict[str, int]:
    """Return how many comments came in meanwhile, by the status that their verdict gave them."""
    rows = db.conn.execute(
        "select after, count(*) from events where id > ? and id <= ? and kind = 'submit' group by after", [after, until]
    )
    return dict(rows.fetchall())
