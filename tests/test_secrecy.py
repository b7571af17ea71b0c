"""What is held, spam, trash or deleted is nowhere in public; what readers told us of themselves never is."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, decide, draft, send, status, submit

BROWSER: dict[str, Any] = {"base_url": "http://127.0.0.1:8000"}
CODINGS = ("identity", "gzip", "br")
HIDDEN = {"pending": "quokka", "spam": "numbat", "trash": "bilby", "deleted": "potoroo"}
STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')
LINK = re.compile(r'(?:href|src|action)="([^"]+)"')
STAMP = re.compile(r'name="stamp" value="[^"]*"')


def words_of(animal: str) -> list[str]:
    """Return the words by which a hidden comment's text, name, email, address, IP and browser would be known."""
    return [f"{animal}{part}" for part in ("text", "name", "mail", "site", "agent")]


def write(db: Database, animal: str, n: int, **more: Any) -> int:
    """Send a comment all of whose fields are unmistakable."""
    who = factories.sender(n, user_agent=f"{animal}agent/1.0", ip=f"203.0.113.{n}", reader_hash=f"hash of {animal}")
    typed = draft(
        f"{animal.capitalize()}text and *{animal}text*, see https://{animal}site.example/there",
        n,
        who=who,
        author=f"{animal}name",
        email=f"{animal}mail@example.org",
        url=f"https://{animal}site.example",
        **more,
    )
    with store.transaction(db):
        return comments.submit(db, SLUG, typed, at=NOON)["id"]


def hide(db: Database) -> dict[str, int]:
    """Store one comment in each of the states that nobody may see; return their ids."""
    ids = {where: write(db, animal, n) for n, (where, animal) in enumerate(HIDDEN.items(), 200)}
    decide(db, ids["spam"], "spam")
    decide(db, ids["trash"], "trash")
    decide(db, ids["deleted"], "delete")
    assert {where: status(db, comment) for where, comment in ids.items()} == {where: where for where in HIDDEN}
    return ids


@pytest.fixture
def shown(client: TestClient, db: Database) -> list[int]:
    """Two posts, the first with sixty approved comments and a reply: two pages of its discussion."""
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 61)]
    decide(db, ids, "approve")
    ids.append(submit(db, "An answer.", n=99, comment_parent=str(ids[0])))
    decide(db, ids[-1], "approve")
    factories.post(db, "other", comments="closed")
    return ids


def addresses(client: TestClient, ids: Any) -> list[str]:
    """Return what a crawler would find from the front page on, and what somebody would guess."""
    found = ["/", "/page/1/", "/page/2/", "/healthz", "/robots.txt", f"/{SLUG}/comment-page-2/", f"/{SLUG}/comments"]
    found += ["/nowhere/", "/admin/", "/admin/comments", "/admin/log", "/feed.xml", "/feed.json", "/comments/feed.xml"]
    found += [f"/{SLUG}/feed.xml", "/archive/", "/search?q=text", "/sitemap.xml", f"/{SLUG}/comment-page-3/"]
    for comment in ids:
        found += [f"/{SLUG}/?replytocom={comment}", f"/admin/comments/{comment}", f"/admin/comments/{comment}/place"]
    for path in found:
        links = {link.partition("#")[0] for link in LINK.findall(client.get(path).text) if link.startswith("/")}
        found += sorted(link for link in links - {*found} if "?replytocom=" not in link)
    return found


def answers(client: TestClient, paths: list[str]) -> Iterator[tuple[str, Any]]:
    """Ask for each address as it is, compressed, and with what a browser keeps of it."""
    for path in paths:
        for coding in CODINGS:
            answer = client.get(path, headers={"accept-encoding": coding}, follow_redirects=False)
            yield path, answer
        kept = answer.headers.get("etag", '"something"')
        yield path, client.get(path, headers={"if-none-match": kept}, follow_redirects=False)
        yield path, client.head(path, follow_redirects=False)


def told(answer: Any) -> str:
    return f"{answer.headers} {answer.text}".lower()


