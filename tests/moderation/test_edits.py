import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Conflict, Invalid, NotFound
from blog.moderation import edits
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import by, decide, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def edit(db: Database, number: int, **changes: str) -> int | None:
    row = moderation.comment(db, number)
    words = {"author": row["author"], "url": row["url"], "text": row["text"], **changes}
    with store.transaction(db):
        return factories.edit(db, number, by=by(), **words)


def test_an_edit_changes_the_words_keeps_the_original_and_says_so(db: Database) -> None:
    comment = submit(db, "Call me at 555.")
    decide(db, comment, "approve")
    version = db.conn.execute("select version from posts").fetchone()[0]
    batch = edit(db, comment, text="Call *me*.")
    row = moderation.comment(db, comment)
    assert (row["text"], row["text_html"], row["status"]) == ("Call *me*.", "<p>Call <em>me</em>.</p>", "approved")
    assert row["edited_at"] == factories.NOON
    assert db.conn.execute("select version from posts").fetchone()[0] > version
    assert [(each["batch"], each["text"]) for each in edits.history(db, comment)] == [(batch, "Call me at 555.")]
    assert "555" not in str(db.conn.execute("select * from events").fetchall())
    assert integrity.check(db) == []


def test_undo_gives_the_exact_row_back_save_its_version(db: Database) -> None:
    comment = submit(db, "Before.", url="https://example.org")

    def words() -> tuple[object, ...]:
        columns = "author, url, text, text_html, text_hash, edited_at, status"
        return tuple(db.conn.execute(f"select {columns} from comments where id = ?", [comment]).fetchone())

    before = words()
    batch = edit(db, comment, text="After.", author="Somebody", url="")
    after = words()
    reversal = undo(db, batch)
    assert words() == before
    undo(db, reversal["batch"])
    assert words() == after


def test_an_edit_of_nothing_makes_no_batch(db: Database) -> None:
    assert edit(db, submit(db)) is None


def test_an_edit_is_not_undone_over_a_later_one(db: Database) -> None:
    comment = submit(db, "One.")
    first = edit(db, comment, text="Two.")
    edit(db, comment, text="Three.")
    with pytest.raises(Conflict, match="came later"):
        undo(db, first)


def test_an_edit_is_not_done_again_over_another_that_was(db: Database) -> None:
    """It would not be known what an Undo of it has to give back."""
    comment = submit(db, "One.")
    first = undo(db, edit(db, comment, text="Two."))
    second = undo(db, edit(db, comment, text="Three."))
    again = undo(db, first["batch"])
    with pytest.raises(Conflict, match="by undoing or repeating another edit of it"):
        undo(db, second["batch"])
    assert moderation.comment(db, comment)["text"] == "Two."
    undo(db, again["batch"])
    undo(db, second["batch"])
    assert moderation.comment(db, comment)["text"] == "Three."


@pytest.mark.parametrize("changes", [{"text": " "}, {"url": "javascript:alert(1)"}, {"author": "x" * 246}])
def test_a_moderator_is_held_to_the_same_limits(db: Database, changes: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        edit(db, submit(db), **changes)


def test_a_moderators_words_are_cleaned_like_everybodys(db: Database) -> None:
    comment = submit(db)
    edit(db, comment, text="<img src=x onerror=alert(1)> <script>alert(1)</script>")
    assert "<img" not in moderation.comment(db, comment)["text_html"]


def test_what_is_not_there_cannot_be_edited(db: Database) -> None:
    with store.transaction(db), pytest.raises(NotFound):
        factories.edit(db, 9, author="a", url="", text="b", by=by())


def test_a_difference_is_told_in_runs_of_words() -> None:
    assert edits.difference("I like old boats.", "I like new boats a lot.") == [
        ("same", "I like "),
        ("gone", "old"),
        ("new", "new"),
        ("same", " "),
        ("gone", "boats."),
        ("new", "boats a lot."),
    ]
