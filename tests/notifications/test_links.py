"""Links in mails: looking changes nothing, a POST acts once, and the right is asked when the button is pressed."""

import re
from collections.abc import Iterator

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.people import accounts
from blog.storage import store
from tests import factories
from tests.factories import set_clock, status
from tests.notifications.world import World, after, links_of, text_of, tokens_of


@pytest.fixture
def browser(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser without cookies; the site has no worker that sends, and its clock is the world's."""
    set_clock(monkeypatch, world.at)
    monkeypatch.setattr("blog.web.site.now", lambda: world.at)
    from dataclasses import replace

    app = create_app(replace(world.settings, mail=None))
    with TestClient(app, base_url="https://blog.example", client=("198.51.100.7", 50_000)) as opened:
        yield opened


def mailed(world: World, **more: str) -> tuple[int, dict[str, str]]:
    """Let a comment wait and be mailed to ana; return its id and the links of the mail."""
    comment = world.comment(**more)
    (message,) = world.later()
    return comment, tokens_of(message)


def everything(db: Database) -> list[tuple[object, ...]]:
    """Return all that a link could change."""
    tables = ("comments", "events", "batches", "mail_links", "subscriptions", "confirmed_addresses", "account_mail")
    return [row for table in tables for row in db.conn.execute(f"select * from {table}").fetchall()]


def test_looking_changes_nothing_and_names_the_act_and_the_comment(world: World, browser: TestClient) -> None:
    world.account()
    comment, links = mailed(world)
    before = everything(world.db)
    for path in links.values():
        for method in ("GET", "HEAD", "OPTIONS"):
            browser.request(method, path, headers={"Purpose": "prefetch"})
    page = browser.get(links["Approve"])
    assert everything(world.db) == before
    assert status(world.db, comment) == "pending"
    assert "Approve this comment?" in page.text
    assert '<button class="send">Approve</button>' in page.text
    assert "A thought." in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize(("label", "now"), [("Approve", "approved"), ("Spam", "spam"), ("Trash", "trash")])
def test_a_post_acts_once_in_the_name_of_the_account_and_is_undone(
    world: World, browser: TestClient, label: str, now: str
) -> None:
    ana = world.account()
    comment, links = mailed(world)
    done = browser.post(links[label])
    assert (done.status_code, status(world.db, comment)) == (200, now)
    assert "By mail link of ana" in done.text
    event = world.db.conn.execute("select source, account_id from events order by id desc limit 1").fetchone()
    assert event == ("mail", ana)
    desk = TestClient(browser.app, base_url="https://blog.example")
    factories.sign_in(desk, world.db, ana)
    assert "by mail link of ana" in desk.get(f"/admin/comments/{comment}").text
    assert "by mail link of ana" in desk.get("/admin/log").text
    again = browser.post(links[label])
    assert (again.status_code, status(world.db, comment)) == (200, now)
    assert "This link was used already." in again.text
    undone = browser.post(f"{links[label]}reversal")
    assert "Undone." in undone.text
    assert status(world.db, comment) == "pending"
    assert "This link is used up." in browser.post(links[label]).text
    assert status(world.db, comment) == "pending"
    assert browser.post(f"{links[label]}reversal").status_code == 409


def test_a_colleague_was_faster_and_is_named(world: World, browser: TestClient) -> None:
    world.account()
    mia = world.account("mia", notify="never")
    comment, links = mailed(world)
    factories.decide(world.db, comment, "spam", by=factories.by(world.at, mia, "web"))
    for answer in (browser.get(links["Approve"]), browser.post(links["Approve"])):
        assert answer.status_code == 409
        assert "mia moved this to spam on" in answer.text
    assert status(world.db, comment) == "spam"


def test_an_edited_comment_is_shown_with_its_change_and_asked_for_again(world: World, browser: TestClient) -> None:
    world.account()
    comment, links = mailed(world)
    with store.transaction(world.db):
        factories.edit(world.db, comment, author="Reader 1", url="", text="Another thought.", by=factories.by(world.at))
    asked = browser.post(links["Approve"])
    assert (asked.status_code, status(world.db, comment)) == (409, "pending")
    assert "Approve the new text?" in asked.text
    assert "<ins>Another</ins>" in asked.text
    assert "<del>A</del>" in asked.text
    hidden = dict(re.findall(r'name="(revision)" value="(\d+)"', asked.text))
    assert browser.post(links["Approve"], data=hidden).status_code == 200
    assert status(world.db, comment) == "approved"


def test_a_revision_that_nobody_saw_is_not_decided_on(world: World, browser: TestClient) -> None:
    world.account()
    comment, links = mailed(world)
    for guess in ("0", "2", "99"):
        assert browser.post(links["Approve"], data={"revision": guess}).status_code == 409
    assert status(world.db, comment) == "pending"


def test_a_link_ends_after_seven_days(world: World, browser: TestClient) -> None:
    world.account()
    comment, links = mailed(world)
    world.at = after(world.at, days=7, minutes=1)
    for answer in (browser.get(links["Approve"]), browser.post(links["Approve"])):
        assert answer.status_code == 410
        assert "This link ended on" in answer.text
    assert status(world.db, comment) == "pending"


def test_the_right_is_asked_at_the_button(world: World, browser: TestClient) -> None:
    world.account()
    world.account("root", notify="never")
    comment, links = mailed(world)
    with store.transaction(world.db):
        accounts.change_role(world.db, "ana", "author", by=factories.by(world.at))
    assert "You no longer decide here." in browser.post(links["Approve"]).text
    with store.transaction(world.db):
        accounts.remove(world.db, "ana", by=factories.by(world.at))
    assert browser.post(links["Spam"]).status_code == 403
    assert status(world.db, comment) == "pending"


def test_the_right_is_asked_again_for_the_undo(world: World, browser: TestClient) -> None:
    world.account()
    world.account("root", notify="never")
    comment, links = mailed(world)
    browser.post(links["Approve"])
    with store.transaction(world.db):
        accounts.remove(world.db, "ana", by=factories.by(world.at))
    browser.post(f"{links['Approve']}reversal")
    assert status(world.db, comment) == "approved"


def test_authors_get_mail_about_their_own_posts_alone(world: World, browser: TestClient) -> None:
    world.account("Judith", role="author")
    world.account("olga", role="author")
    comment, links = mailed(world)
    assert world.inbox.to == ["Judith@blog.example"]
    assert browser.post(links["Approve"]).status_code == 200
    assert status(world.db, comment) == "approved"


@pytest.mark.parametrize("token", ["x", "A" * 22, "a1-0", "%00"])
def test_a_guessed_link_is_unknown(world: World, browser: TestClient, token: str) -> None:
    assert browser.get(f"/mail/{token}/").status_code == 404
    assert browser.post(f"/mail/{token}/").status_code == 404
    assert browser.post(f"/mail/{token}/reversal").status_code == 404
    assert browser.post(f"/unsubscribe/{token}/").status_code == 404


def test_the_database_holds_no_token(world: World, browser: TestClient) -> None:
    world.account()
    _, links = mailed(world)
    dump = str(everything(world.db)) + str(world.db.conn.execute("select * from outbox").fetchall())
    assert all(path.split("/")[2] not in dump for path in links.values())


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_sites_page_cannot_press_the_button(world: World, browser: TestClient, headers: dict[str, str]) -> None:
    world.account()
    comment, links = mailed(world)
    assert browser.post(links["Approve"], headers=headers).status_code == 403
    assert status(world.db, comment) == "pending"


# A digest


def test_a_digest_is_decided_by_one_form_and_undone(world: World, browser: TestClient) -> None:
    world.account(notify="hourly")
    ids = [world.comment(f"Thought {n}.", n) for n in range(1, 5)]
    (message,) = world.later(hours=1)
    assert message["subject"].startswith("4 comments wait, the oldest since")
    path = tokens_of(message)["Decide all 4 on one page"]
    mia = world.account("mia", notify="never")
    factories.decide(world.db, ids[3], "trash", by=factories.by(world.at, mia, "web"))
    page = browser.get(path).text
    assert "3 of them still wait." in page
    assert "mia moved this to the trash on" in page
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    form = {f"c{ids[0]}": "approve", f"c{ids[1]}": "spam", f"c{ids[2]}": "leave", "seen": seen}
    done = browser.post(path, data=form)
    assert "2 comments were decided." in done.text
    assert [status(world.db, each) for each in ids] == ["approved", "spam", "pending", "trash"]
    batches = re.findall(r'name="batch" value="(\d+)"', done.text)
    assert "Undone." in browser.post(f"{path}reversal", data={"batch": batches}).text
    assert [status(world.db, each) for each in ids] == ["pending", "pending", "pending", "trash"]


def test_a_digest_leaves_what_changed_since_its_page_was_made(world: World, browser: TestClient) -> None:
    world.account(notify="hourly")
    comment = world.comment()
    (message,) = world.later(hours=1)
    path = tokens_of(message)["Decide it on one page"]
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', browser.get(path).text)
    with store.transaction(world.db):
        factories.edit(world.db, comment, author="Reader 1", url="", text="Another.", by=factories.by(world.at))
    done = browser.post(path, data={f"c{comment}": "approve", "seen": seen})
    assert "One was not touched" in done.text
    assert status(world.db, comment) == "pending"
    assert "It changed after your mail" in browser.get(path).text


def test_a_digest_decides_on_nothing_that_it_did_not_hold(world: World, browser: TestClient) -> None:
    world.account(notify="hourly")
    world.comment()
    (message,) = world.later(hours=1)
    path = tokens_of(message)["Decide it on one page"]
    other = world.comment("Later.", 2)
    browser.post(path, data={f"c{other}": "approve", "seen": f"{other}:pending:1"})
    assert status(world.db, other) == "pending"


def test_a_digest_undoes_no_act_of_others(world: World, browser: TestClient) -> None:
    world.account(notify="hourly")
    comment = world.comment()
    (message,) = world.later(hours=1)
    batch = world.decide(comment, "approve")
    path = tokens_of(message)["Decide it on one page"]
    assert browser.post(f"{path}reversal", data={"batch": str(batch)}).status_code == 404
    assert status(world.db, comment) == "approved"


def test_the_account_leaves_with_one_click(world: World, browser: TestClient) -> None:
    world.account()
    world.comment()
    (message,) = world.later()
    address = message["list-unsubscribe"].strip(" <>").removeprefix("https://blog.example")
    assert "Stop these mails?" in browser.get(address).text
    done = browser.post(address, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    world.comment("Another.", 2)
    assert world.later() == []


def test_addresses_in_a_waiting_comment_cannot_be_opened_by_mistake(world: World) -> None:
    world.account()
    world.comment("Win at https://www.spinz.example/x and casino.example now.")
    (message,) = world.later()
    assert "spinz[.]example/x" in text_of(message)
    assert "casino[.]example" in text_of(message)
    assert not any("spinz" in path for path in links_of(message))
