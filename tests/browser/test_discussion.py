"""A discussion of three hundred, eight deep, as a reader uses it, with JavaScript and without."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from blog.storage import store
from tests.browser import discussion, running
from tests.browser.conftest import People
from tests.browser.running import WELCOME, Running
from tests.browser.test_every_page import check_axe_finds_nothing_in_both_colour_schemes

PAGE = f"/{WELCOME}/"
WIDTHS = (320, 390, 768, 1280, 1600)
HEIGHTS = {1280: 24_700, 320: 34_000}  # a third of what all comments on one page took
FOCUSED = "() => document.activeElement.id"


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = running.copy_site(tmp_path_factory.mktemp("long") / "site")
    db = store.connect(folder / "blog.db")
    discussion.fill(db)
    db.conn.close()
    with running.serve(folder) as served:
        yield served


def in_view(page: Page, selector: str) -> bool:
    return bool(
        page.locator(selector).first.evaluate(
            "(one) => { const box = one.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight }"
        )
    )


def test_the_form_is_three_tab_stops_from_the_top(long: Running, people: People) -> None:
    reader = people(long, javascript=False)
    reader.goto(PAGE)
    reader.keyboard.press("Tab")
    reader.keyboard.press("Tab")
    assert reader.evaluate("() => document.activeElement.textContent") == "Add a thought"
    reader.keyboard.press("Enter")
    reader.keyboard.press("Tab")
    assert reader.evaluate(FOCUSED) == "comment"
    assert in_view(reader, "#comment-form h2")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_is_short_and_never_wider_than_the_window(long: Running, people: People, width: int) -> None:
    reader = people(long, javascript=False, viewport={"width": width, "height": 900})
    for path in (PAGE, f"{PAGE}comment-page-2/", f"{PAGE}newest/"):
        reader.goto(path)
        height, wide = reader.evaluate(
            "() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
        )
        assert wide == width
        assert height < HEIGHTS.get(width, 34_000)


@pytest.mark.parametrize("width", [390, 1280])
def test_reply_opens_the_form_in_place_with_the_comment_in_view(long: Running, people: People, width: int) -> None:
    reader = people(long, javascript=False, viewport={"width": width, "height": 900})
    reader.goto(f"{PAGE}comment-page-2/")
    link = reader.locator(".comment .acts a:visible").nth(6)
    comment = link.locator("xpath=ancestor::li[1]").get_attribute("id")
    link.click()
    assert "/comment-page-2/" in reader.url
    assert reader.evaluate(FOCUSED) == "comment"
    heading = reader.locator(f"#{comment} > .answer > #comment-form h2")
    expect(heading).to_contain_text("Reply to ")
    expect(heading).to_have_attribute("aria-level", "4")  # it stands beneath the heading of a comment
    for part in (f"#{comment} > .entry .by", f"#{comment} > .entry .said", "#comment-form h2", "#comment"):
        assert in_view(reader, part), part
    reader.get_by_role("link", name="Cancel").click()
    assert reader.url.endswith(f"/comment-page-2/#{comment}")


def test_the_script_moves_the_form_and_keeps_what_was_typed(long: Running, people: People) -> None:
    reader = people(long)
    reader.goto(PAGE)
    reader.locator("#comment").fill("Begun above.")
    link = reader.locator(".comment .acts a:visible").nth(3)
    link.click()
    assert "replytocom" not in reader.url
    assert reader.evaluate(FOCUSED) == "comment"
    form = reader.locator(".comment > .answer > #comment-form")
    expect(form.locator("h2")).to_have_text(link.get_attribute("aria-label") or "")
    expect(form.locator("h2")).to_have_attribute("aria-level", "4")
    expect(form.locator("#comment")).to_have_value("Begun above.")
    form.get_by_role("link", name="Cancel").click()
    expect(reader.locator("#comments > #comment-form #comment")).to_have_value("Begun above.")
    expect(link).to_be_focused()
    expect(reader.get_by_role("heading", name="Add a thought")).not_to_have_attribute("aria-level", re.compile(""))
    assert reader.locator("[name=comment_parent]").input_value() == ""


def test_a_draft_is_kept_only_where_the_reader_wants_to_be_remembered(long: Running, people: People) -> None:
    reader = people(long)
    for remembered, found in ((False, ""), (True, "A draft.")):
        reader.goto(PAGE)
        reader.get_by_label("Remember me").set_checked(remembered)
        reader.locator("#comment").fill("A draft.")
        reader.goto("/")
        reader.goto(PAGE)
        expect(reader.locator("#comment")).to_have_value(found)
    reader.get_by_label("Remember me").set_checked(False)
    reader.reload()
    expect(reader.locator("#comment")).to_have_value("")


def test_new_comments_are_marked_until_a_switch_turns_it_off(long: Running, people: People) -> None:
    reader = people(long)
    reader.goto(f"{PAGE}newest/")
    expect(reader.locator(".when .new")).to_have_count(0)
    third = reader.locator(".comment .when time").evaluate_all(
        "(times) => times.map((time) => time.dateTime).sort().at(-3)"
    )
    reader.evaluate("(at) => { sessionStorage.clear(); localStorage['seen /welcome/'] = at }", third)
    reader.reload()
    expect(reader.locator(".when .new")).to_have_count(2)
    reader.get_by_role("button", name="Next").click()
    first = reader.evaluate("() => document.activeElement.getAttribute('aria-labelledby')")
    reader.keyboard.press("n")
    assert reader.evaluate("() => document.activeElement.getAttribute('aria-labelledby')") != first
    reader.keyboard.press("p")
    assert reader.evaluate("() => document.activeElement.getAttribute('aria-labelledby')") == first
    reader.get_by_role("button", name="Do not mark").click()
    expect(reader.locator(".when .new")).to_have_count(0)


def test_a_link_to_a_comment_opens_its_folds_and_marks_it_also_in_forced_colours(long: Running, people: People) -> None:
    reader = people(long, javascript=False, forced_colors="active")
    reader.goto(PAGE)
    hidden = reader.locator("details.fold:not([open]) li.comment").first.get_attribute("id")
    assert hidden
    reader.goto(f"{PAGE}comment/{hidden.removeprefix('comment-')}/")
    assert in_view(reader, f"#{hidden} > .entry .by")
    border = reader.locator(f"#{hidden} > .entry").evaluate("(one) => getComputedStyle(one, '::before').borderTopWidth")
    assert border == "2px"
    assert reader.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_a_screen_reader_can_jump_from_comment_to_comment(long: Running, people: People) -> None:
    reader = people(long, javascript=False)
    reader.goto(PAGE)
    tree = reader.locator("#comments").aria_snapshot()
    articles = re.findall(r'- article "([^"]+)"', tree)
    assert len(articles) > 40
    assert len(re.findall(r'- heading "[^"]+" \[level=3\]', tree)) >= len(articles)
    assert any(" to " in name for name in articles)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}?replytocom=60", f"{PAGE}newest/", f"{PAGE}comments/5/report"])
def test_axe_finds_nothing_in_both_colour_schemes(long: Running, people: People, path: str) -> None:
    reader = people(long)
    reader.goto(path)
    check_axe_finds_nothing_in_both_colour_schemes(reader)


def test_all_of_it_is_printed(long: Running, people: People, tmp_path: Path) -> None:
    reader = people(long, javascript=False)
    reader.goto(PAGE)
    reader.emulate_media(media="print")
    shown = reader.locator("li.comment .said").evaluate_all(
        "(texts) => texts.filter((text) => text.getBoundingClientRect().height > 0).length"
    )
    assert shown == reader.locator("li.comment .said").count()
