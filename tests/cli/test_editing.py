import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from blog import moderation
from blog.comments import notes
from blog.moderation import edits
from tests import factories
from tests.cli.conftest import Run, refused
from tests.factories import decide, submit


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _text(db: Database, comment: int) -> Any:
    row = moderation.comment(db, comment)
    return row["author"], row["url"], row["text"]


def test_a_text_comes_from_a_file_and_undo_brings_the_old_one_back(blog: Run, db: Database, tmp_path: Path) -> None:
    comment = submit(db, "Call me at 555.")
    (tmp_path / "new.txt").write_text("Call me.", "utf-8")
    done = blog("edit", comment, tmp_path / "new.txt", "--reason", "A number.")
    assert done.stdout == f"Comment {comment} is edited. Batch 1; undo with: blog undo 1\n"
    assert _text(db, comment) == ("Reader 1", "", "Call me.")
    assert [each["text"] for each in edits.history(db, comment)] == ["Call me at 555."]
    blog("undo")
    assert _text(db, comment) == ("Reader 1", "", "Call me at 555.")


def test_a_text_comes_from_standard_input(blog: Run, db: Database) -> None:
    comment = submit(db)
    assert json.loads(blog("edit", comment, "-", "--json", stdin="Other words.").stdout) == {"batch": 1, "moved": 1}
    assert _text(db, comment) == ("Reader 1", "", "Other words.")


def test_a_name_and_an_address_are_changed_alone(blog: Run, db: Database) -> None:
    comment = submit(db)
    blog("edit", comment, "--author", "Somebody", "--url", "https://a.example")
    assert _text(db, comment) == ("Somebody", "https://a.example", "A thought.")
    assert blog("edit", comment, "--author", "Somebody").stdout == "Nothing to change.\n"


def test_an_edit_without_a_change_or_with_a_wrong_one_is_refused(blog: Run, db: Database) -> None:
    comment = submit(db)
    nothing = blog("edit", comment)
    assert (nothing.exit_code, "Say what changes" in nothing.stderr) == (2, True)
    refused(blog("edit", comment, "-", stdin="  "))
    refused(blog("edit", 99, "--author", "Ana"))
    assert _text(db, comment) == ("Reader 1", "", "A thought.")


def test_a_note_is_stored(blog: Run, db: Database) -> None:
    comment = submit(db)
    assert blog("note", comment, "Known to us.").stdout == f"The note on comment {comment} is stored.\n"
    assert [each["text"] for each in notes.on_comment(db, comment)] == ["Known to us."]
    assert json.loads(blog("note", comment, "Again.", "--json").stdout) == {"note": 2}
    refused(blog("note", comment, " "))


def test_a_thread_is_locked_and_unlocked(blog: Run, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    done = blog("lock", comment)
    assert done.stdout == f"The thread of comment {comment} is locked. Batch 2; undo with: blog undo 2\n"
    assert moderation.comment(db, comment)["locked"] == 1
    assert blog("lock", comment).stdout == "Nothing to change.\n"
    assert json.loads(blog("unlock", comment, "--json").stdout) == {"batch": 3, "moved": 1}
    assert moderation.comment(db, comment)["locked"] == 0
    assert json.loads(blog("unlock", comment, "--json").stdout) == {"batch": None, "moved": 0}
    refused(blog("lock", 99))
