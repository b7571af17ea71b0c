"""The outbox: what has to leave the machine, written in the transaction that causes it and sent afterwards.

Whoever sends takes the rows that are due, and removes each when it has arrived (blog/notifications for mail).
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from sqlite_utils import Database

Kind = Literal["mail", "webmention", "websub", "purge", "webhook"]


def enqueue(db: Database, kind: Kind, payload: dict[str, Any], *, batch: int | None, at: str, due_at: str) -> int:
    """Put one message into the outbox, to be sent from `due_at` on, and return its id.

    `batch` is the act that causes it: until somebody has tried to send the message, undoing the act drops it.
    """
    row = db.conn.execute(
        "insert into outbox (kind, payload, batch_id, created_at, due_at) values (?, ?, ?, ?, ?) returning id",
        [kind, json.dumps(payload), batch, at, due_at],
    ).fetchone()
    return int(row[0])


def put(db: Database, kind: Kind, payload: Mapping[str, Any], *, key: str, at: str, due_at: str) -> None:
    """Put a message that no act causes into the outbox, in the place of the one with the same key."""
    drop(db, key)
    db.conn.execute(
        "insert into outbox (kind, payload, created_at, due_at, key) values (?, ?, ?, ?, ?)",
        [kind, json.dumps(payload), at, due_at, key],
    )


def drop(db: Database, key: str) -> None:
    db.conn.execute("delete from outbox where key = ? and key <> ''", [key])  # as the index has it


def drop_of_batch(db: Database, batch: int) -> int:
    """Drop the messages of an act that nobody has tried to send yet; return how many."""
    return int(db.conn.execute("delete from outbox where batch_id = ? and tries = 0", [batch]).rowcount)


def counts(db: Database) -> dict[str, int]:
    """Return how many messages of each kind wait or failed."""
    return dict(db.conn.execute("select kind, count(*) from outbox group by kind order by kind").fetchall())


def is_held(db: Database) -> bool:
    """Tell whether nothing is sent because a backup was restored, which may hold what was sent since."""
    return bool(db.conn.execute("select outbox_held from site").fetchone()[0])


def release(db: Database) -> bool:
    """Send again after a restore; tell whether the outbox was stopped."""
    return bool(db.conn.execute("update site set outbox_held = 0 where outbox_held = 1").rowcount)
