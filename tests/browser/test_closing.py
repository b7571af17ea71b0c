"""A moderator closes, winds down, reopens and takes it all back, where readers see it happen."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from blog import closing, posts
from blog.posts import PostFile
from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.running import WELCOME, Running

WINDING, OLD = "on-rivers", "on-harbours"

both_ways = pytest.mark.parametrize(
    "javascript", [pytest.param(True, marks=pytest.mark.slow), False], ids=["with JavaScript", "without JavaScript"]
)


def publish(site: Running, slug: str, **changes: object) -> None:
    values = {
        "path": f"{slug}.md",
        "slug": slug,
        "title": slug.replace("-", " ").capitalize(),
        "body": "Words.",
        "published_at": "2026-05-01T00:00:00.000Z",
        "hash": slug,
        **changes,
    }
    with store.transaction(site.db):
        posts.publish(site.db, PostFile(**values))  # type: ignore[arg-type]


def switch(page: Page) -> Locator:
    return page.locator("#switch")


def states(site: Running) -> dict[str, tuple[str, str]]:
    return {
        slug: (found.mode, found.cause)
        for slug, found, _ in closing.listed(site.db, at=running.now())
        if slug in (WELCOME, WINDING, OLD)
    }


@both_ways
def test_a_moderator_closes_for_a_week_winds_down_reopens_and_takes_it_all_back(
    site: Running, people: People, javascript: bool
) -> None:
    running.add_moderator(site.folder)
    publish(site, WINDING)
    publish(site, OLD, close_after=14)
    first = factories.submit(site.db, "What is a river?", 1, slug=WINDING, at=running.now())
    factories.decide(site.db, first, "approve", by=running.by())
    before = states(site)
    assert before[OLD] == ("closed", "age")
    moderator, reader = (people(site, javascript=javascript) for _ in range(2))
    sign_in(moderator)

    close_for_a_week(moderator, reader)
    wind_down(moderator)
    reply_there(reader)
    open_against_the_age_rule(moderator, reader)
    drop_the_override(moderator, reader)
    undo_all_of_it_from_the_log(moderator, 4)
    assert states(site) == before
    reader.goto(f"/{WELCOME}/")
    expect(reader.locator("#comment-form")).to_be_visible()


def close_for_a_week(moderator: Page, reader: Page) -> None:
    week = (datetime.now(UTC) + timedelta(days=7)).date()
    moderator.goto(f"/{WELCOME}/")
    expect(switch(moderator).get_by_role("heading")).to_have_text("Open")
    switch(moderator).get_by_text("More options").click()
    switch(moderator).get_by_label("New state").select_option("closed")
    switch(moderator).get_by_label("Until").fill(week.isoformat())
    switch(moderator).get_by_label("Note to readers").fill("We are at the *sea*.")
    switch(moderator).get_by_role("button", name="Apply").click()
    moderator.wait_for_url("**/?did=*#switch")
    expect(switch(moderator).get_by_role("status")).to_contain_text("Closed the discussion of “Welcome")
    expect(switch(moderator).get_by_role("status")).to_be_in_viewport()
    expect(switch(moderator)).to_contain_text("File and rules say: open by default.")
    reader.goto(f"/{WELCOME}/")
    expect(reader.locator("p.no-comments")).to_have_text("Comments are closed.")
    expect(reader.locator(".closing .fine")).to_contain_text(f"It opens again on {week.day} {week:%B %Y}.")
    expect(reader.locator(".closing-note em")).to_have_text("sea")
    expect(reader.locator("#comment-form, #switch")).to_have_count(0)


def wind_down(moderator: Page) -> None:
    moderator.goto("/admin/posts?state=open")
    moderator.get_by_role("checkbox", name="On rivers").check()
    several = moderator.locator("#many")
    several.get_by_label("New state").select_option("replies-only")
    several.get_by_role("button", name="Apply").click()
    expect(moderator.get_by_role("status")).to_have_text("Closed the discussion of “On rivers” to new thoughts.")
    moderator.get_by_role("link", name=re.compile("Replies only")).click()
    expect(moderator.locator(".posts > li")).to_have_count(1)
    expect(moderator.locator(".posts .state")).to_contain_text("by ana on")


def reply_there(reader: Page) -> None:
    reader.goto(f"/{WINDING}/")
    expect(reader.locator("p.limits")).to_have_text("New threads are closed; replies are welcome.")
    expect(reader.locator("#comment-form")).to_have_count(0)
    reader.get_by_role("link", name="Reply to Reader 1").click()
    form = reader.locator("li.comment #comment-form")
    expect(form.get_by_role("heading")).to_be_in_viewport()
    expect(reader.locator("#comment-form")).to_have_count(1)
    form.get_by_label("Name").fill("Tove")
    form.get_by_label("Email").fill("tove@example.org")
    form.get_by_label("Your comment").fill("Water on its way.")
    form.get_by_role("button", name="Send").click()
    reader.wait_for_url(f"**/{WINDING}/#comment-*")
    expect(reader.locator("ol.children li.comment")).to_contain_text("Water on its way.")


def open_against_the_age_rule(moderator: Page, reader: Page) -> None:
    moderator.goto(f"/{OLD}/")
    expect(switch(moderator)).to_contain_text(re.compile(r"By its own age rule: published [\d,]+ days ago, limit 14\."))
    reader.goto(f"/{OLD}/")
    expect(reader.locator("p.no-comments")).to_be_visible()
    switch(moderator).get_by_role("button", name="Open", exact=True).click()
    expect(switch(moderator).get_by_role("heading")).to_have_text("Open")
    expect(switch(moderator)).to_contain_text("File and rules say: closed by its own age rule")
    reader.reload()
    expect(reader.locator("#comment-form")).to_be_visible()


def drop_the_override(moderator: Page, reader: Page) -> None:
    switch(moderator).get_by_role("button", name="Use file and rules").click()
    expect(switch(moderator).get_by_role("heading")).to_have_text("Closed")
    expect(switch(moderator).get_by_role("button", name="Use file and rules")).to_have_count(0)
    reader.reload()
    expect(reader.locator("p.no-comments")).to_be_visible()


def undo_all_of_it_from_the_log(moderator: Page, acts: int) -> None:
    moderator.goto("/admin/log?kind=switches")
    for _ in range(acts):
        moderator.locator(".log > li").get_by_role("button", name="Undo").first.click()
        expect(moderator.get_by_role("status")).to_contain_text("Undone: the discussion of")
    expect(moderator.locator(".log > li").get_by_role("button", name="Undo")).to_have_count(0)


@both_ways
def test_who_was_writing_while_it_closed_has_the_text_to_copy(site: Running, people: People, javascript: bool) -> None:
    reader = people(site, javascript=javascript)
    text = "I was in the middle of\n\na *sentence*"
    reader.goto(f"/{WELCOME}/")
    reader.get_by_label("Name").fill("Tove")
    reader.get_by_label("Email").fill("tove@example.org")
    reader.get_by_label("Your comment").fill(text)
    with site.closed(WELCOME):
        with reader.expect_response(lambda answer: answer.request.method == "POST") as answer:
            reader.get_by_role("button", name="Send").click()
        assert answer.value.status == 403
        kept = reader.get_by_label("Your text, to copy")
        expect(kept).to_have_value(text)
        expect(kept).not_to_be_editable()
        expect(reader.get_by_role("alert")).to_be_in_viewport()
