"""A moderator answers after the session has ended: with and without JavaScript not a word is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser import running
from tests.browser.conftest import Opener

ANSWER = "Thank you. <b>Quite</b> so:\n\n- first\n- “second”"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_an_answer_typed_after_the_session_ended_is_sent_after_signing_in(open_queue: Opener, scripts: bool) -> None:
    queue = open_queue(1, javascript=scripts)
    moderator, comment = queue.page, queue.ids[0]
    moderator.goto(f"/admin/comments/{comment}")
    moderator.locator("#answer-text").fill(ANSWER)
    moderator.context.clear_cookies()
    moderator.get_by_role("button", name="Publish reply").click()
    expect(moderator.get_by_role("status")).to_contain_text("What you sent is kept")
    moderator.get_by_label("Name", exact=True).fill("ana")
    moderator.get_by_label("Password", exact=True).fill(running.PASSWORD)
    moderator.get_by_role("button", name="Sign in").click()
    expect(moderator.get_by_role("heading", level=1)).to_have_text("Not sent yet")
    expect(moderator.get_by_label("Text")).to_have_value(ANSWER)
    moderator.get_by_role("button", name="Send it now").click()
    moderator.wait_for_url(f"**/admin/comments/{comment}?did=*")
    newest = "select text from comments where parent_id = ?"
    assert queue.site.db.conn.execute(newest, [comment]).fetchone()[0] == ANSWER
