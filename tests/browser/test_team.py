"""Two moderators at one queue, each in a browser of their own."""

import re

import pytest
from playwright.sync_api import Page, expect

from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.conftest import Opener, People, sign_in
from tests.browser.desk import Queue

SOON = 5_000  # milliseconds within which a colleague is seen


@pytest.fixture
def queue(open_queue: Opener) -> Queue:
    return open_queue(4)


@pytest.fixture
def mia(queue: Queue, people: People) -> Page:
    if not queue.site.db.conn.execute("select 1 from accounts where name = 'mia'").fetchone():
        with store.transaction(queue.site.db):
            factories.account(queue.site.db, "mia", role="moderator", by=running.by())
    page = people(queue.site)
    sign_in(page, "mia")
    page.goto("/admin/comments")
    return page


def test_the_row_says_who_is_looking_at_it_within_five_seconds(queue: Queue, mia: Page) -> None:
    mia.keyboard.press("j")
    mia.keyboard.press("j")
    mia.keyboard.press("j")
    expect(queue.row(2)).to_contain_text("mia is looking at this", timeout=SOON + 1_000)
    expect(queue.page.locator("#team")).to_contain_text("mia is here")
    expect(queue.page.locator(".queue > li.theirs")).to_have_count(1)
    mia.keyboard.press("k")
    expect(queue.row(1)).to_contain_text("mia is looking at this", timeout=SOON + 1_000)
    expect(queue.row(2)).not_to_contain_text("is looking at this")


def test_each_gets_a_share_of_a_split_queue(queue: Queue, mia: Page) -> None:
    queue.page.reload()
    queue.page.get_by_role("button", name="Split the queue").click()
    expect(queue.page.locator("#team")).to_contain_text("Your share: 1 of 2")
    expect(queue.rows).to_have_count(2)
    mia.get_by_role("link", name=re.compile("Your share: 2 of 2")).click()
    expect(mia.locator(".queue > li:visible")).to_have_count(2)
    own = {row.get_attribute("id") for row in queue.rows.all()}
    assert not own & {row.get_attribute("id") for row in mia.locator(".queue > li:visible").all()}


def test_only_shift_o_decides_against_a_colleague(queue: Queue, mia: Page) -> None:
    factories.decide(queue.site.db, [queue.ids[0]], "spam", by=running.by())
    queue.press("j")
    queue.send("a")
    expect(queue.row(0)).to_contain_text("while you were reading it")
    queue.press("k", "k", "k", "a")
    expect(queue.said).to_contain_text("Shift+O")
    assert queue.status(0) == "spam"
    assert queue.send("Shift+O").status == 200
    queue.become(["approved", "pending", "pending", "pending"])
