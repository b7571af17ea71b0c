"""What the rows share: a setting changed, a switch, a login, a row read, a page taken apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, moderation
from blog.journal.events import moment, stamp
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import NOON, SLUG, by

JSON = {"accept": "application/json"}
HELD_BY_NONE = {"comment_previously_approved": "off", "comment_flood_seconds": "0"}


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def close(db: Database, slug: str | None = SLUG, **more: Any) -> None:
    with store.transaction(db):
        closing.close(db, slug, by=by(), **more)


def after(seconds: int) -> str:
    """Return the moment so many seconds after noon."""
    return stamp(moment(NOON) + timedelta(seconds=seconds))


def stored(db: Database, columns: str, comment: int = 1) -> tuple[Any, ...]:
    return tuple(db.conn.execute(f"select {columns} from comments where id = ?", [comment]).fetchone())


def rows(db: Database) -> int:
    return int(db.conn.execute("select count(*) from comments").fetchone()[0])


def standing(db: Database, post: int = 0) -> dict[str, int]:
    """Return the counts that are not nought, of a post or (0) of the site."""
    return {status: n for status, n in moderation.counts(db, post).items() if n}


@contextmanager
def login(client: TestClient, db: Database, name: str, role: str) -> Iterator[TestClient]:
    """Give a browser of its own to a new account, signed in through the login page."""
    with store.transaction(db):
        factories.account(db, name, role=role, email=f"{name}@house.example")
    other = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("198.51.100.9", 50_000))
    answer = other.post("/admin/login", data={"username": name, "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303
    yield other
    other.close()


def stranger(client: TestClient) -> TestClient:
    """Return a browser without cookies, in another network."""
    return TestClient(client.app, base_url="http://127.0.0.1:8000", client=("203.0.113.5", 50_000))


def parsed(page: Any) -> BeautifulSoup:
    return BeautifulSoup(page.text, "html.parser")


def heading(page: Any) -> str:
    """Return the heading of the discussion, "" when there is none."""
    found = parsed(page).select_one("h2.comments-title")
    return found.get_text(strip=True) if found else ""
