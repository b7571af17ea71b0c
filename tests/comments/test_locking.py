import json
from typing import Any

import pytest
from sqlite_utils import Database

from blog import comments
from blog.errors import Closed, NotFound
from blog.journal import acts, events
from blog.moderation.acts import ACTS
from blog.storage import store
from tests import factories
from tests.factories import by, decide, submit


@pytest.fixture
def thread(db: Database) -> tuple[int, int]:
    """The first comment of a thread and a reply to it, beside a thread of somebody else."""
    factories.post(db)
    decide(db, submit(db, "Elsewhere.", 9), "approve")
    first = submit(db, "First.", 1)
    decide(db, first, "approve")
    reply = submit(db, "A reply.", 2, comment_parent=str(first))
    decide(db, reply, "approve")
    return first, reply


def lock(db: Database, comment: int, locked: bool = True) -> int | None:
    with store.transaction(db):
        return comments.lock(db, comment, locked, by=by())


def locked(db: Database) -> list[int]:
    return [number for (number,) in db.conn.execute("select id from comments where locked order by id").fetchall()]


def told(db: Database, batch: int | None) -> tuple[Any, ...]:
    """Return the sentence of a batch, and what the journal has of it."""
    assert batch is not None
    [event] = db.conn.execute("select kind, before, after from events where batch_id = ?", [batch]).fetchall()
    kind, before, after = event
    return acts.sentence(ACTS, events.batch(db, batch)), kind, json.loads(before), json.loads(after)


@pytest.mark.parametrize("place", [0, 1])
def test_a_thread_is_locked_and_opened_from_any_comment_in_it(
    db: Database, thread: tuple[int, int], place: int
) -> None:
    batch = lock(db, thread[place])
    assert locked(db) == [thread[0]]
    states = [{"thread": thread[0], "locked": value} for value in (False, True)]
    assert told(db, batch) == ("Locked a thread.", "lock", *states)
    again = lock(db, thread[place], False)
    assert locked(db) == []
    assert told(db, again) == ("Unlocked a thread.", "lock", *reversed(states))


def test_a_second_lock_writes_no_event(db: Database, thread: tuple[int, int]) -> None:
    assert lock(db, thread[0], False) is None
    lock(db, thread[0])
    before = events.last_batch(db)
    assert lock(db, thread[1]) is None
    assert events.last_batch(db) == before


def test_a_lock_and_an_unlocking_are_undone(db: Database, thread: tuple[int, int]) -> None:
    factories.undo(db, lock(db, thread[0]))
    assert locked(db) == []
    lock(db, thread[0])
    factories.undo(db, lock(db, thread[0], False))
    assert locked(db) == [thread[0]]


def test_a_locked_thread_takes_replies_of_the_site_alone(db: Database, thread: tuple[int, int]) -> None:
    lock(db, thread[0])
    with pytest.raises(Closed, match=r"^This thread is locked: it takes no more replies\.$"):
        submit(db, "Too late.", 3, comment_parent=str(thread[1]))
    with store.transaction(db):
        ana = factories.account(db, "ana")
    assert submit(db, "A last word.", who=factories.sender(4, account=ana), comment_parent=str(thread[1]))
    assert submit(db, "A new thread.", 5)


@pytest.mark.parametrize("decision", ["delete", None])
def test_what_is_deleted_or_was_never_there_cannot_be_locked(
    db: Database, thread: tuple[int, int], decision: str | None
) -> None:
    if decision:
        decide(db, thread[1], decision)
    number = thread[1] if decision else 77
    with pytest.raises(NotFound, match=f"There is no comment {number}."):
        lock(db, number)
    assert locked(db) == []
