"""The second look: what of a week is drawn, what people then say of it, and how often rules and filter were wrong."""

import re
import time

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import app, jobs, moderation
from blog.errors import NotFound
from blog.journal.events import Actor
from blog.moderation import second_look
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import by, decide, status, submit

MONDAY = "2026-05-04"  # of the week of factories.NOON, a Thursday
AFTER = "2026-05-12T08:00:00.000Z"


@pytest.fixture
def desk(db: Database) -> Database:
    factories.post(db)
    with store.transaction(db):
        policy.change(db, {"comment_network_limit": "0", "near_duplicates": "0", "comment_burst": "0"}, by=by())
    return db


def put_aside(db: Database, n: int, at: str = factories.NOON) -> int:
    """Let a rule take a comment for spam."""
    return submit(db, f"Thought {n}.", n, at=at, homepage="http://spam.example/")


def draw(db: Database, at: str = AFTER) -> int:
    with store.transaction(db):
        return second_look.draw(db, at=at)


def confirm(db: Database, *ids: int) -> int | None:
    with store.transaction(db):
        return second_look.confirm(db, list(ids), by=by())


def looks(db: Database) -> dict[int, str]:
    sample = second_look.of_week(db)
    assert sample
    return dict(sample["looks"])


def rate(db: Database) -> tuple[int, int, int]:
    (week,) = second_look.rates(db)
    return week["size"], week["looked"], week["wrong"]


def test_a_sample_is_of_the_last_whole_week(desk: Database) -> None:
    put_aside(desk, 1, "2026-05-03T23:59:59.999Z")
    first = put_aside(desk, 2, "2026-05-04T00:00:00.000Z")
    last = put_aside(desk, 3, "2026-05-10T23:59:59.999Z")
    put_aside(desk, 4, "2026-05-11T00:00:00.000Z")
    submit(desk, "This one only waits.", 5)
    assert draw(desk, "2026-05-10T23:00:00.000Z") == 1  # of the week before
    assert draw(desk) == 2
    sample = second_look.of_week(desk)
    assert sample
    assert (sample["week"], sample["among"], set(sample["looks"])) == (MONDAY, 2, {first, last})


def test_it_is_drawn_once_and_twenty_at_most(desk: Database) -> None:
    ids = [put_aside(desk, n) for n in range(60)]
    assert draw(desk) == 20
    sample = second_look.of_week(desk)
    assert sample
    assert (sample["among"], len(second_look.comments_of(desk, sample))) == (60, 20)
    drawn = list(sample["looks"])
    assert max(b - a for a, b in zip(sorted(drawn), sorted(drawn)[1:], strict=False)) < 10  # from all over the week
    decide(desk, ids[:30], "delete")
    put_aside(desk, 99)
    assert draw(desk) == 0
    assert list(looks(desk)) == drawn


