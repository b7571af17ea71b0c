"""What a page says to machines, read back: JSON-LD, microformats, OpenGraph, canonical links."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import html5lib
import mf2py
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by, decide, submit

URL = "https://blog.example.org/lamps/"


@pytest.fixture
def public(site: Settings, db: Database) -> Iterator[TestClient]:
    factories.post(
        db,
        "lamps",
        title="On “lamps” </script><b>",
        summary="Who keeps & why?",
        author="Ana",
        tags=("coast", "größe"),
        language="de",
        image="/static/lamp.jpg",
        body="Words *and* words.",
        updated_at="2026-05-03T00:00:00.000Z",
    )
    decide(db, submit(db, "A *thought* </script>.", slug="lamps", url="https://ana.example/"), "approve")
    decide(db, submit(db, "An answer.", n=2, slug="lamps", comment_parent="1"), "approve")
    submit(db, "Held.", n=3, slug="lamps")
    with TestClient(create_app(replace(site, url="https://blog.example.org"))) as opened:
        yield opened


def tree(page: str) -> Any:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def linked_data(page: str) -> dict[str, Any]:
    (script,) = (each for each in tree(page).iter("script") if each.get("type") == "application/ld+json")
    told: dict[str, Any] = json.loads(script.text)
    return told


def meta(page: str) -> dict[str, str]:
    return {each.get("property"): each.get("content") for each in tree(page).iter("meta") if each.get("property")}


def test_a_post_is_a_blog_posting_with_its_comments(public: TestClient) -> None:
    told = linked_data(public.get("/lamps/").text)
    comments = told.pop("comment")
    assert told == {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "@id": URL,
        "url": URL,
        "headline": "On “lamps” </script><b>",
        "description": "Who keeps & why?",
        "inLanguage": "de",
        "datePublished": "2026-05-01T00:00:00.000Z",
        "dateModified": "2026-05-03T00:00:00.000Z",
        "author": {"@type": "Person", "name": "Ana"},
        "publisher": {"@type": "Organization", "name": "Test"},
        "image": "https://blog.example.org/static/lamp.jpg",
        "keywords": ["coast", "größe"],
        "commentCount": 2,
        "potentialAction": {"@type": "CommentAction", "target": f"{URL}#comment-form"},
    }
    assert comments == [
        {
            "@type": "Comment",
            "@id": f"{URL}#comment-1",
            "author": {"@type": "Person", "name": "Reader 1"},
            "dateCreated": factories.NOON,
            "text": "A thought </script>.",
        },
        {
            "@type": "Comment",
            "@id": f"{URL}#comment-2",
            "author": {"@type": "Person", "name": "Reader 2"},
            "dateCreated": factories.NOON,
            "text": "An answer.",
            "parentItem": {"@id": f"{URL}#comment-1"},
        },
    ]


def test_machines_are_told_whether_comments_are_taken(public: TestClient, db: Database) -> None:
    assert "potentialAction" in linked_data(public.get("/lamps/").text)
    with store.transaction(db):
        closing.close(db, "lamps", by=by())
    told = linked_data(public.get("/lamps/").text)
    assert "potentialAction" not in told
    assert told["commentCount"] == 2


def test_a_post_is_an_entry_with_its_comments_as_citations(public: TestClient) -> None:
    items = mf2py.parse(doc=public.get("/lamps/").text, url=URL)["items"]
    (entry,) = [item for item in items if item["type"] == ["h-entry"]]
    told = entry["properties"]
    assert told["name"] == ["On “lamps” </script><b>"]
    assert told["url"] == [URL]
    assert told["summary"] == ["Who keeps & why?"]
    assert told["published"] == ["2026-05-01T00:00:00Z"]
    assert told["updated"] == ["2026-05-03T00:00:00Z"]
    assert told["category"] == ["coast", "größe"]
    assert told["content"][0]["html"] == "<p>Words <em>and</em> words.</p>"
    assert told["author"][0]["type"] == ["h-card"]
    assert told["author"][0]["properties"]["name"] == ["Ana"]
    cited = [comment["properties"] for comment in told["comment"]]
    assert [comment["type"] for comment in told["comment"]] == [["h-cite"], ["h-cite"]]
    assert [each["url"] for each in cited] == [[f"{URL}comment/1/"], [f"{URL}comment/2/"]]
    assert [each["published"] for each in cited] == [["2026-05-07T12:00:00Z"]] * 2
    assert [each["content"][0]["value"] for each in cited] == ["A thought </script>.", "An answer."]
    assert [each["author"][0]["properties"]["name"] for each in cited] == [["Reader 1"], ["Reader 2"]]
    assert cited[0]["author"][0]["properties"]["url"] == ["https://ana.example/"]


@pytest.mark.parametrize("path", ["/", "/archive/", "/tags/coast/"])
def test_a_list_is_a_feed_of_entries(public: TestClient, path: str) -> None:
    (feed,) = mf2py.parse(doc=public.get(path).text, url=f"https://blog.example.org{path}")["items"]
    assert feed["type"] == ["h-feed"]
    (entry,) = feed["children"]
    assert entry["type"] == ["h-entry"]
    assert entry["properties"]["url"] == [URL]
    assert entry["properties"]["name"] == ["On “lamps” </script><b>"]
    assert entry["properties"]["published"] == ["2026-05-01T00:00:00Z"]


def test_other_sites_are_told_how_to_show_a_link(public: TestClient) -> None:
    assert meta(public.get("/lamps/").text) == {
        "og:type": "article",
        "og:site_name": "Test",
        "og:title": "On “lamps” </script><b>",
        "og:locale": "de_DE",
        "og:url": URL,
        "og:description": "Who keeps & why?",
        "og:image": "https://blog.example.org/static/lamp.jpg",
        "article:published_time": "2026-05-01T00:00:00.000Z",
    }


def canonical(page: str) -> list[str]:
    return [link.get("href") for link in tree(page).iter("link") if link.get("rel") == "canonical"]


def test_every_public_page_names_its_one_address(public: TestClient, db: Database) -> None:
    factories.post(db, "first-elsewhere", canonical="https://first.example/x/", hash="2")
    for path in ("/", "/lamps/", "/archive/", "/archive/2026/", "/tags/coast/", "/authors/ana/"):
        assert canonical(public.get(path).text) == [f"https://blog.example.org{path}"]
        assert canonical(public.get(f"{path}?utm=x").text) == [f"https://blog.example.org{path}"]
    assert canonical(public.get("/first-elsewhere/").text) == ["https://first.example/x/"]


def test_a_site_without_an_address_names_none(client: TestClient) -> None:
    assert canonical(client.get("/a-post/").text) == []
    assert linked_data(client.get("/a-post/").text)["url"] == "/a-post/"


def test_the_feeds_are_named_in_the_head(public: TestClient) -> None:
    found = [
        link.get("href")
        for link in tree(public.get("/lamps/").text).iter("link")
        if link.get("rel") == "alternate" and "oembed" not in (link.get("type") or "")
    ]
    assert sorted(found) == ["/feed.xml", "/lamps/feed.xml"]


def test_a_readers_own_page_says_nothing_to_machines(public: TestClient) -> None:
    public.cookies.set("reader", "x" * 30)
    page = public.get("/lamps/").text
    assert "ld+json" not in page
    assert meta(page) == {}


def test_the_language_and_the_time_are_those_of_the_site(site: Settings, db: Database) -> None:
    factories.post(db, "eve", published_at="2026-04-30T23:30:00.000Z")
    factories.post(db, "mot", language="fr")
    with TestClient(create_app(replace(site, language="de", timezone="Europe/Berlin"))) as berlin:
        page = berlin.get("/eve/").text
        assert '<html lang="de">' in page
        assert ">1. Mai 2026</time>" in page
        assert linked_data(page)["inLanguage"] == "de"
        assert '<article lang="fr" dir="ltr">' in berlin.get("/mot/").text
        assert 'xml:lang="de"' in berlin.get("/feed.xml").text
