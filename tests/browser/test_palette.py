"""“Go to” by keyboard, and the search's completion."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.desk import Queue


@pytest.fixture
def queue(open_queue: Opener) -> Queue:
    return open_queue(3)


def test_ctrl_k_finds_what_is_typed_and_enter_goes_there(queue: Queue) -> None:
    page = queue.page
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    expect(dialog.get_by_role("option", name="Overview")).to_have_attribute("aria-selected", "true")
    page.keyboard.type("links")
    expect(dialog.get_by_role("option", name="Search all comments for “links”")).to_be_visible()
    setting = dialog.get_by_role("option", name="Hold at this many links")
    expect(setting).to_be_visible()
    for _ in range(dialog.get_by_role("option").count()):
        if setting.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    expect(setting).to_have_attribute("aria-selected", "true")
    assert dialog.get_by_role("combobox").get_attribute("aria-activedescendant") == setting.get_attribute("id")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/admin/settings/discussion#comment_max_links$"))
    assert queue.statuses() == ["pending"] * 3


def test_letters_in_it_decide_nothing_and_escape_leads_back(queue: Queue) -> None:
    queue.press("j")
    queue.page.keyboard.press("Control+k")
    expect(queue.page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    queue.press("a", "s", "d")
    queue.page.keyboard.press("Escape")
    expect(queue.page.get_by_role("dialog")).to_be_hidden()
    expect(queue.row(0)).to_be_focused()
    assert queue.statuses() == ["pending"] * 3


def test_the_link_in_the_head_opens_it_too(queue: Queue) -> None:
    queue.page.get_by_role("link", name="Go to").click()
    expect(queue.page.get_by_role("combobox", name=re.compile("Go to a page"))).to_be_focused()


def test_the_first_result_is_the_last_one_after_arrow_up(queue: Queue) -> None:
    queue.page.keyboard.press("Control+k")
    options = queue.page.get_by_role("dialog").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    queue.page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_the_search_completes_its_last_word(queue: Queue) -> None:
    queue.page.locator("#q").fill("bread fr")
    values = queue.page.locator("#terms option").evaluate_all("(all) => all.map(({ value }) => value)")
    assert values[:2] == ["bread from:", "bread email:"]
