"""Messages wait in the outbox with the transaction that causes them, and go when their act is undone."""

import json

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from blog import outbox
from tests import factories
from tests.factories import NOON, decide, submit, undo

LATER = "2026-05-07T12:05:00.000Z"


def waiting(db: Database) -> list[int]:
    return [row[0] for row in db.conn.execute("select id from outbox order by id").fetchall()]


def enqueue(db: Database, batch: int | None = None, kind: outbox.Kind = "mail") -> int:
    return outbox.enqueue(db, kind, {"to": "ana@example.org"}, batch=batch, at=NOON, due_at=LATER)


def test_a_message_waits_with_everything_that_sending_needs(db: Database) -> None:
    number = enqueue(db)
    row = db.conn.execute("select * from outbox").fetchone()
    assert row == (number, "mail", json.dumps({"to": "ana@example.org"}), None, NOON, LATER, 0, "", "", None)


def test_a_message_is_gone_with_the_transaction_that_caused_it(db: Database) -> None:
    db.conn.execute("begin immediate")
    enqueue(db)
    db.conn.execute("rollback")
    assert waiting(db) == []


def test_only_known_kinds_are_taken(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        enqueue(db, kind="pigeon")  # type: ignore[arg-type]


def test_undoing_an_act_drops_its_messages_that_nobody_tried_to_send(db: Database) -> None:
    factories.post(db)
    first, second = (decide(db, submit(db, f"Thought {n}.", n), "approve")["batch"] for n in (1, 2))
    dropped, tried, others = enqueue(db, first), enqueue(db, first), enqueue(db, second)
    db.conn.execute("update outbox set tries = 1 where id = ?", [tried])
    undo(db, first)
    assert waiting(db) == [tried, others]
    assert dropped not in waiting(db)
