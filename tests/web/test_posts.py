import asyncio
import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import html5lib
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.app import create_app
from blog.errors import NotFound
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.web.cache import pages
from tests import factories
from tests.factories import SLUG, by, decide, submit


def test_the_landmarks_stand_where_scripts_and_screen_readers_look(client: TestClient, db: Database) -> None:
    decide(db, submit(db), "approve")
    page = client.get("/a-post/").text
    assert len(re.findall("<h1", page)) == 1
    assert (
        page.index("<article")
        < page.index("<h1")
        < page.index('<section id="comments"')
        < page.index('<h2 class="comments-title"')
    )
    assert (
        page.index('<ol class="comment-list">')
        < page.index('<li id="comment-1" class="comment">')
        < page.index('<form id="comment-form"')
    )
    scripts = [re.sub(r"\.\w{10}\.", ".", each) for each in re.findall("<script[^>]*>", page)]
    assert scripts == [
        '<script type="application/ld+json">',  # data, which no browser runs
        '<script src="/static/discussion.js" defer>',
        '<script src="/static/unread.js" defer>',
    ]
    assert "style=" not in page


@pytest.mark.parametrize(
    ("count", "heading"), [(0, None), (1, "One thought on “A post”"), (2, "2 thoughts on “A post”")]
)
def test_the_heading_counts_approved_comments(
    client: TestClient, db: Database, count: int, heading: str | None
) -> None:
    for n in range(count):
        decide(db, submit(db, f"Thought {n}.", n=n), "approve")
    submit(db, "Held.", n=9)
    found = re.search(r'<h2 class="comments-title"[^>]*>(.*?)</h2>', client.get("/a-post/").text)
    assert (re.sub("<[^>]*>", "", found[1]) if found else None) == heading


def test_a_closed_discussion_ends_with_the_notice_and_its_note(client: TestClient, db: Database) -> None:
    decide(db, submit(db), "approve")
    with store.transaction(db):
        closing.close(db, "a-post", note="Thanks to *all*.", by=by("2026-05-11T10:00:00.000Z"))
    page = client.get("/a-post/").text
    assert '<p class="no-comments">Comments are closed.</p>' in page
    assert "Thanks to <em>all</em>." in page
    assert "Closed on 11 May 2026; it was open for 10 days." in page
    assert "comment-form" not in page
    assert page.index("comment-list") < page.index("no-comments")


def test_a_post_that_was_never_open_and_has_no_comments_says_nothing(client: TestClient, db: Database) -> None:
    factories.post(db, "quiet", comments="closed")
    page = client.get("/quiet/").text
    assert "no-comments" not in page
    assert 'id="comments"' not in page


def test_drafts_and_future_posts_are_nowhere(client: TestClient, db: Database) -> None:
    factories.post(db, "draft", status="draft", title="Secret one")
    factories.post(db, "future", published_at="2999-01-01T00:00:00.000Z", title="Secret two")
    assert "Secret" not in client.get("/").text
    for path in ("/draft/", "/future/", "/nope/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Secret" not in answer.text


def test_an_unknown_address_suggests_what_there_is(client: TestClient) -> None:
    answer = client.get("/a-pots/")
    assert answer.status_code == 404
    assert '<a href="/a-post/" dir="auto">A post</a>' in answer.text


@pytest.mark.parametrize(
    ("path", "code", "location"),
    [
        ("/a-post", 301, "/a-post/"),
        ("/a-post/comment-page-1/", 301, "/a-post/"),
        ("/a-post/comment-page-2/", 404, None),
        ("/a-post/comment-page-0/", 404, None),
        ("/page/1/", 200, None),
        ("/page/2/", 404, None),
        ("/page/0/", 404, None),
        ("/a-post?x=1", 301, "/a-post/?x=1"),
        ("/admin", 301, "/admin/"),
    ],
)
def test_addresses(client: TestClient, path: str, code: int, location: str | None) -> None:
    answer = client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("location")) == (code, location)


def test_a_redirect_never_repeats_the_host_header(client: TestClient) -> None:
    answer = client.get("/a-post", headers={"host": "evil.example"}, follow_redirects=False)
    assert answer.headers["location"] == "/a-post/"
    assert "evil.example" not in client.get("/", headers={"host": "evil.example"}).text


