"""“All N that match”: the number that is shown is the number that is decided on, and what is left out is said."""

import importlib
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.comments import notes, search
from blog.moderation import Selection, moves, reply
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.factories import by, decide, hidden_fields, status, submit

queue = importlib.import_module("blog.moderation.queue")  # the function of this name hides the module
JSON = {"accept": "application/json"}
SPAM = "/admin/comments?status=spam"


def number_shown(page: str) -> int:
    found = re.search(r'data-count="(\d+)">([\d,]+)<', page)
    assert found is not None
    assert found[1] == found[2].replace(",", "")
    return int(found[1])


def ids_shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="c-(\d+)"', page)]


def decide_on_all(moderator: TestClient, page: str, decision: str) -> dict[str, Any]:
    form = {**hidden_fields(page), "all": "1", "decision": decision}
    answer: dict[str, Any] = moderator.post("/admin/decisions", data=form, headers=JSON).json()
    return answer


@pytest.fixture
def sixty(db: Database) -> list[int]:
    ids = [submit(db, f"Shoes {n}.", n=n) for n in range(1, 61)]
    for place, number in enumerate(ids):
        db.conn.execute("update comments set score = ? where id = ?", [(place * 37 % 60) / 60, number])
    return ids


@pytest.mark.parametrize("address", ["", "?sort=score", "?q=Shoes", "?rule=comment_previously_approved", "?days=1"])
def test_in_every_order_all_that_match_are_decided_on(moderator: TestClient, sixty: list[int], address: str) -> None:
    page = moderator.get(f"/admin/comments{address}").text
    assert number_shown(page) == 60
    answer = decide_on_all(moderator, page, "spam")
    assert (answer["moved"], answer["left"]) == (60, 0)


@pytest.mark.parametrize("address", ["?", "?sort=score&"])
def test_on_a_later_page_all_that_match_are_those_of_every_page(
    moderator: TestClient, sixty: list[int], address: str
) -> None:
    first = moderator.get(f"/admin/comments{address}").text
    older = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert older is not None
    page = moderator.get(older[1].replace("&amp;", "&")).text
    assert len(ids_shown(page)) == 10
    assert number_shown(page) == 60
    assert decide_on_all(moderator, page, "spam")["moved"] == 60


def test_the_newest_being_left_for_later_takes_nothing_out_of_all_that_match(
    moderator: TestClient, sixty: list[int]
) -> None:
    moderator.post(f"/admin/comments/{sixty[-1]}/later", data={"later": "1"})
    page = moderator.get("/admin/comments?rule=comment_previously_approved").text
    assert number_shown(page) == 60
    assert decide_on_all(moderator, page, "spam")["moved"] == 60


def test_what_came_since_the_page_is_not_touched_and_not_counted(
    moderator: TestClient, db: Database, sixty: list[int]
) -> None:
    page = moderator.get("/admin/comments").text
    late = submit(db, "Late shoes.", n=99)
    answer = decide_on_all(moderator, page, "spam")
    assert (answer["moved"], answer["left"]) == (60, 0)
    assert status(db, late) == "pending"


def test_what_was_edited_or_decided_since_the_page_is_left_and_said(
    moderator: TestClient, db: Database, sixty: list[int]
) -> None:
    page = moderator.get("/admin/comments").text
    with store.transaction(db):
        factories.edit(db, sixty[0], author="Eve", url="", text="Buy shoes.", by=by())
    decide(db, sixty[1], "approve")
    decide(db, sixty[2], "approve")
    factories.undo(db)
    form = {**hidden_fields(page), "all": "1", "decision": "approve"}
    answer = moderator.post("/admin/decisions", data=form)
    assert (
        "57 comments approved. 3 comments were not changed: they had this status already, or were changed"
        in answer.text
    )
    assert [status(db, each) for each in sixty[:4]] == ["pending", "approved", "pending", "approved"]


def test_what_stands_so_already_counts_as_left(moderator: TestClient, db: Database, sixty: list[int]) -> None:
    decide(db, sixty[:10], "approve")
    page = moderator.get("/admin/comments?status=all").text
    assert number_shown(page) == 60
    answer = decide_on_all(moderator, page, "approve")
    assert (answer["moved"], answer["left"]) == (50, 10)