def test_it_is_drawn_soon_after_the_start(site: Settings, desk: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SETTLED_SECONDS", 0.05)
    number = put_aside(desk, 1, f"{second_look.week_before(sites.now())}T12:00:00.000Z")
    with TestClient(app.create_app(site), base_url="http://127.0.0.1:8000"):
        assert any(second_look.of_week(desk) or time.sleep(0.05) for _ in range(200))
    assert looks(desk) == {number: ""}


def test_a_week_in_which_nothing_was_put_aside_has_none(desk: Database) -> None:
    submit(desk)
    assert draw(desk) == 0
    assert second_look.of_week(desk) is None
    assert second_look.rates(desk) == []


def test_what_people_say_is_the_error_rate_wherever_they_say_it(desk: Database) -> None:
    a, b, c, d = (put_aside(desk, n) for n in range(4))
    draw(desk)
    assert rate(desk) == (4, 0, 0)
    assert confirm(desk, a)
    decide(desk, b, "approve")
    decide(desk, [a, c], "trash")  # from spam to the trash says nothing about who was right
    decide(desk, d, "delete")
    assert looks(desk) == {a: "right", b: "wrong", c: "", d: ""}
    assert rate(desk) == (4, 2, 1)
    decide(desk, b, "spam")
    assert looks(desk)[b] == "right"


def test_a_confirmation_is_journalled_and_can_be_undone_and_redone(desk: Database) -> None:
    number = put_aside(desk, 1)
    draw(desk)
    batch = confirm(desk, number)
    assert status(desk, number) == "spam"
    undone = factories.undo(desk, batch)["batch"]
    assert (rate(desk), status(desk, number)) == ((1, 0, 0), "spam")
    factories.undo(desk, undone)
    assert rate(desk) == (1, 1, 0)
    wrong = put_aside(desk, 2)
    assert confirm(desk, number) is None  # somebody has looked
    with pytest.raises(NotFound):
        confirm(desk, wrong)
    assert desk.conn.execute("select count(*) from batches where kind = 'confirm'").fetchone()[0] == 1


def test_a_confirmation_teaches_the_filter_and_its_undo_takes_that_back(desk: Database) -> None:
    number = put_aside(desk, 1)
    draw(desk)
    batch = confirm(desk, number)
    label = "select label from filter_examples where key = ?"
    assert desk.conn.execute(label, [number]).fetchone()[0] == "spam"
    factories.undo(desk, batch)
    assert desk.conn.execute(label, [number]).fetchone()[0] == ""


def test_the_rate_outlives_the_comments(desk: Database) -> None:
    number = put_aside(desk, 1)
    draw(desk)
    confirm(desk, number)
    with store.transaction(desk):
        moderation.remove(desk, [number], by=Actor(AFTER, None, "rule"))
    assert rate(desk) == (1, 1, 0)
    sample = second_look.of_week(desk)
    assert sample
    assert second_look.comments_of(desk, sample) == []


def test_the_samples_of_earlier_weeks_can_be_looked_at(moderator: TestClient, db: Database, desk: Database) -> None:
    old = put_aside(db, 1)
    draw(db)
    db.conn.execute("update second_looks set week = '2026-04-20'")
    new = put_aside(db, 2)
    db.conn.execute("insert into second_looks values (?, '2026-04-27', 1)", [new])
    page, address = moderator.get("/admin/second-look").text, "/admin/second-look?week=2026-04-20"
    assert (f'id="c-{new}"' in page, f'id="c-{old}"' in page, f'<a href="{address}">' in page) == (True, False, True)
    page = moderator.get(address).text
    assert (f'id="c-{new}"' in page, f'id="c-{old}"' in page, f'<a href="{address}">' in page) == (False, True, False)
    assert moderator.get("/admin/second-look?week=2026-01-05").status_code == 404


def test_the_page_shows_the_sample_and_takes_both_answers(moderator: TestClient, db: Database, desk: Database) -> None:
    page = moderator.get("/admin/second-look").text
    assert "On Mondays, up to 20 of the comments" in page
    assert "On Mondays, up to 20 of the comments" in moderator.get("/admin/").text
    ids = [put_aside(db, n) for n in range(4)]
    draw(db)
    page = re.sub(r"\s+", " ", moderator.get("/admin/second-look").text)
    assert "All 4 comments that rules and filter put aside without a person in the week from 4 May." in page
    assert "0 of 4 looked at" in page
    assert "Filled in the hidden field, to spam" in page
    assert "honeypot" not in page
    assert "All the others are right: 4" in page
    answer = moderator.post("/admin/second-look", data={"right": str(ids[0]), "back": "/admin/second-look"})
    assert "One comment found rightly put aside." in answer.text
    assert "Found rightly put aside by ana, just now." in answer.text
    seen = f"{ids[1]}:spam:1"
    wrong = {"only": f"approve:{ids[1]}", "seen": seen, "back": "/admin/second-look"}
    assert "One comment approved." in moderator.post("/admin/decisions", data=wrong).text
    assert status(db, ids[1]) == "approved"
    rest = {"right": "rest", "shown": f"{ids[2]} {ids[3]} ", "back": "/admin/second-look"}
    answer = moderator.post("/admin/second-look", data=rest)
    assert "2 comments found rightly put aside." in answer.text
    assert "4 of 4 looked at" in answer.text
    assert "Wrongly put aside: 1 of 4 that were looked at." in answer.text
    page = re.sub(r"\s+", " ", moderator.get("/admin/").text)
    assert "4 of 4 looked at" in page
    assert "Week from 4 May: 1 wrong of 4 looked at" in page
    assert moderator.post("/admin/second-look", data={"right": "all"}).status_code == 422
