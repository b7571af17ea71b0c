"""Feeds: valid, read by a feed reader as they were meant, right at once, and answered 304 while nothing moved."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import feedparser
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from blog.web.feeds import COMMENTS, SIZE
from tests import atom, factories
from tests.factories import by, decide, submit

THREAD = f"{{{atom.THREAD}}}"
BODY = (
    "Words & <b>more</b>.\n\n## A head\n\n[There](/other/#x) ![A lamp](lamp.jpg) [Here](#a-head)[^1]\n\n[^1]: A note."
)


@pytest.fixture
def public(site: Settings, db: Database) -> TestClient:
    """The application of a site that has an address, with two posts."""
    factories.post(db, "first", published_at="2026-05-01T00:00:00.000Z")
    factories.post(
        db,
        "second",
        title="A & B <i>",
        summary="In short.",
        body=BODY,
        tags=("rivers", "größe"),
        language="de",
        published_at="2026-05-02T00:00:00.000Z",
        updated_at="2026-05-03T00:00:00.000Z",
    )
    with TestClient(create_app(replace(site, url="https://blog.example.org", tagline="Of lamps"))) as opened:
        yield opened


FEEDS = ("/feed.xml", "/comments/feed.xml", "/first/feed.xml", "/second/feed.xml")


@pytest.mark.parametrize("path", FEEDS)
def test_every_feed_keeps_the_rules_of_atom(public: TestClient, db: Database, path: str) -> None:
    for n in range(4):
        submit(db, f"Thought {n} & <b>.", n=n, slug="second", comment_parent="1" if n == 3 else "")
        decide(db, n + 1, "approve")
    answer = public.get(path)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert atom.faults(answer.content) == []
    read = feedparser.parse(answer.content)
    assert read.bozo is False
    assert read.version == "atom10"
    assert len(read.entries) == {"/feed.xml": 2, "/first/feed.xml": 0}.get(path, 4)


def test_a_broken_feed_would_be_found() -> None:
    broken = f"""<feed xmlns="{atom.ATOM}"><id>x</id><updated>May</updated><entry><id>a:1</id><link/></entry>
      <entry><id>a:1</id><title><b/></title><updated>2026-05-07T09:31:00Z</updated><author/></entry></feed>"""
    assert len(atom.faults(broken)) == 12


def test_a_feed_holds_the_whole_text_with_whole_addresses(public: TestClient, db: Database) -> None:
    first, second = feedparser.parse(public.get("/feed.xml").content, sanitize_html=False).entries[::-1]
    assert (second.title, second.summary, second.author) == ("A & B <i>", "In short.", "Judith")
    assert second.link == "https://blog.example.org/second/"
    assert (second.published, second.updated) == ("2026-05-02T00:00:00.000Z", "2026-05-03T00:00:00.000Z")
    assert [tag.term for tag in second.tags] == ["rivers", "größe"]
    assert second.content[0].language == "de"
    html = second.content[0].value
    assert "<p>Words &amp; <b>more</b>.</p>" in html
    assert 'href="https://blog.example.org/other/#x"' in html
    assert 'src="https://blog.example.org/second/lamp.jpg"' in html
    assert 'href="https://blog.example.org/second/#a-head"' in html
    assert 'href="https://blog.example.org/second/#fn1"' in html
    assert "§" not in html
    assert first.id != second.id
    assert first.id.startswith("urn:uuid:")


def test_a_posts_id_in_feeds_outlives_its_file_and_its_slug(public: TestClient, db: Database) -> None:
    before = {entry.title: entry.id for entry in feedparser.parse(public.get("/feed.xml").content).entries}
    factories.post(db, "other", path="first.md", title="First", hash="2")
    after = {entry.title: entry.id for entry in feedparser.parse(public.get("/feed.xml").content).entries}
    assert after == before


def test_the_counts_of_comments_are_told(public: TestClient, db: Database) -> None:
    for n in range(3):
        decide(db, submit(db, f"Thought {n}.", n=n, slug="second", at=f"2026-05-0{n + 4}T12:00:00.000Z"), "approve")
    submit(db, "Held.", n=9, slug="second")
    feed = ElementTree.fromstring(public.get("/feed.xml").content)
    (second, first) = feed.findall(f"{{{atom.ATOM}}}entry")
    assert [entry.findtext(f"{THREAD}total") for entry in (first, second)] == ["0", "3"]
    link = next(link for link in second.iter(f"{{{atom.ATOM}}}link") if link.get("rel") == "replies")
    assert link.get("href") == "https://blog.example.org/second/feed.xml"
    assert (link.get(f"{THREAD}count"), link.get(f"{THREAD}updated")) == ("3", "2026-05-06T12:00:00.000Z")


def test_the_json_feed_holds_the_same(public: TestClient) -> None:
    answer = public.get("/feed.json")
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    feed = json.loads(answer.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["description"], feed["language"]) == ("Test", "Of lamps", "en")
    assert feed["home_page_url"] == "https://blog.example.org/"
    assert feed["feed_url"] == "https://blog.example.org/feed.json"
    second, first = feed["items"]
    entries = ElementTree.fromstring(public.get("/feed.xml").content).findall(f"{{{atom.ATOM}}}entry")
    for name, key in (("id", "id"), ("content", "content_html")):
        assert [each[key] for each in (second, first)] == [
            entry.findtext(f"{{{atom.ATOM}}}{name}") for entry in entries
        ]
    assert (second["title"], second["url"]) == ("A & B <i>", "https://blog.example.org/second/")
    assert (second["tags"], second["language"]) == (["rivers", "größe"], "de")
    assert (second["date_published"], second["date_modified"]) == (
        "2026-05-02T00:00:00.000Z",
        "2026-05-03T00:00:00.000Z",
    )
    assert second["authors"] == [{"name": "Judith"}]
    assert "summary" not in first


def test_comments_say_what_they_answer(public: TestClient, db: Database) -> None:
    one = submit(db, "A *thought*.", slug="second", url="https://ana.example/")
    decide(db, one, "approve")
    decide(db, submit(db, "An answer.", n=2, slug="second", comment_parent=str(one)), "approve")
    post = feedparser.parse(public.get("/feed.xml").content).entries[0].id
    for path in ("/comments/feed.xml", "/second/feed.xml"):
        feed = ElementTree.fromstring(public.get(path).content)
        answer, thought = feed.findall(f"{{{atom.ATOM}}}entry")
        to = [entry.find(f"{THREAD}in-reply-to") for entry in (thought, answer)]
        assert [each.get("ref") for each in to] == [post, thought.findtext(f"{{{atom.ATOM}}}id")]
        assert to[1].get("href") == "https://blog.example.org/second/comment/1/"
        assert thought.findtext(f"{{{atom.ATOM}}}content") == "<p>A <em>thought</em>.</p>"
        assert thought.findtext(f"{{{atom.ATOM}}}author/{{{atom.ATOM}}}uri") == "https://ana.example/"


def test_the_feed_of_a_closed_post_says_that_it_is_complete(public: TestClient, db: Database) -> None:
    for n in range(COMMENTS + 3):
        submit(db, f"Thought {n}.", n=n, slug="first")
    decide(db, list(range(1, COMMENTS + 4)), "approve")

    def read() -> tuple[bool, int]:
        feed = ElementTree.fromstring(public.get("/first/feed.xml").content)
        return feed.find(f"{{{atom.HISTORY}}}complete") is not None, len(feed.findall(f"{{{atom.ATOM}}}entry"))

    assert read() == (False, COMMENTS)
    with store.transaction(db):
        closing.close(db, "first", by=by())
    assert read() == (True, COMMENTS + 3)
    assert atom.faults(public.get("/first/feed.xml").content) == []
    with store.transaction(db):
        closing.close(db, "first", until="2999-01-01T00:00:00.000Z", by=by())
    assert read()[0] is False


def test_nothing_that_waits_or_is_hidden_is_in_any_feed(public: TestClient, db: Database) -> None:
    submit(db, "Secret held.", slug="first")
    factories.post(db, "draft", status="draft", title="Secret draft")
    factories.post(db, "future", published_at="2999-01-01T00:00:00.000Z", title="Secret future")
    decide(db, submit(db, "Shown.", n=2, slug="second"), "approve")
    factories.post(db, "second", status="withdrawn", title="Secret withdrawn", hash="x")
    for path in ("/feed.xml", "/feed.json", "/comments/feed.xml", "/first/feed.xml", "/sitemap.xml"):
        text = public.get(path).text
        assert "Secret" not in text
        assert "Shown" not in text
        assert "future" not in text
    codes = [public.get(f"/{slug}/feed.xml").status_code for slug in ("draft", "future", "second", "nothing")]
    assert codes == [404, 404, 410, 404]


@pytest.mark.parametrize("path", [*FEEDS, "/feed.json", "/sitemap.xml"])
def test_feeds_are_kept_and_answered_304_until_something_moves(public: TestClient, db: Database, path: str) -> None:
    first = public.get(path)
    assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
    same = {"if-none-match": first.headers["etag"]}
    submit(db, "Held.", slug="second")
    assert public.get(path, headers=same).status_code == 304
    decide(db, 1, "approve")
    factories.post(db, "third", published_at="2026-05-06T00:00:00.000Z")
    changed = path != "/first/feed.xml"
    assert (public.get(path, headers=same).status_code == 200) is changed


def test_only_the_newest_posts_are_in_the_feed(public: TestClient, db: Database) -> None:
    for n in range(SIZE + 5):
        factories.post(db, f"post-{n}", published_at=f"2026-05-04T00:{n:02}:00.000Z")
    entries = feedparser.parse(public.get("/feed.xml").content).entries
    assert [entry.title for entry in entries] == [f"Post {n}" for n in range(SIZE + 4, 4, -1)]


def test_a_site_without_an_address_has_valid_feeds_too(client: TestClient, db: Database) -> None:
    decide(db, submit(db), "approve")
    for path in ("/feed.xml", "/comments/feed.xml", "/a-post/feed.xml"):
        assert atom.faults(client.get(path).content) == []
    assert json.loads(client.get("/feed.json").content)["items"][0]["url"] == "/a-post/"


def test_an_empty_site_has_valid_feeds(site: Settings) -> None:
    with TestClient(create_app(site)) as opened:
        for path in ("/feed.xml", "/comments/feed.xml"):
            assert atom.faults(opened.get(path).content) == []
        assert json.loads(opened.get("/feed.json").content)["items"] == []


def test_the_map_of_the_site_holds_every_public_address(public: TestClient, db: Database) -> None:
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = ElementTree.fromstring(public.get("/sitemap.xml").content)
    told = {url.findtext(f"{name}loc"): url.findtext(f"{name}lastmod") for url in found}
    assert told == {
        "https://blog.example.org/": "2026-05-03T00:00:00.000Z",
        "https://blog.example.org/archive/": "2026-05-03T00:00:00.000Z",
        "https://blog.example.org/first/": "2026-05-01T00:00:00.000Z",
        "https://blog.example.org/second/": "2026-05-03T00:00:00.000Z",
    }
    assert "\nSitemap: https://blog.example.org/sitemap.xml\n" in public.get("/robots.txt").text


def test_robots_names_no_map_while_the_sites_address_is_unknown(client: TestClient) -> None:
    text = client.get("/robots.txt").text
    assert text == "User-agent: *\nDisallow: /admin/\nDisallow: /search\nDisallow: /*?replytocom=\n"


def links(content: bytes) -> dict[str, str]:
    """Return the links of a feed itself by their relation."""
    root = ElementTree.fromstring(content)
    return {link.get("rel", ""): link.get("href", "") for link in root.findall("{http://www.w3.org/2005/Atom}link")}


def walk(client: TestClient, path: str) -> tuple[list[str], list[str]]:
    """Follow a feed's pages (RFC 5005) to the end; return the paths, and the ids of all entries."""
    paths, ids = [], []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200
        assert atom.faults(answer.content) == []
        paths.append(path)
        ids += [entry.id for entry in feedparser.parse(answer.content).entries]
        assert links(answer.content)["self"].endswith(path)
        path = links(answer.content).get("next", "").removeprefix("https://blog.example.org")
    return paths, ids


