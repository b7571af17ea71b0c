"""Old addresses: of posts, with a query too, the lines of `_redirects`, and where others have their feeds."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.settings import Settings
from tests import factories


def leads(client: TestClient, address: str) -> tuple[int, Any]:
    answer = client.get(address, follow_redirects=False)
    return answer.status_code, answer.headers.get("location")


@pytest.fixture
def old(client: TestClient, db: Database) -> TestClient:
    factories.post(db, "moved", redirect_from=("/?p=12", "/2012/03/moved.html", "/blog?p=5"))
    return client


def test_a_query_of_the_front_page_leads_to_its_post_also_when_the_page_is_cached(old: TestClient) -> None:
    assert old.get("/").status_code == 200
    assert leads(old, "/?p=12") == (301, "/moved/")
    assert leads(old, "/?p=12&utm_source=x") == (301, "/moved/")
    assert leads(old, "/?p=13") == (200, None)
    assert leads(old, "/?utm_source=x") == (200, None)


def test_an_old_path_leads_to_its_post_with_a_query_too(old: TestClient) -> None:
    assert leads(old, "/2012/03/moved.html") == (301, "/moved/")
    assert leads(old, "/2012/03/moved.html?x=1") == (301, "/moved/?x=1")
    assert leads(old, "/blog/?p=5") == (301, "/moved/")


def test_the_lines_of_the_sites_file_count_where_nothing_is(client: TestClient, site: Settings) -> None:
    Path(site.root, "_redirects").write_text(
        "/old/* /new/:splat 302\n/gone 410\n/a-post/ /elsewhere/\n/?ref=7 /a-post/\n", "utf-8"
    )
    assert leads(client, "/old/x/y") == (302, "/new/x/y")
    assert leads(client, "/gone/") == (410, None)
    assert leads(client, "/a-post/") == (200, None)
    assert leads(client, "/?ref=7") == (301, "/a-post/")
    assert leads(client, "/old//evil.example/") == (302, "/new/evil.example/")
    assert leads(client, "/old/%5Cevil.example") == (302, "/new/evil.example")


@pytest.mark.parametrize(
    ("address", "feed"),
    [("/feed/", "/feed.xml"), ("/rss.xml", "/feed.xml"), ("/comments/feed/", "/comments/feed.xml"),
     ("/a-post/feed/", "/a-post/feed.xml"), ("/index.xml", "/feed.xml"), ("/atom.xml", "/feed.xml")],
)  # fmt: skip
def test_the_usual_addresses_of_feeds_lead_to_ours(client: TestClient, address: str, feed: str) -> None:
    assert leads(client, address) == (301, feed)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "tag"),
    [
        ("/category/rivers/", "rivers"),
        ("/category/nature/rivers/", "rivers"),
        ("/tag/rivers/page/2/", "rivers"),
        ("/categories/rivers.html", "rivers"),
        ("/search/label/Rivers", "rivers"),
        ("/category/fluesse/", "fl%C3%BCsse"),
        ("/category/flusse/", "fl%C3%BCsse"),
    ],
)
def test_the_address_of_a_category_elsewhere_leads_to_the_tag_that_stands_for_it(
    client: TestClient, db: Database, address: str, tag: str
) -> None:
    factories.post(db, "one", tags=("Rivers", "Flüsse"))
    assert leads(client, address) == (301, f"/tags/{tag}/")
    assert client.get(address).status_code == 200


def test_a_category_without_a_tag_of_its_name_leads_nowhere(client: TestClient, db: Database) -> None:
    factories.post(db, "secret", status="draft", tags=("Hidden",))
    assert leads(client, "/category/nothing/")[0] == 404
    assert leads(client, "/category/hidden/")[0] == 404
    assert leads(client, "/tags/nothing/")[0] == 404
