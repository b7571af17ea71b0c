"""What was typed into the desk after the session had ended is kept through signing in, and sent when one says so."""

import html
import re
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.web.admin import kept
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


def sign_in(browser: TestClient, page: str, password: str = PASSWORD) -> Any:
    address, fields = form_of(page)
    typed = dict(fields) | {"username": "ana", "password": password}
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
    monkeypatch.setattr(kept, "SECONDS", -1)
    page = sign_in(ended, login.text)
    assert page.status_code == 200
    assert "Ask Judith." in page.text
    assert "over an hour ago" in page.text
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
