"""What the form says will happen, and whether it then does."""

import re
from datetime import timedelta

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.journal.events import moment, stamp
from blog.rules import policy
from blog.storage import store
from blog.web.render import roughly
from tests.factories import NOON, SLUG, by, decide, form_on, send, submit

JSON = {"accept": "application/json"}
AT_ONCE, WAITS = "Your comment will appear at once.", "Your comment will be reviewed by a moderator."


def promised(page: str) -> str:
    found = re.search(r'<span class="promise">(.*?)</span>', page)
    return found[1] if found else ""


def _set(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def test_a_stranger_waits_and_who_is_known_does_not(client: TestClient, db: Database) -> None:
    assert promised(client.get(f"/{SLUG}/").text) == WAITS
    first = send(client, text="My first.", headers=JSON).json()["id"]
    assert promised(client.get(f"/{SLUG}/").text) == WAITS
    decide(db, first, "approve")
    assert promised(client.get(f"/{SLUG}/").text) == AT_ONCE
    _set(db, comment_moderation="on")
    assert promised(client.get(f"/{SLUG}/").text).startswith("Your comment will be reviewed by a moderator")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"comment_previously_approved": "off"}, AT_ONCE),
        ({"comment_previously_approved": "off", "comment_moderation": "on"}, WAITS),
    ],
)
def test_the_settings_are_asked(client: TestClient, db: Database, values: dict[str, str], says: str) -> None:
    _set(db, **values)
    assert promised(client.get(f"/{SLUG}/").text) == says


def test_a_moderated_discussion_waits(client: TestClient, db: Database) -> None:
    _set(db, comment_previously_approved="off")
    with store.transaction(db):
        closing.close(db, SLUG, mode="moderated", by=by())
    assert promised(client.get(f"/{SLUG}/").text) == WAITS


def test_it_tells_how_long_a_look_takes_lately(client: TestClient, db: Database) -> None:
    for n, hours in enumerate((1, 3, 50), 1):
        decided = stamp(moment(NOON) + timedelta(hours=hours))
        decide(db, submit(db, f"Thought {n}.", n), "approve", by=by(decided))
    assert (
        promised(client.get(f"/{SLUG}/").text)
        == "Your comment will be reviewed by a moderator, lately in about 3 hours."
    )


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (1, "about a minute"),
        (600, "about 10 minutes"),
        (3_500, "about 58 minutes"),
        (3_600, "about an hour"),
        (10_800, "about 3 hours"),
        (120_000, "about 33 hours"),
        (200_000, "about 2 days"),
        (86_400 * 400, "about 400 days"),
    ],
)
def test_a_time_is_said_as_one_says_it(seconds: float, says: str) -> None:
    assert roughly(seconds) == says


@pytest.mark.parametrize(
    ("values", "text", "says", "status"),
    [
        ({}, "A thought.", WAITS, "pending"),
        ({"comment_previously_approved": "off"}, "A thought.", AT_ONCE, "approved"),
        ({"comment_previously_approved": "off"}, "http://a.example http://b.example", WAITS, "pending"),
        ({"comment_previously_approved": "off", "disallowed_keys": "casino"}, "A casino.", WAITS, "pending"),
    ],
)
def test_a_preview_says_what_the_rules_say_and_spam_what_waiting_is(
    client: TestClient, db: Database, values: dict[str, str], text: str, says: str, status: str
) -> None:
    _set(db, **values)
    fields = {"author": "Ana", "email": "ana@example.org", "comment": text, **form_on(client, f"/{SLUG}/")}
    page = client.post(f"/{SLUG}/comments", data={**fields, "action": "preview"})
    assert promised(page.text) == says
    assert "disallowed" not in page.text
    told = client.post(f"/{SLUG}/comments", data={**fields, "action": "preview"}, headers=JSON)
    assert told.json()["status"] == status
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 0


def test_who_is_banned_is_promised_what_a_stranger_is(client: TestClient, moderator: TestClient, db: Database) -> None:
    first = send(client, text="My first.", headers=JSON).json()["id"]
    decide(db, first, "approve")
    assert promised(client.get(f"/{SLUG}/").text) == AT_ONCE
    moderator.post(f"/admin/comments/{first}/standing", data={"kind": "reader", "standing": "banned"})
    assert promised(client.get(f"/{SLUG}/").text).startswith("Your comment will be reviewed by a moderator")
