"""The drawer beside the list, and on a phone, and as a page without a script; reasons and undo by key; people."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests import factories
from tests.browser import running
from tests.browser.conftest import Opener
from tests.browser.desk import Queue, answer_to_a_post
from tests.browser.running import ESSAY, WELCOME

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FINGER = 44  # CSS pixels, the target that Apple's guidelines and WCAG 2.5.5 ask for

TWICE = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""


@pytest.fixture
def queue(open_queue: Opener) -> Queue:
    return open_queue(8)


def drawer(queue: Queue) -> Locator:
    return queue.page.locator("#beside > #drawer")


def open_drawer(queue: Queue, place: int = 2) -> Locator:
    queue.press(*["j"] * (place + 1), "Enter")
    expect(drawer(queue)).to_be_visible()
    return drawer(queue)


def tops(queue: Queue) -> dict[int, float]:
    """Return where each row that can be seen begins."""
    boxes = {place: queue.row(place).bounding_box() for place in range(len(queue.ids))}
    return {place: box["y"] for place, box in boxes.items() if box}


def one(queue: Queue, query: str, *values: Any) -> Any:
    row = queue.site.db.conn.execute(query, values).fetchone()
    return row[0] if row else None


def reason_of(queue: Queue, place: int) -> str | None:
    query = """
        select b.reason from events e join batches b on b.id = e.batch_id
        where e.comment_id = ? and e.kind in ('spam', 'trash') order by e.id desc
    """
    found: str | None = one(queue, query, queue.ids[place])
    return found


def wait_for_reason(queue: Queue, place: int, wanted: str) -> None:
    expect(queue.said).to_contain_text(f"Reason: “{wanted}”")
    assert reason_of(queue, place) == wanted


def test_enter_opens_and_escape_closes_and_the_list_does_not_move(queue: Queue) -> None:
    queue.press("j", "j", "j")
    before = tops(queue)
    queue.press("Enter")
    expect(drawer(queue).get_by_role("heading", level=1)).to_contain_text("Reader 6")
    expect(drawer(queue)).to_contain_text("Thought 6.")
    assert tops(queue) == before
    assert queue.page.evaluate(TWICE) == []
    queue.press("Escape")
    expect(drawer(queue)).to_have_count(0)
    expect(queue.row(2)).to_be_focused()
    assert tops(queue) == before
    assert queue.statuses() == ["pending"] * 8


def answered(queue: Queue, number: int) -> bool:
    return one(queue, "select text from comments where parent_id = ?", number) == "Thank you."


def edited(queue: Queue, number: int) -> bool:
    return str(one(queue, "select text from comments where id = ?", number)).endswith("Thank you.")


def noted(queue: Queue, number: int) -> bool:
    return bool(one(queue, "select count(*) from notes where comment_id = ? and text = 'Thank you.'", number))


@pytest.mark.parametrize(
    ("key", "field", "is_done", "status"),
    [
        ("r", "#answer-text", answered, "approved"),
        ("q", "#edit-text", edited, "pending"),
        ("n", "#note", noted, "pending"),
    ],
    ids=["answer", "edit", "note"],
)
def test_what_is_typed_in_the_drawer_is_sent_by_control_enter(
    queue: Queue, key: str, field: str, is_done: Callable[[Queue, int], bool], status: str
) -> None:
    queue.press("j", "j", "j")
    before = tops(queue)
    queue.press(key)
    expect(drawer(queue).locator(field)).to_be_focused()
    queue.press("Control+End")
    queue.page.keyboard.type("Thank you.")
    assert queue.send("Control+Enter").status in (200, 303)
    expect(queue.said).not_to_be_empty()
    assert is_done(queue, queue.ids[2])
    assert queue.status(2) == status
    after = tops(queue)
    assert [after[place] for place in (0, 1)] == [before[place] for place in (0, 1)]
    expect(queue.page).to_have_url(re.compile("/admin/comments$"))


def test_what_was_typed_and_not_sent_is_there_again(queue: Queue) -> None:
    queue.press("j", "r")
    expect(queue.page.locator("#answer-text")).to_be_focused()
    queue.page.keyboard.type("Half a sen")
    queue.press("Escape")
    expect(drawer(queue)).to_have_count(0)
    queue.press("j", "r")
    expect(queue.page.locator("#answer-text")).to_have_value("")
    queue.press("Escape", "k", "r")
    expect(queue.page.locator("#answer-text")).to_have_value("Half a sen")
    assert queue.statuses() == ["pending"] * 8


def test_an_answer_that_is_refused_stands_in_the_drawer_with_the_sentence(queue: Queue) -> None:
    queue.press("j", "r")
    field = queue.page.locator("#answer-text")
    expect(field).to_be_focused()
    field.evaluate("(field) => { field.form.noValidate = true }")
    queue.page.keyboard.type("\N{ZERO WIDTH SPACE}")
    assert queue.send("Control+Enter").status == 422
    expect(drawer(queue).get_by_role("alert")).to_contain_text("Not done.")
    expect(field).to_be_focused()
    assert queue.status(0) == "pending"


def test_an_answer_without_a_session_stays_in_the_drawer(queue: Queue) -> None:
    queue.press("j", "r")
    expect(queue.page.locator("#answer-text")).to_be_focused()
    queue.page.keyboard.type("Thank you.")
    queue.page.context.clear_cookies()
    assert queue.send("Control+Enter").status == 401
    expect(queue.said).to_contain_text("You are no longer signed in.")
    expect(queue.page.locator("#answer-text")).to_have_value("Thank you.")


def test_m_moves_a_comment_to_another_post(queue: Queue) -> None:
    queue.press("j", "m")
    expect(queue.page.locator("#move-post")).to_be_focused()
    queue.page.locator("#move-post").select_option(ESSAY)
    queue.send("Control+Enter")
    expect(queue.row(0).locator(".on")).to_contain_text("Goodbye")
    assert (
        one(queue, "select p.slug from comments c join posts p on p.id = c.post_id where c.id = ?", queue.ids[0])
        == ESSAY
    )
    expect(queue.page.locator("#undo")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "key", "standing"), [("Trust", "t", "trusted"), ("Hold", "h", "held"), ("Ban", "b", "banned")]
)
def test_b_and_one_key_more_trusts_holds_or_bans_a_browser(queue: Queue, button: str, key: str, standing: str) -> None:
    queue.press("j", "b")
    part = drawer(queue).locator("#sender")
    expect(part).to_have_attribute("open", "")
    expect(part.get_by_role("button", name=button, exact=True).first).to_be_visible()
    queue.send(key)
    expect(drawer(queue).locator("#sender strong")).to_contain_text("by ana")
    assert one(queue, "select standing from standings order by at desc") == standing
    queue.click(queue.page.locator("#undo button"))
    expect(queue.said).to_contain_text("Undone")
    assert one(queue, "select count(*) from standings where standing = ?", standing) == 0


def test_later_and_lock_are_in_the_drawer(queue: Queue) -> None:
    open_drawer(queue, 0)
    queue.click(drawer(queue).get_by_role("button", name="Lock thread"))
    expect(drawer(queue).get_by_role("button", name="Unlock thread")).to_be_visible()
    queue.click(drawer(queue).get_by_role("button", name="Later"))
    expect(drawer(queue).get_by_role("button", name="Not later")).to_be_visible()
    expect(queue.row(0).locator(".later")).to_have_text("later")


def test_a_decision_in_the_drawer_goes_on_to_the_next_comment(queue: Queue) -> None:
    open_drawer(queue, 1)
    queue.click(drawer(queue).get_by_role("button", name="Approve"))
    expect(queue.row(2)).to_be_focused()
    expect(drawer(queue)).to_have_count(0)
    assert queue.statuses()[:3] == ["pending", "approved", "pending"]


def test_the_open_drawer_follows_the_mark_and_each_key_means_the_comment_in_it(queue: Queue) -> None:
    heading = open_drawer(queue, 0).get_by_role("heading", level=1)
    drawer(queue).get_by_label("Keep open").check()
    queue.row(0).focus()
    queue.press("j")
    expect(heading).to_contain_text("Reader 7")
    queue.send("s")
    expect(heading).to_contain_text("Reader 6")
    assert queue.statuses()[:3] == ["pending", "spam", "pending"]


def test_a_drawer_that_is_not_kept_open_closes_when_the_mark_moves(queue: Queue) -> None:
    open_drawer(queue, 0)
    queue.press("j")
    expect(drawer(queue)).to_have_count(0)
    expect(queue.row(1)).to_be_focused()


def test_w_tells_why_in_the_row(queue: Queue) -> None:
    facts = queue.row(0).locator(".facts")
    expect(facts).to_be_hidden()
    queue.press("j", "w")
    expect(facts).to_be_visible()
    expect(facts).to_contain_text("No comment from this browser or account was approved before.")
    queue.press("w")
    expect(facts).to_be_hidden()


def test_a_long_text_is_cut_and_shown_whole_on_request(open_queue: Opener) -> None:
    queue = open_queue(1)
    words = " ".join(f"word{n}" for n in range(400))
    number = factories.submit(queue.site.db, words, 2, slug=WELCOME, at=running.now())
    queue.page.reload()
    row = queue.page.locator(f"#c-{number}")
    expect(row).not_to_contain_text("word399")
    before = row.bounding_box()
    row.get_by_role("link", name="Show all").click()
    expect(row).to_contain_text("word399")
    after = row.bounding_box()
    assert before is not None
    assert after is not None
    assert before["y"] == after["y"]
    assert before["height"] < after["height"]


# Reasons by digit


@pytest.mark.parametrize("path", ["/admin/comments", "/admin/comments?zen=1"], ids=["in the list", "one at a time"])
def test_a_digit_after_spam_or_trash_is_the_reason(queue: Queue, path: str) -> None:
    queue.page.goto(path)
    reasons = queue.page.locator("#reasons")
    expect(reasons).to_be_hidden()
    queue.send("d")
    expect(reasons).to_be_visible()
    expect(reasons.get_by_role("button", name="Off topic")).to_be_visible()
    queue.send("1")
    wait_for_reason(queue, 0, "Off topic")
    expect(reasons).to_be_hidden()
    assert queue.statuses()[:2] == ["trash", "pending"]


def test_t_before_the_digit_tells_the_writer_too(queue: Queue) -> None:
    queue.send("d")
    expect(queue.page.get_by_text("Only colleagues will see the reason.")).to_be_visible()
    queue.press("t")
    expect(
        queue.page.get_by_text("The writer will read that the comment is not public, and this reason.")
    ).to_be_visible()
    queue.send("2")
    expect(queue.said).to_contain_text("Reason, also for the writer: “Unkind”.")
    assert one(queue, "select reason || told from batches order by id desc") == "Unkind1"
    queue.send("d")
    queue.send("1")
    assert one(queue, "select reason || told from batches order by id desc") == "Off topic0"


def test_0_takes_a_reason_in_own_words(queue: Queue) -> None:
    queue.press("j")
    queue.send("s")
    queue.press("0")
    queue.page.keyboard.type("sells 2 carpets")
    queue.send("Enter")
    wait_for_reason(queue, 0, "sells 2 carpets")
    expect(queue.row(1)).to_be_focused()
    assert queue.statuses()[:3] == ["spam", "pending", "pending"]


@pytest.mark.parametrize("how", ["another key", "eight seconds"])
def test_a_digit_is_a_reason_only_while_one_is_asked_for(queue: Queue, how: str) -> None:
    queue.page.clock.install()
    queue.open()
    queue.send("s")
    expect(queue.page.locator("#reasons")).to_be_visible()
    if how == "another key":
        queue.press("j")
    else:
        queue.page.clock.fast_forward(8_100)
    expect(queue.page.locator("#reasons")).to_be_hidden()
    queue.press("1")
    queue.page.wait_for_timeout(300)
    assert reason_of(queue, 0) == ""
    assert queue.statuses()[:2] == ["spam", "pending"]


def test_a_digit_chooses_a_pile(queue: Queue) -> None:
    factories.submit(queue.site.db, "From a program.", 50, slug=WELCOME, at=running.now(), form="missing")
    queue.page.reload()
    piles = queue.page.locator("#piles a")
    expect(piles).to_have_count(3)
    label = piles.nth(2).locator("kbd")
    expect(label).to_have_text("3")
    queue.press("3")
    queue.page.wait_for_url("**rule=**")
    expect(queue.rows).to_have_count(1)


# Undo that stays


def test_z_takes_back_the_last_act_after_a_reload_and_shift_z_does_it_again(queue: Queue) -> None:
    queue.press("j", "j")
    queue.send("s")
    queue.page.reload()
    expect(queue.page.locator("#undo")).to_contain_text("It will wait again.")
    with queue.page.expect_navigation():
        queue.press("z")
    expect(queue.said).to_contain_text("Undone")
    expect(queue.row(1)).to_be_visible()
    assert queue.status(1) == "pending"
    queue.page.goto("/admin/log")
    with queue.page.expect_navigation():
        queue.press("Shift+Z")
    assert queue.status(1) == "spam"


def test_shift_z_does_again_what_was_undone_on_this_page(queue: Queue) -> None:
    queue.press("j")
    queue.send("a")
    queue.send("z")
    assert queue.status(0) == "pending"
    queue.send("Shift+Z")
    queue.become(["approved", *["pending"] * 7])


# People


def of_one_browser(queue: Queue, count: int = 3) -> None:
    for n in range(count):
        factories.submit(
            queue.site.db, f"Again and again, {n}.", 70, slug=WELCOME, at=running.now(), author=f"Name {n}"
        )


def test_p_shows_a_persons_comments_which_one_key_decides(queue: Queue) -> None:
    of_one_browser(queue)
    queue.page.reload()
    queue.press("j", "p")
    queue.page.wait_for_url("**sender=reader:*")
    expect(queue.rows).to_have_count(3)
    choice = queue.page.get_by_label("This person, from now on")
    for key, chosen in (("t", "trusted"), ("h", "held"), ("h", ""), ("b", "banned")):
        queue.press(key)
        expect(choice).to_have_value(chosen)
    with queue.page.expect_navigation():
        queue.press("Shift+S")
    expect(queue.said).to_contain_text("3 comments")
    theirs = "select count(*) from comments where status = ? and text like 'Again and again%'"
    assert one(queue, theirs, "spam") == 3
    assert queue.statuses() == ["pending"] * 8
    with queue.page.expect_navigation():
        queue.press("z")
    assert one(queue, theirs, "pending") == 3
    assert one(queue, "select count(*) from standings where standing = 'banned'") == 0


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_list_of_people_decides_one_row_a_person(open_queue: Opener, javascript: bool) -> None:
    queue = open_queue(4, javascript=javascript)
    of_one_browser(queue)
    if javascript:
        queue.page.reload()
        queue.press("Shift+P")
    else:
        queue.page.get_by_role("link", name="People").click()
    queue.page.wait_for_url("**/admin/people")
    expect(queue.rows).to_have_count(5)
    with queue.page.expect_navigation():
        if javascript:
            queue.press("d")
        else:
            queue.rows.first.get_by_role("button", name="Trash 3").click()
    expect(queue.said).to_contain_text("3 comments moved to trash.")
    expect(queue.rows).to_have_count(4)
    assert queue.statuses() == ["pending"] * 4


# On a phone, and without a script


def test_on_a_phone_the_drawer_is_a_sheet_for_fingers(open_queue: Opener) -> None:
    queue = open_queue(8, **PHONE)
    queue.row(0).get_by_role("link", name="Open").tap()
    sheet = drawer(queue)
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    expect(sheet.get_by_role("button", name="Approve")).to_be_in_viewport(ratio=1)
    assert small(sheet) == []
    with answer_to_a_post(queue.page):
        sheet.get_by_role("button", name="Spam").tap()
    expect(drawer(queue)).to_have_count(0)
    assert queue.status(0) == "spam"


def small(part: Locator) -> list[str]:
    """Return the buttons, fields and folds of a part that are lower than a finger needs."""
    found: list[str] = part.evaluate(
        """(part, least) =>
            [...part.querySelectorAll("button, .button, summary, select, textarea, input:not([type=checkbox])")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < least)
            .map((one) => `${one.getBoundingClientRect().height} ${one.outerHTML.slice(0, 100)}`)""",
        FINGER,
    )
    return found


@pytest.mark.parametrize("path", ["/admin/comments", "/admin/people", "/admin/comments?zen=1"])
def test_on_a_phone_everything_is_large_enough_for_a_finger(open_queue: Opener, path: str) -> None:
    queue = open_queue(3, **PHONE)
    queue.page.goto(path)
    assert small(queue.page.locator("main")) == []


def test_without_javascript_the_drawer_is_a_page_that_leads_back_to_the_row(open_queue: Opener) -> None:
    queue = open_queue(8, javascript=False)
    page, number = queue.page, queue.ids[5]
    page.goto("/admin/comments?status=pending&sort=score")
    queue.row(5).get_by_role("link", name="Open").click()
    page.wait_for_url(f"**/admin/comments/{number}?**")
    page.locator("#notes > summary").click()
    page.get_by_label("New note").fill("Thank you.")
    page.get_by_role("button", name="Save note").click()
    assert noted(queue, number)
    page.locator("#edit > summary").click()
    page.get_by_label("Text", exact=True).fill("Other words. Thank you.")
    page.locator("#edit").get_by_role("button", name="Save").click()
    assert edited(queue, number)
    page.get_by_role("button", name="Lock thread").click()
    expect(page.get_by_role("button", name="Unlock thread")).to_be_visible()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_role("button", name="Not later")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    expect(page).to_have_url(re.compile(f"/admin/comments\\?status=pending&sort=score#c-{number}$"))
    expect(queue.row(5)).to_be_in_viewport()
    queue.row(5).get_by_role("link", name="Open").click()
    page.get_by_label("Your reply, as ana").fill("Thank you.")
    page.get_by_role("button", name="Publish reply").click()
    assert answered(queue, number)
    assert queue.statuses() == [*["pending"] * 5, "approved", "pending", "pending"]


def test_without_javascript_a_decision_on_a_comments_page_takes_a_reason(open_queue: Opener) -> None:
    queue = open_queue(2, javascript=False)
    queue.page.goto(f"/admin/comments/{queue.ids[0]}")
    queue.page.get_by_label("Reason of the decision").fill("sells carpets")
    queue.click(queue.page.get_by_role("button", name="Spam"))
    assert (queue.status(0), reason_of(queue, 0)) == ("spam", "sells carpets")
