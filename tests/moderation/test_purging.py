import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Conflict, NotFound
from blog.journal import events
from blog.rules.policy import Policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import decide, status, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _purge(db: Database, at: str, rules: Policy | None = None) -> int:
    with store.transaction(db):
        return moderation.purge(db, rules or Policy(), at=at)


def test_a_deleted_comment_can_be_brought_back_for_seven_days_and_not_after(db: Database) -> None:
    early, late = submit(db, n=1), submit(db, "Other.", n=2)
    decide(db, [early, late], "delete")
    assert _purge(db, "2026-05-14T11:59:59.000Z") == 0
    assert moderation.comment(db, early)["status"] == "deleted"
    decide(db, early, "restore", by=factories.by("2026-05-14T11:59:59.000Z"))
    assert _purge(db, "2026-05-14T12:00:01.000Z") == 1
    assert status(db, early) == "pending"
    with pytest.raises(NotFound):
        moderation.comment(db, late)


def test_trash_and_spam_go_after_thirty_days(db: Database) -> None:
    trash, spam = submit(db, n=1), submit(db, "Other.", n=2)
    decide(db, trash, "trash")
    decide(db, spam, "spam")
    assert _purge(db, "2026-06-06T11:59:59.000Z") == 0
    assert _purge(db, "2026-06-06T12:00:01.000Z") == 2


def test_nought_days_keep_trash_and_spam_for_good_and_what_is_deleted_for_a_week(db: Database) -> None:
    trash, spam, deleted = (submit(db, n=n) for n in (1, 2, 3))
    for number, decision in ((trash, "trash"), (spam, "spam"), (deleted, "delete")):
        decide(db, number, decision)
    assert _purge(db, "2030-01-01T00:00:00.000Z", Policy(empty_trash_days=0, empty_spam_days=0)) == 1
    assert [status(db, each) for each in (trash, spam)] == ["trash", "spam"]
    assert _purge(db, "2026-05-09T12:00:00.001Z", Policy(empty_trash_days=1, empty_spam_days=3)) == 1
    assert _purge(db, "2026-05-09T12:00:00.001Z", Policy(empty_trash_days=3, empty_spam_days=2)) == 1


def test_the_journal_says_what_went_and_that_a_rule_did_it(db: Database) -> None:
    gone = submit(db)
    decide(db, gone, "spam")
    _purge(db, "2026-07-01T00:00:00.000Z")
    last = events.on_comment(db, gone)[-1]
    assert (last["kind"], last["at"], last["source"]) == ("purge", "2026-07-01T00:00:00.000Z", "rule")
    assert (last["post"], last["who"], last["before"], last["after"]) == (1, "", "spam", "deleted")


def test_fifty_go_at_a_time(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 104)]
    decide(db, ids, "trash")
    assert [_purge(db, "2026-07-01T00:00:00.000Z") for _ in range(4)] == [50, 50, 3, 0]


def test_a_purged_comment_with_replies_keeps_its_place_without_a_word(db: Database) -> None:
    parent = submit(db, n=1)
    decide(db, parent, "approve")
    reply = submit(db, "A reply.", n=2, comment_parent=str(parent))
    decide(db, reply, "approve")
    batch = decide(db, parent, "delete")["batch"]
    assert _purge(db, "2026-05-20T00:00:00.000Z") == 1
    assert _purge(db, "2026-05-20T00:00:00.000Z") == 0
    row = db.conn.execute("select status, author, email, text, ip from comments where id = ?", [parent]).fetchone()
    assert tuple(row) == ("deleted", "", "", "", "")
    with pytest.raises(NotFound, match=f"There is no comment {parent}."):
        moderation.comment(db, parent)
    with pytest.raises(Conflict, match="purged for good"):
        undo(db, batch)
    with pytest.raises(NotFound):
        decide(db, parent, "restore")
    assert integrity.check(db) == []
