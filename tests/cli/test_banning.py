import json
from typing import Any

import pytest
from sqlite_utils import Database

from tests import factories
from tests.cli.conftest import Run, refused
from tests.factories import status, submit

LATER = "2026-05-07T13:00:00.000Z"


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _senders(blog: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(blog("senders", "--json").stdout)
    return rows


def test_a_sender_is_banned_by_each_key_and_the_ban_is_undone(blog: Run, db: Database) -> None:
    comment = submit(db)
    done = blog("ban", comment, "--by", "email", "--reason", "Rude.")
    assert done.stdout == (f"Banned: the email of comment {comment}. Batch 1; undo with: blog undo 1\n")
    [rule] = _senders(blog)
    assert (rule["kind"], rule["value"], rule["standing"]) == ("email", "reader1@example.org", "banned")
    assert (rule["until"], rule["reason"], rule["who"]) == (None, "Rude.", "")
    assert status(db, submit(db, "Again.", n=1, at=LATER)) == "trash"
    assert blog("ban", comment, "--by", "email", "--reason", "Rude.").stdout == "Nothing to change.\n"
    blog("undo", 1)
    assert _senders(blog) == []


def test_a_ban_ends_on_its_day_and_trashes_what_is_there(blog: Run, db: Database) -> None:
    comment, other = submit(db, n=1), submit(db, "Other.", n=2)
    done = blog("ban", comment, "--by", "reader", "--until", "2126-06-01", "--trash", "--json")
    assert json.loads(done.stdout) == {"batch": 1, "moved": 1}
    assert (status(db, comment), status(db, other)) == ("trash", "pending")
    assert [rule["until"] for rule in _senders(blog)] == ["2126-06-01T00:00:00.000Z"]
    assert "Banned a sender and moved one comment to trash." in blog("log").stdout


def test_a_browser_is_trusted_and_the_rules_decide_again(blog: Run, db: Database) -> None:
    comment = submit(db)
    assert f"Trusted: the browser of comment {comment}." in blog("trust", comment).stdout
    assert [rule["standing"] for rule in _senders(blog)] == ["trusted"]
    assert "reader 1" in blog("senders").stdout
    assert "The rules decide on this sender again." in blog("trust", comment, "--lift").stdout
    assert _senders(blog) == []


def test_what_cannot_be_banned_is_refused(blog: Run, db: Database) -> None:
    comment = submit(db)
    refused(blog("ban", 99, "--by", "email"))
    refused(blog("ban", comment, "--by", "domain"))
    refused(blog("ban", comment, "--by", "email", "--until", "2001-01-01"))
    assert blog("ban", comment).exit_code == 2
    assert blog("ban", comment, "--by", "email", "--lift", "--until", "2126-01-01").exit_code == 2
    assert _senders(blog) == []
