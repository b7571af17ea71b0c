"""A queue emptied in one go, by keyboard, by touch on a phone and by plain forms, then held against the journal.

All of it is among the slow tests; tests/browser/test_keyboard.py has the keys one by one.

What is decided is drawn from a seed, so that every run decides the same, and no pattern of the page decides for it.
"""

import random

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.desk import Queue, number_of

PAGE = 50
SIZES = pytest.mark.parametrize("size", [pytest.param(200, marks=pytest.mark.slow)])
LARGE = pytest.mark.parametrize("size", [pytest.param(200, marks=pytest.mark.slow)])
KEYS = {"a": "approved", "s": "spam", "d": "trash"}
BUTTONS = {"approve": "approved", "spam": "spam", "trash": "trash"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def _drawn(choices: dict[str, str], size: int) -> list[str]:
    return random.Random(200).choices(list(choices), weights=(6, 3, 2), k=size)


def _holds(queue: Queue, wanted: dict[int, str]) -> None:
    """Compare every status, and the last thing that the journal tells of each comment, with what was pressed."""
    queue.become([wanted[each] for each in queue.ids], seconds=60)
    told = dict(
        queue.site.db.conn.execute(
            "select comment_id, after from events where id in ("
            "select max(id) from events where comment_id is not null group by comment_id)"
        ).fetchall()
    )
    assert {each: told[each] for each in queue.ids} == wanted
    assert queue.site.command("queue", "--count").strip() == "0"


def _at_hand(page: Page) -> int:
    """Return the comment that the keys act on; when all that came is decided, wait for those that follow."""
    here = page.locator(".queue > li.here")
    expect(here).to_be_visible()
    return number_of(here)


@SIZES
def test_a_queue_is_emptied_by_keyboard_alone(open_queue: Opener, size: int) -> None:
    queue = open_queue(size)
    page, wanted, undone = queue.page, {}, 0
    queue.press("j")
    for turn, key in enumerate(_drawn(KEYS, size)):
        number = _at_hand(page)
        assert number not in wanted
        queue.press(key)
        expect(page.locator(f"#c-{number}")).to_be_hidden()
        if turn % 25 == 24:  # a slip: taken back, and decided otherwise
            queue.press("z")
            expect(page.locator(f"#c-{number}")).to_be_focused()
            key = "d" if key != "d" else "a"
            queue.press(key)
            expect(page.locator(f"#c-{number}")).to_be_hidden()
            undone += 1
        wanted[number] = KEYS[key]
    assert undone == size // 25
    expect(page.locator("h1")).to_have_text("No comments wait")
    _holds(queue, wanted)


@LARGE
def test_a_queue_is_emptied_by_touch_on_a_phone_one_at_a_time(open_queue: Opener, size: int) -> None:
    queue = open_queue(size, **PHONE)
    page, wanted = queue.page, {}
    page.get_by_role("link", name="One at a time").tap()
    page.wait_for_url("**zen=1**")
    for name in _drawn(BUTTONS, size):
        row = page.locator(".queue > li:visible").first
        number = number_of(row)
        assert number not in wanted
        row.locator(f"button[value='{name}:{number}']").tap()
        expect(page.locator(f"#c-{number}")).to_be_hidden()
        wanted[number] = BUTTONS[name]
    _holds(queue, wanted)


@LARGE
def test_a_queue_is_emptied_by_plain_forms(open_queue: Opener, size: int) -> None:
    """Without JavaScript: tick what belongs together on each page, decide, and go on with the page that answers."""
    queue = open_queue(size, javascript=False)
    page, wanted, drawn = queue.page, {}, iter(_drawn(BUTTONS, size))
    for _ in range(size // PAGE):
        here = [number_of(row) for row in page.locator(".queue > li").all()]
        assert len(here) == PAGE
        assert not wanted.keys() & set(here)
        chosen = {number: next(drawn) for number in here}
        for name in BUTTONS:
            those = [number for number, each in chosen.items() if each == name]
            for number in those:
                page.locator(f"#c-{number} input[name=id]").check()
            queue.click(queue.bar.get_by_role("button", name=name.capitalize(), exact=True))
            expect(queue.said).to_contain_text(f"{len(those)} comments")
        wanted |= {number: BUTTONS[name] for number, name in chosen.items()}
        page.goto("/admin/comments")
    expect(page.locator("h1")).to_have_text("No comments wait")
    _holds(queue, wanted)