def test_the_feed_of_posts_has_pages_down_to_the_first_post(public: TestClient, db: Database) -> None:
    for n in range(2 * SIZE):
        factories.post(db, f"post-{n}")
    paths, ids = walk(public, "/feed.xml")
    assert paths == ["/feed.xml", "/feed/page/2.xml", "/feed/page/3.xml"]
    assert len(ids) == len(set(ids)) == 2 * SIZE + 2
    middle = links(public.get("/feed/page/2.xml").content)
    root = "https://blog.example.org"
    assert {rel: middle[rel].removeprefix(root) for rel in ("first", "previous", "next", "last")} == {
        "first": "/feed.xml",
        "previous": "/feed.xml",
        "next": "/feed/page/3.xml",
        "last": "/feed/page/3.xml",
    }
    first = public.get("/feed.json").json()
    second = public.get(first["next_url"].removeprefix(root)).json()
    assert second["feed_url"] == f"{root}/feed/page/2.json"
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}
    for path in ("/feed/page/0.xml", "/feed/page/1.xml", "/feed/page/4.xml", "/feed/page/x.xml"):
        assert public.get(path).status_code == 404


def test_the_feeds_of_comments_have_pages_down_to_the_first_comment(public: TestClient, db: Database) -> None:
    for n in range(COMMENTS + 3):
        submit(db, f"Thought {n}", n=n, slug="first" if n else "second")
    decide(db, list(range(1, COMMENTS + 4)), "approve")
    paths, ids = walk(public, "/comments/feed.xml")
    assert (paths, len(set(ids))) == (["/comments/feed.xml", "/comments/feed/before/4.xml"], COMMENTS + 3)
    paths, ids = walk(public, "/first/feed.xml")
    assert (paths, len(set(ids))) == (["/first/feed.xml", "/first/feed/before/4.xml"], COMMENTS + 2)
    assert "next" not in links(public.get("/second/feed.xml").content)
    for path in ("/comments/feed/before/1.xml", "/first/feed/before/0.xml", f"/first/feed/before/{'9' * 30}.xml"):
        assert public.get(path).status_code in (200, 404)


