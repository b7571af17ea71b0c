"""Archive, tags, authors, neighbours, search and the answer where there is nothing: what readers find, and what not."""

import re
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings
from blog.web import lists
from tests import factories
from tests.factories import decide, submit


def main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def links(page: str) -> list[str]:
    return re.findall(r'<a class="p-name u-url" href="([^"]+)"', page)


def test_the_archive_holds_every_post_by_year(client: TestClient, db: Database) -> None:
    factories.post(db, "old", published_at="2019-12-31T23:59:59.000Z", tags=("größe", "C++"))
    decide(db, submit(db, slug="old"), "approve")
    page = client.get("/archive/").text
    assert links(page) == ["/a-post/", "/old/"]
    assert re.findall(r'<h2 class="others"><a href="([^"]+)">(\d+)', page) == [
        ("/archive/2026/", "2026"),
        ("/archive/2019/", "2019"),
    ]
    assert "One thought" in page
    assert 'href="/tags/gr%C3%B6sse/" dir="auto">größe</a> <span>1 post</span>' in page
    assert 'href="/tags/c-plus-plus/" dir="auto">C++</a> <span>1 post</span>' in page


def test_a_large_archive_shows_its_years(client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "WHOLE", 2)
    for n in range(3):
        factories.post(db, f"old-{n}", published_at=f"201{n // 2}-05-05T00:00:00.000Z")
    page = main(client.get("/archive/").text)
    told = re.findall(r'href="(/archive/\d+/)" dir="auto">(\d+)</a> <span class="fine">([^<]+)', page)
    assert told == [
        ("/archive/2026/", "2026", "1 post"),
        ("/archive/2011/", "2011", "1 post"),
        ("/archive/2010/", "2010", "2 posts"),
    ]
    assert links(page) == []


def test_a_year_begins_where_the_site_is(site: Settings, db: Database) -> None:
    factories.post(db, "eve", published_at="2025-12-31T23:30:00.000Z")
    factories.post(db, "may", published_at="2025-05-01T00:00:00.000Z")
    with TestClient(create_app(replace(site, timezone="Europe/Berlin"))) as berlin:
        assert links(berlin.get("/archive/2026/").text) == ["/eve/"]
        page = berlin.get("/archive/2025/").text
    assert links(page) == ["/may/"]
    assert '<h2 class="others">May 2025</h2>' in page


@pytest.mark.parametrize("path", ["/archive/1999/", "/archive/0/", "/archive/99999/", "/tags/none/", "/authors/none/"])
def test_a_list_of_nothing_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_tags_and_authors_list_their_posts(client: TestClient, db: Database) -> None:
    factories.post(db, "one", tags=("Größe", "maps"), author="Ana Á.", published_at="2026-05-02T00:00:00.000Z")
    factories.post(db, "two", tags=("größe",), author="Ana Á.", published_at="2026-05-03T00:00:00.000Z")
    factories.post(db, "draft", tags=("größe",), author="Ana Á.", status="draft")
    assert links(client.get("/tags/grösse/").text) == ["/two/", "/one/"]
    assert links(client.get("/tags/maps/").text) == ["/one/"]
    assert links(client.get("/authors/ana-á/").text) == ["/two/", "/one/"]
    assert links(client.get("/authors/judith/").text) == ["/a-post/"]
    page = client.get("/one/").text
    assert '<a class="p-category" href="/tags/gr%C3%B6sse/" rel="tag" dir="auto">Größe</a>' in page
    assert '<a class="p-author h-card" href="/authors/ana-%C3%A1/"><bdi>Ana Á.</bdi></a>' in page
    assert re.findall(r'href="(/tags/[^"]+)"', main(client.get("/tags/").text)) == ["/tags/gr%C3%B6sse/", "/tags/maps/"]


