"""The queue on a slow or failing network: no act hits another comment, and none is lost or said too soon."""

import re
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import APIResponse, Dialog, Error, Page, Route, expect

from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.conftest import Opener
from tests.browser.desk import Queue

POSTS = re.compile(r"/admin/(decisions|batches/\d+/reversal|comments/\d+/later)$")
WAITING = 6


class Slow:
    """A network on which the server has each request at once, and the page its answer when the test says so."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[tuple[float, Route, APIResponse]] = []
        page.route(POSTS, self._hold)

    def _hold(self, route: Route) -> None:
        self.held.append((time.monotonic(), route, route.fetch()))

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 20
        while len(self.held) < count and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        assert len(self.held) >= count

    def answer(self, place: int = 0) -> None:
        self.wait_for(place + 1)
        _, route, answer = self.held.pop(place)
        route.fulfill(response=answer)
        self.page.wait_for_timeout(50)

    def fail(self, place: int = 0) -> None:
        self.wait_for(place + 1)
        self.held.pop(place)[1].abort()
        self.page.wait_for_timeout(50)

    def deliver(self, delay: float, until: Callable[[], bool]) -> None:
        """Give each answer so many seconds after its request, until something is so."""
        deadline = time.monotonic() + 20
        while not until():
            assert time.monotonic() < deadline
            for each in [held for held in self.held if held[0] + delay <= time.monotonic()]:
                self.held.remove(each)
                with suppress(Error):  # the page has gone
                    each[1].fulfill(response=each[2])
            self.page.wait_for_timeout(20)


@pytest.fixture
def queue(open_queue: Opener) -> Queue:
    return open_queue(WAITING)


@pytest.fixture
def slow(queue: Queue) -> Slow:
    return Slow(queue.page)


def top(queue: Queue, place: int) -> float:
    box = queue.row(place).bounding_box()
    assert box is not None
    return box["y"]


def test_a_conflict_that_is_told_late_leaves_the_mark_where_it_is(queue: Queue, slow: Slow) -> None:
    queue.press("j")
    queue.site.command("trash", str(queue.ids[0]))
    queue.press("a")
    expect(queue.row(1)).to_be_focused()
    slow.deliver(0.6, queue.page.locator("#tray li").is_visible)
    expect(queue.page.locator("#tray li")).to_contain_text("“Approve” was not applied to the comment by Reader 6.")
    expect(queue.row(0)).to_be_visible()
    expect(queue.row(1)).to_be_focused()
    queue.press("s")
    slow.deliver(0.6, lambda: queue.statuses() == ["trash", "spam", *["pending"] * 4])


def test_a_failure_that_is_told_late_leaves_the_mark_where_it_is(queue: Queue, slow: Slow) -> None:
    queue.press("j", "a")
    expect(queue.row(1)).to_be_focused()
    slow.wait_for(1)
    factories.undo(queue.site.db, by=running.by())  # as if the server had never done it
    before = top(queue, 1)
    slow.fail()
    expect(queue.page.locator("#tray li")).to_contain_text("The server did not answer.")
    expect(queue.row(0)).to_be_visible()
    expect(queue.row(0).locator(".note")).to_contain_text("The server did not answer.")
    expect(queue.row(1)).to_be_focused()
    assert abs(top(queue, 1) - before) < 2
    queue.press("s")
    slow.answer()
    assert queue.statuses()[:3] == ["pending", "spam", "pending"]


def test_what_failed_is_tried_again_from_its_own_place(queue: Queue, slow: Slow) -> None:
    queue.press("j", "j")
    queue.page.context.set_offline(True)
    queue.page.unroute(POSTS)
    queue.press("s")
    tray = queue.page.locator("#tray li")
    expect(tray).to_have_count(1)
    queue.page.context.set_offline(False)
    with queue.page.expect_response("**/admin/decisions"):
        tray.get_by_role("button", name="Try again").click()
    expect(tray).to_have_count(0)
    expect(queue.row(2)).to_have_class(re.compile("here"))
    assert queue.statuses()[:3] == ["pending", "spam", "pending"]


def test_answers_in_another_order_change_neither_the_mark_nor_what_undo_takes_back(queue: Queue, slow: Slow) -> None:
    queue.press("j", "a", "s", "d")
    slow.wait_for(3)
    for place in (2, 0, 0):
        slow.answer(place)
    expect(queue.row(3)).to_be_focused()
    expect(queue.said).to_contain_text("One comment moved to trash.")
    queue.press("z")
    slow.answer()
    assert queue.statuses()[:4] == ["approved", "spam", "pending", "pending"]


def test_nothing_is_said_to_be_done_before_it_is(queue: Queue, slow: Slow) -> None:
    queue.press("j", "s")
    expect(queue.said).to_have_text("Moving one comment to spam…")
    slow.answer()
    expect(queue.said).to_contain_text("One comment moved to spam.")
    queue.press("z")
    expect(queue.said).to_have_text("Undoing…")
    slow.answer()
    expect(queue.said).to_contain_text("Undone: the comment is back.")
    queue.press("l")
    expect(queue.said).to_have_text("Marking it for later…")
    slow.answer()
    expect(queue.said).to_contain_text("Marked for later")


@pytest.mark.parametrize(("keys", "status"), [("az", "pending"), ("azs", "spam")])
def test_leaving_by_a_link_takes_along_what_waits_for_its_turn(
    queue: Queue, slow: Slow, keys: str, status: str
) -> None:
    queue.press("j", *keys)
    queue.page.get_by_role("link", name="Log", exact=True).click()
    expect(queue.said).to_contain_text("Saving your decisions")
    slow.deliver(1.2, lambda: queue.page.url.endswith("/admin/log"))
    assert queue.status(0) == status


def test_a_key_that_leaves_the_page_waits_too(queue: Queue, slow: Slow) -> None:
    queue.press("j", "a", "z", "s", "e")
    slow.deliver(0.3, lambda: queue.page.url.endswith(f"/admin/comments/{queue.ids[1]}"))
    assert queue.statuses()[:2] == ["spam", "pending"]


def test_the_page_stays_when_something_was_not_done(queue: Queue, slow: Slow) -> None:
    queue.press("j", "a", "z", "s")
    queue.page.get_by_role("link", name="Log", exact=True).click()
    slow.answer()
    slow.answer()
    slow.wait_for(1)
    slow.fail()
    expect(queue.said).to_contain_text("this page stays open")
    expect(queue.page.locator("#tray li")).to_contain_text("“Spam” was not applied")
    expect(queue.page).to_have_url(re.compile("/admin/comments$"))


def test_the_browser_asks_before_acts_that_were_not_sent_are_lost(queue: Queue, slow: Slow) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    queue.page.on("dialog", stay)
    queue.press("j", "a", "z", "s")
    queue.page.evaluate("setTimeout(() => location.assign('/admin/log'))")
    slow.deliver(0.3, lambda: bool(asked))
    assert asked == ["beforeunload"]
    slow.deliver(0.3, lambda: queue.status(0) == "spam")


def test_what_was_sent_arrives_though_the_page_is_left_at_once(queue: Queue) -> None:
    queue.press("j", "s")
    queue.page.goto("/admin/")
    queue.become(["spam", *["pending"] * 5])


def test_a_refused_undo_leaves_the_row_and_the_mark(queue: Queue, slow: Slow) -> None:
    queue.press("j", "a")
    slow.answer()
    queue.press("z", "j")
    expect(queue.row(1)).to_be_focused()
    slow.wait_for(1)
    slow.fail()
    expect(queue.row(1)).to_be_focused()
    expect(queue.row(0).locator(".note")).to_contain_text("Not undone.")
    queue.page.unroute(POSTS)


def test_an_edit_meanwhile_is_a_conflict_that_shows_the_change(queue: Queue) -> None:
    queue.press("j")
    with store.transaction(queue.site.db):
        factories.edit(queue.site.db, queue.ids[0], author="Reader 6", url="", text="Buy my shoes.", by=running.by())
    assert queue.send("a").status == 409
    note = queue.row(0).locator(".note")
    expect(note).to_contain_text("edited this at")
    expect(note.locator("ins")).to_contain_text(["Buy"])
    expect(queue.row(0).locator(".said")).to_have_text("Buy my shoes.")
    assert queue.status(0) == "pending"
    with queue.page.expect_response("**/admin/decisions"):
        note.get_by_role("button", name="Approve anyway").click()
    assert queue.status(0) == "approved"


def test_after_arrivals_heading_and_button_say_the_same_number_which_moves(queue: Queue) -> None:
    queue.page.clock.install()
    queue.open()
    factories.decide(queue.site.db, queue.ids[4:], "approve", by=running.by())
    factories.submit(queue.site.db, "One more.", 99, slug=running.WELCOME, at=running.by().at)
    with queue.page.expect_response("**/admin/comments"):
        queue.page.clock.fast_forward(21_000)
    expect(queue.page.locator("h1")).to_have_text("5 comments wait")
    shown = queue.page.locator("#queue [data-count]")
    expect(shown).to_have_text("5")
    expect(shown).to_have_attribute("data-count", "5")
    queue.page.get_by_role("checkbox", name="Select all 5").check()
    queue.click(queue.bar.get_by_role("button", name="Spam"))
    expect(queue.said).to_contain_text("5 comments moved to spam.")


def test_the_number_of_all_that_match_follows_what_is_decided_and_undone(queue: Queue) -> None:
    queue.press("j")
    queue.send("a")
    shown = queue.page.locator("#queue [data-count]")
    expect(shown).to_have_attribute("data-count", "5")
    queue.send("s")
    queue.send("z")
    expect(shown).to_have_attribute("data-count", "5")
    queue.page.wait_for_load_state("networkidle")
    queue.page.get_by_role("checkbox", name="Select all 5").check()
    queue.click(queue.bar.get_by_role("button", name="Trash"))
    expect(queue.said).to_contain_text("5 comments moved to trash.")


def test_two_acts_on_a_row_that_stays_follow_each_other(queue: Queue) -> None:
    queue.open("/admin/comments?status=all")
    slow = Slow(queue.page)
    queue.press("j", "a", "k", "s")
    slow.deliver(0.4, lambda: queue.status(0) == "spam")
    expect(queue.page.locator("#tray li")).to_have_count(0)


def test_a_reason_does_not_wait_for_the_next_selection(queue: Queue) -> None:
    queue.press("j", "x")
    queue.page.locator("#reason").fill("sells carpets")
    queue.press("Escape", "x")
    expect(queue.bar).to_be_hidden()
    queue.press("j", "x")
    expect(queue.bar).to_be_visible()
    expect(queue.page.locator("#reason")).to_have_value("")


def test_an_ended_session_leads_to_the_sign_in(queue: Queue) -> None:
    queue.page.context.clear_cookies()
    assert queue.send("a").status == 401
    link = queue.page.locator("#tray").get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", "/admin/login")


def test_a_comment_that_is_approved_while_its_edit_is_fetched_does_not_come_back(open_queue: Opener) -> None:
    queue = open_queue(WAITING)
    lists: list[tuple[Route, APIResponse]] = []
    queue.page.route(re.compile(r"/admin/comments$"), lambda route: lists.append((route, route.fetch())))
    queue.press("j", "q")
    expect(queue.page.locator("#edit-text")).to_be_focused()
    queue.page.keyboard.type("Better words. ")
    queue.send("Control+Enter")
    deadline = time.monotonic() + 20
    while not lists and time.monotonic() < deadline:
        queue.page.wait_for_timeout(20)
    assert queue.send("a").status == 200
    expect(queue.row(0)).to_be_hidden()
    for route, answer in lists:
        route.fulfill(response=answer)
    queue.page.wait_for_timeout(200)
    expect(queue.row(0)).to_be_hidden()
    expect(queue.row(1)).to_have_class("here")
