"""Words are found in every comment, whether the full-text index has it yet or not."""

import pytest
from sqlite_utils import Database

from blog import comments, moderation, revising, search, store
from blog.moderation import Selection
from tests import factories
from tests.factories import by, decide, submit


def found(db: Database, words: str, status: str = "all") -> list[int]:
    return [row["id"] for row in moderation.queue(db, Selection(status, search=words))]


def feed(db: Database) -> int:
    with store.transaction(db):
        return search.feed(db)


def whole(db: Database) -> None:
    """Let the index be compared with the comments, all of which it has: it raises where they differ."""
    db.conn.execute("insert into comments_search (comments_search, rank) values ('integrity-check', 1)")


def test_a_comment_is_found_before_and_after_the_index_is_fed(db: Database) -> None:
    factories.post(db)
    first, second = submit(db, "Of herons and bridges.", 1), submit(db, "Of bridges alone.", 2)
    assert (found(db, "bridges"), found(db, "HERONS bridges"), found(db, "of")) == ([second, first], [first], [2, 1])
    assert search.behind(db) == (second, 0)
    assert (feed(db), feed(db)) == (2, 0)
    assert search.behind(db) == (second, second)
    third = submit(db, "Bridges once more.", 3)
    assert (found(db, "bridges"), found(db, "herons bridges")) == ([third, second, first], [first])
    assert moderation.matching(db, Selection("all", search="bridges")) == 3
    feed(db)
    whole(db)


def test_the_index_is_fed_a_hundred_at_a_time(db: Database) -> None:
    factories.post(db)
    for n in range(150):
        submit(db, f"Heron {n}.", n)
    assert [feed(db) for _ in range(3)] == [100, 50, 0]
    assert found(db, "heron reader149@") == [150]


@pytest.mark.parametrize("fed", [False, True])
def test_what_is_edited_or_goes_is_found_as_it_is_now(db: Database, fed: bool) -> None:
    factories.post(db)
    kept, gone = submit(db, "A heron.", 1), submit(db, "A bittern.", 2)
    if fed:
        feed(db)
    with store.transaction(db):
        revising.edit(db, kept, author="Reader 1", url="", text="A stork.", by=by())
    decide(db, gone, "delete")
    with store.transaction(db):
        db.conn.execute("delete from comments where id = ?", [gone])
    for _ in range(2):
        assert (found(db, "heron"), found(db, "stork"), found(db, "bittern")) == ([], [kept], [])
        feed(db)
        whole(db)


def test_a_comment_that_is_rolled_back_is_never_fed(db: Database) -> None:
    factories.post(db)
    db.conn.execute("begin immediate")
    comments.submit(db, factories.SLUG, factories.draft("A heron."), at=factories.NOON)
    db.conn.execute("rollback")
    assert feed(db) == 0
    assert found(db, "heron") == []
