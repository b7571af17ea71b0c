"""What the desk says after an act, and where it leads back to."""

import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.moderation import moves
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide, status, submit
from tests.web.admin.test_desk import said

LATER = "2026-05-07T13:00:00.000Z"


def test_the_log_offers_to_do_again_what_was_undone(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "trash")
    factories.undo(db)
    page = moderator.get("/admin/log").text
    assert "Undid batch 1: One comment moved to trash." in page
    assert re.findall(r"<button aria-label=\"([\w ]+) batch (\d+): ", page) == [("Do it again", "2")]
    again = moderator.post("/admin/batches/2/reversal")
    assert status(db, comment) == "trash"
    assert "Did batch 1 again" in again.text
    assert re.findall(r"<button aria-label=\"([\w ]+) batch (\d+): ", moderator.get("/admin/log").text)[0] == (
        "Undo",
        "3",
    )


def test_a_refused_undo_stays_on_the_desk_and_leads_to_the_later_batch(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    decide(db, comment, "spam")
    page = moderator.post("/admin/batches/1/reversal", data={"back": "/admin/log?kind=decisions"})
    assert page.status_code == 409
    assert '<nav aria-label="Desk"' in page.text
    assert "batch 2 (spam) came later and changed 1 of its 1" in page.text
    link = re.search(r'href="([^"]+)">Show batch 2 in the log', page.text)
    assert link is not None
    assert 'href="/admin/log?kind=decisions">Back' in page.text
    place = link[1].partition("#")[2]
    log = moderator.get(link[1]).text
    assert f'id="{place}"' in log
    assert log.index(f'id="{place}"') < log.index('id="batch-1"')


def test_a_second_undo_leads_to_the_first(moderator: TestClient, db: Database) -> None:
    decide(db, submit(db), "approve")
    factories.undo(db)
    page = moderator.post("/admin/batches/1/reversal")
    assert page.status_code == 409
    assert "Show batch 2 in the log" in page.text


@pytest.mark.parametrize(
    ("way", "data", "sentence"),
    [
        ("later", {"later": "1"}, "Left for later: it is now at the end of the queue."),
        ("later", {"later": "0"}, "No longer marked for later."),
        ("note", {"note": "Is this Olga?"}, "Note saved."),
        ("lock", {"locked": "1"}, "Locked a thread."),
        ("lock", {"locked": "0"}, "Nothing to change."),
    ],
)
def test_every_button_of_a_comment_answers_something(
    moderator: TestClient, db: Database, way: str, data: dict[str, str], sentence: str
) -> None:
    comment = submit(db)
    page = moderator.post(f"/admin/comments/{comment}/{way}", data=data)
    assert said(page) == sentence
    assert "said=" not in page.text


def test_without_a_script_a_decision_leads_back_to_the_next_row(moderator: TestClient, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(4)][::-1]
    seen = [f"{each}:pending:1" for each in ids]
    back = "/admin/comments?status=pending"

    def led_to(path: str, **form: object) -> str:
        answer = moderator.post(path, data={"seen": seen, "back": back, **form}, follow_redirects=False)
        return answer.headers["location"].partition("#")[2]

    assert led_to("/admin/decisions", only=f"spam:{ids[1]}") == f"c-{ids[2]}"
    assert led_to("/admin/decisions", decision="spam", id=[str(ids[0]), str(ids[2])]) == f"c-{ids[3]}"
    assert led_to("/admin/decisions", only=f"spam:{ids[3]}") == f"c-{ids[2]}"
    assert led_to(f"/admin/comments/{ids[1]}/later", later="1") == f"c-{ids[2]}"
    assert led_to("/admin/batches/1/reversal") == f"c-{ids[1]}"
    assert led_to("/admin/decisions", decision="approve", all="1") == ""


def test_only_an_end_on_an_open_post_opens_nothing(moderator: TestClient, db: Database, client: TestClient) -> None:
    form = re.search(rf'action="/admin/posts/{SLUG}/closure".*?</form>', moderator.get("/admin/posts").text, re.DOTALL)
    page = moderator.get("/admin/posts").text
    select = page[page.index(f'<select id="mode-{SLUG}"') :].partition("</select>")[0]
    assert form is not None
    assert re.findall(r'<option value="([^"]+)" selected>([^<]+)', select) == [("now", "unchanged: open")]
    answer = moderator.post(f"/admin/posts/{SLUG}/closure", data={"mode": "now", "until": "2099-12-24", "note": ""})
    assert answer.status_code == 422
    assert "Choose a state for the discussion." in answer.text
    assert 'value="2099-12-24"' in answer.text
    assert closing.of_post(db, SLUG, at=NOON)[0].mode == "open"
    assert db.conn.execute("select count(*) from closures").fetchone()[0] == 0


def test_a_switch_begins_at_what_was_set(moderator: TestClient, db: Database) -> None:
    with store.transaction(db):
        closing.close(db, SLUG, mode="moderated", by=by())
    page = moderator.get("/admin/posts").text
    select = page[page.index(f'<select id="mode-{SLUG}"') :].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]+)" selected', select) == ["moderated"]
    assert 'value="now"' not in select


def test_moving_says_nothing_of_an_answer_that_was_taken_back(moderator: TestClient, db: Database) -> None:
    factories.post(db, "other")
    comment = submit(db)
    moderator.post(f"/admin/comments/{comment}/answer", data={"comment": "An answer.", "approve": "1"})
    factories.undo(db)
    with store.transaction(db):
        batch = moves.move(db, comment, post="other", by=by(LATER))
    page = moderator.get(f"/admin/log?did={batch}")
    assert said(page) == "Moved a comment to another place."
    factories.undo(db, batch)
    assert db.conn.execute("select count(distinct post_id) from comments").fetchone()[0] == 1