def test_public_pages_are_cached_with_an_etag_and_answered_304(client: TestClient) -> None:
    first = client.get("/a-post/")
    assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert first.headers["vary"] == "Accept-Encoding, Cookie"
    again = client.get("/a-post/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/a-post/?utm=x").headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "coding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip", "gzip"), ("identity", None), ("BR", "br")],
)
def test_the_smallest_accepted_encoding_is_sent(client: TestClient, accept: str, coding: str | None) -> None:
    answer = client.get("/a-post/", headers={"accept-encoding": accept})
    assert answer.headers.get("content-encoding") == coding
    assert "<h1" in answer.text


def test_an_approval_is_seen_at_the_next_request_and_a_held_comment_leaves_the_cache_warm(
    client: TestClient, db: Database
) -> None:
    etag = client.get("/a-post/").headers["etag"]
    held = submit(db)
    submit(db, "Spam.", n=2, homepage="x")
    assert client.get("/a-post/").headers["etag"] == etag
    decide(db, held, "approve")
    assert client.get("/a-post/").headers["etag"] != etag
    factories.undo(db)
    assert client.get("/a-post/").headers["etag"] == etag


def test_home_shows_counts_and_state_and_follows_them(client: TestClient, db: Database) -> None:
    assert "thought" not in client.get("/").text.split("<main")[1].split("</main>")[0]
    decide(db, submit(db, "Words that begin a discussion here."), "approve")
    page = client.get("/").text
    assert "One thought" in page
    assert "Words that begin a" in page
    with store.transaction(db):
        closing.close(db, None, by=by())
    assert "<span>closed</span>" in client.get("/").text


def test_a_change_of_settings_is_seen_at_the_next_request(client: TestClient, db: Database) -> None:
    for n in range(3):
        decide(db, submit(db, f"Thought {n}.", n=n), "approve")
    assert "Next page" not in client.get("/a-post/").text
    with store.transaction(db):
        policy.change(db, {"comments_per_page": "2"}, by=by())
    page = client.get("/a-post/").text
    assert 'href="/a-post/comment-page-2/#comments"' in page
    assert "Thought 2." in client.get("/a-post/comment-page-2/").text


def test_a_post_that_went_and_came_again_is_not_answered_from_the_cache_of_the_first(
    client: TestClient, db: Database
) -> None:
    """As when an import is taken back, its page mended, and brought in once more."""
    assert "Words." in client.get("/a-post/").text
    db.conn.execute("delete from posts")
    factories.post(db, body="Better words.")
    assert "Better words." in client.get("/a-post/").text


def test_head_is_answered_like_get_without_a_body(client: TestClient) -> None:
    got, head = client.get("/a-post/"), client.head("/a-post/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "DISPATCH", "__INIT__"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/a-post/").status_code == 405


def kept_page(size: int = 1_000, **more: Any) -> pages.Page:
    return pages.finish(random.Random(size).randbytes(size), {}, **more)


def test_the_least_used_pages_leave_the_cache_first(client: TestClient) -> None:
    opened = client.app.state.site.store
    page = kept_page()
    kept = pages.Pages({}, limit=3 * page.size)
    for name in ("a", "b", "c"):
        kept.put(name, page)
    assert kept.get_valid("a", opened, now=0.0) is page
    kept.put("d", page)
    assert [name for name in "abcd" if kept.get_valid(name, opened, now=0.0)] == ["a", "c", "d"]


def test_a_page_is_not_served_past_the_moment_at_which_a_rule_turns_it(client: TestClient) -> None:
    opened, noon = client.app.state.site.store, datetime(2026, 5, 7, 12, tzinfo=UTC).timestamp()
    kept = pages.Pages({})
    count = opened.data_version()
    until = pages.Validity(lambda db: (1,), (1,), count, valid_until="2026-05-07T12:00:00.000Z")
    page = kept.put("a", kept_page(validity=until))
    assert kept.get_valid("a", opened, now=noon - 0.001) is page
    assert kept.get_valid("a", opened, now=noon) is None


def test_a_page_holds_until_its_own_versions_move(client: TestClient, db: Database) -> None:
    opened = client.app.state.site.store
    count = lambda db: (db.conn.execute("select count(*) from comments").fetchone()[0],)  # noqa: E731
    kept = pages.Pages({})
    page = kept.put("a", kept_page(validity=pages.Validity(count, (0,), opened.data_version())))
    assert kept.get_valid("a", opened, now=0.0) is page
    with store.transaction(db):
        db.conn.execute("update site set version = version + 1")
    assert kept.get_valid("a", opened, now=0.0) is page
    submit(db, "A thought.")
    assert kept.get_valid("a", opened, now=0.0) is None


