"""Sending what the outbox holds: which messages of a kind are due, and when each is tried again."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog.journal.events import earlier, moment, stamp
from blog.outbox import Kind

RETRY_SECONDS = tuple(60 * minutes for minutes in (1, 5, 30, 120, 360, 720))
GIVE_UP_DAYS = 2
FAILED_DAYS = 30  # how long a message that was given up is kept


class Waiting(NamedTuple):
    """A message that is due: `tries` counts this one too."""

    id: int
    payload: Mapping[str, Any]
    tries: int
    created_at: str


def is_due(db: Database, kind: Kind, *, at: str) -> bool:
    row = db.conn.execute(
        """
        select exists (select 1 from outbox where failed_at is null and due_at <= ? and kind = ?)
          and not (select outbox_held from site)
        """,
        [at, kind],
    ).fetchone()
    return bool(row[0])


def claim(db: Database, kind: Kind, *, at: str, most: int) -> list[Waiting]:
    """Take messages that are due, so that no other worker sends them too.

    Each is due again after its next pause, so one that was being sent when the program ended is sent again.
    """
    rows = db.conn.execute(
        """
        select id, payload, tries, created_at from outbox
        where failed_at is null and due_at <= ? and kind = ? and not (select outbox_held from site)
        order by due_at, id limit ?
        """,
        [at, kind, most],
    ).fetchall()
    claimed = [Waiting(row[0], json.loads(row[1]), row[2] + 1, row[3]) for row in rows]
    for each in claimed:
        db.conn.execute(
            "update outbox set tries = ?, due_at = ? where id = ?", [each.tries, next_try(at, each.tries), each.id]
        )
    return claimed


def next_try(at: str, tries: int) -> str:
    """Return when a message is tried again after so many tries."""
    return later(at, seconds=RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1])


def first_try(due_at: str, tries: int, *, pauses: Sequence[int] = RETRY_SECONDS) -> str:
    """Return when a message that is due at `due_at` after so many tries, and pauses of seconds, was due at first."""
    waited = sum(pauses[min(n, len(pauses) - 1)] for n in range(tries))
    return stamp(moment(due_at) - timedelta(seconds=waited))


def later(at: str, *, seconds: int = 0) -> str:
    return stamp(moment(at) + timedelta(seconds=seconds))


def remove(db: Database, number: int) -> None:
    """Forget a message that was sent, or that nobody needs any more."""
    db.conn.execute("delete from outbox where id = ?", [number])


def postpone(db: Database, message: Waiting, error: str, *, at: str) -> bool:
    """Note why a message was not sent; it is tried again for two days from the first try on. Tell whether it is."""
    if tried_for_days(message, at):
        fail(db, message, error, at=at)
        return False
    db.conn.execute("update outbox set error = ? where id = ?", [error, message.id])
    return True


def settle(db: Database, message: Waiting, result: str, error: str, *, at: str) -> str:
    """Forget a message, or after the result "later" keep it; return its state: "waiting" while it is tried again."""
    if result == "later":
        return "waiting" if postpone(db, message, error, at=at) else "failed"
    remove(db, message.id)
    return result


def tried_for_days(message: Waiting, at: str) -> bool:
    return message.tries > 1 and message.created_at < earlier(at, days=GIVE_UP_DAYS)


def fail(db: Database, message: Waiting, error: str, *, at: str) -> None:
    """Give a message up. It is kept with its reason for some weeks; the desk shows those that are mails."""
    db.conn.execute("update outbox set error = ?, failed_at = ? where id = ?", [error, at, message.id])


def purge(db: Database, *, at: str) -> None:
    """Forget messages that were given up long ago."""
    db.conn.execute("delete from outbox where failed_at < ?", [earlier(at, days=FAILED_DAYS)])
