"""E: what a program sends, and what it must not be able to settle by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.journal.events import stamp
from tests import factories
from tests.factories import send
from tests.wordpress.acting import JSON, change, close, rows, standing, stored


@pytest.mark.parametrize("email", ["a@b", "hello:)"])
def test_e1_an_email_that_is_none_is_named(client: TestClient, db: Database, email: str) -> None:
    answer = send(client, headers=JSON, email=email)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["email"])
    assert rows(db) == 0


@pytest.mark.parametrize(
    ("says", "fields"),
    [
        pytest.param("When it was sent says the clock here.", {"date": "foo-bar", "created_at": "1999-01-01"}, id="E2"),
        pytest.param("There is one type of comment.", {"type": "foo", "comment_type": "foo"}, id="E3"),
        pytest.param(
            "No field approves.", {"status": "approved", "comment_approved": "1", "verdict": "allow"}, id="E4"
        ),
        pytest.param("No field makes somebody else of the sender.", {"account_id": "1", "user_id": "1"}, id="E5"),
        pytest.param("No field changes the address it came from.", {"author_ip": "203.0.113.99"}, id="E6"),
        pytest.param("A broken one changes nothing either.", {"author_ip": "867.5309", "ip": "867.5309"}, id="E7"),
    ],
)
def test_a_field_that_the_form_does_not_have_is_passed_over(
    moderator: TestClient, client: TestClient, db: Database, says: str, fields: dict[str, str]
) -> None:
    begun = stamp(datetime.now(UTC) - timedelta(seconds=1))
    answer = send(client, headers=JSON, author="Mel", **fields)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending"), says
    assert stored(db, "status, author, ip, account_id, source") == ("pending", "Mel", "198.51.100.7", None, "web")
    assert stored(db, "verdict, rule") == ("hold", "comment_previously_approved")
    assert begun <= stored(db, "created_at")[0] <= stamp(datetime.now(UTC))


def test_e8_the_address_is_the_sockets(client: TestClient, db: Database) -> None:
    send(client, headers={**JSON, "x-forwarded-for": "203.0.113.99"})
    assert stored(db, "ip, network") == ("198.51.100.7", "198.51.100.7")


@pytest.mark.parametrize(
    ("says", "slug", "code"),
    [
        pytest.param("A post is addressed by its name, not by its number.", "1", 404, id="E9"),
        pytest.param("A number beyond all numbers is no post.", "9" * 30, 404, id="E10"),
        pytest.param("A name that nothing has is none.", "nope", 404, id="E10 name"),
        pytest.param("A draft is not there.", "draft", 404, id="E11"),
        pytest.param("What is to come is not there yet.", "future", 404, id="E11 future"),
        pytest.param("What was withdrawn is gone.", "withdrawn", 410, id="E11 withdrawn"),
        pytest.param("A closed one takes nothing.", "closed", 403, id="E12"),
    ],
)
def test_an_address_that_takes_no_comment_says_so_to_a_program(
    client: TestClient, db: Database, says: str, slug: str, code: int
) -> None:
    factories.post(db, "draft", status="draft")
    factories.post(db, "future", published_at="2999-01-01T00:00:00.000Z")
    factories.post(db, "withdrawn", status="withdrawn")
    factories.post(db, "closed")
    close(db, "closed")
    typed = {"author": "Ana", "email": "ana@example.org", "comment": "A thought."}
    answer = client.post(f"/{slug}/comments", data=typed, headers=JSON)
    assert answer.status_code == code, says
    assert answer.headers["content-type"] == "application/problem+json"
    assert rows(db) == 0


@pytest.mark.parametrize("cookie", [None, "", "garbage", "x" * 43])
def test_e13_without_a_session_that_stands_a_program_may_do_nothing_on_the_desk(
    moderator: TestClient, client: TestClient, db: Database, cookie: str | None
) -> None:
    send(client)
    headers = JSON if cookie is None else {**JSON, "cookie": f"session={cookie}"}
    answer = client.post("/admin/decisions", data={"decision": "approve", "id": "1"}, headers=headers)
    assert answer.status_code == 401
    assert stored(db, "status") == ("pending",)


@pytest.mark.parametrize(
    ("says", "typed", "field"),
    [
        pytest.param("The name.", {"author": "x" * 246}, "author", id="E14 name"),
        pytest.param("The email.", {"email": "x" * 190 + "@example.org"}, "email", id="E14 email"),
        pytest.param("The address.", {"url": "https://example.org/" + "x" * 185}, "url", id="E14 address"),
        pytest.param("The text.", {"text": "x" * 66_525}, "comment", id="E14 text"),
    ],
)
def test_each_field_that_is_too_long_has_its_own_error(
    client: TestClient, db: Database, says: str, typed: dict[str, str], field: str
) -> None:
    answer = send(client, headers=JSON, **typed)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), says
    assert rows(db) == 0


def test_e15_what_appears_at_once_is_201_and_on_the_desk_at_once(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    change(db, comment_previously_approved="off")
    answer = send(client, text="Brand new.", author="Mel", headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (201, "approved")
    assert "Brand new." in moderator.get("/admin/comments?status=approved").text
    assert "Brand new." in moderator.get("/admin/comments?status=all").text
    assert standing(db) == {"approved": 1, "all": 1}
