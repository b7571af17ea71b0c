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


def test_entries_stand_beneath_their_day_newest_first(moderator: TestClient, db: Database) -> None:
    numbers = [submit(db, f"Number {n}.", n) for n in (1, 2)]
    decide(db, [numbers[0]], "approve", by=factories.by("2026-05-03T10:00:00.000Z"))
    decide(db, [numbers[1]], "spam", by=factories.by("2026-05-04T10:00:00.000Z"))
    page = moderator.get("/admin/log?kind=decisions").text
    days = re.findall(r'<h2 class="day">([^<]+)</h2>', page)
    assert days == ["4 May 2026", "3 May 2026"]
    assert "<b>the command line</b>" in page
