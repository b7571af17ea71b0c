"""Shared caches are told which pages have changed: at once, in one request, again later, and after they were away."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import outbox, purges
from blog.app import create_app
from blog.federation import cache_calls
from blog.settings import Settings
from blog.shared_cache import SharedCache
from blog.storage import store
from tests import factories
from tests.factories import NOON, decide, post, submit
from tests.federation.caches import cache

TAGGED = {"tags": ("owls", "barns")}


@contextmanager
def serving(site: Settings, *addresses: str, keys: str = "xkey") -> Iterator[TestClient]:
    settings = replace(site, cache=SharedCache(300, key_header=keys, purge=addresses, token="secret"))
    with TestClient(create_app(settings)) as client:
        yield client


def noted(db: Database) -> list[str]:
    """Return the keys that wait to be dropped."""
    return sorted(purges.due(db, at="9999").keys)


def note(db: Database, *, armed: bool = True) -> None:
    with store.transaction(db):
        purges.begin(db, ["http://127.0.0.1:6081"] if armed else [], at=NOON)
        db.conn.execute("delete from outbox")


def test_without_caches_nothing_is_noted(db: Database) -> None:
    post(db, **TAGGED)
    decide(db, submit(db), "approve")
    assert outbox.counts(db) == {}


def test_each_change_is_noted_by_the_keys_of_the_pages_that_show_it(db: Database) -> None:
    note(db)
    post(db, **TAGGED)
    assert "site" in noted(db)
    note(db)
    comment = submit(db)
    assert noted(db) == []  # it is held
    decide(db, comment, "approve")
    assert noted(db) == ["list", "post-1", "tag-1", "tag-2"]
    note(db)
    factories.post(db, tags=("owls",), hash="changed")
    assert {"list", "post-1", "tag-1", "tag-2"} <= set(noted(db))  # also the page of the tag that it lost
    note(db)
    db.conn.execute("insert into settings (name, value) values ('comment_order', '\"desc\"')")
    assert noted(db) == ["site"]


def test_many_changes_of_a_post_are_noted_once(db: Database) -> None:
    post(db)
    note(db)
    decide(db, [submit(db, f"Thought {n}", n) for n in range(1, 30)], "approve")
    assert outbox.counts(db) == {"purge": 1}


def test_what_changes_while_it_is_sent_is_sent_again(db: Database) -> None:
    post(db)
    first, second = submit(db), submit(db, "Another", 2)
    note(db)
    decide(db, first, "approve")
    sent = purges.due(db, at="9999")
    decide(db, second, "approve")
    purges.note(db, sent, {}, at=NOON)
    assert set(purges.due(db, at="9999").fresh) == {"list", "post-1"}


def test_very_many_keys_are_one(db: Database) -> None:
    note(db)
    for n in range(purges.MOST_KEYS):
        purges._add(db, f"purge post-{n}", {"keys": f"post-{n} list"}, at=NOON, due_at=NOON)
    assert purges.due(db, at=NOON).keys == ("site",)


def test_an_approval_is_dropped_at_once_in_one_request_and_again_two_seconds_later(
    site: Settings, db: Database
) -> None:
    post(db)
    post(db, "other", hash="other")
    comments = [submit(db), submit(db, "Another", 2, slug="other")]
    with cache() as front, serving(site, front.address):
        front.wait(lambda told: told)
        assert front.told[0].keys == {"site"}
        front.settle()
        began = time.time()
        decide(db, comments, "approve")
        first, second = front.wait(lambda told: len(told) >= 2)
        time.sleep(0.3)
        assert len(front.told) == 2
    assert (first.method, first.path) == ("PURGE", "/")
    assert first.keys == second.keys == {"post-1", "post-2", "list"}
    assert first.at - began < 1
    assert 1.9 < second.at - first.at < 3
    assert outbox.counts(db) == {}


def test_a_cache_that_was_away_drops_everything_when_it_is_back(site: Settings, db: Database) -> None:
    post(db)
    comment = submit(db)
    with cache() as other, cache() as front:
        front.status = 503
        with serving(site, front.address, other.address):
            other.settle()
            decide(db, comment, "approve")
            other.wait(lambda told: any("post-1" in each.keys for each in told))  # it waits for nobody
            back = time.time()
            front.told.clear()
            front.status = 200
            front.wait(lambda told: sum("site" in each.keys for each in told) >= 2)
            taken = [each for each in front.told if "site" in each.keys]
            assert front.told[0] is taken[0]
            assert taken[0].at - back < 6
            assert 1.9 < taken[1].at - taken[0].at < 3
            time.sleep(0.3)
            assert outbox.counts(db) == {}


def test_a_purge_is_sent_after_a_restart_and_while_the_outbox_is_held(site: Settings, db: Database) -> None:
    post(db)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    db.conn.execute("update site set outbox_held = 1")
    with serving(site, f"http://127.0.0.1:{port}"):
        time.sleep(0.5)
        decide(db, submit(db), "approve")
    with cache(port) as front, serving(site, front.address):
        assert front.wait(lambda told: told)[0].keys == {"site"}


def test_templates_that_change_make_all_pages_new(site: Settings, db: Database) -> None:
    with cache() as front, serving(site, front.address) as client:
        front.settle()
        client.app.state.site.pages.forget()  # type: ignore[attr-defined]
        assert front.wait(lambda told: told)[0].keys == {"site"}


def test_a_site_that_no_longer_has_caches_notes_nothing(site: Settings, db: Database) -> None:
    note(db)
    with TestClient(create_app(site)):
        until = time.monotonic() + 30
        while purges.is_noted(db):
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.mark.parametrize(
    ("keys", "path", "method", "headers", "body"),
    [
        ("xkey", "", "PURGE", {"xkey-purge": "site post-1", "authorization": "Bearer secret"}, b""),
        ("Surrogate-Key", "", "PURGE", {"surrogate-key": "site post-1"}, b""),
        ("Surrogate-Key", "/service/ab1/purge", "POST", {"surrogate-key": "site post-1", "fastly-key": "secret"}, b""),
        (
            "Cache-Tag",
            "/client/v4/zones/ab1/purge_cache",
            "POST",
            {"content-type": "application/json", "authorization": "Bearer secret"},
            json.dumps({"tags": ["site", "post-1"]}).encode(),
        ),
    ],
)
def test_each_kind_of_cache_is_told_in_its_own_way(
    keys: str, path: str, method: str, headers: dict[str, str], body: bytes
) -> None:
    with cache() as front:
        settings = SharedCache(300, key_header=keys, token="secret")
        assert cache_calls.send(settings, f"{front.address}{path}", ("site", "post-1")) == ""
        told = front.told[0]
    assert (told.method, told.path, told.body) == (method, path or "/", body)
    assert headers.items() <= told.headers.items()


def test_what_a_cache_does_not_take_is_said() -> None:
    with cache(status=403) as front:
        assert "status 403" in cache_calls.send(SharedCache(300), front.address, ("site",))
    assert "does not answer" in cache_calls.send(SharedCache(300), front.address, ("site",))
