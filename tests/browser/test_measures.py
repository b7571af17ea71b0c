"""How much of the queue is in view without scrolling, how large its page is, and how many keys an act takes."""

import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.desk import Queue
from tests.browser.running import WELCOME, Running

SHORT = "Does the date count from the first meeting or from the decision to hold it? I have seen both given."
LONG = "You are too kind to the sellers. I signed three of these contracts and each was a bad one on good paper. " * 5
MOST_BYTES = 60 * 1024  # of HTML before compression, with 50 rows
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

IN_VIEW = """() => {
    const foot = document.querySelector(".bar").getBoundingClientRect().top;
    const head = document.querySelector(".cap").getBoundingClientRect().bottom;
    const rows = [...document.querySelectorAll(".queue > li")].map((row) => row.getBoundingClientRect());
    return rows.filter(({ top, bottom }) => top >= head - 1 && bottom <= foot).length;
}"""


@pytest.fixture
def queue(site: Running, people: People) -> Queue:
    """Fifty comments, of which two thirds fit two lines, on a site where nobody wrote before."""
    running.add_moderator(site.folder)
    queue = Queue(site, people(site, viewport=WIDE), [])
    sign_in(queue.page)
    for n in range(50):
        text = f"No. {n}: {LONG if n % 3 == 2 else SHORT}"
        factories.submit(queue.site.db, text, n + 300, slug=WELCOME, at=running.now(), author=f"Person {n}")
    queue.page.goto("/admin/comments")
    expect(queue.rows).to_have_count(50)
    return queue


def top_of_the_first_text(queue: Queue) -> float:
    box = queue.page.locator(".queue .said").first.bounding_box()
    assert box is not None
    return box["y"]


def test_eight_rows_are_whole_in_view_and_the_first_text_is_near_the_top(queue: Queue) -> None:
    whole, top = queue.page.evaluate(IN_VIEW), top_of_the_first_text(queue)
    queue.page.set_viewport_size(PHONE)
    on_a_phone = top_of_the_first_text(queue)
    print(f"{whole} rows whole at 1280x800; the first text at {top:.0f} px, on a phone at {on_a_phone:.0f} px")
    assert whole >= 8
    assert top < 200
    assert on_a_phone < 250


def test_a_page_of_fifty_rows_is_small(queue: Queue) -> None:
    answer = queue.page.goto("/admin/comments")
    assert answer is not None
    print(f"{len(answer.body()):,} bytes with 50 rows")
    assert len(answer.body()) < MOST_BYTES


def test_a_reason_takes_two_keys_a_person_two_and_an_answer_two_beside_its_words(queue: Queue) -> None:
    first = int((queue.rows.first.get_attribute("id") or "").removeprefix("c-"))
    queue.send("s")
    queue.send("1")
    expect(queue.said).to_contain_text("Reason: “Off topic”")
    assert factories.status(queue.site.db, first) == "spam"

    queue.press("r")
    expect(queue.page.locator("#answer-text")).to_be_focused()
    queue.page.keyboard.type("Thank you.")
    queue.send("Control+Enter")
    expect(queue.page.locator("#undo")).to_be_visible()
    assert factories.status(queue.site.db, first - 1) == "approved"

    for n in range(2):
        factories.submit(queue.site.db, f"Again and again, {n}.", 400, slug=WELCOME, at=running.now())
    queue.page.reload()
    queue.press("p")
    queue.page.wait_for_url(re.compile("sender=reader"))
    with queue.page.expect_navigation():
        queue.press("Shift+D")
    expect(queue.said).to_contain_text("2 comments moved to trash.")
