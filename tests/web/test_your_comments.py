"""The reader's own page: by cookie or mailed link, changes, withdrawal, mails, all data, erasure."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.app import create_app
from blog.errors import Conflict, NotFound
from blog.notifications import sending
from blog.settings import Settings
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import SLUG, decide, send, status, undo
from tests.notifications.servers import Inbox, smtp_server
from tests.notifications.world import text_of, with_mail

WHO = {"author": "Jonas", "email": "jonas@example.org"}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as started:
        yield started


@pytest.fixture
def mailing(site: Settings, db: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A reader's browser on a site with mail; the tests send what is due themselves."""
    factories.post(db)
    monkeypatch.setattr("blog.web.mailing.LOOK_SECONDS", 3600.0)
    app = create_app(replace(with_mail(site, inbox), url="http://127.0.0.1:8000"))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("198.51.100.7", 50_000)) as opened:
        yield opened


def another(client: TestClient) -> TestClient:
    return TestClient(client.app, base_url="http://127.0.0.1:8000", client=("198.51.100.9", 50_000))


def deliver(client: TestClient, db: Database, inbox: Inbox) -> list[Any]:
    settings = client.app.state.site.settings  # type: ignore[attr-defined]
    before = len(inbox.raw)
    with store.transaction(db):
        sending.prepare(db, settings, at=sites.now())
        letters = sending.take(db, settings, at=sites.now())
    outcomes = sending.hand_over(inbox.server, letters)
    with store.transaction(db):
        sending.note(db, letters, outcomes, at=sites.now())
    return inbox.messages[before:]


def newest(db: Database) -> int:
    return int(db.conn.execute("select max(id) from comments").fetchone()[0])


def test_the_cookie_shows_this_browsers_comments_alone(client: TestClient, db: Database) -> None:
    send(client, text="From here.", **WHO)
    send(another(client), text="From elsewhere.", **{**WHO, "author": "Other"})
    page = client.get("/your-comments/")
    assert page.headers["cache-control"] == "private, no-store"
    assert "From here." in page.text
    assert "Waiting" in page.text
    assert "From elsewhere." not in page.text
    assert "jonas@example.org" not in page.text
    assert "Mail me a link" not in page.text  # without [mail] nothing of it is offered


def test_nobody_else_reaches_a_comment(client: TestClient, db: Database) -> None:
    send(client, **WHO)
    number, other = newest(db), another(client)
    send(other, text="Mine.", author="Other", email="other@example.org")
    for act in ("edit", "withdraw", "restoration"):
        assert other.post(f"/your-comments/{number}/{act}", data={"comment": "Stolen."}).status_code == 404
    assert other.get(f"/your-comments/{number}/edit").status_code == 404
    assert status(db, number) == "pending"


