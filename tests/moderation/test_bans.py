from typing import Any

import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Conflict, Invalid
from blog.journal import acts, events
from blog.moderation import bans
from blog.moderation.acts import ACTS
from blog.rules import stored_sentence
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import NOON, by, decide, status, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def stand(db: Database, kind: str, value: str, standing: str, **more: Any) -> int | None:
    with store.transaction(db):
        return bans.set_standing(db, kind, value, bans.NewRule(standing, **more), by=by())


LATER = "2026-05-07T13:00:00.000Z"


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("reader", "reader 1", "This browser is banned."),
        ("email", "reader1@example.org", "This email is banned."),
        ("network", "10.0.0.2", "This network is banned."),
        ("domain", "shop.example", "This link's domain is banned."),
    ],
)
def test_what_is_banned_goes_to_the_trash_with_its_reason(db: Database, kind: str, value: str, sentence: str) -> None:
    stand(db, kind, value, "banned")
    comment = submit(db, "See http://www.shop.example/a.", n=1)
    row = moderation.comment(db, comment)
    assert (row["status"], row["rule"], stored_sentence(row)) == ("trash", "banned", sentence)
    assert status(db, submit(db, "Somebody else.", n=2)) == "pending"


def test_a_ban_ends_at_its_day(db: Database) -> None:
    stand(db, "reader", "reader 1", "banned", until="2026-05-08T00:00:00.000Z")
    assert status(db, submit(db, "Too early.", n=1)) == "trash"
    assert status(db, submit(db, "Late enough.", n=1, at="2026-05-08T00:00:00.000Z")) == "pending"


def test_a_trusted_browser_is_published_with_links_and_without_a_history(db: Database) -> None:
    stand(db, "reader", "reader 1", "trusted")
    assert status(db, submit(db, "http://a.example http://b.example http://c.example", n=1)) == "approved"


def test_a_ban_may_take_back_everything_and_undo_gives_all_of_it_back(db: Database) -> None:
    mine = [submit(db, "One.", n=1), submit(db, "Two.", n=1, at=LATER)]
    other = submit(db, "Other.", n=2)
    decide(db, [mine[0], other], "approve")
    batch = stand(db, "reader", "reader 1", "banned", trash_existing=True, reason="Rude.")
    assert [status(db, each) for each in (*mine, other)] == ["trash", "trash", "approved"]
    assert acts.sentence(ACTS, events.batch(db, batch)) == "Banned a sender and moved 2 comments to trash."
    undo(db, batch)
    assert [status(db, each) for each in (*mine, other)] == ["approved", "pending", "approved"]
    assert bans.all_rules(db, at=NOON) == []
    assert integrity.check(db) == []


def test_the_same_standing_again_makes_no_batch(db: Database) -> None:
    assert stand(db, "email", "a@example.org", "banned") is not None
    assert stand(db, "email", "a@example.org", "banned") is None
    assert stand(db, "email", "a@example.org", "") is not None
    assert stand(db, "email", "a@example.org", "") is None


def test_a_ban_that_was_changed_since_is_not_undone_over_the_change(db: Database) -> None:
    first = stand(db, "email", "a@example.org", "banned")
    stand(db, "email", "a@example.org", "")
    with pytest.raises(Conflict, match="changed again since"):
        undo(db, first)


def test_the_journal_does_not_say_who_was_banned(db: Database) -> None:
    stand(db, "email", "petra@example.org", "banned")
    assert "petra" not in str(db.conn.execute("select * from events").fetchall())
    assert "petra" not in str(db.conn.execute("select * from batches").fetchall())


@pytest.mark.parametrize(
    ("kind", "value", "standing", "until"),
    [
        ("name", "Ana", "banned", None),
        ("email", "", "banned", None),
        ("email", "a@example.org", "trusted", None),
        ("reader", "x", "loved", None),
        ("reader", "x", "banned", "2026-05-07T11:00:00.000Z"),
    ],
)
def test_a_bad_standing_is_refused(db: Database, kind: str, value: str, standing: str, until: str | None) -> None:
    with pytest.raises(Invalid):
        stand(db, kind, value, standing, until=until)


@pytest.mark.parametrize(
    "url", ["https://EVIL%2eexample/", "http://www.evil.example.", "http://ｅｖｉｌ.example", "http://["]
)
def test_a_domain_is_known_however_its_address_was_written(url: str) -> None:
    row = {"reader_hash": "", "email": "", "network": "", "url": url}
    assert bans.sender_keys(row) == ({"domain": "evil.example"} if "[" not in url else {})
