"""A clock that was an hour ahead and was then put right: nobody waits longer, and everything keeps its order."""

from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments, moderation, posts
from blog.errors import TooFast
from blog.journal import log
from blog.journal.events import moment, stamp
from blog.moderation.acts import ACTS
from blog.people import accounts, sessions, throttle
from blog.posts import PostFile
from blog.rules import policy
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import NOON, SLUG, by, decide, draft, post, sender, submit

AHEAD = 3_600


def later(seconds: float) -> str:
    return stamp(moment(NOON) + timedelta(seconds=seconds))


@pytest.fixture(autouse=True)
def public_post(db: Database, request: pytest.FixtureRequest) -> None:
    if "client" not in request.fixturenames:
        post(db)


@pytest.mark.parametrize("same", ["network", "reader_hash", "email"])
def test_a_comment_dated_in_the_future_makes_no_sender_wait(db: Database, same: str) -> None:
    first = sender(1)
    typed: dict[str, Any] = (
        {"who": sender(2, **{same: getattr(first, same)})} if same != "email" else {"who": sender(2)}
    )
    if same == "email":
        typed["email"] = draft("One.", 1).email
    submit(db, "Dated an hour ahead.", 1, at=later(AHEAD))
    submit(db, "The clock is right again.", 2, at=later(0), **typed)
    with pytest.raises(TooFast) as refusal:  # the pace is that of the true clock again
        submit(db, "Too fast.", 2, at=later(1), **typed)
    assert refusal.value.retry_after == 14
    submit(db, "In time.", 2, at=later(15), **typed)


def test_a_networks_minute_does_not_count_the_future(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "3"}, by=by())
    network = sender(1).network
    for n in range(3):
        submit(db, "Ahead.", n, who=sender(n, network=network), at=later(AHEAD + n))
    for n in range(3, 6):
        submit(db, "Now.", n, who=sender(n, network=network), at=later(n))
    with pytest.raises(TooFast) as refusal:
        submit(db, "Now.", 6, who=sender(6, network=network), at=later(6))
    assert refusal.value.retry_after == 57


def test_a_request_that_was_overtaken_by_a_moment_is_still_paced(db: Database) -> None:
    """Of two workers one may take its time earlier and store later: that is no clock that was set back."""
    submit(db, "One.", 1, at=later(1.5))
    with pytest.raises(TooFast):
        submit(db, "Two.", 1, at=later(0))


def test_comments_dated_in_the_future_are_no_burst(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_previously_approved": "off", "comment_burst": "20"}, by=by())
    for n in range(40):
        submit(db, f"A thought of its own, number {n}.", n, at=later(AHEAD + n))
    assert comments.foresee(db, SLUG, draft("Ahead too.", 99), at=later(AHEAD + 60)).rule == "comment_burst"
    assert comments.foresee(db, SLUG, draft("At the true time.", 99), at=later(0)).rule != "comment_burst"


def test_a_login_delay_ends_within_its_fifteen_minutes(db: Database) -> None:
    for _ in range(throttle.FREE["name"] + 12):
        throttle.record_failure(db, "ana", "192.0.2.1", at=later(AHEAD))
    assert throttle.delay(db, "ana", "192.0.2.1", "", at=later(0))["wait"] == 0
    throttle.record_failure(db, "ana", "192.0.2.1", at=later(0))  # the next wrong one is slowed as before
    assert throttle.delay(db, "ana", "192.0.2.1", "", at=later(0))["wait"] == throttle.LONGEST
    assert throttle.delay(db, "ana", "192.0.2.1", "", at=later(throttle.LONGEST))["wait"] == 0


def test_a_password_given_in_the_future_confirms_nothing_now(db: Database) -> None:
    with store.transaction(db):
        ana = accounts.add(db, "ana", PASSWORD, by=by())
        token = sessions.sign_in(db, ana, ip="", user_agent="", by=by(later(AHEAD)))
    found = sessions.find(db, token, at=later(0))
    assert found is not None
    assert sessions.is_confirmed(found, at=later(AHEAD))
    assert not sessions.is_confirmed(found, at=later(0))


def test_the_queue_and_the_log_keep_the_order_in_which_things_came(db: Database) -> None:
    ids = [submit(db, f"Number {n}.", n, at=later(seconds)) for n, seconds in enumerate((AHEAD, 0, 60))]
    assert [each["id"] for each in moderation.queue(db, moderation.Selection("pending"))] == ids[::-1]
    for number, seconds in zip(ids, (AHEAD, 0, 60), strict=True):
        decide(db, number, "approve", by=by(later(seconds)))
    assert [each["comment"] for each in log.log(db, ACTS)][:3] == ids[::-1]


def test_a_page_that_was_made_in_the_future_is_made_anew(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the wrong hour a post that is due in half an hour was public already, and the page said nothing of an end."""
    now = moment(sites.now())
    with store.transaction(db):
        at = stamp(now + timedelta(minutes=30))
        posts.publish(
            db,
            PostFile(path="not-yet.md", slug="not-yet", title="Not yet", body="Words.", published_at=at, hash="x"),
        )
    at_the_wrong_hour = now + timedelta(hours=1)
    with monkeypatch.context() as clock:
        factories.set_clock(clock, stamp(at_the_wrong_hour))
        assert "Not yet" in client.get("/").text
        assert client.get("/not-yet/").status_code == 200
    assert "Not yet" not in client.get("/").text
    assert client.get("/not-yet/").status_code == 404