def test_many_who_ask_at_once_for_a_page_that_is_not_kept_get_one_that_was_made_once() -> None:
    async def ask() -> list[int]:
        kept, made = pages.Pages({}), []

        async def make() -> int:
            made.append(1)
            await asyncio.sleep(0)
            return len(made)

        same = [kept.single_flight("/a/", 1, make) for _ in range(5)]
        other, later = kept.single_flight("/b/", 1, make), kept.single_flight("/a/", 2, make)
        found = await asyncio.gather(*same, other, later)
        return [*found, await kept.single_flight("/a/", 2, make)]

    first, *rest = asyncio.run(ask())
    assert rest[:4] == [first] * 4
    assert len({first, *rest[4:6]}) <= 3
    assert rest[-1] == 4  # made for /a/, for /b/, for /a/ after a commit, and once more when that was done


def test_a_page_that_cannot_be_made_is_refused_to_all_who_asked() -> None:
    async def ask() -> list[Any]:
        async def make() -> None:
            await asyncio.sleep(0)
            raise NotFound("There is nothing at this address.")

        kept = pages.Pages({})
        return await asyncio.gather(*(kept.single_flight("/a/", 1, make) for _ in range(3)), return_exceptions=True)

    assert [type(each) for each in asyncio.run(ask())] == [NotFound] * 3


