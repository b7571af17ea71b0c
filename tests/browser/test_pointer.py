"""The desk by mouse and by finger, with the script and without it: the answers differ in form only."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])


@both_ways
def test_a_button_of_a_row_decides_on_that_row_alone(open_queue: Opener, javascript: bool) -> None:
    queue = open_queue(3, javascript=javascript)
    queue.click(queue.row(1).get_by_role("button", name="Spam"))
    expect(queue.said).to_contain_text("moved to spam")
    expect(queue.row(1)).to_be_hidden()
    assert queue.statuses() == ["pending", "spam", "pending"]


@both_ways
def test_selected_comments_go_together_with_a_reason_and_come_back_together(
    open_queue: Opener, javascript: bool
) -> None:
    queue = open_queue(3, javascript=javascript)
    expect(queue.bar).to_be_hidden()
    for place in (0, 2):
        queue.row(place).get_by_role("checkbox").check()
    expect(queue.bar).to_be_visible()
    queue.bar.get_by_label("Reason", exact=True).fill("off the subject")
    queue.click(queue.bar.get_by_role("button", name="Trash"))
    expect(queue.said).to_contain_text("2 comments")
    assert queue.statuses() == ["trash", "pending", "trash"]
    assert "off the subject" in queue.site.command("log", "--json")
    queue.click(queue.page.get_by_role("button", name="Undo"))
    expect(queue.rows).to_have_count(3)
    assert queue.statuses() == ["pending"] * 3


@both_ways
def test_all_that_match_means_those_on_other_pages_too(open_queue: Opener, javascript: bool) -> None:
    queue = open_queue(60, javascript=javascript)
    expect(queue.rows).to_have_count(50)
    queue.page.get_by_role("checkbox", name="Select all 60").check()
    queue.click(queue.bar.get_by_role("button", name="Approve"))
    expect(queue.said).to_contain_text("60 comments approved.")
    assert queue.statuses() == ["approved"] * 60
    queue.click(queue.page.get_by_role("button", name="Undo"))
    expect(queue.page.locator("h1")).to_have_text("60 comments wait")
    assert queue.statuses() == ["pending"] * 60


@both_ways
def test_all_that_match_a_search_leaves_the_others_alone(open_queue: Opener, javascript: bool) -> None:
    queue = open_queue(12, javascript=javascript)
    queue.page.get_by_label("Search").fill("reader1")
    queue.press("Enter")
    expect(queue.rows).to_have_count(4)  # 1, 10, 11 and 12
    queue.page.get_by_role("checkbox", name="Select all 4").check()
    queue.click(queue.bar.get_by_role("button", name="Spam"))
    expect(queue.said).to_contain_text("4 comments moved to spam.")
    assert queue.statuses() == ["spam"] * 3 + ["pending"] * 8 + ["spam"]


@both_ways
def test_what_was_decided_elsewhere_is_said_and_left(open_queue: Opener, javascript: bool) -> None:
    queue = open_queue(2, javascript=javascript)
    queue.site.command("spam", str(queue.ids[0]))
    assert queue.click(queue.row(0).get_by_role("button", name="Approve")).status == 409
    expect(queue.page.get_by_text(re.compile("Your “approve” was not applied", re.IGNORECASE))).to_be_visible()
    assert queue.status(0) == "spam"
    queue.click(queue.page.get_by_role("button", name="Approve anyway"))
    expect(queue.said).to_contain_text("approved.")
    assert queue.statuses() == ["approved", "pending"]


def test_a_click_with_shift_selects_all_rows_between(open_queue: Opener) -> None:
    queue = open_queue(6)
    queue.row(1).get_by_role("checkbox").click()
    queue.row(4).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(queue.selected).to_have_count(4)
    queue.page.get_by_role("button", name="Clear").click()
    expect(queue.selected).to_have_count(0)


def test_without_javascript_nothing_is_offered_that_needs_it(open_queue: Opener) -> None:
    queue = open_queue(2, javascript=False)
    expect(queue.page.get_by_role("link", name="Keys")).to_be_hidden()
    expect(queue.page.locator("kbd:visible")).to_have_count(0)


def test_a_finger_decides_on_a_telephone(open_queue: Opener) -> None:
    queue = open_queue(4, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    with queue.page.expect_response("**/admin/decisions"):
        queue.row(0).get_by_role("button", name="Approve").tap()
    expect(queue.row(0)).to_be_hidden()
    assert queue.statuses() == ["approved", "pending", "pending", "pending"]
    undo = queue.page.get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)
    with queue.page.expect_response("**/reversal"):
        undo.tap()
    assert queue.statuses() == ["pending"] * 4
