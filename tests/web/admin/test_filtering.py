"""The page of the filter, its score in the queue, and its work behind the answers."""

import time
from collections.abc import Callable

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import filter
from blog.rules import policy
from blog.storage import store
from blog.web import learning
from tests import factories
from tests.filter.learned import HAM, SPAM, decide_on, feed, fit, send


@pytest.fixture
def quick(client: TestClient, db: Database) -> Database:
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "0"}, by=factories.by())
    return db


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait for what happens behind the answers."""
    limit = time.monotonic() + seconds
    while not true() and time.monotonic() < limit:
        time.sleep(0.02)
    return true()


def test_the_page_says_what_is_missing_then_shows_words_curve_and_table(moderator: TestClient, quick: Database) -> None:
    decide_on(quick, 3, 5)
    page = moderator.get("/admin/filter").text
    assert "3 spam and 5 honest comments" in page
    assert "It needs 42 decisions more, at least 12 of them spam and 10 of them honest" in page
    assert "Shown when there are enough decisions." in page
    decide_on(quick, 22, 25, first=100)
    fit(quick, judge=True)
    page = moderator.get("/admin/filter").text
    assert "It needs" not in page
    assert "<svg" in page
    assert '<th scope="row">98%</th>' in page
    assert ">channel<" in page


def test_an_administrator_switches_the_mode_and_a_moderator_cannot(moderator: TestClient, quick: Database) -> None:
    done = moderator.post("/admin/filter", data={"filter_mode": "hold", "filter_hold_at": "90"}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/admin/filter?saved=1")
    assert (policy.load(quick).filter_mode, policy.load(quick).filter_hold_at) == ("hold", 90)
    wrong = moderator.post("/admin/filter", data={"filter_mode": "hold", "filter_hold_at": "12"})
    assert wrong.status_code == 422
    assert "filter_hold_at is a whole number from 50 to 100" in wrong.text
    assert policy.load(quick).filter_hold_at == 90
    quick.conn.execute("update accounts set role = 'moderator'")
    assert moderator.post("/admin/filter", data={"filter_mode": "off"}).status_code == 403
    assert moderator.get("/admin/filter").status_code == 200


def test_the_queue_shows_the_score_with_its_words_and_can_be_sorted_by_it(
    moderator: TestClient, quick: Database
) -> None:
    old = send(quick, "Nobody has scored this.", 1)
    decide_on(quick, 30, 30, first=100)
    fit(quick)
    spam, honest = send(quick, SPAM.format(n=2), 2), send(quick, HAM.format(n=3), 3)

    def order(query: str) -> list[int]:
        page = moderator.get(f"/admin/comments{query}").text
        places = {number: page.index(f'id="c-{number}"') for number in (old, spam, honest)}
        return sorted(places, key=places.__getitem__)

    page = moderator.get("/admin/comments").text
    assert '<b class="p100">99 %</b>' in page
    assert "sort=score" in page
    assert order("") == [honest, spam, old]
    assert order("?sort=score") == [spam, honest, old]
    assert "Signs of spam" in moderator.get(f"/admin/comments/{spam}").text


def test_the_sorted_queue_goes_on_on_the_next_page(moderator: TestClient, quick: Database) -> None:
    ids = [send(quick, f"Words {n}.", n) for n in range(1, 61)]
    quick.conn.execute("update comments set score = (id % 7) / 7.0, weighed = '[]' where id % 3 = 0")
    first = moderator.get("/admin/comments?sort=score").text
    after = first.split("after=")[1].split('"')[0]
    second = moderator.get(f"/admin/comments?sort=score&after={after}").text
    shown = [[number for number in ids if f'id="c-{number}"' in page] for page in (first, second)]
    assert sorted(shown[0] + shown[1]) == ids
    assert len(shown[0]) == 50


def test_decisions_on_the_desk_are_learned_behind_the_answers_and_what_waits_is_scored(
    client: TestClient, moderator: TestClient, quick: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "PAUSE", 0.01)
    client.cookies = moderator.cookies  # this client's loop is the one in which the filter works
    waiting = send(quick, SPAM.format(n=1), 1)
    spam = [send(quick, SPAM.format(n=n), n) for n in range(100, 130)]
    honest = [send(quick, HAM.format(n=n), n) for n in range(200, 230)]
    for decision, ids in (("spam", spam), ("approve", honest)):
        done = client.post("/admin/decisions", data={"decision": decision, "id": ids}, follow_redirects=False)
        assert done.status_code == 303

    def scored() -> bool:
        row = quick.conn.execute("select score from comments where id = ?", [waiting]).fetchone()
        return row[0] is not None and filter.is_current(quick)

    assert until(scored)
    assert filter.state(quick)["spam"] == filter.state(quick)["ham"] == 30
    assert filter.stored_curve(quick)[0] is not None
    assert quick.conn.execute("select score from comments where id = ?", [waiting]).fetchone()[0] > 0.9


def test_what_the_curve_shows_is_fed_first(quick: Database) -> None:
    decide_on(quick, 20, 40)
    feed(quick)
    fit(quick, judge=True)
    curve, _ = filter.stored_curve(quick)
    assert curve is not None
    assert curve["cuts"][0]["caught"] > 0.8
