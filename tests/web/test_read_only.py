"""A copy that is only read: whatever would change something is refused with the words that were typed, for good."""

from collections.abc import Iterator

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings
from tests.factories import SLUG, post, send, submit

WORDS = "What I typed."


@pytest.fixture
def reading(site: Settings, db: Database) -> Iterator[TestClient]:
    post(db)
    submit(db)
    db.conn.execute("pragma journal_mode = delete")
    with TestClient(create_app(site, read_only=True), base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        *("/admin/login", "/admin/setup", "/admin/decisions", "/mail/x/", "/unsubscribe/x/", "/your-comments/link"),
        *(f"/{SLUG}/comments/1/report", "/webmention", "/micropub", "/indieauth/token", "/nothing/"),
    ],
)
def test_every_form_is_refused_with_what_was_typed(reading: TestClient, path: str) -> None:
    answer = reading.post(path, data={"username": "ana", "password": "x", "reason": WORDS})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert WORDS in answer.text
    assert "This copy of the site can only be read." in answer.text
    as_json = reading.post(path, data={"reason": WORDS}, headers={"Accept": "application/json"})
    assert (as_json.status_code, as_json.json()["comment"]) == (503, WORDS)


def test_programs_are_refused_in_their_own_words(reading: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = reading.request(method, "/wp-json/wp/v2/comments/1")
        assert (answer.status_code, answer.json()["data"]) == (503, {"status": 503})


def test_a_comment_comes_back_and_pages_go_on_saying_that_writing_rests(reading: TestClient) -> None:
    for _ in range(2):
        answer = send(reading, text=WORDS)
        assert (answer.status_code, answer.headers["retry-after"], WORDS in answer.text) == (503, "5", True)
        reading.post("/admin/login", data={"username": "ana", "password": "x"})
        assert "This copy of the site can only be read." in reading.get(f"/{SLUG}/").text
        assert reading.get("/healthz").status_code == 200
