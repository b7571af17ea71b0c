"""The story of mail in a real browser: confirm, approve on a phone, be answered, leave; scanners change nothing."""

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from blog.notifications import choices
from blog.notifications.choices import Choice
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.running import WELCOME, Running, by
from tests.notifications.servers import Inbox, smtp_server
from tests.notifications.world import text_of

SECONDS = 30
URL = "http://blog.example"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path, inbox: Inbox) -> Iterator[Running]:
    """A site that sends mail at once, with a moderator who wants each comment."""
    folder = running.copy_site(tmp_path / "site")
    written = (folder / "blog.toml").read_text("utf-8")
    lines = [line for line in written.splitlines() if not line.startswith("url")]
    mail = f'\nurl = "{URL}"\n[mail]\nserver = "smtp://127.0.0.1:{inbox.port}"\nfrom = "Blog <blog@blog.example>"\n'
    (folder / "blog.toml").write_text("\n".join(lines) + mail, "utf-8")
    with running.serve(folder) as served:
        with store.transaction(served.db):
            ana = factories.account(served.db, "ana", email="ana@blog.example", by=by())
            choices.choose(served.db, ana, Choice("at-once"))
            policy.change(served.db, {"outbox_delay_seconds": "0"}, by=by())
        time.sleep(2)  # the worker notes what happened before mail was set up
        yield served


def arrived(inbox: Inbox, subject: str) -> EmailMessage:
    """Wait for a message whose subject begins so."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for message in inbox.messages:
            if str(message["subject"]).startswith(subject):
                return message
        time.sleep(0.2)
    raise AssertionError(f"{subject}: {[str(each['subject']) for each in inbox.messages]}")


def paths(message: EmailMessage) -> list[str]:
    return re.findall(rf"{URL}(/\S*)", text_of(message))


def scan(chromium: Browser, site: Running, message: EmailMessage) -> None:
    """Fetch every link as a mail server's scanner does: HEAD, GET, and in a browser that runs scripts."""
    opened = chromium.new_context(base_url=site.address)
    page = opened.new_page()
    for path in paths(message):
        for method in ("HEAD", "GET"):
            request = urllib.request.Request(f"{site.address}{path}", method=method)
            urllib.request.urlopen(request, timeout=SECONDS).close()
        page.goto(path)
        page.wait_for_load_state()
    opened.close()


def state(site: Running) -> list[tuple[object, ...]]:
    tables = ("comments", "batches", "mail_links", "subscriptions", "confirmed_addresses", "account_mail")
    tables += ("unconfirmed_comments",)
    return [row for table in tables for row in site.db.conn.execute(f"select * from {table}").fetchall()]


def write(page: Page, text: str, *, name: str, box: bool = False) -> None:
    for label, value in {"author": name, "email": f"{name.lower()}@example.org", "comment": text}.items():
        page.locator(f"#comment-form [name={label}]").fill(value)
    if box:
        page.get_by_label("Mail me when this is answered").check()
    page.get_by_role("button", name="Send").click()
    page.wait_for_load_state()


@pytest.mark.parametrize(
    "javascript", [pytest.param(True, marks=pytest.mark.slow), False], ids=["with JavaScript", "without JavaScript"]
)
def test_the_story_of_mail(site: Running, inbox: Inbox, chromium: Browser, javascript: bool) -> None:
    open_browser: Callable[..., Page] = lambda **more: chromium.new_context(  # noqa: E731
        base_url=site.address, java_script_enabled=javascript, **more
    ).new_page()
    reader, phone = open_browser(), open_browser(viewport={"width": 390, "height": 800})

    reader.goto(f"/{WELCOME}/")
    write(reader, "A thought that wants an answer.", name="Jonas", box=True)
    asked, waits = arrived(inbox, "Confirm your address"), arrived(inbox, "A comment waits")
    before = state(site)
    for message in (asked, waits):
        scan(chromium, site, message)
    assert state(site) == before

    confirm = next(path for path in paths(asked) if path.startswith("/mail/"))
    phone.goto(confirm)
    phone.get_by_role("button", name="Yes, confirm").click()
    expect(phone.get_by_role("heading", name="Confirmed.")).to_be_visible()

    approve = re.findall(rf"Approve +{URL}(/mail/\S+)", text_of(waits))[0]
    phone.goto(approve)
    expect(phone.get_by_text("A thought that wants an answer.")).to_be_visible()
    phone.get_by_role("button", name="Approve").click()
    expect(phone.get_by_role("heading", name="Approved.")).to_be_visible()
    public = arrived(inbox, "Your comment is public")
    assert public["to"] == "jonas@example.org"

    number = max(site.statuses())
    reader.goto(f"/{WELCOME}/?replytocom={number}#comment-form")
    other = open_browser()
    other.goto(f"/{WELCOME}/?replytocom={number}#comment-form")
    write(other, "Here is one.", name="Rolf")
    with store.transaction(site.db):
        pass
    site.command("approve", str(max(site.statuses())))
    answered = arrived(inbox, "Rolf answered you")
    before = state(site)
    scan(chromium, site, answered)
    assert state(site) == before

    leave = str(answered["list-unsubscribe"]).strip(" <>").removeprefix(URL)
    one_click = urllib.request.Request(f"{site.address}{leave}", data=b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(one_click, timeout=SECONDS) as answer:
        assert answer.status == 200
    assert site.db.conn.execute("select count(*) from subscriptions").fetchone()[0] == 0

    reader.goto("/your-comments/")
    expect(reader.get_by_text("A thought that wants an answer.")).to_be_visible()
    reader.get_by_role("link", name="Withdraw").click()
    reader.get_by_role("button", name="Withdraw it").click()
    expect(reader.get_by_text("Withdrawn by you")).to_be_visible()
    other.goto(f"/{WELCOME}/")
    expect(other.get_by_text("This comment was withdrawn by its writer.")).to_be_visible()


def test_a_first_comment_comes_into_the_queue_by_its_writers_mail_and_its_words_stay_in_the_browser(
    site: Running, inbox: Inbox, chromium: Browser
) -> None:
    with store.transaction(site.db):
        policy.change(site.db, {"require_confirmed_address": "on"}, by=by())
    opened = chromium.new_context(base_url=site.address)
    page = opened.new_page()
    words = page.locator("#comment")
    for text in ("I confirm this.", "I forget this."):
        page.goto(f"/{WELCOME}/")
        page.fill("#author", "Nina")
        page.fill("#email", "nina@example.org")
        words.fill(text)
        page.check("[name=remember]")
        page.click("button.send")
        expect(page.locator("[data-unconfirmed]")).to_contain_text("confirm your address")
        expect(words).to_have_value("")
        if text == "I confirm this.":
            mail = arrived(inbox, "Confirm your address")
            before = state(site)
            scan(chromium, site, mail)
            assert state(site) == before
            assert "Nina" not in mail.as_string()
            page.goto(next(path for path in paths(mail) if path.startswith("/mail/")))
            page.click("text=Yes, confirm")
            expect(page.locator("main")).to_contain_text("waits for a moderator now")
            page.goto(f"/{WELCOME}/")
            expect(page.locator("li.comment .mind")).to_contain_text("awaiting moderation")
            expect(words).to_have_value("")
            with store.transaction(site.db):  # so that the next one is a first comment again
                site.db.conn.execute("delete from confirmed_addresses")
    number = int(page.url.rpartition("-")[2])
    factories.decide(site.db, number, "delete", by=by())
    page.goto(f"/{WELCOME}/")
    expect(words).to_have_value("I forget this.")
    opened.close()
