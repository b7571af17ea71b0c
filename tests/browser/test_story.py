"""The whole story, from the essay to a closed discussion, as three browsers and a moderator live through it."""

import re

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser import running
from tests.browser.conftest import People, Stage, sign_in
from tests.browser.running import ESSAY, WELCOME, Running

THOUGHT = "You say “answer back”, and nobody has yet. So I will: the margins of a page are for pencils."
ONE = "One thought on “Welcome: please answer back”"
CLOSED = "Comments are closed."
WAITING = "awaiting moderation"
NOTE = "Thank you all; we read every line."

COMES_LAST = """(notice) => {
    const before = (each) => each.compareDocumentPosition(notice) & Node.DOCUMENT_POSITION_FOLLOWING;
    return [...document.querySelectorAll("li.comment")].every(before);
}"""

both_ways = pytest.mark.parametrize(
    "javascript", [pytest.param(True, marks=pytest.mark.slow), False], ids=["with JavaScript", "without JavaScript"]
)


@both_ways
def test_a_reader_comments_a_moderator_decides_and_the_discussion_closes(
    site: Running, people: People, javascript: bool
) -> None:
    reader = people(site, javascript=javascript)
    stranger = people(site, javascript=javascript)
    moderator = people(site, javascript=javascript)

    read_the_essay(reader)
    comment = write(reader)
    nobody_else_sees_it(stranger)
    become_the_administrator(moderator, site)
    approve_undo_approve(moderator, stranger, comment, by_key=javascript)
    late = people(site, javascript=javascript)
    begin_to_write(late, "An afterthought that came too late.")
    close(moderator)
    a_note_stands_where_the_form_was(stranger, comment)
    the_late_one_is_refused_and_keeps_the_text(late, "An afterthought that came too late.")
    open_again(moderator)
    the_form_is_back(stranger)


def read_the_essay(reader: Page) -> None:
    reader.goto("/")
    reader.get_by_role("link", name="Goodbye and good riddance").first.click()
    reader.wait_for_url(f"**/{ESSAY}/")
    title = reader.locator("article h1")
    expect(title).to_have_count(1)
    expect(reader.locator("#comments h2.comments-title")).to_have_text(f"2 thoughts on “{title.inner_text()}”")
    expect(reader.locator("#comments ol.comment-list li.comment")).to_have_count(2)
    expect(reader.locator("#comments p.no-comments")).to_have_text(CLOSED)
    expect(reader.locator("#comment-form")).to_have_count(0)


def begin_to_write(reader: Page, text: str) -> None:
    reader.goto(f"/{WELCOME}/")
    reader.get_by_label("Name").fill("Tove")
    reader.get_by_label("Email").fill("tove@example.org")
    reader.get_by_role("textbox", name="Your comment").fill(text)


def write(reader: Page) -> str:
    """Send the form; return the id of the comment's element."""
    begin_to_write(reader, THOUGHT)
    reader.get_by_role("button", name="Send").click()
    reader.wait_for_url(f"**/{WELCOME}/#comment-*")
    place = reader.url.rpartition("#")[2]
    own = reader.locator(f"li#{place}.comment")
    expect(own).to_contain_text(THOUGHT)
    expect(own).to_contain_text(WAITING)
    expect(reader.locator(".comments-title")).to_have_count(0)
    reader.reload()
    expect(own).to_contain_text(WAITING)
    return place


def nobody_else_sees_it(stranger: Page) -> None:
    stranger.goto(f"/{WELCOME}/")
    assert THOUGHT not in stranger.content()
    expect(stranger.locator("li.comment, .comments-title")).to_have_count(0)
    stranger.goto("/")
    assert "thought on Welcome" not in stranger.locator("main").inner_text()
    assert THOUGHT[:20] not in stranger.content()


def become_the_administrator(moderator: Page, site: Running) -> None:
    moderator.goto(site.setup)
    moderator.get_by_label("Name").fill("ana")
    moderator.get_by_label("Password").fill(running.PASSWORD)
    moderator.get_by_role("button", name="Create administrator").click()
    moderator.wait_for_url("**/admin/")
    expect(moderator.get_by_role("heading", level=1)).to_have_text("One comment waits")
    moderator.locator(".menu.wide > summary").click()
    moderator.get_by_role("button", name="Sign out").click()
    moderator.wait_for_url("**/admin/login")
    assert refused(moderator.goto(site.setup)) == 403
    moderator.goto("/admin/comments")
    moderator.wait_for_url("**/admin/login?next=**")
    sign_in(moderator)


def refused(answer: Response | None) -> int:
    assert answer is not None
    return answer.status


def approve_undo_approve(moderator: Page, stranger: Page, comment: str, *, by_key: bool) -> None:
    moderator.get_by_role("link", name="Open the queue").click()
    moderator.wait_for_load_state()
    row = moderator.locator(".queue > li").filter(has_text=THOUGHT)
    expect(row).to_contain_text("No comment from this browser or account was approved before.")
    said = moderator.get_by_role("status")
    approve, undo = row.get_by_role("button", name="Approve"), moderator.get_by_role("button", name="Undo")

    decide(moderator, "a" if by_key else approve)
    expect(said).to_have_text(re.compile(r"(1|One) comment approved\."))
    expect(row).to_be_hidden()
    it_is_public(stranger, comment)

    decide(moderator, "z" if by_key else undo)
    expect(said).to_contain_text("Undone")
    expect(row).to_be_visible()
    stranger.reload()
    expect(stranger.locator("li.comment, .comments-title")).to_have_count(0)
    assert THOUGHT not in stranger.content()

    decide(moderator, approve)
    it_is_public(stranger, comment)


