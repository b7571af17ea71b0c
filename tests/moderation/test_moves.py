"""Moving a comment: its answers come along, both posts' counts follow, and Undo puts it back."""

from typing import Any

import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Conflict, Invalid, NotFound
from blog.journal import acts, events
from blog.moderation import moves
from blog.moderation.acts import ACTS
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import by, decide, submit, undo

OTHER = "another-post"


def move(db: Database, number: int, **more: Any) -> int | None:
    with store.transaction(db):
        return moves.move(db, number, **{"by": by(), **more})


@pytest.fixture
def thread(db: Database) -> Database:
    """A post with the thread 1 > 3 > 4 and the thread 2, and another post; all are approved."""
    factories.post(db)
    factories.post(db, OTHER)
    submit(db, "One.", 1)
    submit(db, "Two.", 2)
    decide(db, [1, 2], "approve")
    submit(db, "Three.", 3, comment_parent="1")
    decide(db, 3, "approve")
    submit(db, "Four.", 4, comment_parent="3")
    decide(db, 4, "approve")
    return db


def places(db: Database) -> list[tuple[Any, ...]]:
    return db.conn.execute(
        "select id, post_id, parent_id, root_id, replies, approved_in_thread from comments"
    ).fetchall()


def test_a_comment_moves_to_another_thread_with_its_answers(thread: Database) -> None:
    assert move(thread, 3, parent=2) is not None
    assert places(thread) == [
        (1, 1, None, None, 0, 1),
        (2, 1, None, None, 1, 3),
        (3, 1, 2, 2, 1, 0),
        (4, 1, 3, 2, 0, 0),
    ]
    assert integrity.check(thread) == []


def test_a_comment_moves_to_another_post_and_both_counts_follow(thread: Database) -> None:
    move(thread, 3, post=OTHER)
    assert places(thread)[2:] == [(3, 2, None, None, 1, 2), (4, 2, 3, 3, 0, 0)]
    assert [moderation.counts(thread, post)["approved"] for post in (1, 2)] == [2, 2]
    assert [row[0] for row in thread.conn.execute("select approved from posts")] == [2, 2]
    assert integrity.check(thread) == []


def test_undo_puts_it_back_and_undoing_that_moves_it_again(thread: Database) -> None:
    before = places(thread)
    batch = move(thread, 1, post=OTHER)
    after = places(thread)
    taken_back = undo(thread, batch)["batch"]
    assert places(thread) == before
    undo(thread, taken_back)
    assert places(thread) == after
    assert integrity.check(thread) == []


def test_moving_to_where_it_stands_makes_no_batch(thread: Database) -> None:
    assert move(thread, 3, parent=1) is None
    assert move(thread, 1, post=factories.SLUG) is None


def test_both_pages_are_seen_anew(thread: Database) -> None:
    versions = "select version from posts order by id"
    before = [row[0] for row in thread.conn.execute(versions)]
    move(thread, 2, post=OTHER)
    assert all(new > old for new, old in zip([row[0] for row in thread.conn.execute(versions)], before, strict=True))


def test_an_answer_never_stands_before_what_it_answers(thread: Database) -> None:
    with pytest.raises(Invalid, match="Comment 3 came after comment 2"):
        move(thread, 2, parent=3)
    with pytest.raises(Invalid, match="came after"):
        move(thread, 1, parent=1)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"post": "nowhere"}, "There is no post 'nowhere'"),
        ({"parent": 99}, "There is no comment 99"),
        ({"post": OTHER, "parent": 1}, "Comment 1 is on another post"),
    ],
)
def test_a_place_that_is_not_there_is_refused(thread: Database, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        move(thread, 4, **more)
    assert len(places(thread)) == 4


def test_nothing_is_put_under_what_is_in_the_trash(thread: Database) -> None:
    decide(thread, 2, "trash")
    with pytest.raises(Invalid, match="There is no comment 2 that can be answered"):
        move(thread, 3, parent=2)


def test_a_deleted_comment_does_not_move(thread: Database) -> None:
    decide(thread, 2, "delete")
    with pytest.raises(NotFound, match="There is no comment 2"):
        move(thread, 2, post=OTHER)


def test_undo_is_refused_when_the_old_place_is_gone(thread: Database) -> None:
    batch = move(thread, 4, post=OTHER)
    move(thread, 3, post=OTHER)
    with pytest.raises(Conflict, match="the comment that this one answered is no longer there"):
        undo(thread, batch)
    assert places(thread)[3][:3] == (4, 2, None)


def test_the_journal_says_of_each_comment_that_it_moved(thread: Database) -> None:
    batch = move(thread, 3, parent=2, reason="It answers the other one.")
    assert [events.on_comment(thread, number)[-1]["kind"] for number in (3, 4)] == ["move", "move"]
    found = events.batch(thread, batch or 0)
    assert acts.sentence(ACTS, found) == "Moved a comment and its answer to another place."