def test_a_waiting_comment_changes_at_once_and_its_revision_rises(client: TestClient, db: Database) -> None:
    send(client, text="First words.", **WHO)
    number = newest(db)
    form = client.get(f"/your-comments/{number}/edit").text
    revision = re.findall(r'name="revision" value="(\d+)"', form)[0]
    done = client.post(
        f"/your-comments/{number}/edit", data={"comment": "Better words.", "revision": revision}, follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/your-comments/?said=changed#comment-{number}")
    assert db.conn.execute("select text, version from comments").fetchone() == ("Better words.", 2)
    stale = client.post(f"/your-comments/{number}/edit", data={"comment": "Third.", "revision": revision})
    assert stale.status_code == 409
    assert "Third." in stale.text


def test_an_edit_that_says_nothing_is_refused_with_the_text(client: TestClient, db: Database) -> None:
    send(client, **WHO)
    answer = client.post(f"/your-comments/{newest(db)}/edit", data={"comment": "  "})
    assert answer.status_code == 422
    assert "Your comment is missing." in answer.text
    preview = client.post(f"/your-comments/{newest(db)}/edit", data={"comment": "*New*", "action": "preview"})
    assert "<em>New</em>" in preview.text
    assert db.conn.execute("select text from comments").fetchone()[0] == "A thought."


def test_the_form_of_a_post_page_gets_back_to_it(client: TestClient, db: Database) -> None:
    send(client, **WHO)
    path = f"/your-comments/{newest(db)}/edit"
    done = client.post(path, data={"comment": "New.", "back": f"/{SLUG}/#comment-1"}, follow_redirects=False)
    assert done.headers["location"] == f"/{SLUG}/#comment-1"
    evil = client.post(path, data={"comment": "Newer.", "back": "//evil.example/"}, follow_redirects=False)
    assert evil.headers["location"].startswith("/your-comments/")


def test_a_public_comment_gets_a_proposal_and_keeps_its_words(
    client: TestClient, moderator: TestClient, db: Database
) -> None:
    send(client, text="After ten years.", **WHO)
    number = newest(db)
    decide(db, number, "approve")
    client.post(f"/your-comments/{number}/edit", data={"comment": "After thirty years."})
    assert "After ten years." in client.get(f"/{SLUG}/").text
    own = client.get("/your-comments/").text
    assert "<del>ten</del>" in own
    assert "<ins>thirty</ins>" in own
    assert re.search(r'<a href="/admin/proposals">.*Edits <b>1</b>', moderator.get("/admin/comments").text)
    queue = moderator.get("/admin/proposals").text
    assert "<ins>thirty</ins>" in queue
    seen = re.findall(r'name="seen" value="([^"]+)"', queue)[0]
    moderator.post(f"/admin/proposals/{number}/acceptance", data={"seen": seen})
    assert "After thirty years." in client.get(f"/{SLUG}/").text
    factories.undo(db)
    assert "After ten years." in client.get(f"/{SLUG}/").text
    assert "After thirty years." not in moderator.get("/admin/proposals").text


def test_a_proposal_that_changed_since_is_not_accepted(client: TestClient, moderator: TestClient, db: Database) -> None:
    send(client, text="Old.", **WHO)
    number = newest(db)
    decide(db, number, "approve")
    client.post(f"/your-comments/{number}/edit", data={"comment": "Nice."})
    seen = re.findall(r'name="seen" value="([^"]+)"', moderator.get("/admin/proposals").text)[0]
    client.post(f"/your-comments/{number}/edit", data={"comment": "Rude."})
    assert moderator.post(f"/admin/proposals/{number}/acceptance", data={"seen": seen}).status_code == 409
    moderator.post(f"/admin/proposals/{number}/refusal")
    assert "Rude." not in moderator.get("/admin/proposals").text
    assert db.conn.execute("select text from comments").fetchone()[0] == "Old."


def test_a_declined_proposal_comes_back_by_undo(client: TestClient, moderator: TestClient, db: Database) -> None:
    send(client, text="Old.", **WHO)
    number = newest(db)
    decide(db, number, "approve")
    client.post(f"/your-comments/{number}/edit", data={"comment": "Newer."})
    page = moderator.post(f"/admin/proposals/{number}/refusal").text
    assert "Declined a change that a writer proposed." in page
    assert "Newer." not in client.get("/your-comments/").text
    undone = undo(db)["batch"]
    assert "Newer." in moderator.get("/admin/proposals").text
    undo(db, undone)
    assert "Newer." not in moderator.get("/admin/proposals").text, "declined again"
    undo(db)
    client.post(f"/your-comments/{number}/edit", data={"comment": "Old."})
    assert db.conn.execute("select count(*) from proposals").fetchone()[0] == 0


def test_what_was_declined_does_not_come_back_once_the_writer_proposed_something_else(
    client: TestClient, moderator: TestClient, db: Database
) -> None:
    send(client, text="Old.", **WHO)
    number = newest(db)
    decide(db, number, "approve")
    client.post(f"/your-comments/{number}/edit", data={"comment": "Rude."})
    moderator.post(f"/admin/proposals/{number}/refusal")
    client.post(f"/your-comments/{number}/edit", data={"comment": "Nice."})
    with pytest.raises(Conflict, match="changed or taken back"):
        undo(db)
    assert "Nice." in moderator.get("/admin/proposals").text


def test_a_comment_that_was_not_published_can_be_sent_again(client: TestClient, db: Database) -> None:
    send(client, text="Henk did it.", **WHO)
    number = newest(db)
    outcome = decide(db, number, "trash", reason="Please leave out the name.", by=factories.by(sites.now()))
    page = client.get("/your-comments/").text
    assert "Not published" in page
    assert "Please leave out the name." not in page
    with store.transaction(db):
        moderation.give_reason(db, outcome["batch"], "Leave out the name.", by=factories.by(sites.now()), tell=True)
    assert "Leave out the name." in client.get("/your-comments/").text
    client.post(f"/your-comments/{number}/edit", data={"comment": "Somebody did it."})
    assert status(db, number) == "pending"


@pytest.mark.parametrize("fields", [{"homepage": "x"}, {"text": "badword here"}])
def test_what_a_rule_took_for_spam_reads_as_waiting_everywhere(
    client: TestClient, db: Database, fields: dict[str, str]
) -> None:
    from blog.rules import policy

    with store.transaction(db):
        policy.change(db, {"disallowed_keys": "badword"}, by=factories.by())
    send(client, **{**WHO, **fields})
    assert status(db, newest(db)) in ("spam", "trash")
    page = client.get("/your-comments/").text
    assert "Waiting" in page
    assert "Not published" not in page
    (kept,) = client.get("/your-comments/download").json()["comments"]
    assert kept["status"] == "waiting"
    assert not {"verdict", "score", "rule"} & set(kept)


def test_a_withdrawal_acts_at_once_and_is_taken_back_for_a_day(client: TestClient, db: Database) -> None:
    send(client, text="Words to take back.", **WHO)
    number = newest(db)
    decide(db, number, "approve")
    factories.submit(db, "An answer.", 2, comment_parent=str(number))
    decide(db, newest(db), "approve")
    before = db.conn.execute("select count(*) from events").fetchone()[0]
    assert "Withdraw this comment?" in client.get(f"/your-comments/{number}/withdraw").text
    assert db.conn.execute("select count(*) from events").fetchone()[0] == before
    client.post(f"/your-comments/{number}/withdraw")
    page = another(client).get(f"/{SLUG}/").text
    assert "This comment was withdrawn by its writer." in page
    assert "Words to take back." not in page
    assert "Withdrawn by you" in client.get("/your-comments/").text
    client.post(f"/your-comments/{number}/restoration")
    assert "Words to take back." in another(client).get(f"/{SLUG}/").text
    client.post(f"/your-comments/{number}/withdraw")
    db.conn.execute("update comments set withdrawn_at = '2026-01-01T00:00:00.000Z' where id = ?", [number])
    assert client.post(f"/your-comments/{number}/restoration").status_code == 409
    assert "This comment was withdrawn" in another(client).get(f"/{SLUG}/").text


def test_moderators_do_not_bring_back_what_was_withdrawn(client: TestClient, db: Database) -> None:
    send(client, **WHO)
    client.post(f"/your-comments/{newest(db)}/withdraw")
    for decision in ("restore", "approve", "spam"):
        with pytest.raises(NotFound):
            decide(db, newest(db), decision)
    assert status(db, newest(db)) == "deleted"


def test_withdrawn_words_are_erased_after_a_day(client: TestClient, db: Database) -> None:
    from blog.journal.events import earlier
    from blog.rules.policy import Policy

    send(client, **WHO)
    client.post(f"/your-comments/{newest(db)}/withdraw")
    later = earlier(sites.now(), days=-1, seconds=-60)
    assert moderation.purge(db, Policy(), at=earlier(sites.now(), days=0, seconds=-60)) == 0
    assert moderation.purge(db, Policy(), at=later) == 1


def test_a_shared_browser_forgets_after_a_day(client: TestClient, db: Database) -> None:
    send(client, text="On a shared computer.", **WHO)
    assert "On a shared computer." in client.get("/your-comments/").text
    db.conn.execute("update comments set created_at = '2026-01-01T00:00:00.000Z'")
    assert "On a shared computer." not in client.get("/your-comments/").text
    assert client.post(f"/your-comments/{newest(db)}/withdraw").status_code == 404
    db.conn.execute("update comments set remember = 1")
    assert "On a shared computer." in client.get("/your-comments/").text


# By mail


def ask(client: TestClient, db: Database, inbox: Inbox, email: str = "jonas@example.org") -> tuple[str, str]:
    """Ask for a link; return its path and the code."""
    assert client.post("/your-comments/link", data={"email": email}).status_code == 200
    (message,) = deliver(client, db, inbox)
    text = text_of(message)
    path = re.findall(r"http://127.0.0.1:8000(/your-comments/open/\S+)", text)[0]
    return path, re.findall(r"Your code is (\d{6})", text)[0]


def test_a_link_opens_all_comments_of_the_address_in_the_browser_that_asked(
    mailing: TestClient, db: Database, inbox: Inbox
) -> None:
    send(another(mailing), text="From my phone.", **WHO)
    path, _ = ask(mailing, db, inbox)
    page = mailing.get(path)
    assert page.url.path == "/your-comments/"
    assert "From my phone." in page.text
    assert "jonas@example.org" in page.text
    assert mailing.get(path).status_code == 410  # it works once
    assert mailing.post("/your-comments/leave").status_code == 200
    assert "jonas@example.org" not in mailing.get("/your-comments/").text


def test_in_another_browser_the_six_digits_are_asked(mailing: TestClient, db: Database, inbox: Inbox) -> None:
    send(mailing, text="From here.", **WHO)
    path, code = ask(mailing, db, inbox)
    other = another(mailing)
    for method in ("HEAD", "GET"):
        other.request(method, path)
    page = other.get(path)
    assert "You asked in another browser." in page.text
    assert "From here." not in page.text
    assert code not in page.text
    token = re.findall(r'name="token" value="([^"]+)"', page.text)[0]
    assert "From here." in other.post("/your-comments/code", data={"code": code, "token": token}).text


def test_the_code_has_five_tries(mailing: TestClient, db: Database, inbox: Inbox) -> None:
    send(mailing, **WHO)
    path, code = ask(mailing, db, inbox)
    wrong = "000000" if code != "000000" else "111111"
    for left in (4, 3, 2):
        assert f"{left} tries are left" in mailing.post("/your-comments/code", data={"code": wrong}).text
    assert "One try is left" in mailing.post("/your-comments/code", data={"code": wrong}).text
    assert "Five tries are used." in mailing.post("/your-comments/code", data={"code": wrong}).text
    assert mailing.post("/your-comments/code", data={"code": code}).status_code == 410
    assert mailing.get(path).status_code == 410


def test_the_answer_is_the_same_for_known_and_unknown_addresses(
    mailing: TestClient, db: Database, inbox: Inbox
) -> None:
    send(another(mailing), **WHO)
    answers = []
    for email in ("jonas@example.org", "nobody@example.org"):
        browser = another(mailing)
        answer = browser.post("/your-comments/link", data={"email": email})
        answers.append((answer.status_code, answer.text.replace(email, "X"), sorted(answer.headers.keys())))
    assert answers[0] == answers[1]
    assert db.conn.execute("select count(*) from outbox").fetchone()[0] == 2  # known or not is found out later
    assert [message["to"] for message in deliver(mailing, db, inbox)] == ["jonas@example.org"]


def test_links_are_limited_and_the_answer_does_not_tell(mailing: TestClient, db: Database, inbox: Inbox) -> None:
    send(mailing, **WHO)
    answers = {mailing.post("/your-comments/link", data={"email": WHO["email"]}).status_code for _ in range(20)}
    assert answers == {200}
    assert len(deliver(mailing, db, inbox)) == 1
    assert mailing.post("/your-comments/link", data={"email": "no address"}).status_code == 422


def test_the_file_holds_the_address_only_by_a_mailed_link(mailing: TestClient, db: Database, inbox: Inbox) -> None:
    send(mailing, text="My words.", **WHO)
    by_cookie = mailing.get("/your-comments/download")
    assert "attachment" in by_cookie.headers["content-disposition"]
    assert "jonas@example.org" not in by_cookie.text
    assert "198.51.100.7" not in by_cookie.text
    path, _ = ask(mailing, db, inbox)
    mailing.get(path)
    everything = json.loads(mailing.get("/your-comments/download").text)
    assert everything["email"] == "jonas@example.org"
    assert everything["comments"][0]["ip"] == "198.51.100.7"


def test_erasure_wants_the_mailed_link_and_says_what_it_does(
    mailing: TestClient, site: Settings, db: Database, inbox: Inbox
) -> None:
    send(mailing, text="To be erased.", subscribe="replies", **WHO)
    assert mailing.get("/your-comments/erasure").status_code == 403
    assert mailing.post("/your-comments/erasure", data={"sure": "1"}).status_code == 403
    deliver(mailing, db, inbox)
    path, _ = ask(mailing, db, inbox)
    mailing.get(path)
    assert "All mail stops." in mailing.get("/your-comments/erasure").text
    assert mailing.post("/your-comments/erasure", data={"words": "gone"}).status_code == 422
    done = mailing.post("/your-comments/erasure", data={"words": "gone", "sure": "1"})
    assert "Everything was erased." in done.text
    db.conn.execute("pragma wal_checkpoint(truncate)")
    stored = (site.root / "blog.db").read_bytes()
    assert b"jonas@example.org" not in stored
    assert b"To be erased." not in stored


def test_erasure_may_leave_public_words_without_their_writer(mailing: TestClient, db: Database, inbox: Inbox) -> None:
    send(mailing, text="Public words.", **WHO)
    decide(db, newest(db), "approve")
    db.conn.execute("update comments set created_at = '2026-01-01T00:00:00.000Z'")
    with store.transaction(db):
        from blog.rules import policy

        policy.change(db, {"comment_moderation": "on"}, by=factories.by())
    send(mailing, text="Hidden words.", **WHO)
    path, _ = ask(mailing, db, inbox)
    mailing.get(path)
    mailing.post("/your-comments/erasure", data={"words": "stay", "sure": "1"})
    texts = [row[0] for row in db.conn.execute("select text from comments").fetchall()]
    assert texts == ["Public words."]
    assert db.conn.execute("select author, email from comments").fetchone() == ("", "")


def test_subscriptions_are_stopped_one_by_one_or_all(mailing: TestClient, db: Database, inbox: Inbox) -> None:
    send(mailing, subscribe="replies", **WHO)
    path, _ = re.findall(r"(/mail/\S+/)()", text_of(deliver(mailing, db, inbox)[0]))[0]
    assert "Mail for jonas@example.org?" in mailing.get(path).text
    assert db.conn.execute("select confirmed_at from subscriptions").fetchone()[0] is None
    assert "Confirmed." in mailing.post(path).text
    assert "Confirmed." in mailing.post(path).text
    assert mailing.get("/your-comments/mails/").status_code == 403
    link, _ = ask(mailing, db, inbox)
    mailing.get(link)
    number = re.findall(r'name="stop" value="(\d+)"', mailing.get("/your-comments/mails/").text)[0]
    assert mailing.post("/your-comments/mails/", data={"stop": "999"}).status_code == 422
    assert "Stopped: A post." in mailing.post("/your-comments/mails/", data={"stop": number}).text
    assert db.conn.execute("select count(*) from subscriptions").fetchone()[0] == 0


def test_the_boxes_are_beneath_the_form_only_where_mail_is_set_up(
    mailing: TestClient, db: Database, inbox: Inbox
) -> None:
    page = mailing.get(f"/{SLUG}/").text
    assert "Mail me when this is answered" in page
    assert 'name="subscribe" value="replies" checked' not in page
    both = send(mailing, subscribe=["replies", "all"], **WHO)  # type: ignore[arg-type]
    assert both.status_code == 303
    assert db.conn.execute("select kind from subscriptions").fetchone()[0] == "all"


def test_without_mail_nothing_of_it_is_offered(client: TestClient, db: Database) -> None:
    assert 'name="subscribe"' not in client.get(f"/{SLUG}/").text
    send(client, subscribe="all", **WHO)
    assert db.conn.execute("select count(*) from subscriptions").fetchone()[0] == 0
    assert client.get("/your-comments/link").status_code == 404
    assert client.post("/your-comments/link", data={"email": "a@example.org"}).status_code == 404


def test_a_comment_without_a_date_is_shown_without_one(client: TestClient, db: Database) -> None:
    send(client, **{**WHO, "remember": "1"})
    send(client, text="Dated.", **{**WHO, "remember": "1"})
    db.conn.execute("update comments set created_at = null where id = 1")
    for path in ("/your-comments/", "/your-comments/1/withdraw", "/your-comments/1/edit", "/your-comments/download"):
        assert client.get(path).status_code == 200
