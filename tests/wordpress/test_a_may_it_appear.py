"""A: may a comment appear without anybody having looked at it?"""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from tests import factories
from tests.factories import decide, sender, status, submit
from tests.wordpress.acting import JSON, after, change, stored

ANYBODY = {"comment_previously_approved": "off"}
TWO_LINKS = '<a href="https://one.example">one</a> and <a href="https://two.example">two</a>'


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


@pytest.mark.parametrize(
    ("says", "settings", "text", "outcome", "rule"),
    [
        pytest.param(
            "Where first comments are not held, an ordinary one appears at once.",
            ANYBODY,
            "An ordinary thought.",
            "approved",
            "",
            id="A1",
        ),
        pytest.param(
            "Where they are, which is the default, somebody's first comment waits.",
            {},
            "An ordinary thought.",
            "pending",
            "comment_previously_approved",
            id="A2",
        ),
        pytest.param(
            "A listed word holds, however it is capitalised.",
            {**ANYBODY, "moderation_keys": "foo\nbar\nscoop"},
            "Has anyone seen Scoop?",
            "pending",
            "moderation_keys",
            id="A5",
        ),
        pytest.param(
            "The same holds for letters that are not Latin.",
            {**ANYBODY, "moderation_keys": "установка\nfoo"},
            "Установка",
            "pending",
            "moderation_keys",
            id="A6",
        ),
        pytest.param(
            "A list does not touch a text without its words, nor words that only contain one.",
            {**ANYBODY, "moderation_keys": "foo\nbar"},
            "A barrel of food.",
            "approved",
            "",
            id="A7",
        ),
        pytest.param(
            "As many links as the limit says are too many, HTML ones too, which are only shown as text here.",
            {**ANYBODY, "comment_max_links": "2"},
            TWO_LINKS,
            "pending",
            "comment_max_links",
            id="A8",
        ),
        pytest.param(
            "It is the larger count that counts: two Markdown links and one in HTML are two.",
            {**ANYBODY, "comment_max_links": "2"},
            "[one](https://one.example) https://two.example <a href=three>",
            "pending",
            "comment_max_links",
            id="A8 Markdown",
        ),
        pytest.param(
            "One link below the limit is none too many.",
            {**ANYBODY, "comment_max_links": "3"},
            TWO_LINKS,
            "approved",
            "",
            id="A9",
        ),
    ],
)
def test_a_comment_appears_or_waits_by_a_rule(
    db: Database, says: str, settings: dict[str, str], text: str, outcome: str, rule: str
) -> None:
    change(db, **settings)
    submit(db, text)
    assert stored(db, "status, rule") == (outcome, rule), says


def test_a3_an_earlier_comment_that_still_waits_earns_no_trust(db: Database) -> None:
    submit(db)
    second = submit(db, "Another.", at=after(60))
    assert stored(db, "status, rule", second) == ("pending", "comment_previously_approved")


def test_a4_an_approval_is_trust_for_the_same_browser_and_none_for_who_types_the_same_name(db: Database) -> None:
    first = submit(db, n=1)
    decide(db, first, "approve")
    assert status(db, submit(db, "Mine again.", n=1, at=after(60))) == "approved"
    borrowed = submit(db, "Not mine.", n=2, author="Reader 1", email="reader1@example.org", at=after(120))
    assert stored(db, "status, rule", borrowed) == ("pending", "comment_previously_approved")
    decide(db, first, "unapprove")
    decide(db, 2, "trash")
    assert status(db, submit(db, "Mine once more.", n=1, at=after(180))) == "pending"


def test_a10_trust_follows_the_account_or_the_browser_through_a_change_of_email(
    moderator: TestClient, db: Database
) -> None:
    change(db, comment_flood_seconds="0")
    for email in ("old@house.example", "new@house.example"):
        db.conn.execute("update accounts set email = ?", [email])
        answer = factories.send(moderator, text=f"Written from {email}.", headers=JSON)
        assert answer.status_code == 201
        assert stored(db, "status, email", answer.json()["id"]) == ("approved", email)
    decide(db, submit(db, n=1), "approve")
    assert status(db, submit(db, "Later.", n=1, email="moved@example.org", at=after(60))) == "approved"


def test_a11_a_new_email_earns_nothing_where_nothing_was_approved(db: Database) -> None:
    submit(db, n=1)
    moved = submit(db, "Later.", n=1, email="moved@example.org", at=after(60))
    assert stored(db, "status, rule", moved) == ("pending", "comment_previously_approved")


@pytest.mark.parametrize("typed", [{"email": "ANA@house.example"}, {"author": "Ana"}, {"author": "judith"}])
def test_a12_a_visitor_under_the_email_or_name_of_somebody_of_the_site_waits(
    moderator: TestClient, db: Database, typed: dict[str, str]
) -> None:
    change(db, **ANYBODY, comment_flood_seconds="0")
    db.conn.execute("update accounts set email = 'ana@house.example'")
    db.conn.execute("update posts set author = 'Judith'")
    assert factories.send(moderator, headers=JSON).status_code == 201
    posing = submit(db, "I own this place.", n=2, who=sender(2), **typed)
    assert stored(db, "status, rule", posing) == ("pending", "owner_name")
