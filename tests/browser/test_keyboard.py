"""The keys of the desk, each against what the database then says."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests import factories
from tests.browser import running
from tests.browser.conftest import Opener
from tests.browser.desk import Queue, number_of
from tests.browser.running import WELCOME

WAITING = 12


@pytest.fixture
def queue(open_queue: Opener) -> Queue:
    return open_queue(WAITING)


def test_j_and_k_go_down_and_up_and_decide_nothing(queue: Queue) -> None:
    queue.press("j")
    expect(queue.row(0)).to_be_focused()
    queue.press("j", "j")
    expect(queue.row(2)).to_be_focused()
    queue.press("k")
    expect(queue.row(1)).to_be_focused()
    expect(queue.page.locator(".queue > li.here")).to_have_count(1)
    queue.press("k", "k", "k")
    expect(queue.row(0)).to_be_focused()
    assert queue.statuses() == ["pending"] * WAITING


@pytest.mark.parametrize(("key", "status"), [("a", "approved"), ("s", "spam"), ("d", "trash")])
def test_a_s_and_d_decide_on_the_marked_comment_alone(queue: Queue, key: str, status: str) -> None:
    queue.press("j", "j")
    assert queue.send(key).status == 200
    expect(queue.row(1)).to_be_hidden()
    expect(queue.row(2)).to_be_focused()
    assert queue.status(1) == status
    assert queue.statuses().count("pending") == WAITING - 1
    expect(queue.page.locator("h1")).to_have_text("11 comments wait")
    expect(queue.page).to_have_title(re.compile(r"^\(11\) "))


def test_u_sends_an_approved_comment_back_to_wait(queue: Queue) -> None:
    factories.decide(queue.site.db, queue.ids[3], "approve", by=running.by())
    queue.page.goto("/admin/comments?status=approved")
    expect(queue.rows).to_have_count(1)
    assert queue.send("u").status == 200
    assert queue.status(3) == "pending"
    expect(queue.row(3)).to_be_hidden()


def test_u_does_nothing_to_a_comment_that_waits_already(queue: Queue) -> None:
    queue.press("j", "u")
    expect(queue.said).to_contain_text("This cannot be done to any selected comment.")
    assert queue.statuses() == ["pending"] * WAITING


def test_x_selects_and_shift_with_a_letter_decides_on_all_selected(queue: Queue) -> None:
    queue.press("j", "x", "j", "j", "x")
    expect(queue.selected).to_have_count(2)
    assert queue.send("Shift+A").status == 200
    assert (queue.status(0), queue.status(1), queue.status(2)) == ("approved", "pending", "approved")
    expect(queue.said).to_contain_text("2 comments approved. Readers now see “2 thoughts on ")
    expect(queue.selected).to_have_count(0)


def test_shift_x_selects_the_whole_page_and_again_none(queue: Queue) -> None:
    queue.press("Shift+X")
    expect(queue.selected).to_have_count(WAITING)
    queue.press("Shift+X")
    expect(queue.selected).to_have_count(0)
    queue.press("Shift+X")
    assert queue.send("Shift+S").status == 200
    assert queue.statuses() == ["spam"] * WAITING
    expect(queue.page.locator("h1")).to_have_text("No comments wait")
    expect(queue.page.locator(".every")).to_be_hidden()
    queue.send("z")
    expect(queue.page.locator(".every")).to_be_visible()
    expect(queue.page.locator("h1")).to_have_text("12 comments wait")


def test_shift_x_again_selects_all_that_match_where_there_are_more(open_queue: Opener) -> None:
    queue = open_queue(52)
    queue.press("Shift+X", "Shift+X", "Shift+X")
    expect(queue.selected).to_have_count(0)
    queue.press("Shift+X", "Shift+X")
    with queue.page.expect_navigation():
        queue.press("Shift+S")
    expect(queue.said).to_contain_text("52 comments moved to spam.")
    assert queue.statuses() == ["spam"] * 52


def test_the_heading_counts_one_as_one(open_queue: Opener) -> None:
    queue = open_queue(2)
    expect(queue.page.locator("h1")).to_have_text("2 comments wait")
    queue.send("a")
    expect(queue.page.locator("h1")).to_have_text("1 comment waits")
    queue.send("z")
    expect(queue.page.locator("h1")).to_have_text("2 comments wait")


def test_z_takes_back_the_last_act_and_then_the_one_before(queue: Queue) -> None:
    queue.send("s")
    queue.send("a")
    assert queue.statuses()[:3] == ["spam", "approved", "pending"]
    assert queue.send("z").status == 200
    expect(queue.row(1)).to_be_focused()
    assert queue.statuses()[:2] == ["spam", "pending"]
    assert queue.send("z").status == 200
    expect(queue.row(0)).to_be_focused()
    assert queue.statuses() == ["pending"] * WAITING
    expect(queue.page.locator("h1")).to_have_text("12 comments wait")


def test_z_takes_back_what_was_done_to_many_at_once(queue: Queue) -> None:
    queue.press("Shift+X")
    queue.send("Shift+D")
    assert queue.statuses() == ["trash"] * WAITING
    queue.send("z")
    expect(queue.rows).to_have_count(WAITING)
    assert queue.statuses() == ["pending"] * WAITING


def test_o_opens_the_comment_in_its_context(queue: Queue) -> None:
    factories.decide(queue.site.db, queue.ids[2], "approve", by=running.by())
    queue.page.goto("/admin/comments?status=approved")
    queue.press("o")
    queue.page.wait_for_url(f"**/{WELCOME}/#comment-{queue.ids[2]}")
    expect(queue.page.locator(f"#comment-{queue.ids[2]}")).to_be_in_viewport()


def test_e_opens_the_comments_own_page_where_a_decides_and_escape_leads_back(queue: Queue) -> None:
    queue.press("j", "j", "e")
    queue.page.wait_for_url(f"**/admin/comments/{queue.ids[1]}")
    queue.press("Escape")
    queue.page.wait_for_url(f"**/admin/comments?status=pending#c-{queue.ids[1]}")
    expect(queue.row(1)).to_have_class(re.compile("here"))
    queue.page.goto(f"/admin/comments/{queue.ids[1]}")
    queue.send("a")
    expect(queue.said).to_contain_text("approved")
    assert queue.status(1) == "approved"
    queue.page.wait_for_load_state()
    queue.send("z")
    expect(queue.said).to_contain_text("Undone")
    assert queue.status(1) == "pending"


def test_escape_on_a_comments_page_leads_back_to_the_search_it_was_found_by(queue: Queue) -> None:
    queue.page.goto("/admin/comments?status=pending&q=reader7")
    queue.press("e")
    queue.page.wait_for_url(f"**/admin/comments/{queue.ids[-7]}?**")
    queue.press("j", "k", "Shift+X")  # which mean something in a list only
    queue.press("Escape")
    queue.page.wait_for_url(f"**/admin/comments?status=pending&q=reader7#c-{queue.ids[-7]}")


@pytest.mark.parametrize(("key", "field"), [("r", "#answer-text"), ("q", "#edit-text")])
def test_what_is_typed_after_r_or_q_stands_in_the_field_and_decides_nothing(queue: Queue, key: str, field: str) -> None:
    queue.press("j", key)
    expect(queue.page.locator(field)).to_be_focused()
    queue.page.keyboard.press("Control+End")
    queue.page.keyboard.type(" dad says so")
    expect(queue.page.locator(field)).to_be_focused()
    expect(queue.page.locator(field)).to_have_value(re.compile("dad says so$"))
    assert queue.statuses() == ["pending"] * WAITING


def test_letters_typed_into_the_search_decide_nothing(queue: Queue) -> None:
    queue.press("/")
    field = queue.page.get_by_label("Search")
    expect(field).to_be_focused()
    queue.press("a", "d", "s", "Shift+A", "?")
    expect(field).to_have_value("adsA?")
    queue.press("Escape")
    expect(queue.row(0)).to_be_focused()
    assert queue.statuses() == ["pending"] * WAITING


def test_a_search_by_keyboard_finds_and_its_first_row_is_marked(queue: Queue) -> None:
    queue.press("/")
    queue.page.keyboard.type("reader7@example.org")
    queue.press("Enter")
    expect(queue.rows).to_have_count(1)
    queue.send("a")
    assert queue.status(WAITING - 7) == "approved"


def test_a_question_mark_shows_the_keys_and_escape_puts_them_away(queue: Queue) -> None:
    queue.press("?")
    keys = queue.page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    queue.press("a", "j", "d")
    assert queue.statuses() == ["pending"] * WAITING
    queue.press("Escape")
    expect(keys).to_be_hidden()


def test_escape_clears_a_selection(queue: Queue) -> None:
    queue.press("j", "x", "j", "x")
    expect(queue.selected).to_have_count(2)
    queue.press("Escape")
    expect(queue.selected).to_have_count(0)
    assert queue.statuses() == ["pending"] * WAITING


def test_a_letter_with_control_belongs_to_the_browser(queue: Queue) -> None:
    queue.press("j", "Control+A", "Alt+S", "Control+Z")
    expect(queue.rows).to_have_count(WAITING)
    assert queue.statuses() == ["pending"] * WAITING


def test_a_comment_decided_elsewhere_comes_back_with_a_sentence(queue: Queue) -> None:
    queue.press("j", "j")
    queue.site.command("spam", str(queue.ids[1]), "--reason", "sells carpets")
    assert queue.send("a").status == 409
    expect(queue.row(1)).to_be_visible()
    expect(queue.row(2)).to_be_focused()
    expect(queue.row(1).locator(".note")).to_contain_text("spam")
    expect(queue.row(1).locator(".note")).to_contain_text("sells carpets")
    expect(queue.row(1).locator(".note")).to_contain_text("Your “Approve” was not applied.")
    expect(queue.said).to_contain_text("Not applied to one comment that somebody else changed meanwhile.")
    assert queue.status(1) == "spam"


def test_after_a_conflict_one_press_decides_all_the_same(queue: Queue) -> None:
    queue.site.command("spam", str(queue.ids[0]))
    queue.send("a")
    with queue.page.expect_response("**/admin/decisions"):
        queue.row(0).get_by_role("button", name="Approve anyway").click()
    expect(queue.row(0)).to_be_hidden()
    assert queue.status(0) == "approved"


def test_deciding_all_the_same_keeps_the_reason(queue: Queue) -> None:
    queue.site.command("approve", str(queue.ids[0]))
    queue.press("j", "x")
    queue.page.locator("#reason").fill("sells carpets")
    queue.press("Escape")
    assert queue.send("Shift+S").status == 409
    with queue.page.expect_response("**/admin/decisions"):
        queue.row(0).get_by_role("button", name="Spam anyway").click()
    reason = "select reason from events where comment_id = ? and after = 'spam'"
    assert queue.site.db.conn.execute(reason, [queue.ids[0]]).fetchall() == [("sells carpets",)]


def test_behind_those_decided_elsewhere_the_next_comments_come(open_queue: Opener) -> None:
    queue = open_queue(60)
    for each in queue.ids[:2]:
        factories.decide(queue.site.db, each, "approve", by=running.by())
    queue.press("Shift+X")
    assert queue.send("Shift+D").status == 409
    expect(queue.rows).to_have_count(12)
    expect(queue.row(0)).to_be_visible()
    expect(queue.row(59)).to_be_visible()


def test_of_many_only_the_one_decided_elsewhere_comes_back(queue: Queue) -> None:
    queue.site.command("trash", str(queue.ids[4]))
    queue.press("Shift+X")
    assert queue.send("Shift+A").status == 409
    expect(queue.rows).to_have_count(1)
    expect(queue.row(4).locator(".note")).to_contain_text("Your “Approve” was not applied.")
    assert queue.status(4) == "trash"
    assert queue.statuses().count("approved") == WAITING - 1


def test_what_the_server_never_heard_of_comes_back_with_a_sentence(queue: Queue) -> None:
    queue.page.context.set_offline(True)
    queue.press("j", "j", "a")
    expect(queue.row(1).locator(".note")).to_contain_text("The server did not answer.")
    expect(queue.row(1)).to_be_visible()
    assert queue.statuses() == ["pending"] * WAITING
    queue.page.context.set_offline(False)
    queue.press("k")
    expect(queue.row(1)).to_be_focused()
    queue.send("a")
    assert queue.status(1) == "approved"


def test_what_was_selected_and_why_can_be_tried_again_when_the_server_did_not_hear(queue: Queue) -> None:
    queue.press("j", "x", "j", "x")
    queue.page.locator("#reason").fill("sells carpets")
    queue.press("Escape")
    queue.page.context.set_offline(True)
    queue.press("Shift+S")
    expect(queue.said).to_contain_text("Not applied.")
    expect(queue.selected).to_have_count(0)
    queue.page.context.set_offline(False)
    again = queue.page.locator("#tray").get_by_role("button", name="Try again")
    assert queue.click(again).status == 200
    assert queue.statuses()[:3] == ["spam", "spam", "pending"]
    reasons = "select distinct reason from events where comment_id in (?, ?) and after = 'spam'"
    assert queue.site.db.conn.execute(reasons, queue.ids[:2]).fetchall() == [("sells carpets",)]


def test_an_undo_that_the_server_did_not_hear_can_be_said_again(queue: Queue) -> None:
    queue.send("a")
    queue.page.context.set_offline(True)
    queue.press("z")
    expect(queue.said).to_contain_text("Not undone.")
    expect(queue.row(0).locator(".note")).to_contain_text("Not undone.")
    queue.page.context.set_offline(False)
    assert queue.send("z").status == 200
    expect(queue.row(0)).to_be_visible()
    assert queue.statuses() == ["pending"] * WAITING


def test_a_list_in_the_order_of_the_score_is_not_taken_for_one_by_age(open_queue: Opener) -> None:
    queue = open_queue(60)
    queue.page.clock.install()
    queue.page.goto("/admin/comments?sort=score")
    expect(queue.rows).to_have_count(50)
    factories.submit(queue.site.db, "One more.", 99, slug=WELCOME, at=running.by().at)
    with queue.page.expect_response("**/admin/comments?sort=score"):
        queue.page.clock.fast_forward(21_000)
    expect(queue.page.locator("h1")).to_have_text("61 comments wait")
    expect(queue.page.locator(".queue .note")).to_have_count(0)
    expect(queue.rows).to_have_count(50)


def test_a_session_that_ended_meanwhile_is_said_and_nothing_is_lost(queue: Queue) -> None:
    queue.page.context.clear_cookies()
    assert queue.send("a").status == 401
    expect(queue.row(0).locator(".note")).to_contain_text("You are no longer signed in.")
    expect(queue.row(0)).to_be_visible()
    assert queue.statuses() == ["pending"] * WAITING


def test_after_a_whole_page_the_next_comments_come_by_themselves(open_queue: Opener) -> None:
    queue = open_queue(60)
    expect(queue.rows).to_have_count(50)
    queue.press("Shift+X")
    queue.send("Shift+S")
    expect(queue.rows).to_have_count(10)
    expect(queue.page.locator("h1")).to_have_text("10 comments wait")
    queue.send("a")
    assert queue.status(50) == "approved"
    assert queue.statuses().count("spam") == 50


def test_keys_pressed_faster_than_the_server_answers_all_count(queue: Queue) -> None:
    queue.press("a", "s", "a", "d", "z", "a")
    expect(queue.page.locator("h1")).to_have_text("8 comments wait")
    queue.become(["approved", "spam", "approved", "approved"] + ["pending"] * 8)


def test_l_leaves_a_comment_for_the_end_of_the_queue_and_z_takes_that_back(queue: Queue) -> None:
    queue.press("j", "j")
    queue.send("l")
    expect(queue.row(1)).to_be_hidden()
    expect(queue.row(2)).to_be_focused()
    assert queue.send("z").status == 200
    expect(queue.row(1)).to_be_focused()
    queue.send("l")
    queue.page.reload()
    left = queue.page.locator(".queue > li").last
    expect(left.locator(".later")).to_have_text("later")
    assert number_of(left) == queue.ids[1]
    assert queue.statuses() == ["pending"] * WAITING


def test_keys_that_come_before_the_sentences_of_the_script_are_not_lost(queue: Queue) -> None:
    held: list[Route] = []
    queue.page.route("**/admin/script.json*", lambda route: held.append(route))
    with queue.page.expect_request("**/admin/script.json*"):
        queue.page.goto("/admin/comments", wait_until="commit")
    queue.page.keyboard.press("/")
    queue.page.keyboard.type("words")
    expect(queue.page.locator("#q")).to_have_value("words")
    queue.page.locator("#q").blur()
    for key in ("j", "j", "Enter"):
        queue.page.keyboard.press(key)
    held[0].continue_()
    expect(queue.page.locator("#beside > #drawer").get_by_role("heading", level=1)).to_contain_text("Reader 11")