def test_a_list_follows_its_posts(client: TestClient, db: Database) -> None:
    factories.post(db, "one", tags=("maps",))
    assert links(client.get("/tags/maps/").text) == ["/one/"]
    factories.post(db, "one", tags=("charts",), hash="2")
    assert client.get("/tags/maps/").status_code == 404
    assert links(client.get("/tags/charts/").text) == ["/one/"]
    factories.post(db, "one", tags=("charts",), status="withdrawn", hash="3")
    assert client.get("/tags/charts/").status_code == 404


def test_lists_have_pages(client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "SIZE", 2)
    for n in range(1, 6):
        factories.post(db, f"post-{n}", tags=("maps",), published_at=f"2026-05-0{n}T00:00:00.000Z")
    first, second, third = (client.get(f"/tags/maps/{more}").text for more in ("", "page/2/", "page/3/"))
    assert [links(page) for page in (first, second, third)] == [
        ["/post-5/", "/post-4/"],
        ["/post-3/", "/post-2/"],
        ["/post-1/"],
    ]
    assert 'href="/tags/maps/page/2/" rel="next"' in first
    assert 'href="/tags/maps/" rel="prev"' in second
    assert 'href="/tags/maps/page/2/" rel="prev"' in third
    assert client.get("/tags/maps/page/4/").status_code == 404
    assert client.get("/tags/maps/page/0/").status_code == 404


# Neighbours


def neighbours(page: str) -> dict[str, str]:
    links = re.findall(r'<a href="([^"]+)" rel="(prev|next)" aria-label="[^"]+" dir="auto">', page)
    return {rel: url for url, rel in links}


def test_a_post_leads_to_the_one_before_and_after_it(client: TestClient, db: Database) -> None:
    factories.post(db, "before", published_at="2026-04-01T00:00:00.000Z")
    factories.post(db, "after", published_at="2026-06-01T00:00:00.000Z", title="It & that")
    factories.post(db, "same", published_at="2026-05-01T00:00:00.000Z")
    factories.post(db, "future", published_at="2999-06-01T00:00:00.000Z")
    factories.post(db, "draft", published_at="2026-05-02T00:00:00.000Z", status="draft")
    found = {slug: neighbours(client.get(f"/{slug}/").text) for slug in ("before", "a-post", "same", "after")}
    assert found == {
        "before": {"next": "/a-post/"},
        "a-post": {"prev": "/before/", "next": "/same/"},
        "same": {"prev": "/a-post/", "next": "/after/"},
        "after": {"prev": "/same/"},
    }
    assert "It &amp; that</a>" in client.get("/same/").text


def test_what_happens_to_a_neighbour_is_seen_at_once(client: TestClient, db: Database) -> None:
    assert neighbours(client.get("/a-post/").text) == {}
    factories.post(db, "after", published_at="2026-06-01T00:00:00.000Z")
    assert neighbours(client.get("/a-post/").text) == {"next": "/after/"}
    factories.post(db, "after", published_at="2026-06-01T00:00:00.000Z", title="Renamed", hash="2")
    assert "Renamed" in client.get("/a-post/").text
    factories.post(db, "after", published_at="2026-06-01T00:00:00.000Z", status="withdrawn", hash="3")
    assert neighbours(client.get("/a-post/").text) == {}


# Search


def found(page: str) -> list[str]:
    return re.findall(r'<h2 dir="auto"><a href="([^"]+)">', page)