def test_emptying_from_a_stale_page_does_not_say_that_all_is_as_wanted(moderator: TestClient, db: Database) -> None:
    old = [submit(db, n=n) for n in range(1, 4)]
    decide(db, old, "spam")
    page = moderator.get("/admin/comments?status=spam").text
    decide(db, old, "approve")
    new = [submit(db, "More.", n=n) for n in range(5, 8)]
    decide(db, new, "spam")
    answer = moderator.post("/admin/decisions", data={**hidden_fields(page), "empty": "1", "back": SPAM}).text
    assert "as you want it" not in answer
    assert "Nothing to change. 3 comments were not changed" in answer
    assert "3 comments in spam" in answer


@pytest.fixture
def little_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so few comments count as very many."""
    monkeypatch.setattr(search, "FEW", 5)
    monkeypatch.setattr(queue, "NEAR", 20)
    monkeypatch.setattr(queue, "PAGE", 10)
    monkeypatch.setattr(queue, "COUNTED", 25)


@pytest.mark.parametrize(
    "address", ["?q=Shoes", "?q=s", "?q=Shoes&status=all", "?author=Reader", "?days=1", "?q=s&status=all"]
)
def test_of_very_many_a_number_is_said_and_exactly_so_many_are_decided_on(
    moderator: TestClient, db: Database, sixty: list[int], little_reach: None, address: str
) -> None:
    page = moderator.get(f"/admin/comments{address}").text
    shown = number_shown(page)
    assert 10 <= shown < 60
    assert "Select the newest <b" in page
    assert "more than" not in page.lower()
    decide(db, sixty[-3], "trash")
    answer = decide_on_all(moderator, page, "spam")
    assert (answer["moved"], answer["left"]) == (shown - 1, 1)
    spam = {each for each in sixty if status(db, each) == "spam"}
    assert spam == {*sixty[-shown:]} - {sixty[-3]}


@pytest.mark.parametrize("rare", [1, 12])
def test_rare_words_among_very_many_comments_are_counted_to_a_page_at_least(
    moderator: TestClient, db: Database, sixty: list[int], little_reach: None, rare: int
) -> None:
    for number in sixty[:rare]:
        db.conn.execute("update comments set text = 'Zq boots' where id = ?", [number])
    page = moderator.get("/admin/comments?q=zq").text
    shown = number_shown(page)
    assert shown == min(rare, 10)
    assert decide_on_all(moderator, page, "spam")["moved"] == shown


# A property: whatever the list, and whatever happens meanwhile, the parts add up.

LISTS = (
    {},
    {"q": "shoes"},
    {"q": "s"},
    {"author": "Reader 1"},
    {"rule": "comment_previously_approved"},
    {"post": "other"},
    {"replied": "1"},
    {"days": "1"},
    {"later": "1"},
    {"domain": "a.example"},
    {"sender": "email:1"},
    {"q": "hats", "post": "a-post"},
)


def _arrive(db: Database, chance: random.Random, ids: list[int]) -> None:
    slug, text = chance.choice(("a-post", "other")), chance.choice(("Shoes", "Hats", "See http://a.example"))
    ids.append(submit(db, f"{text} {len(ids)}.", n=len(ids) % 7 + 1, slug=slug))


def _reply(db: Database, chance: random.Random, ids: list[int]) -> None:
    parent = chance.choice(ids)
    with store.transaction(db):
        draft = reply.prepare(f"An answer {len(ids)}.", 1, "ana", "ana@example.org")
        reply.answer(db, parent, draft, by=by(account=1), approve=True)


def _edit(db: Database, chance: random.Random, ids: list[int]) -> None:
    text = f"{chance.choice(('Shoes', 'Hats'))}, edited {chance.random()}."
    with store.transaction(db):
        factories.edit(db, chance.choice(ids), author="Reader 1", url="", text=text, by=by())


def _decide(db: Database, chance: random.Random, ids: list[int]) -> None:
    decide(db, chance.sample(ids, 2), chance.choice(("approve", "spam", "trash", "unapprove")))


def _there_and_back(db: Database, chance: random.Random, ids: list[int]) -> None:
    if (batch := decide(db, chance.sample(ids, 3), chance.choice(("approve", "spam")))["batch"]) is not None:
        factories.undo(db, batch)


def _later(db: Database, chance: random.Random, ids: list[int]) -> None:
    with store.transaction(db):
        notes.leave_for_later(db, chance.choice(ids), chance.random() < 0.7)


def _move(db: Database, chance: random.Random, ids: list[int]) -> None:
    with store.transaction(db):
        moves.move(db, chance.choice(ids), post=chance.choice(("a-post", "other")), by=by())


HAPPENINGS: tuple[Callable[[Database, random.Random, list[int]], None], ...] = (
    _arrive,
    _reply,
    _edit,
    _decide,
    _there_and_back,
    _later,
    _move,
)


@pytest.mark.parametrize("seed", range(40))
def test_the_number_shown_is_what_moves_and_what_is_left(
    moderator: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(queue, "PAGE", 5)
    monkeypatch.setattr("blog.web.admin.comments.PAGE", 5)
    if seed % 2:
        monkeypatch.setattr(search, "FEW", 3)
        monkeypatch.setattr(queue, "NEAR", 8)
        monkeypatch.setattr(queue, "COUNTED", 9)
    factories.post(db, "other")
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "0"}, by=by())
    ids: list[int] = []
    for _ in range(24):
        _arrive(db, chance, ids)
    for _ in range(10):
        chance.choice(HAPPENINGS)(db, chance, ids)
    wanted = {"status": chance.choice(("pending", "pending", "all", "spam", "approved")), **chance.choice(LISTS)}
    wanted |= {"sort": "score"} if chance.random() < 0.3 else {}
    page = moderator.get("/admin/comments", params=wanted).text
    older = re.search(r'href="([^"]+after=[^"]+)"', page)
    if older and chance.random() < 0.5:
        page = moderator.get(older[1].replace("&amp;", "&")).text
    if not ids_shown(page):
        return
    shown, newest = number_shown(page), int(hidden_fields(page)["asof"])
    matched = _matching(db, wanted)
    assert shown <= len(matched)
    before = {number: status(db, number) for number in ids}
    touched: set[int] = set()
    happening = chance.randrange(6)
    for _ in range(happening):
        events_before = moderation.last_event(db)[1]
        chance.choice(HAPPENINGS)(db, chance, ids)
        touched |= {
            row[0] for row in db.conn.execute("select comment_id from events where id > ?", [events_before]).fetchall()
        }
    decision = chance.choice(("approve", "spam", "trash"))
    answer = decide_on_all(moderator, page, decision)
    assert answer["moved"] + answer["left"] == shown
    assert answer["moved"] <= shown
    rows = db.conn.execute("select comment_id from events where batch_id = ?", [answer["batch"]]).fetchall()
    moved = {row[0] for row in rows}
    assert len(moved) == answer["moved"]
    assert all(number <= newest for number in moved)
    assert not moved & touched
    target = moderation.Decision(decision).status
    if not happening:
        assert len(moved) == shown - sum(before.get(number) == target for number in matched[:shown])
    if "later" not in wanted:  # what a colleague leaves for later joins that list, but no more than its number move
        assert moved <= set(matched[:shown])


def _matching(db: Database, wanted: dict[str, str]) -> list[int]:
    """Return what a list holds by the reader's own eyes: all rows of the queue, without the counting."""
    chosen = Selection(
        wanted["status"],
        post=wanted.get("post", ""),
        search=wanted.get("q", ""),
        rule=wanted.get("rule", ""),
        author=wanted.get("author", ""),
        domain=wanted.get("domain", ""),
        replied="replied" in wanted,
        days=int(wanted.get("days", 0)),
        now="2026-11-29T12:00:00.000Z",
        sender=wanted.get("sender", ""),
        later=True if "later" in wanted else None,
    )
    return [row["id"] for row in moderation.queue(db, chosen, limit=None)]
