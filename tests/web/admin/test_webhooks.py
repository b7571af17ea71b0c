"""Webhooks at the desk: added, tested, sent again and removed, by administrators alone."""

import re
import time
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import webhooks
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON
from tests.federation import servers

URL = "/admin/webhooks"


@pytest.fixture
def desk(moderator: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Signed in as an administrator who gave the password just now."""
    monkeypatch.setattr("blog.web.federating.LOOK_SECONDS", 3_600.0)
    return moderator


def add(client: TestClient, **fields: object) -> int:
    answer = client.post(
        URL, data={"url": "https://1.1.1.1/hook", "events": ["comment.held"], **fields}, follow_redirects=False
    )
    return answer.status_code


def test_a_webhook_is_added_tested_and_removed(desk: TestClient, db: Database) -> None:
    assert add(desk, personal="1") == 303
    page = desk.get(f"{URL}?said=added").text
    for words in (
        "https://1.1.1.1/hook",
        "comment.held",
        "With email and IP address of comments.",
        "Nothing was sent yet.",
    ):
        assert words in page
    assert re.search(r'value="whsec_[A-Za-z0-9+/=]{44}" readonly', page)
    assert desk.post(f"{URL}/1/test", follow_redirects=False).headers["location"] == f"{URL}?said=test"
    assert db.conn.execute("select kind, payload ->> '$.event' from outbox").fetchall() == [("webhook", "test")]
    assert "Added a webhook to 1.1.1.1." in desk.get("/admin/log?kind=settings").text
    assert desk.post(f"{URL}/1/removal", follow_redirects=False).status_code == 303
    assert "1.1.1.1" not in desk.get(URL).text
    assert desk.post(f"{URL}/1/test").status_code == 404


def test_the_log_of_a_webhook_has_a_button_that_sends_again(desk: TestClient, db: Database) -> None:
    add(desk)
    with store.transaction(db):
        db.conn.execute(
            """
            insert into webhook_deliveries
              (webhook_id, message, event, comment_id, happened_at, state, status, error, at)
            values (1, 'event-7', 'comment.held', 12, :at, 'failed', 500, 'The answer has the status 500.', :at)
            """,
            {"at": NOON},
        )
    page = desk.get(URL).text
    for words in ("comment.held", "#12", "The answer has the status 500.", "not sent", "Send again"):
        assert words in page
    assert desk.post(f"{URL}/messages/1/resend", follow_redirects=False).status_code == 303
    waiting = db.conn.execute("select payload ->> '$.message' from outbox").fetchall()
    assert waiting == [("event-7",)]
    assert desk.post(f"{URL}/messages/9/resend").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "http://127.0.0.1/"}, "127.0.0.1 is not a public host, so it is not reached."),
        ({"url": "http://localhost:5678/"}, "localhost is on the port 5678; only 80 and 443 are reached."),
        ({"url": "ftp://a.example/"}, "Only addresses with http and https are fetched"),
        ({"url": "https://nobody.invalid/"}, "There is no host nobody.invalid."),
        ({"url": ""}, "Only addresses with http and https are fetched"),
        ({"events": []}, "Choose at least one event."),
    ],
)
def test_what_cannot_be_sent_to_is_refused_and_kept_in_the_form(
    desk: TestClient, db: Database, fields: dict[str, object], sentence: str
) -> None:
    typed = {"url": "https://1.1.1.1/hook", "events": ["comment.removed"], "personal": "1", **fields}
    answer = desk.post(URL, data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#39;", "'")
    assert f'value="{typed["url"]}"' in answer.text
    assert webhooks.listed(db) == []


def test_only_administrators_see_them(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        eve = factories.account(db, "eve", role="editor")
    factories.sign_in(client, db, eve)
    assert client.get(URL).status_code == 403
    assert add(client) == 403


def test_the_running_server_sends_a_message(site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blog.web.federating.LOOK_SECONDS", 0.05)
    factories.post(db)
    with servers.web() as web:
        web.pages["/hook"] = servers.Page("ok")
        app = create_app(replace(site, url="http://127.0.0.1:8000", private_webhooks=(web.host,)))
        with store.transaction(db):
            webhooks.add(db, webhooks.NewWebhook(web.url("/hook"), ["comment.held"]), by=factories.by())
        with TestClient(app, base_url="http://127.0.0.1:8000") as opened:
            fields = {"author": "Ana", "email": "ana@example.org", "comment": "A thought."}
            opened.post("/a-post/comments", data={**fields, **factories.form_on(opened, "/a-post/")})
            deadline = time.monotonic() + 20
            while not web.asked and time.monotonic() < deadline:
                time.sleep(0.05)
        assert [each.path for each in web.asked] == ["/hook"]
        assert b'"type":"comment.held"' in web.asked[0].body
