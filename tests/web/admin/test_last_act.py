"""The foot of the desk: what one did last, its Undo on every page, and a reason afterwards."""

import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.journal import events
from tests import factories
from tests.factories import by, decide, set_clock, status, submit
from tests.web.admin.test_desk import said

FOOT = re.compile(r'<p class="last soft">(.*?)</p>\s*<form id="undo" method="(\w+)" action="([^"]+)"', re.DOTALL)
LATER = "2126-05-07T12:00:00.000Z"


def act(moderator: TestClient, decision: str, *ids: int) -> None:
    assert moderator.post("/admin/decisions", data={"decision": decision, "id": [str(each) for each in ids]}).is_success


def foot(moderator: TestClient, path: str = "/admin/comments") -> tuple[str, str, str] | None:
    found = FOOT.search(moderator.get(path).text)
    return (found[1], found[2], found[3]) if found else None


def test_every_page_offers_to_undo_the_last_act_of_the_session(moderator: TestClient, db: Database) -> None:
    assert foot(moderator) is None
    ids = [submit(db, f"Thought {n}.", n) for n in (1, 2)]
    act(moderator, "approve", *ids)
    for path in ("/admin/comments", "/admin/", "/admin/log", "/admin/posts", f"/admin/comments/{ids[0]}"):
        last = foot(moderator, path)
        assert last is not None, path
        assert (last[0].endswith("2 comments approved."), last[1], last[2]) == (
            True,
            "post",
            "/admin/batches/1/reversal",
        )
        assert "They will wait again." in moderator.get(path).text
    moderator.post("/admin/batches/1/reversal", data={"back": "/admin/comments"})
    assert status(db, ids[0]) == "pending"
    assert foot(moderator) is None


def test_undo_goes_back_act_by_act_and_redo_forward(moderator: TestClient, db: Database) -> None:
    first, second = submit(db, n=1), submit(db, "Other.", 2)
    act(moderator, "approve", first)
    act(moderator, "spam", second)
    for number in (second, first):
        last = foot(moderator)
        assert last is not None
        moderator.post(last[2])
        assert status(db, number) == "pending"
    for number, then in ((first, "approved"), (second, "spam")):
        redo = re.search(r'<form id="redo" method="post" action="([^"]+)"', moderator.get("/admin/comments").text)
        assert redo, number
        moderator.post(redo[1])
        assert status(db, number) == then
        if number == first:
            continue
    assert 'id="redo"' not in moderator.get("/admin/comments").text


def test_acts_of_others_of_commands_and_of_before_the_session_are_not_offered(
    moderator: TestClient, db: Database
) -> None:
    decide(db, submit(db), "approve")  # by a command
    mia = factories.account(db, "mia", role="moderator")
    decide(db, submit(db, "Other.", 2), "approve", by=by(account=mia, source="web"))
    decide(db, submit(db, "Third.", 3), "approve", by=by("2020-05-07T12:00:00.000Z", account=1, source="web"))
    assert foot(moderator) is None


def test_an_act_on_many_and_one_of_long_ago_ask_first(
    moderator: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [submit(db, f"Thought {n}.", n) for n in range(1, 52)]
    act(moderator, "spam", *ids)
    last = foot(moderator)
    assert last is not None
    assert last[1:] == ("get", "/admin/batches/1/reversal")
    question = moderator.get("/admin/batches/1/reversal?back=/admin/comments").text
    assert "51 comments moved to spam." in question
    assert "They will wait again." in question
    assert status(db, ids[0]) == "spam"
    assert moderator.get("/admin/batches/99/reversal").status_code == 404
    moderator.post("/admin/batches/1/reversal")
    assert status(db, ids[0]) == "pending"
    act(moderator, "approve", ids[0])
    now = events.earlier(db.conn.execute("select max(at) from batches").fetchone()[0], seconds=-3_700)
    set_clock(monkeypatch, now)
    last = foot(moderator)
    assert last is not None
    assert last[1] == "get"


def test_a_reason_is_given_afterwards_by_whoever_decided(moderator: TestClient, db: Database) -> None:
    number = submit(db)
    act(moderator, "trash", number)
    answer = moderator.post(
        "/admin/batches/1/reason", data={"reason": " Off topic "}, headers={"accept": "application/json"}
    )
    assert answer.json() == {"batch": 1, "reason": "Off topic"}
    assert '<q dir="auto">Off topic</q>' in moderator.get("/admin/comments?status=trash").text
    assert "Off topic" in moderator.get(f"/admin/comments/{number}").text
    assert "Off topic" in moderator.get("/admin/log").text


def test_a_colleague_who_was_late_reads_the_reason_that_was_given_afterwards(
    moderator: TestClient, db: Database
) -> None:
    number = submit(db)
    act(moderator, "trash", number)
    moderator.post("/admin/batches/1/reason", data={"reason": "Off topic"})
    late = {"decision": "approve", "id": str(number), "seen": f"{number}:pending"}
    answer = moderator.post("/admin/decisions", data=late, headers={"accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json()["conflicts"][0]["reason"] == "Off topic"


@pytest.mark.parametrize("case", ["undone", "of a colleague", "unknown", "too long"])
def test_a_reason_is_refused(moderator: TestClient, db: Database, case: str) -> None:
    number = submit(db)
    if case == "of a colleague":
        decide(db, number, "trash")
    else:
        act(moderator, "trash", number)
    if case == "undone":
        moderator.post("/admin/batches/1/reversal")
    reason = "x" * 501 if case == "too long" else "Off topic"
    answer = moderator.post(f"/admin/batches/{77 if case == 'unknown' else 1}/reason", data={"reason": reason})
    assert answer.status_code == {"unknown": 404, "too long": 422}.get(case, 409)
    assert db.conn.execute("select reason from batches where id = 1").fetchone()[0] == ""


def test_the_list_has_long_texts_cut_no_names_of_rules_and_few_bytes(moderator: TestClient, db: Database) -> None:
    words = "A comment of the usual length, which fits into two lines on the desk and says what it has to say. "
    for n in range(1, 51):
        submit(db, words * (1 if n % 3 else 12) + f"Number {n}.", n)
    page = moderator.get("/admin/comments")
    rows = page.text[page.text.index('<ol class="queue"') : page.text.index("</ol>")]
    assert len(page.content) < 61_000
    assert rows.count("Show all, ") == 16
    assert "comment_previously_approved" not in rows
    assert said(page) == ""
