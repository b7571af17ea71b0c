"""The background job: one message that goes wrong stops neither the others nor the server."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.federation import sources
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.federation import servers
from tests.federation.servers import Page, Web
from tests.federation.world import TARGET, URL, reply

SECONDS = 30


@pytest.fixture
def web() -> Iterator[Web]:
    with servers.web() as running:
        yield running


@pytest.fixture
def app(site: Settings, db: Database, web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr("blog.web.federating.LOOK_SECONDS", 0.05)
    factories.post(db)
    settings = replace(site, url=URL, private_hosts=(web.host,), websub_hub=web.url("/hub"))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as opened:
        yield opened


def wait(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_a_mention_goes_from_the_request_to_the_queue(app: TestClient, db: Database, web: Web) -> None:
    web.pages["/1"] = Page(reply("Words."))
    assert app.post("/webmention", data={"source": web.url("/1"), "target": TARGET}).status_code == 202
    rows = wait(lambda: db.conn.execute("select kind, status, text, source from comments").fetchall())
    assert rows == [("webmention", "pending", "Words.", "webmention")]


def test_a_surprise_stops_nothing_else(
    app: TestClient, db: Database, web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = sources.read_apart

    def stumble(page: sources.Page, target: str) -> Any:
        if page.url.endswith("/bad"):
            raise AttributeError("nobody expected that")
        return read(page, target)

    monkeypatch.setattr(sources, "read_apart", stumble)
    web.pages |= {"/bad": Page(reply("Bad.")), "/good": Page(reply("Good."))}
    for path in ("/bad", "/good"):
        app.post("/webmention", data={"source": web.url(path), "target": TARGET})
    with store.transaction(db):
        db.conn.execute("update outbox set due_at = created_at")
    rows = wait(lambda: db.conn.execute("select text from comments").fetchall())
    assert rows == [("Good.",)]
    errors = db.conn.execute("select state, error from mentions_received where source like '%bad'").fetchall()
    assert errors == [("refused", "Something unexpected was answered; the log of the server has more.")]
    assert "was not expected" in caplog.text


def test_a_new_post_is_told_to_the_hub_and_to_those_it_links_to(app: TestClient, db: Database, web: Web) -> None:
    web.pages |= {
        "/page": Page(headers=[("Link", "</mention>; rel=webmention")]),
        "/mention": Page(status=202),
        "/hub": Page(status=204),
    }
    factories.post(db, "another", known=False, body=f"[x]({web.url('/page')})")
    told = wait(lambda: len(web.posted()) == 3 and sorted(each.path for each in web.posted()))
    assert told == ["/hub", "/hub", "/mention"]
