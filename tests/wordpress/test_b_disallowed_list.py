"""B: what is on the list of disallowed words goes to the trash, and its writer is not told."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments
from blog.errors import TooFast
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, draft, send, submit
from tests.statements import heard_on
from tests.wordpress.acting import JSON, after, change, rows, stored, stranger

RAW = "<a href=http://example.com/>"


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)
    change(db, comment_previously_approved="off")


@pytest.mark.parametrize(
    ("says", "listed", "typed", "trashed"),
    [
        pytest.param("A listed word is found in any case.", "well\nfoo", {"comment": "Well, well."}, True, id="B1"),
        pytest.param("It is a whole word.", "well\nfoo", {"comment": "A dwelling."}, False, id="B1 whole"),
        pytest.param("Stars widen it.", "*well*\nfoo", {"comment": "A dwelling."}, True, id="B1 wide"),
        pytest.param(
            "Tags inside a word do not hide it.",
            "halfway",
            {"comment": "stuck <b>half</b>way"},
            True,
            id="B2",
        ),
        pytest.param("The name is looked through.", "sideshow", {"author": "Sideshow Mel"}, True, id="B3"),
        pytest.param(
            "The address is, too.",
            "example",
            {"url": "http://example.com", "email": "mel@mail.test"},
            True,
            id="B4",
        ),
        pytest.param(
            "So is HTML as it was typed, broken or not; a slash is a slash.",
            "/spam/",
            {"comment": '<a href="http://example.com/spam/>sing</a>'},
            True,
            id="B5",
        ),
        pytest.param("Without a listed word nothing happens.", "sideshow\nfoobar", {"comment": "well"}, False, id="B6"),
        pytest.param(
            "HTML is looked through before anything has tidied it up.",
            "href=http",
            {"comment": RAW},
            True,
            id="B8",
        ),
        pytest.param("And after.", 'href="http', {"comment": RAW}, True, id="B9 tidied"),
    ],
)
def test_the_list_sends_to_the_trash(
    db: Database, says: str, listed: str, typed: dict[str, str], trashed: bool
) -> None:
    change(db, disallowed_keys=listed)
    others = {name: value for name, value in typed.items() if name != "comment"}
    submit(db, typed.get("comment", "A thought."), **others)
    expected = ("trash", "disallowed_keys") if trashed else ("approved", "")
    assert stored(db, "status, rule") == expected, says


def test_b7_the_writer_of_a_listed_word_learns_nothing_and_nobody_else_reads_it(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    change(db, disallowed_keys="casino", comment_previously_approved="on", comment_flood_seconds="0")
    trashed, held = (send(client, text=text, headers=JSON) for text in ("A casino for you.", "A thought for you."))
    assert stored(db, "status", 1) == ("trash",)
    assert stored(db, "status", 2) == ("pending",)
    assert (trashed.status_code, trashed.json()) == (
        held.status_code,
        {**held.json(), "id": 1, "url": held.json()["url"].replace("comment-2", "comment-1")},
    )
    assert client.get(f"/{SLUG}/").text.count("is awaiting moderation") == 2
    assert "casino" not in stranger(client).get(f"/{SLUG}/").text
    assert "casino" not in moderator.get("/admin/comments?status=pending").text
    assert "A casino for you." in moderator.get("/admin/comments?status=trash").text


def test_b9_what_the_list_catches_only_once_it_is_tidied_is_tested_for_speed_once(db: Database) -> None:
    change(db, disallowed_keys='href="http')
    written = draft(RAW)
    with store.transaction(db), heard_on(db) as heard:
        comments.submit(db, SLUG, written, at=NOON)
    assert sum("by_network" in statement for statement in heard.statements) == 1
    assert stored(db, "status") == ("trash",)
    with pytest.raises(TooFast):
        submit(db, "Something else.", at=after(14))
    assert rows(db) == 1
