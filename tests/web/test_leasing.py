"""A server that lacks the lease of the site: it shows everything, saves nothing, and says that nothing was saved."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from blog import replica
from blog.app import create_app
from blog.journal import events
from blog.operation import records
from blog.settings import Settings
from blog.storage import fence
from blog.storage.fence import Fence
from blog.web import measuring
from tests.factories import SLUG, post, send

WORDS = "What I typed."
RESTS = "Saving rests on this machine, because another one may be saving."
TABLE = {"bucket": "blog", "endpoint": "http://127.0.0.1:9", "machine": "oslo"}


@pytest.fixture
def leased(site: Settings, db: Database) -> Iterator[TestClient]:
    """A reader in front of one of two machines; the store does not answer, so nobody renews the lease."""
    post(db)
    settings = replace(site, replica=replica.read(TABLE, "blog.toml", {}))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client


def _gate(client: TestClient) -> Fence:
    found = client.app.state.site.store.fence  # type: ignore[attr-defined]
    assert isinstance(found, Fence)
    return found


def test_with_the_lease_it_is_like_any_other(leased: TestClient, db: Database) -> None:
    _gate(leased).extend(fence.clock() + 60)
    assert RESTS not in leased.get(f"/{SLUG}/").text
    assert send(leased, text=WORDS).status_code == 303
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 1
    assert leased.get("/readyz").json()["role"] == "writer"


def test_without_it_everything_can_be_read_and_nothing_is_saved(leased: TestClient, db: Database) -> None:
    for _ in range(2):
        page = leased.get(f"/{SLUG}/")
        assert (page.status_code, RESTS in page.text) == (200, True)
    for path in (f"/{SLUG}/comments", "/mail/x/", f"/{SLUG}/comments/1/report"):
        answer = leased.post(path, data={"author": "A", "email": "a@example.org", "comment": WORDS})
        assert (answer.status_code, answer.headers["retry-after"], WORDS in answer.text) == (503, "5", True), path
        assert RESTS in answer.text
    assert leased.post("/wp-json/wp/v2/comments").json()["data"] == {"status": 503}
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 0
    assert leased.get("/healthz").status_code == 200
    assert leased.get("/readyz").json()["role"] == "reader"


def test_where_the_site_went_on_elsewhere_no_readers_should_be_sent(leased: TestClient) -> None:
    _gate(leased).shut()
    answer = leased.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["The site went on on another machine."])


def test_a_form_is_shown_again_when_the_lease_was_lost_just_before_the_answer(leased: TestClient) -> None:
    gate = _gate(leased)

    async def late(request: Request) -> Response:
        gate.extend(0)  # after all checks of the store
        return RedirectResponse("/", 303)

    leased.app.router.routes.insert(0, Route("/late/", late, methods=["POST"]))  # type: ignore[attr-defined]
    for accept in ("text/html", "application/json"):
        gate.extend(fence.clock() + 60)
        answer = leased.post("/late/", data={"reason": WORDS}, headers={"Accept": accept}, follow_redirects=False)
        assert (answer.status_code, answer.headers["retry-after"], WORDS in answer.text) == (503, "5", True)
    gate.extend(fence.clock() + 60)
    answer = leased.post("/late/", content=b"x" * 300_000, follow_redirects=False)
    assert answer.status_code == 413


def test_the_metrics_say_whether_it_may_write_and_how_the_last_check_went(leased: TestClient) -> None:
    site = leased.app.state.site  # type: ignore[attr-defined]
    assert "\nafterword_lease_held 0" in "\n".join(measuring.of_replica(site))
    at = events.stamp(datetime.now(UTC) - timedelta(hours=2))
    records.note(site.settings.database, "replica", at=at, good=False, facts={})
    _gate(leased).extend(fence.clock() + 60)
    lines = "\n".join(measuring.of_replica(site))
    assert "\nafterword_lease_held 1" in lines
    assert "\nafterword_replica_check_ok 0" in lines
    assert re.search(r"\nafterword_replica_check_seconds 72\d\d", lines)


def test_the_privacy_page_says_how_long_the_copy_holds_what_was_erased(leased: TestClient, client: TestClient) -> None:
    sentence = "So does the copy for a second machine, for up to 8 days."
    assert sentence in leased.get("/privacy/").text
    assert sentence not in client.get("/privacy/").text


def test_a_site_without_a_second_machine_has_no_fence(client: TestClient) -> None:
    site = client.app.state.site  # type: ignore[attr-defined]
    assert site.store.fence is None
    assert list(measuring.of_replica(site)) == []


def test_a_site_without_a_second_machine_does_not_import_its_library() -> None:
    line = "import blog.app, blog.cli.serving, sys; sys.exit('obstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0
