import pytest
from sqlite_utils import Database

from blog import checking, moderation, store
from blog.errors import Conflict, NotFound
from blog.policy import Policy
from tests import factories
from tests.factories import decide, status, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _purge(db: Database, at: str) -> int:
    with store.transaction(db):
        return moderation.purge(db, Policy(), at=at)


def test_a_deleted_comment_can_be_brought_back_for_seven_days_and_not_after(db: Database) -> None:
    early, late = submit(db, n=1), submit(db, "Other.", n=2)
    decide(db, [early, late], "delete")
    assert _purge(db, "2026-05-14T11:59:59.000Z") == 0
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
    with pytest.raises(Conflict, match="purged for good"):
        undo(db, batch)
    with pytest.raises(NotFound):
        decide(db, parent, "restore")
    assert checking.check(db) == []