@pytest.fixture
def searched(client: TestClient, db: Database) -> TestClient:
    factories.post(db, "lamps", title="On lamps", body="The **keeper** of the light & the sea, again the keeper.")
    factories.post(db, "sea", title="Sea", body="A lamp at sea. Café Größe 漢字.", tags=("harbour",))
    factories.post(db, "draft", title="Lamp", body="The keeper.", status="draft")
    factories.post(db, "future", title="Lamp", body="The keeper.", published_at="2999-01-01T00:00:00.000Z")
    factories.post(db, "about", path="../pages/about.md", kind="page", body="A keeper of lamps.", published_at="")
    return client


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("lamp", ["/lamps/", "/sea/", "/about/"]),
        ("lamps", ["/lamps/", "/about/"]),
        ("KEEPER light", ["/lamps/"]),
        ("cafe", ["/sea/"]),
        ("grosse", []),
        ("größe", ["/sea/"]),
        ("漢字", ["/sea/"]),
        ("harb", ["/sea/"]),
        ("zebra", []),
        ("lamp zebra", []),
        ("", []),
        ('" OR 1=1 --', []),
        ("lamp*", ["/lamps/", "/sea/", "/about/"]),
        ("NEAR(", []),
        ("title:lamps", []),
        ("'", []),
        ("\x00", []),
    ],
)
def test_a_search_finds_posts_that_hold_all_words(searched: TestClient, query: str, slugs: list[str]) -> None:
    answer = searched.get("/search", params={"q": query})
    assert answer.status_code == 200
    assert sorted(found(answer.text)) == sorted(slugs)


def test_passages_are_shown_with_the_hits_marked_and_all_else_escaped(searched: TestClient, db: Database) -> None:
    page = searched.get("/search?q=keeper+light").text
    assert "The <mark>keeper</mark> of the <mark>light</mark> &amp; the sea, again the <mark>keeper</mark>." in page
    factories.post(db, "code", title="<i>", body="`<script>alert(1)</script>` zebra")
    page = searched.get("/search?q=zebra").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>zebra</mark>" in page
    assert '<a href="/code/">&lt;i&gt;</a>' in page
    assert 'value="&#34;&gt;&lt;b&gt;"' in searched.get("/search", params={"q": '"><b>'}).text


def test_a_search_has_pages_and_is_kept_by_nobody(
    searched: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "RESULTS", 2)
    answer = searched.get("/search?q=lamp")
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(found(answer.text)) == 2
    assert 'href="/search?q=lamp&amp;page=2" rel="next"' in answer.text
    assert "Posts 1 to 2." in answer.text
    second = searched.get("/search?q=lamp&page=2").text
    assert "Posts 3 to 3." in second
    assert len(found(second)) == 1
    assert 'rel="next"' not in main(second)
    for odd in ("0", "-1", "x", "²", "9" * 30):
        assert searched.get("/search", params={"q": "lamp", "page": odd}).status_code == 200


@pytest.mark.parametrize(("query", "sentence"), [("lamp", "3 posts found."), ("nowhere", "")])
def test_a_search_says_how_many_posts_it_found(searched: TestClient, query: str, sentence: str) -> None:
    page = searched.get(f"/search?q={query}").text
    assert ("found." in page) is bool(sentence)
    assert sentence in page


def test_a_search_that_is_too_long_is_told(searched: TestClient) -> None:
    answer = searched.get("/search", params={"q": "x" * 201})
    assert answer.status_code == 422
    assert "A search has at most 200 characters; this one has 201." in answer.text


def test_a_changed_text_is_found_by_its_new_words(searched: TestClient, db: Database) -> None:
    factories.post(db, "lamps", body="Zebra.", hash="2")
    assert found(searched.get("/search?q=zebra").text) == ["/lamps/"]
    assert "/lamps/" not in found(searched.get("/search?q=keeper").text)
    db.conn.execute("insert into posts_search (posts_search) values ('integrity-check')")


# Nothing here


def test_an_address_with_nothing_at_it_suggests_what_shares_a_word_with_it(searched: TestClient, db: Database) -> None:
    for n in range(6):
        factories.post(db, f"newer-{n}", published_at="2026-05-06T00:00:00.000Z")
    answer = searched.get("/2019/05/on-the-sea.html")
    assert answer.status_code == 404
    suggested = re.findall(r'<li><a href="([^"]+)" dir="auto">', answer.text)
    assert len(suggested) == 5
    assert "/sea/" in suggested[:3]
    assert '<a href="/search">Search the posts</a>' in answer.text
    assert searched.get("/!!!/").status_code == 404
    assert searched.get("/" + "x" * 5_000).status_code in (301, 404)
