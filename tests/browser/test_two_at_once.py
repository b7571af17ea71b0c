"""Two moderators who decide at the same time, both from the newest: how often one meets what the other did."""

import random
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.conftest import Opener, People, sign_in
from tests.browser.desk import Queue, number_of

pytestmark = pytest.mark.slow

EACH = 40  # keystrokes of each moderator
PAUSE = 100  # milliseconds between them
RARELY = 1 / 20


@dataclass
class Moderator:
    """A moderator at the queue: `pressed` keys, and how many of them met the work of the other."""

    page: Page
    chance: random.Random
    pressed: int = 0
    met: int = 0
    decided: set[int] = field(default_factory=set)

    def act(self, other: "Moderator") -> None:
        """Decide on the marked comment; count it as a meeting if the other one has decided on it."""
        here = self.page.locator(".queue > li.here:visible")
        expect(here).to_be_visible()
        number = number_of(here)
        self.pressed += 1
        if number in other.decided or here.locator(".note").count():
            self.met += 1
            self.page.keyboard.press("j")  # the work of a colleague is left alone
            return
        self.decided.add(number)
        self.page.keyboard.press(self.chance.choice("aasd"))


def mia_at(queue: Queue, people: People) -> Page:
    with store.transaction(queue.site.db):
        if not queue.site.db.conn.execute("select 1 from accounts where name = 'mia'").fetchone():
            factories.account(queue.site.db, "mia", role="moderator", by=running.by())
    page = people(queue.site)
    sign_in(page, "mia")
    page.goto("/admin/comments")
    expect(page.locator("body.keyed")).to_be_visible()
    return page


def share(page: Page) -> None:
    """Go to the share that somebody's “Split the queue” gave."""
    page.reload()
    page.get_by_role("link", name="Your share").click()
    page.wait_for_url("**share=**")
    expect(page.locator("body.keyed")).to_be_visible()


def work(ana: Page, mia: Page) -> tuple[int, int]:
    """Let both press keys in turn; return how many met the other's work, and how many were pressed."""
    one, other = Moderator(ana, random.Random(1)), Moderator(mia, random.Random(2))
    for _ in range(EACH):
        one.act(other)
        other.act(one)
        ana.wait_for_timeout(PAUSE)
    conflicts = ana.locator("#tray > li").count() + mia.locator("#tray > li").count()
    return one.met + other.met + conflicts, one.pressed + other.pressed


def test_two_at_a_split_queue_rarely_meet(open_queue: Opener, people: People) -> None:
    queue = open_queue(4 * EACH + 20)
    mia = mia_at(queue, people)
    met, pressed = work(queue.page, mia)
    print(f"not split: {met} of {pressed} keys met the work of the other")
    assert met > RARELY * pressed

    queue.page.reload()
    queue.page.get_by_role("button", name="Split the queue").click()
    queue.page.wait_for_url("**share=**")
    share(mia)
    met, pressed = work(queue.page, mia)
    print(f"split: {met} of {pressed} keys met the work of the other")
    assert met <= RARELY * pressed
