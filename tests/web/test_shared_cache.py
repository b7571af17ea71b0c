"""What pages tell the shared caches in front of the site: how long, by which keys, and for whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings
from blog.shared_cache import SharedCache
from tests import factories
from tests.factories import NOON, SLUG

TAGGED = {"tags": ("Owls & Co",)}


@contextmanager
def served(site: Settings, cache: SharedCache | None = None) -> Iterator[TestClient]:
    settings = replace(site, cache=cache or SharedCache(300, 3_600))
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


def test_without_the_setting_no_page_speaks_to_shared_caches(client: TestClient, db: Database) -> None:
    factories.post(db)
    headers = client.get(f"/{SLUG}/").headers
    assert not {"cdn-cache-control", "surrogate-control", "xkey", "surrogate-key", "cache-tag"} & set(headers)
    assert headers["vary"] == "Accept-Encoding, Cookie"


@pytest.mark.parametrize(
    ("keys", "lifetime", "written"),
    [
        ("xkey", "CDN-Cache-Control", "site post-1"),
        ("Surrogate-Key", "Surrogate-Control", "site post-1"),
        ("Cache-Tag", "CDN-Cache-Control", "site,post-1"),
    ],
)
def test_a_page_carries_its_lifetime_and_its_keys(
    site: Settings, db: Database, keys: str, lifetime: str, written: str
) -> None:
    factories.post(db)
    with served(site, SharedCache(300, 3_600, keys)) as client:
        for _ in ("made now", "from the page cache"):
            headers = client.get(f"/{SLUG}/").headers
            assert headers[lifetime] == "public, max-age=300, stale-if-error=3600"
            assert headers[keys] == written
            assert headers["cache-control"] == "public, max-age=0, must-revalidate"
            assert headers["vary"] == "Accept-Encoding"
        unchanged = client.get(f"/{SLUG}/", headers={"If-None-Match": headers["etag"]})
        assert unchanged.status_code == 304
        assert (unchanged.headers[lifetime], unchanged.headers[keys]) == (headers[lifetime], written)


def test_keys_are_ids(site: Settings, db: Database) -> None:
    factories.post(db, **TAGGED)
    expected = {
        "/": "site list",
        "/archive/": "site list",
        "/archive/2026/": "site list",
        "/tags/": "site list",
        "/tags/owls-co/": "site tag-1",
        "/authors/judith/": "site list",
        "/feed.xml": "site list",
        "/feed.json": "site list",
        "/comments/feed.xml": "site list",
        "/sitemap.xml": "site list",
        "/privacy/": "site",
        f"/{SLUG}/feed.xml": "site post-1",
        f"/{SLUG}/newest/": "site post-1",
    }
    with served(site) as client:
        assert {path: client.get(path).headers.get("xkey") for path in expected} == expected


def test_only_the_sites_own_cookies_make_an_answer_private(site: Settings, db: Database) -> None:
    factories.post(db)
    with served(site) as client:
        plain = client.get(f"/{SLUG}/")
        tracked = client.get(f"/{SLUG}/", headers={"Cookie": "_ga=GA1.2.3; theme=dark"})
        assert (tracked.content, tracked.headers["xkey"]) == (plain.content, plain.headers["xkey"])
        for cookie in ("reader=x", "session=y", "_ga=1; reader=x"):
            for path in (f"/{SLUG}/", "/", "/", "/feed.xml"):
                own = client.get(path, headers={"Cookie": cookie}).headers
                assert own.get_list("cache-control") == ["private, no-store"]
                assert not {"cdn-cache-control", "xkey"} & set(own)


@pytest.mark.parametrize("path", ["/nothing/", "/search?q=owls", f"/{SLUG}/?replytocom=1", "/admin/login", "/healthz"])
def test_what_is_for_one_reader_is_not_shared(site: Settings, db: Database, path: str) -> None:
    factories.post(db)
    with served(site) as client:
        headers = client.get(path).headers
        assert not {"cdn-cache-control", "xkey"} & set(headers)
        assert "no-store" in headers["cache-control"]


def test_no_page_is_kept_beyond_what_it_says_of_the_future(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.set_clock(monkeypatch, NOON)
    factories.post(db)
    factories.post(db, "later", published_at="2026-05-07T12:01:40.000Z")
    with served(site) as client:
        assert _seconds(client.get("/").headers) == 100
        factories.set_clock(monkeypatch, "2026-05-07T12:01:30.500Z")
        page = client.get("/").headers
        assert _seconds(page) == 9  # rounded down
        assert _seconds(client.get("/", headers={"If-None-Match": page["etag"]}).headers) == 9
        factories.set_clock(monkeypatch, "2026-05-07T12:01:40.000Z")
        assert _seconds(client.get("/").headers) == 300


def _seconds(headers: Any) -> int:
    return int(headers["cdn-cache-control"].split("max-age=")[1].partition(",")[0])
