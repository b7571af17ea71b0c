import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Conflict, NotFound
from blog.journal import acts, events
from blog.journal.log import log
from blog.moderation.acts import ACTS
from tests import factories
from tests.factories import decide, status, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _rows(db: Database) -> list[tuple[object, ...]]:
    return db.conn.execute("select * from comments order by id").fetchall()


@pytest.mark.parametrize("decision", ["approve", "spam", "trash", "delete"])
def test_undo_restores_the_exact_rows(db: Database, decision: str) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 6)]
    decide(db, ids[0], "spam")
    before = _rows(db)
    counts = moderation.counts(db)
    decide(db, ids, decision)
    undo(db)
    assert _rows(db) == before
    assert moderation.counts(db) == counts


def test_undo_of_undo_does_it_again_and_can_be_undone_again(db: Database) -> None:
    comment = submit(db)
    batch = decide(db, comment, "approve")["batch"]
    first = undo(db, batch)
    assert status(db, comment) == "pending"
    undo(db, first["batch"])
    assert status(db, comment) == "approved"
    undo(db, batch)
    assert status(db, comment) == "pending"


def test_a_chain_of_undoings_knows_whether_the_act_stands(db: Database) -> None:
    comment = submit(db)
    batch = decide(db, comment, "approve")["batch"]
    chain = [batch]
    for wanted in ("pending", "approved", "pending", "approved", "pending"):
        chain.append(undo(db, chain[-1])["batch"])
        assert status(db, comment) == wanted
        assert (events.batch(db, batch)["undone_by"] is None) == (wanted == "approved")
    with pytest.raises(Conflict, match="was undone already"):
        undo(db, batch)


def test_an_undoing_that_was_overtaken_is_not_taken_back(db: Database) -> None:
    comment = submit(db)
    batch = decide(db, comment, "approve")["batch"]
    first = undo(db, batch)["batch"]
    again = undo(db, first)["batch"]
    second = undo(db, batch)["batch"]
    for stale in (first, again):
        with pytest.raises(Conflict):
            undo(db, stale)
    assert status(db, comment) == "pending"
    undo(db, second)
    assert status(db, comment) == "approved"


def test_undo_without_a_number_takes_the_newest_that_stands(db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    decide(db, comment, "spam")
    undo(db)
    assert status(db, comment) == "approved"
    undo(db)
    assert status(db, comment) == "pending"
    with pytest.raises(NotFound, match="nothing to undo"):
        undo(db)


def test_batches_are_undone_out_of_order_where_nothing_later_depends_on_them(db: Database) -> None:
    one, two = submit(db, n=1), submit(db, "Other.", n=2)
    first = decide(db, one, "approve")["batch"]
    decide(db, two, "spam")
    undo(db, first)
    assert (status(db, one), status(db, two)) == ("pending", "spam")


def test_what_something_later_depends_on_is_refused_with_a_sentence(db: Database) -> None:
    one, two = submit(db, n=1), submit(db, "Other.", n=2)
    first = decide(db, [one, two], "approve")["batch"]
    later = decide(db, one, "spam")["batch"]
    with pytest.raises(Conflict, match=f"batch {later} \\(spam\\) came later and changed 1 of its 2"):
        undo(db, first)
    assert (status(db, one), status(db, two)) == ("spam", "approved")
    undo(db, later)
    undo(db, first)
    assert (status(db, one), status(db, two)) == ("pending", "pending")


def test_a_batch_is_undone_once(db: Database) -> None:
    batch = decide(db, submit(db), "approve")["batch"]
    undo(db, batch)
    with pytest.raises(Conflict, match="was undone already"):
        undo(db, batch)
    with pytest.raises(NotFound, match="There is no batch 999"):
        undo(db, 999)


def test_the_log_names_what_was_done_and_undone(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 3)]
    batch = decide(db, ids, "approve")["batch"]
    undo(db, batch)
    entries = log(db, ACTS)
    said = [f"Undid batch {batch}: 2 comments approved.", "2 comments approved."]
    assert [acts.sentence(ACTS, entry) for entry in entries] == said
    assert entries[1]["undone_by"] == entries[0]["batch"]


def test_an_undoing_that_is_undone_names_the_act_that_was_done_again(db: Database) -> None:
    batch = decide(db, submit(db), "trash")["batch"]
    undoing = undo(db, batch)["batch"]
    undo(db, undoing)
    undo(db, batch)
    did = [
        f"Undid batch {batch}: One comment moved to trash.",
        f"Did batch {batch} again: One comment moved to trash.",
        f"Undid batch {batch}: One comment moved to trash.",
        "One comment moved to trash.",
    ]
    assert [acts.sentence(ACTS, entry) for entry in log(db, ACTS)] == did
    assert acts.undone_sentence(ACTS, events.batch(db, undoing)) == did[1]