def decide(moderator: Page, how: object) -> None:
    """Press a key or a button, and wait for the answer to what it sends."""
    with moderator.expect_response(lambda answer: answer.request.method == "POST") as answer:
        if isinstance(how, str):
            moderator.keyboard.press(how)
        else:
            how.click()  # type: ignore[attr-defined]
    assert answer.value.status in (200, 303)


def it_is_public(stranger: Page, comment: str) -> None:
    stranger.goto(f"/{WELCOME}/")
    expect(stranger.locator(f"li#{comment}")).to_contain_text(THOUGHT)
    expect(stranger.locator(f"li#{comment}")).not_to_contain_text(WAITING)
    expect(stranger.locator("h2.comments-title")).to_have_text(ONE)


def close(moderator: Page) -> None:
    """Close with a note, which the shortest way, the Close button, would not have."""
    moderator.get_by_role("link", name="Posts", exact=True).click()
    post = moderator.locator(".posts > li").filter(has_text="Welcome: please answer back")
    post.locator("summary").click()
    post.get_by_label("New state").select_option("closed")
    post.get_by_label("Note to readers").fill(NOTE)
    post.get_by_role("button", name="Apply").click()
    expect(moderator.get_by_role("status")).to_contain_text("Closed the discussion")
    expect(post.locator(".state")).to_contain_text("Closed by ana on")


def a_note_stands_where_the_form_was(stranger: Page, comment: str) -> None:
    stranger.reload()
    expect(stranger.locator("#comments p.no-comments")).to_have_text(CLOSED)
    expect(stranger.locator("#comments .closing-note")).to_have_text(NOTE)
    expect(stranger.locator("#comment-form")).to_have_count(0)
    expect(stranger.locator(f"li#{comment}")).to_contain_text(THOUGHT)
    expect(stranger.locator("h2.comments-title")).to_have_text(ONE)
    assert stranger.locator("p.no-comments").evaluate(COMES_LAST)


def the_late_one_is_refused_and_keeps_the_text(late: Page, text: str) -> None:
    with late.expect_response(lambda answer: answer.request.method == "POST") as answer:
        late.get_by_role("button", name="Send").click()
    assert answer.value.status == 403
    expect(late.get_by_role("alert")).to_contain_text(CLOSED)
    expect(late.get_by_label("Your text, to copy")).to_have_value(text)
    expect(late.get_by_label("Your text, to copy")).to_be_visible()
    expect(late.locator("p.no-comments")).to_have_text(CLOSED)


def open_again(moderator: Page) -> None:
    post = moderator.locator(".posts > li").filter(has_text="Welcome: please answer back")
    post.get_by_role("button", name="Open the discussion").click()
    expect(moderator.get_by_role("status")).to_contain_text("Opened the discussion")


def the_form_is_back(stranger: Page) -> None:
    stranger.reload()
    expect(stranger.locator("#comment-form")).to_be_visible()
    expect(stranger.locator("p.no-comments, .closing-note")).to_have_count(0)
    expect(stranger.locator("h2.comments-title")).to_have_text(ONE)


def test_a_reader_previews_a_reply_sends_it_and_is_remembered(stage: Stage, people: People) -> None:
    site, text = stage.seeded, "You are *right*, and I had the wrong year."
    reader = people(site, javascript=False)
    reader.goto(f"/{WELCOME}/")
    first = reader.locator("ol.comment-list > li.comment").first
    first.get_by_role("link", name="Reply to Tove Lindqvist").first.click()
    expect(reader.get_by_role("heading", name="Reply to Tove Lindqvist")).to_be_in_viewport()
    reader.get_by_label("Name").fill("Ola")
    reader.get_by_label("Email").fill("ola@example.org")
    reader.get_by_role("textbox", name="Your comment").fill(text)
    reader.get_by_label("Remember me").check()

    reader.get_by_role("button", name="Preview").click()
    expect(reader.locator(".preview em")).to_have_text("right")
    expect(reader.get_by_role("textbox", name="Your comment")).to_have_value(text)
    expect(reader.get_by_label("Remember me")).to_be_checked()
    expect(reader.locator("li.comment > .entry", has_text="had the wrong year")).to_have_count(0)

    reader.get_by_role("button", name="Send").click()
    reader.wait_for_url(f"**/{WELCOME}/#comment-*")
    place = reader.url.rpartition("#")[2]
    expect(first.locator(f"ol.children > li#{place}")).to_contain_text("had the wrong year")
    expect(reader.get_by_label("Name")).to_have_value("Ola")
    expect(reader.get_by_label("Email")).to_have_value("ola@example.org")
    expect(reader.get_by_role("textbox", name="Your comment")).to_have_value("")

    site.command("approve", place.removeprefix("comment-"))
    stranger = people(site)
    stranger.goto(f"/{WELCOME}/#{place}")
    expect(stranger.locator(f"ol.children > li#{place}")).to_be_in_viewport()
    expect(stranger.locator("h2.comments-title")).to_have_text("6 thoughts on “Welcome: please answer back”")
    site.command("undo")
