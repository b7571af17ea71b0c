"""Comments that the author picked: up to three, journalled, and taken back."""

import pytest
from sqlite_utils import Database

from blog import comments
from blog.errors import Conflict, NotFound
from blog.storage import store
from tests import factories
from tests.factories import by, decide, submit


@pytest.fixture
def ids(db: Database) -> list[int]:
    factories.post(db)
    sent = [submit(db, f"Thought {n}.", n) for n in range(4)]
    decide(db, sent, "approve")
    return sent


def pick(db: Database, comment: int, picked: bool = True) -> int | None:
    with store.transaction(db):
        return comments.pick(db, comment, picked, by=by())


def picked(db: Database) -> list[int]:
    return [row[0] for row in db.conn.execute("select id from comments where picked = 1 order by id").fetchall()]


def undo(db: Database, batch: int) -> int:
    number = factories.undo(db, batch)["batch"]
    assert number is not None
    return number


def test_a_pick_is_undone_and_its_undo_too(db: Database, ids: list[int]) -> None:
    batch = pick(db, ids[0])
    assert batch is not None
    assert picked(db) == [ids[0]]
    undoing = undo(db, batch)
    assert picked(db) == []
    undo(db, undoing)
    assert picked(db) == [ids[0]]


def test_a_second_pick_changes_nothing_and_records_nothing(db: Database, ids: list[int]) -> None:
    pick(db, ids[0])
    before = db.conn.execute("select count(*) from events").fetchone()
    assert pick(db, ids[0]) is None
    assert db.conn.execute("select count(*) from events").fetchone() == before
    assert pick(db, ids[0], False) is not None
    assert picked(db) == []


def test_there_are_at_most_three_on_a_post(db: Database, ids: list[int]) -> None:
    for number in ids[:3]:
        pick(db, number)
    with pytest.raises(Conflict, match="Three comments"):
        pick(db, ids[3])
    pick(db, ids[0], False)
    pick(db, ids[3])
    assert picked(db) == ids[1:]


def test_only_what_is_public_can_be_picked(db: Database, ids: list[int]) -> None:
    decide(db, ids[0], "trash")
    with pytest.raises(NotFound):
        pick(db, ids[0])
    with pytest.raises(NotFound):
        pick(db, 99)


def test_a_pick_makes_the_page_anew(db: Database, ids: list[int]) -> None:
    def version() -> int:
        return int(db.conn.execute("select version from posts").fetchone()[0])

    before = version()
    pick(db, ids[0])
    assert version() > before
