"""The log: what was done in sentences, day by day, and what each entry offers."""

import re

from sqlite_utils import Database
from starlette.testclient import TestClient

from tests import factories
from tests.factories import decide, submit


def labels(page: str) -> list[str]:
    return re.findall(r'<button aria-label="[^"]+"><span>([^<]+)</span>', page)


def test_an_undo_can_be_done_again(moderator: TestClient, db: Database) -> None:
    number = submit(db, "Here.")
    moderator.post("/admin/decisions", data={"decision": "approve", "id": str(number)})
    moderator.post("/admin/batches/1/reversal")
    page = moderator.get("/admin/log").text
    assert labels(page) == ["Do it again"]
    assert "Undone by batch 2" in page
    moderator.post("/admin/batches/2/reversal")
    assert factories.status(db, number) == "approved"
    assert labels(moderator.get("/admin/log").text) == ["Undo", "Undo"]  # of the act, and of doing it again


def test_several_acts_are_undone_at_once_the_newest_first_and_done_again(moderator: TestClient, db: Database) -> None:
    numbers = [submit(db, f"Number {n}.", n) for n in (1, 2, 3)]
    for decision, number in (("approve", numbers[0]), ("spam", numbers[0]), ("approve", numbers[1])):
        moderator.post("/admin/decisions", data={"decision": decision, "id": str(number)})
    assert "Undo several acts" in moderator.get("/admin/log").text
    ticked = moderator.get("/admin/log?several=all").text
    assert len(re.findall(r'name="batch" value="\d+"[^>]* checked>', ticked)) == 3
    assert " checked>" not in moderator.get("/admin/log?several=none").text
    answer = moderator.post(
        "/admin/log/reversals", data={"batch": ["1", "2", "3"], "back": "/admin/log?kind=decisions"}
    )
    assert "<h1>3 acts were undone</h1>" in answer.text
    assert 'href="/admin/log?kind=decisions"' in answer.text
    assert [factories.status(db, number) for number in numbers] == ["pending"] * 3
    undone = re.findall(r'name="batch" value="(\d+)"', answer.text)
    assert undone == ["4", "5", "6"]
    again = moderator.post("/admin/log/reversals", data={"batch": undone})
    assert "<h1>3 acts were undone</h1>" in again.text
    assert [factories.status(db, number) for number in numbers] == ["spam", "approved", "pending"]


def test_an_act_that_cannot_be_undone_is_told_and_the_others_are_undone(moderator: TestClient, db: Database) -> None:
    numbers = [submit(db, f"Number {n}.", n) for n in (1, 2)]
    for decision, number in (("approve", numbers[0]), ("spam", numbers[0]), ("approve", numbers[1])):
        moderator.post("/admin/decisions", data={"decision": decision, "id": str(number)})
    answer = moderator.post("/admin/log/reversals", data={"batch": ["1", "3", "99", "no"]})
    assert "<h1>1 act was undone</h1>" in answer.text
    assert "There is no batch 99." in answer.text
    assert "Batch 1 cannot be undone alone" in answer.text
    assert [factories.status(db, number) for number in numbers] == ["spam", "pending"]
    assert "<h1>Nothing was undone</h1>" in moderator.post("/admin/log/reversals", data={}).text


def test_entries_stand_beneath_their_day_newest_first(moderator: TestClient, db: Database) -> None:
    numbers = [submit(db, f"Number {n}.", n) for n in (1, 2)]
    decide(db, [numbers[0]], "approve", by=factories.by("2026-05-03T10:00:00.000Z"))
    decide(db, [numbers[1]], "spam", by=factories.by("2026-05-04T10:00:00.000Z"))
    page = moderator.get("/admin/log?kind=decisions").text
    days = re.findall(r'<h2 class="day">([^<]+)</h2>', page)
    assert days == ["4 May 2026", "3 May 2026"]
    assert "<b>the command line</b>" in page