@pytest.mark.parametrize("path", [*FEEDS, "/feed.json"])
def test_a_feed_is_not_sent_again_while_nothing_moved(public: TestClient, db: Database, path: str) -> None:
    first = public.get(path)
    tag, date = {"If-None-Match": first.headers["etag"]}, {"If-Modified-Since": first.headers["last-modified"]}
    for headers in (tag, date, tag | date, {"If-Modified-Since": "Tue, 01 Dec 2099 00:00:00 GMT"}):
        answer = public.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == first.headers["etag"]
    for headers in (
        {"If-None-Match": '"other"', **date},  # the tag counts alone
        {"If-Modified-Since": "Fri, 01 May 2026 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert public.get(path, headers=headers).status_code == 200


def test_a_feed_that_changed_is_sent(public: TestClient, db: Database) -> None:
    tag = {"If-None-Match": public.get("/feed.xml").headers["etag"]}
    factories.post(db, "third")
    assert public.get("/feed.xml", headers=tag).status_code == 200


def test_a_feed_names_the_hub_where_the_site_has_one(public: TestClient, site: Settings, db: Database) -> None:
    assert "link" not in public.get("/feed.xml").headers
    hub = "https://hub.example/"
    with TestClient(create_app(replace(site, url="https://blog.example.org", websub_hub=hub))) as opened:
        answer = opened.get("/feed.xml")
        assert answer.headers["link"] == f'<{hub}>; rel="hub", <https://blog.example.org/feed.xml>; rel="self"'
        assert links(answer.content)["hub"] == hub
        answer = opened.get("/feed.json")
        assert answer.json()["hubs"] == [{"type": "WebSub", "url": hub}]
        assert 'rel="self"' in answer.headers["link"]
