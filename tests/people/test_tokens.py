"""Application passwords: made once, found by name or email, with a label in the journal, gone when revoked."""

import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.errors import Invalid, NotFound
from blog.journal import acts, log
from blog.journal.events import Actor
from blog.moderation.acts import ACTS
from blog.people import accounts, tokens
from blog.people.tokens import NewToken
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import NOON, by


def made(db: Database, account: int, label: str = "Phone", **more: str) -> tuple[str, str]:
    with store.transaction(db):
        return tokens.make(db, account, NewToken(label, **more), by=by())


def test_a_token_has_24_letters_in_groups_and_is_stored_as_a_hash(db: Database) -> None:
    ana = factories.account(db)
    uuid, password = made(db, ana)
    assert re.fullmatch(r"(\w{4} ){5}\w{4}", password)
    stored = str(list(db.query("select * from tokens")))
    assert password not in stored
    assert password.replace(" ", "") not in stored
    assert tokens.of_account(db, ana)[0]["uuid"] == uuid


@pytest.mark.parametrize("name", ["ana", "ANA", "ana@example.org", "Ana@Example.org"])
def test_blanks_mean_nothing_and_the_email_names_the_account_too(db: Database, name: str) -> None:
    ana = factories.account(db, email="ana@example.org")
    _, password = made(db, ana, scope="moderate")
    for typed in (password, password.replace(" ", ""), f" {password}\n"):
        program = tokens.find(db, name, typed)
        assert program is not None
        assert (program["id"], program["token"]["scope"]) == (ana, "moderate")


@pytest.mark.parametrize("name", ["", "ben", "ana@example.net"])
def test_another_name_does_not_sign_in(db: Database, name: str) -> None:
    factories.account(db, "ben")
    _, password = made(db, factories.account(db))
    assert tokens.find(db, name, password) is None
    assert tokens.find(db, "ana", password.lower() + "x") is None


def test_an_account_without_an_email_is_not_named_by_an_empty_one(db: Database) -> None:
    _, password = made(db, factories.account(db, email=""))
    assert tokens.find(db, " ", password) is None


def test_wrong_fields_are_refused_with_a_sentence(db: Database) -> None:
    ana = factories.account(db)
    for label in ("", "   ", "x" * 101, "a\x07b"):
        with pytest.raises(Invalid, match="name"):
            made(db, ana, label)
    with pytest.raises(Invalid, match="read, moderate or write, not 'all'"):
        made(db, ana, scope="all")


def test_a_revoked_token_and_one_of_a_removed_account_sign_in_no_more(db: Database) -> None:
    ana, ben = factories.account(db), factories.account(db, "ben")
    uuid, password = made(db, ana)
    _, of_ben = made(db, ben)
    with store.transaction(db):
        with pytest.raises(NotFound):
            tokens.revoke(db, ben, uuid, by=by())
        tokens.revoke(db, ana, uuid, by=by())
        accounts.remove(db, "ben", by=by())
    assert tokens.find(db, "ana", password) is None
    assert tokens.find(db, "ben", of_ben) is None
    assert list(db.query("select * from tokens")) == []


def test_the_journal_tells_of_tokens_and_names_the_program_that_acted(db: Database) -> None:
    factories.post(db)
    ana = factories.account(db)
    made(db, ana)
    comment = factories.submit(db)
    program = Actor(NOON, ana, "api", "Phone")
    factories.decide(db, comment, "approve", by=program)
    rows = log.log(db, ACTS)
    assert [(acts.who(row), acts.sentence(ACTS, row)) for row in rows[:2]] == [
        ("ana by “Phone”", "One comment approved."),
        ("", "Made the application password “Phone” for ana, scope write."),
    ]
    factories.undo(db, by=program)
    assert acts.who(log.log(db, ACTS)[0]) == "ana by “Phone”"


def test_the_page_of_the_account_shows_a_new_password_once_and_revokes_it(moderator: TestClient, db: Database) -> None:
    page = moderator.post("/admin/account/tokens", data={"label": "My phone", "scope": "moderate"})
    assert page.status_code == 200
    assert page.headers["cache-control"] == "private, no-store"
    found = re.search(r'<code class="secret">([^<]+)</code>', page.text)
    assert found is not None
    program = tokens.find(db, "ana", found[1])
    assert program is not None
    assert (program["token"]["label"], program["token"]["scope"]) == ("My phone", "moderate")
    again = moderator.get("/admin/account").text
    assert found[1] not in again
    assert "My phone" in again
    key = program["token"]["uuid"]
    assert moderator.post(f"/admin/account/tokens/{key}/removal").text.count("My phone") == 0
    assert tokens.find(db, "ana", found[1]) is None


def test_a_password_without_a_name_is_refused_beside_its_field(moderator: TestClient) -> None:
    page = moderator.post("/admin/account/tokens", data={"label": " ", "scope": "write"})
    assert page.status_code == 422
    assert "Give the application password a name" in page.text


def test_making_and_revoking_ask_for_the_password_again(moderator: TestClient, db: Database) -> None:
    with store.transaction(db):
        db.conn.execute("update sessions set confirmed_at = ''")
    asked = moderator.post("/admin/account/tokens", data={"label": "Phone", "scope": "read"})
    assert asked.status_code == 403
    assert "My phone" not in moderator.get("/admin/account").text
    proved = {"label": "Phone", "scope": "read", "again": PASSWORD}
    assert moderator.post("/admin/account/tokens", data=proved).status_code == 200
