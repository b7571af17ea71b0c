"""What is saved in the folder is on the site a moment later, and nothing that is broken takes a page down."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.app import create_app
from blog.settings import Settings
from tests.factories import by, write_post

SECONDS = 20  # one is promised; tests share their machine


@pytest.fixture
def reader(site: Settings, db: Database) -> Iterator[TestClient]:
    write_post(site.root, "lamps", title="Lamps", body="Words about lamps.")
    publishing.publish(db, site, by=by())
    with TestClient(create_app(site, watched=True), base_url="http://127.0.0.1:8000") as opened:
        time.sleep(0.5)  # until the folder is being watched
        yield opened


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_a_saved_file_is_public_a_moment_later(site: Settings, reader: TestClient) -> None:
    write_post(site.root, "lamps", title="Lamps", body="Other words.")
    assert soon(lambda: "Other words." in reader.get("/lamps/").text)
    write_post(site.root, "oil", title="Oil", body="New.")
    assert soon(lambda: reader.get("/oil/").status_code == 200)
    assert "Oil" in reader.get("/").text


def test_a_broken_or_missing_file_leaves_the_last_good_page(
    site: Settings, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.posts / "lamps.md"
    path.write_text("---\ntitle: Lamps\ndate: so", "utf-8")
    assert soon(lambda: "lamps.md" in caplog.text)
    assert "Words about lamps." in reader.get("/lamps/").text
    path.unlink()
    write_post(site.root, "oil", title="Oil", body="New.")
    assert soon(lambda: reader.get("/oil/").status_code == 200)
    assert "Words about lamps." in reader.get("/lamps/").text
    write_post(site.root, "lamps", title="Lamps", body="Good again.")
    assert soon(lambda: "Good again." in reader.get("/lamps/").text)
