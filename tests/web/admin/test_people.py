"""The queue by people, and decisions on all that waits from one."""

import json
import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.journal import events
from blog.moderation import Ruling, bans
from blog.moderation.acts import ACTS
from blog.rules import policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import NOON, by, decide, status, submit


@pytest.fixture(autouse=True)
def hurried(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "near_duplicates": "0"}, by=by())


def persons(page: str) -> list[tuple[str, str]]:
    """Return of each row the comment that stands for the person, and how many wait."""
    return re.findall(r'value="approve:(\d+)">Approve ?(\d*)<', page)


def test_there_is_one_row_for_each_person_who_writes_for_the_first_time(moderator: TestClient, db: Database) -> None:
    several = [submit(db, f"Thought {n}.", 1, author=f"Name {n}") for n in range(3)]
    known = submit(db, "Known.", 2)
    decide(db, known, "approve")
    submit(db, "Known again.", 2)
    single = submit(db, "Single.", 3)
    page = moderator.get("/admin/people").text
    assert persons(page) == [(str(several[-1]), "3"), (str(single), "")]
    assert "2 people write here for the first time, with 4 comments" in page
    assert "also Name 1 and Name 0" in page or "also Name 0 and Name 1" in page
    assert "This browser: 3 comments under 3 names." in page


def test_pages_of_people_hold_each_person_once(moderator: TestClient, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n) for n in range(1, 61)]
    first = moderator.get("/admin/people").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    second = moderator.get(following[1]).text
    assert [int(number) for number, _ in persons(first) + persons(second)] == ids[::-1]


@pytest.mark.parametrize("standing", ["trusted", "held", "banned"])
@pytest.mark.parametrize(("decision", "then"), [("approve", "approved"), ("spam", "spam"), ("trash", "trash")])
def test_one_act_decides_on_all_of_a_person_and_what_comes_next_and_one_undo_takes_it_back(
    moderator: TestClient, db: Database, standing: str, decision: str, then: str
) -> None:
    theirs = [submit(db, f"Thought {n}.", 1) for n in range(3)]
    other = submit(db, "Other.", 2)
    page = moderator.post("/admin/people", data={"person": f"{decision}:{theirs[0]}", f"then-{theirs[0]}": standing})
    assert page.status_code == 200
    assert "3 comments of a sender" in page.text
    assert [status(db, each) for each in theirs] == [then] * 3
    assert status(db, other) == "pending"
    later = {"trusted": "approved", "held": "pending", "banned": "trash"}
    assert status(db, submit(db, "Next.", 1)) == later[standing]
    batch = events.last_batch(db)
    with store.transaction(db):
        moderation.undo(db, batch, ACTS, by=by())
    assert [status(db, each) for each in theirs] == ["pending"] * 3
    assert bans.all_rules(db, at=NOON) == []
    assert integrity.check(db) == []


def test_what_arrives_after_the_page_was_made_is_left_alone(moderator: TestClient, db: Database) -> None:
    first = submit(db, "First.", 1)
    page = moderator.get("/admin/people").text
    asof = re.search(r'name="asof" value="(\d+)"', page)
    assert asof
    second = submit(db, "Second.", 1)
    for then in ("", "held"):
        form = {"person": f"spam:{first}", "then": then, "asof": asof[1]}
        moderator.post("/admin/people", data=form)
        assert (status(db, first), status(db, second)) == ("spam", "pending")


def test_the_comments_of_one_browser_offer_what_comes_next(moderator: TestClient, db: Database) -> None:
    number = submit(db, "First.", 1)
    submit(db, "Second.", 1)
    page = moderator.get(f"/admin/comments?status=pending&sender=reader:{number}").text
    assert f'name="person" value="approve:{number}"' in page
    answer = moderator.post(
        "/admin/people", data={"person": f"approve:{number}"}, headers={"accept": "application/json"}
    )
    assert answer.json() == {"batch": events.last_batch(db)}


def test_bad_input_is_refused_with_a_sentence(moderator: TestClient, db: Database) -> None:
    number = submit(db)
    answer = moderator.post("/admin/people", data={"person": "love:1"}, headers={"accept": "application/json"})
    assert (answer.status_code, json.loads(answer.text)["errors"]["person"]) == (
        422,
        "Name a decision and a comment, like approve:42.",
    )
    refused = moderator.post("/admin/people", data={"person": f"spam:{number}", "then": "king"})
    assert refused.status_code == 422
    assert status(db, number) == "pending"


def test_the_decisions_on_a_person_teach_the_filter_and_their_undo_takes_that_back(db: Database) -> None:
    factories.post(db)
    number = submit(db, "Cheap shoes.", 1)
    with store.transaction(db):
        bans.decide_person(db, number, "banned", Ruling(moderation.Decision.SPAM), by=by())
    label = "select label from filter_examples where key = ?"
    assert db.conn.execute(label, [str(number)]).fetchone()[0] == "spam"
    factories.undo(db)
    assert db.conn.execute(label, [str(number)]).fetchone()[0] == ""