def leaks(client: TestClient, paths: list[str], words: list[str]) -> list[tuple[str, str]]:
    return [(path, word) for path, answer in answers(client, paths) for word in words if word in told(answer)]


EVERY_WORD = [word for animal in HIDDEN.values() for word in words_of(animal)]


def test_what_is_hidden_is_at_no_public_address(client: TestClient, db: Database, shown: list[int]) -> None:
    ids = hide(db)
    paths = addresses(client, [*ids.values(), shown[0]])
    assert f"/{SLUG}/comment-page-2/" in paths
    assert leaks(client, paths, [*EVERY_WORD, "203.0.113."]) == []


def test_what_is_hidden_is_not_shown_to_another_reader(client: TestClient, db: Database, shown: list[int]) -> None:
    ids = hide(db)
    send(client, text="My own thought.")
    assert "My own thought." in client.get(f"/{SLUG}/comment-page-2/").text
    paths = addresses(client, ids.values())
    assert leaks(client, paths, [*EVERY_WORD, "203.0.113."]) == []


def test_what_is_hidden_comes_back_in_no_refusal(client: TestClient, db: Database, shown: list[int]) -> None:
    """Preview, a missing field, a reply to what is hidden, too fast: pages with the discussion, and JSON."""
    ids = hide(db)
    wrong = [{"action": "preview"}, {"author": ""}, *({"comment_parent": str(comment)} for comment in ids.values())]
    for fields in [*wrong, {}, {"text": "At once again."}]:
        for headers in ({}, {"accept": "application/json"}):
            answer = send(client, headers=headers, **fields)
            assert [word for word in EVERY_WORD if word in told(answer)] == []


def test_what_is_hidden_changes_no_page_no_count_and_no_etag(
    client: TestClient, db: Database, shown: list[int], site: Settings
) -> None:
    paths = [path for path in addresses(client, shown[:1]) if not path.startswith(("/admin", "/healthz"))]
    before = {path: client.get(path) for path in paths}
    etags = {path: answer.headers["etag"] for path, answer in before.items() if "etag" in answer.headers}
    assert {"/", f"/{SLUG}/", f"/{SLUG}/comment-page-2/", "/other/"} <= etags.keys()
    assert "61 thoughts on" in before[f"/{SLUG}/"].text
    hide(db)
    for path in paths:
        after = client.get(path)
        assert (after.status_code, after.headers.get("etag")) == (before[path].status_code, etags.get(path)), path
        if path in etags:
            again = client.get(path, headers={"if-none-match": etags[path]})
            assert (again.status_code, again.content) == (304, b"")
    with TestClient(create_app(site), **BROWSER) as fresh:  # which has nothing in its cache
        for path in paths:
            assert STAMP.sub("", fresh.get(path).text) == STAMP.sub("", before[path].text), path


def test_a_removed_comment_with_answers_leaves_its_place_and_no_word(
    client: TestClient, db: Database, shown: list[int]
) -> None:
    for n, (decision, animal) in enumerate(
        {"unapprove": "quokka", "spam": "numbat", "trash": "bilby", "delete": "potoroo"}.items(), 200
    ):
        comment = write(db, animal, n)
        decide(db, comment, "approve")
        assert f"{animal}text" in client.get(f"/{SLUG}/comment-page-2/").text
        answer = submit(db, "Quite so.", n=n + 20, comment_parent=str(comment))
        decide(db, answer, "approve")
        decide(db, comment, decision)
        page = client.get(f"/{SLUG}/comment-page-2/").text
        assert f'id="comment-{comment}"' in page
        assert f'id="comment-{answer}"' in page
        assert leaks(client, addresses(client, [comment]), words_of(animal)) == []
    assert cached(client, EVERY_WORD) == []


def cached(client: TestClient, words: list[str]) -> list[tuple[str, str]]:
    """Return which of the words are in which page of the cache."""
    site = client.app.state.site  # type: ignore[attr-defined]
    kept = {path: page.answers[""][1]["body"].decode().lower() for path, page in site.pages._pages.items()}
    assert kept
    return [(path, word) for path, text in kept.items() for word in words if word in text]