def test_every_answer_from_the_cache_has_all_headers_of_the_first(client: TestClient) -> None:
    first, second = client.get("/a-post/"), client.get("/a-post/")
    assert sorted(first.headers.items()) == sorted(second.headers.items())
    assert "content-security-policy" in second.headers
    unchanged = client.get("/a-post/", headers={"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["vary"] == first.headers["vary"] == "Accept-Encoding, Cookie"
    assert unchanged.headers["etag"] == first.headers["etag"]


def test_a_long_thread_goes_on_on_pages_of_its_own(client: TestClient, db: Database) -> None:
    first = submit(db, "First.", 1)
    decide(db, first, "approve")
    for n in range(2, 104):
        decide(db, submit(db, f"Reply {n}.", n, comment_parent=str(first)), "approve")
    page = client.get("/a-post/")
    assert f'<a href="/a-post/thread-{first}/#comment-{first + 51}">52 more replies in this thread</a>' in page.text
    assert page.text.count('class="comment"') == 51
    second = client.get(f"/a-post/thread-{first}-page-2/")
    assert (second.status_code, second.text.count('class="comment"')) == (200, 3)
    assert f'href="/a-post/thread-{first}/#comments" rel="prev"' in second.text
    assert 'rel="next"' not in second.text
    assert '<a href="/a-post/#comments">Show the whole discussion</a>' in second.text
    whole = client.get(f"/a-post/thread-{first}/")
    assert f'href="/a-post/thread-{first}-page-2/#comments" rel="next"' in whole.text
    for path in (f"thread-{first}-page-3/", f"thread-{first}-page-0/", "thread-2/", "thread-0/", "thread-999/"):
        assert client.get(f"/a-post/{path}").status_code == 404, path
    one = client.get(f"/a-post/thread-{first}-page-1/", follow_redirects=False)
    assert one.headers["location"] == f"/a-post/thread-{first}/"


# Addresses that people and programs guess


def test_an_icon_is_there_for_who_asks_without_reading_a_page(client: TestClient, site: Settings) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    site.static.mkdir()
    (site.static / "favicon.ico").write_bytes(b"\0\0\1\0")
    client.app.state.site.render.refresh()  # type: ignore[attr-defined]
    own = client.get("/favicon.ico")
    assert (own.content, own.headers["content-type"], len(own.history)) == (b"\0\0\1\0", "image/x-icon", 0)


@pytest.mark.parametrize("path", ["/nothing", "/apple-touch-icon.png", "/other.md", f"/{SLUG}/other.md"])
def test_what_is_not_there_is_said_at_once_without_a_redirect(client: TestClient, path: str) -> None:
    assert client.get(path, follow_redirects=False).status_code == 404


def test_a_post_without_its_final_slash_redirects_and_a_withdrawn_one_is_gone(client: TestClient, db: Database) -> None:
    assert client.get(f"/{SLUG}?a=b", follow_redirects=False).headers["location"] == f"/{SLUG}/?a=b"
    factories.post(db, "gone", status="withdrawn")
    factories.post(db, "hidden", status="draft")
    codes = [client.get(path, follow_redirects=False).status_code for path in ("/gone", "/hidden")]
    assert codes == [410, 404]


# Languages


def _attributes(page: str, tag: str) -> dict[str, str]:
    found = re.search(rf"<{tag}(?: [^>]*)?>", page)
    assert found, tag
    return dict(re.findall(r' ([\w-]+)="([^"]*)"', found[0]))


@pytest.mark.parametrize(
    ("language", "direction"),
    [("he", "rtl"), ("ar-EG", "rtl"), ("az-Arab", "rtl"), ("ur-Latn", "ltr"), ("de", "ltr"), ("", "auto")],
)
def test_a_post_has_its_language_and_direction_on_the_whole_article(
    client: TestClient, db: Database, language: str, direction: str
) -> None:
    factories.post(db, "another", language=language, tags=("one",), summary="In short.")
    for path in ("/another/", "/"):
        article = client.get(path).text.split("<article")[1].split("</article>")[0]
        attributes = _attributes(f"<article{article}", "article")
        assert (attributes.get("lang", ""), attributes["dir"]) == (language, direction), path
        assert "dir" not in _attributes(article, "h1" if path == "/another/" else "h2")
        english = {"lang": "en", "dir": "ltr"} if language else {}
        assert _attributes(article, "time").items() >= english.items()
        assert ("lang" in _attributes(article, "time")) is bool(language)


def _english(site: Settings, language: str, db: Database, paths: tuple[str, ...]) -> dict[str, str]:
    """Return pages of a site in this language."""
    with TestClient(create_app(replace(site, language=language)), base_url="http://127.0.0.1:8000") as opened:
        opened.cookies.set("reader", "x" * 43)
        return {path: opened.get(path).text for path in paths}


PATHS = ("/", "/a-post/", "/archive/", "/tags/", "/tags/one/", "/search?q=words", "/privacy/", "/nothing/")


def test_the_words_of_the_interface_are_marked_as_english_where_the_site_is_not(site: Settings, db: Database) -> None:
    factories.post(db, tags=("one",), body="Eins zwei.")
    decide(db, submit(db, "Hallo."), "approve")
    for path, page in _english(site, "eo", db, PATHS).items():  # a language without a catalogue
        assert '<html lang="eo">' in page
        outside = html5lib.parse(page, namespaceHTMLElements=False).find("body")
        said = " ".join(_words_not_in_english(outside))
        for word in ("Skip to", "Archive", "Privacy", "Search", "Page not found", "Error", "Add a thought", "Reply"):
            assert word not in said, (path, word, said)
        assert not re.search(r"\b(May|November) 20\d\d|thought|posts?\b(?! )", said), (path, said)
    for page in _english(site, "en-GB", db, PATHS).values():
        assert 'lang="en"' not in page


def _words_not_in_english(element: Any) -> list[str]:
    """Return the texts of a page that no `lang="en"` covers."""
    words: list[str] = []
    if element.get("lang") != "en":
        words += [element.text or ""] if isinstance(element.tag, str) else []
        for child in element:
            words += _words_not_in_english(child)
    return [*words, element.tail or ""]


# What the window's title says


def _title(page: str) -> str:
    found = re.search("<title>(.*?)</title>", page)
    assert found
    return found[1]


def test_the_title_says_what_is_shown_and_what_waits(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comments_per_page": "1"}, by=by())
    for n in range(2):
        decide(db, submit(db, f"Thought {n}.", n), "approve")
    assert _title(client.get("/a-post/").text) == "A post · Test"
    assert _title(client.get("/a-post/comment-page-2/").text) == "A post, page 2 · Test"
    decide(db, submit(db, "A reply.", 3, comment_parent="1"), "approve")
    assert _title(client.get("/a-post/thread-1/").text) == "A post, one thread · Test"
    assert factories.send(client).status_code == 303
    assert _title(client.get("/a-post/comment-page-2/").text) == "Awaiting moderation: A post, page 2 · Test"


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("ana@example.org", '<a href="mailto:ana@example.org">ana@example.org</a>'),
        ("https://example.org/write", '<a href="https://example.org/write">https://example.org/write</a>'),
        ("", ""),
    ],
)
def test_the_privacy_page_says_how_to_reach_who_can_erase(site: Settings, contact: str, link: str) -> None:
    with TestClient(create_app(replace(site, contact=contact))) as opened:
        section = opened.get("/privacy/").text.split("Your rights")[1].split("</p>")[0]
    assert (f"Write to {link}." in section) is bool(link)


def test_a_title_from_the_right_stays_in_its_list_where_nothing_is(client: TestClient, db: Database) -> None:
    factories.post(db, "hebrew", title="מגדלורים", language="he")
    assert '<li><a href="/hebrew/" dir="auto">מגדלורים</a></li>' in client.get("/nothing/").text
