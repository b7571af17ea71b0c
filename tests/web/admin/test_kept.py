"""What was typed into the desk after the session had ended is kept through signing in, and sent when one says so."""

import html
import re
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, comments
from blog.storage import store
from blog.web.admin import impact, pending_form
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import decide, status, submit

ANSWER = "Thank you: „that“ is *so*, <b>isn't</b> it?\n\n" + "Quite. " * 600 + "🌊"
Form = dict[str, Any]


@pytest.fixture
def ended(moderator: TestClient, db: Database) -> TestClient:
    """A moderator's browser whose session ended while it stood open, and three comments that wait."""
    for n in (1, 2, 3):
        submit(db, f"Thought {n}.", n)
    db.conn.execute("update sessions set expires_at = '2020-01-01T00:00:00.000Z'")
    return moderator


def form_of(page: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the address and the fields of a page's form, as a browser would send them."""
    action = re.search(r'<form method="post" action="([^"]*)"', page)
    assert action is not None
    fields = re.findall(r'<input (?:type="hidden" |id="[^"]*" )?name="([^"]*)" value="([^"]*)"', page)
    fields += re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', page, flags=re.DOTALL)
    return html.unescape(action[1]), [(name, html.unescape(value)) for name, value in fields]


def sign_in(browser: TestClient, page: str, password: str = PASSWORD, *, name: str = "ana") -> Any:
    address, fields = form_of(page)
    typed = dict(fields) | {"username": name, "password": password}
    return browser.post(address, data=typed, follow_redirects=False)


def send(browser: TestClient, page: str, **changed: str) -> Any:
    address, fields = form_of(page)
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(changed.get(name, value))
    return browser.post(address, data=data, follow_redirects=False)


ACTS: list[tuple[str, Form, str]] = [
    ("/admin/comments/1/answer", {"comment": ANSWER, "approve": "1"}, "select text from comments where id = 4"),
    (
        "/admin/comments/1/revision",
        {"author": "Reader 1", "url": "", "comment": ANSWER, "reason": "So."},
        "select text from comments where id = 1",
    ),
    ("/admin/comments/1/note", {"note": ANSWER[:900]}, "select text from notes"),
    (
        "/admin/decisions",
        {"decision": "spam", "id": ["1", "2"], "seen": ["1:pending", "2:pending"], "reason": ANSWER[:200]},
        "select reason from batches order by id desc",
    ),
    (
        "/admin/posts/a-post/closure",
        {"mode": "closed", "note": ANSWER[:900], "until": ""},
        "select note from closures where post_id = 1",
    ),
]


@pytest.mark.parametrize(("path", "typed", "asked"), ACTS, ids=[path for path, _, _ in ACTS])
def test_it_is_kept_through_signing_in_and_sent_on_a_word(
    ended: TestClient, db: Database, path: str, typed: Form, asked: str
) -> None:
    acts = "select count(*) from events where kind not in ('signed in', 'submit')"
    before = db.conn.execute(acts).fetchone()[0]
    login = ended.post(path, data={**typed, "back": "/admin/comments?status=pending"}, follow_redirects=False)
    assert login.status_code == 401
    assert "no-store" in login.headers["cache-control"]
    assert "What you sent is kept" in login.text
    page = sign_in(ended, login.text)
    assert page.status_code == 200
    assert "session=" in page.headers["set-cookie"]
    words = next(value for value in typed.values() if isinstance(value, str) and len(value) > 20)
    assert html.escape(words, quote=False).replace("'", "&#39;") in page.text
    assert db.conn.execute(acts).fetchone()[0] == before  # nothing was done yet
    answer = send(ended, page.text)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/admin/comments?status=pending")
    assert db.conn.execute(asked).fetchone()[0] == words.strip()


ALL = {"all": "1", "status": "pending", "q": "thought", "id": ["1", "2"]}


@pytest.mark.parametrize(
    ("form", "about"),
    [
        ({"decision": "spam", **ALL}, "All that match: 3 comments."),
        ({"decision": "spam", **ALL, "q": "", "asof": "2"}, "All that match: 2 comments."),
        ({"decision": "spam", **ALL, "q": "", "asof": "1"}, "All that match: 1 comment."),
        ({"decision": "spam", **ALL, "q": "casino"}, "No comments match any more."),
        ({"decision": "restore", **ALL, "status": "spam"}, "All that match: 1 comment."),
        ({"empty": "1", "status": "spam", "back": "/admin/comments"}, "Empty spam for good: 1 comment."),
        ({"decision": "spam", "id": ["1", "2"]}, "This is about 2 comments."),
        ({"decision": "spam", "id": ["1"]}, "This is about the comment by Reader 1: Thought 1."),
        ({**ALL, "only": "spam:3"}, "This is about the comment by Reader 3: Thought 3."),
        ({**ALL, "only": "spam:99"}, None),
        ({"decision": "spam", **ALL, "status": "gone"}, None),
    ],
)
def test_it_says_how_many_comments_it_is_about(ended: TestClient, db: Database, form: Form, about: str | None) -> None:
    decide(db, submit(db, "Thought 4.", 4), "spam")
    login = ended.post("/admin/decisions", data=form, follow_redirects=False)
    page = sign_in(ended, login.text).text
    assert "Send it now" in page
    paragraphs = [re.sub(r"<[^<>]*>", "", each) for each in re.findall(r"<p>(.*)</p>", page)]
    said = [each for each in paragraphs if re.search(r"\bcomments?\b", each)]
    assert said == ([about] if about else [])


def test_it_says_which_comment_it_is_about(ended: TestClient, db: Database) -> None:
    long = submit(db, "Long *words* <b>. " + "More and more. " * 50, 7, author="Zoë <i>")
    with store.transaction(db):
        factories.account(db, "judith", role="author")
        factories.account(db, "eve", role="author")
    for path in (f"/admin/comments/{long}/note", f"/admin/comments/{long}/answer"):
        login = ended.post(path, data={"note": "So.", "comment": "So."}, follow_redirects=False)
        for name in ("ana", "judith"):  # the author of the post
            page = sign_in(ended, login.text, name=name).text
            assert "This is about the comment by <bdi>Zoë &lt;i&gt;</bdi>: " in page
            assert '<q dir="auto">Long words &lt;b&gt;. More and more.' in page
            assert page.count("More and more") < 20
        ended.cookies.clear()
        assert "Zoë" not in sign_in(ended, login.text, name="eve").text
        ended.cookies.clear()


@pytest.mark.parametrize(
    ("form", "about"),
    [
        ({"all": "1", "state": ""}, "All posts in the list: 3 posts."),
        ({"all": "1", "state": "closed"}, "All posts in the list: 1 post."),
        ({"all": "1", "state": "replies-only", "slug": ["a-post"]}, "There are no posts in this list now."),
        ({"slug": ["a-post", "second"]}, "This is about 2 posts."),
        ({"slug": ["a-post"]}, None),
        ({"all": "1", "state": "nowhere"}, None),
    ],
)
def test_it_says_how_many_posts_it_is_about(ended: TestClient, db: Database, form: Form, about: str | None) -> None:
    for slug in ("second", "third"):
        factories.post(db, slug)
    with store.transaction(db):
        closing.close(db, "third", by=factories.by())
    login = ended.post("/admin/posts/closures", data={"mode": "closed", "note": "So.", **form}, follow_redirects=False)
    page = sign_in(ended, login.text).text
    assert "Send it now" in page
    assert re.findall(r"<p>((?:[^<]* )?posts?\b[^<]*)</p>", page) == ([about] if about else [])


def test_who_may_not_switch_many_posts_is_not_told_how_many_there_are(ended: TestClient, db: Database) -> None:
    with store.transaction(db):
        factories.account(db, "judith", role="author")
    form = {"mode": "closed", "note": "So.", "all": "1", "state": ""}
    login = ended.post("/admin/posts/closures", data=form, follow_redirects=False)
    page = sign_in(ended, login.text, name="judith").text
    assert "Send it now" in page
    assert "All that match" not in page


def test_the_number_is_that_of_the_moment_and_what_is_sent_is_about_as_many(ended: TestClient, db: Database) -> None:
    login = ended.post("/admin/decisions", data={"decision": "approve", **ALL}, follow_redirects=False)
    decide(db, 1, "trash")
    page = sign_in(ended, login.text).text
    assert "All that match: 2 comments." in page
    send(ended, page)
    assert [status(db, number) for number in (1, 2, 3)] == ["trash", "approved", "approved"]


def test_to_an_author_it_counts_what_stands_on_own_posts(ended: TestClient, db: Database) -> None:
    factories.post(db, "of-another", author="Eve")
    submit(db, "Thought 4.", 4, slug="of-another")
    db.conn.execute("update accounts set role = 'author', name = 'Judith'")
    login = ended.post("/admin/decisions", data={"decision": "approve", **ALL}, follow_redirects=False)
    page = sign_in(ended, login.text, name="judith").text
    assert "All that match: 3 comments." in page


def test_what_is_too_much_to_be_counted_quickly_is_said_to_be_more(
    ended: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impact, "MOST", 2)
    login = ended.post("/admin/decisions", data={"decision": "approve", **ALL}, follow_redirects=False)
    assert "All that match: more than 2 comments." in sign_in(ended, login.text).text


def test_what_cannot_be_counted_in_time_is_given_back_all_the_same(
    ended: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.transaction(db):
        for n in range(4, 3_004):
            comments.submit(db, factories.SLUG, factories.draft(f"Thought {n}.", n), at=factories.NOON)
    form = {"decision": "approve", **ALL, "made": factories.NOON}
    login = ended.post("/admin/decisions", data=form, follow_redirects=False)
    monkeypatch.setattr(store, "READ_SECONDS", -1)
    page = sign_in(ended, login.text)
    assert "session=" in page.headers["set-cookie"]
    assert "All that match: the number of comments could not be counted in time." in page.text


def test_a_wrong_password_keeps_it_too(ended: TestClient, db: Database) -> None:
    login = ended.post("/admin/comments/1/note", data={"note": "Ask Judith."}, follow_redirects=False)
    again = sign_in(ended, login.text, "not the password")
    assert again.status_code == 401
    assert send(ended, sign_in(ended, again.text).text).status_code == 303
    assert db.conn.execute("select text from notes").fetchone()[0] == "Ask Judith."


def test_what_was_typed_can_be_changed_before_it_is_sent(ended: TestClient, db: Database) -> None:
    login = ended.post("/admin/comments/1/note", data={"note": "Ask Judith."})
    send(ended, sign_in(ended, login.text).text, note="Ask Judith tomorrow.")
    assert db.conn.execute("select text from notes").fetchone()[0] == "Ask Judith tomorrow."


def test_a_decision_that_somebody_made_meanwhile_is_told_as_ever(ended: TestClient, db: Database) -> None:
    login = ended.post("/admin/decisions", data={"decision": "spam", "id": "1", "seen": "1:pending"})
    page = sign_in(ended, login.text)
    decide(db, 1, "approve")
    assert send(ended, page.text).status_code == 409
    assert status(db, 1) == "approved"


def test_after_an_hour_it_is_only_shown(ended: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    login = ended.post("/admin/comments/1/note", data={"note": "Ask Judith."})
    monkeypatch.setattr(pending_form, "SECONDS", -1)
    page = sign_in(ended, login.text)
    assert page.status_code == 200
    assert "Ask Judith." in page.text
    assert "more than an hour ago" in page.text
    assert "Send it now" not in page.text


@pytest.mark.parametrize("forged", ["x", "", "eyJ.x.y", "A" * 9_000])
def test_what_we_never_sealed_is_passed_over(ended: TestClient, forged: str) -> None:
    typed = {"username": "ana", "password": PASSWORD, "kept": forged, "next": "/admin/comments"}
    answer = ended.post("/admin/login", data=typed, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/comments")


def test_another_sites_page_can_neither_seal_nor_send(ended: TestClient, db: Database) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    refused = ended.post("/admin/comments/1/note", data={"note": "Forged."}, headers=foreign)
    assert (refused.status_code, "kept" in refused.text) == (403, False)
    login = ended.post("/admin/comments/1/note", data={"note": "Mine."})
    address, fields = form_of(login.text)
    typed = dict(fields) | {"username": "ana", "password": PASSWORD}
    assert ended.post(address, data=typed, headers=foreign).status_code == 403
    assert db.conn.execute("select count(*) from notes").fetchone()[0] == 0


def test_a_script_a_sign_out_and_an_empty_form_are_answered_as_before(ended: TestClient) -> None:
    json = ended.post("/admin/comments/1/note", data={"note": "x"}, headers={"accept": "application/json"})
    assert json.status_code == 401
    assert json.headers["content-type"].startswith("application/problem+json")
    for path in ("/admin/logout", "/admin/opening"):
        answer = ended.post(path, data={}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")


def test_no_password_travels_along(ended: TestClient) -> None:
    login = ended.post("/admin/settings/discussion", data={"password": "secret words", "comment_max_links": "3"})
    assert login.status_code == 401
    page = sign_in(ended, login.text)
    assert "secret words" not in page.text
    assert 'name="comment_max_links" value="3"' in page.text


def test_the_longest_text_fits(ended: TestClient, db: Database) -> None:
    chance = "".join(chr(0x4E00 + (n * 7_919) % 20_000) for n in range(16_000))  # which no packing makes short
    login = ended.post("/admin/comments/1/answer", data={"comment": chance, "approve": "1"})
    assert login.status_code == 401
    assert send(ended, sign_in(ended, login.text).text).status_code == 303
    assert db.conn.execute("select text from comments where id = 4").fetchone()[0] == chance
    assert factories.status(db, 4) == "approved"