def test_the_cache_never_holds_a_page_of_ones_own(
    client: TestClient, moderator: TestClient, db: Database, shown: list[int]
) -> None:
    send(client, text="Wombattext, my own.", author="Wombatname", email="wombatmail@example.org", remember="1")
    hide(db)
    for path in ("/", f"/{SLUG}/", f"/{SLUG}/comment-page-2/", f"/{SLUG}/?replytocom=1", "/nowhere/"):
        for browser in (client, moderator):
            browser.get(path)
            browser.head(path)
    assert "Wombattext" in client.get(f"/{SLUG}/comment-page-2/").text
    assert "Signed in as" in moderator.get(f"/{SLUG}/").text
    stranger = TestClient(client.app, **BROWSER)
    for path in ("/", f"/{SLUG}/", f"/{SLUG}/comment-page-2/", f"/{SLUG}/?replytocom=1", f"/{SLUG}/?x=1"):
        stranger.get(path)
    words = ["wombat", "awaiting moderation", "signed in as", "do not reply to", *EVERY_WORD]
    assert cached(client, words) == []
    site = client.app.state.site  # type: ignore[attr-defined]
    assert {path for path in site.pages._pages if not path.startswith("/static/")} <= {
        "/",
        f"/{SLUG}/",
        f"/{SLUG}/comment-page-2/",
    }


def test_ones_own_page_is_kept_by_nobody_and_never_answered_with_304(
    client: TestClient, db: Database, shown: list[int]
) -> None:
    public = client.get(f"/{SLUG}/comment-page-2/")
    assert public.headers["cache-control"] == "public, max-age=0, must-revalidate"
    answer = send(client, text="My own.")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers
    for path in (f"/{SLUG}/", f"/{SLUG}/comment-page-2/", f"/{SLUG}/?replytocom=1"):
        own = client.get(path, headers={"if-none-match": public.headers["etag"]})
        assert own.status_code == 200
        assert own.headers["cache-control"] == "private, no-store"
        assert "cookie" in own.headers["vary"].lower()
        assert own.headers["x-robots-tag"] == "noindex"
        assert "etag" not in own.headers


def test_who_wrote_it_sees_it_wait_in_whatever_state_it_is_until_it_is_deleted(
    client: TestClient, db: Database, shown: list[int]
) -> None:
    send(client, text="My own quollword.")
    comment = db.conn.execute("select max(id) from comments").fetchone()[0]
    for decision in ("spam", "trash", "restore"):
        decide(db, comment, decision)
        own = client.get(f"/{SLUG}/comment-page-2/").text
        assert "quollword" in own
        assert "61 thoughts on" in own
    decide(db, comment, "delete")
    assert "quollword" not in client.get(f"/{SLUG}/comment-page-2/").text


def test_of_a_public_comment_email_ip_and_browser_are_told_to_nobody(
    client: TestClient, db: Database, shown: list[int]
) -> None:
    comment = write(db, "quokka", 200)
    decide(db, comment, "approve")
    email = "quokkamail@example.org"
    secret = ["quokkamail", "quokkaagent", "203.0.113.200", "hash of quokka"]
    for form in (email, email.upper(), "quokkamail"):
        secret += [hashlib.new(name, form.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
    paths = addresses(client, [comment])
    page = client.get(f"/{SLUG}/comment-page-2/").text
    assert "quokkaname" in page
    assert "https://quokkasite.example" in page
    assert leaks(client, paths, secret) == []
    send(client)
    assert leaks(client, paths, secret) == []
    assert cached(client, secret) == []


def test_the_database_is_no_file_of_the_site(client: TestClient) -> None:
    assert STATIC.findall(client.get("/").text)
    for path in ("static/../blog.db", "static/%2e%2e/blog.db", "static/..%2fblog.db", "static//blog.db", "blog.db"):
        answer = client.get(f"/{path}")
        assert answer.status_code == 404, path
        assert b"SQLite format 3" not in answer.content
