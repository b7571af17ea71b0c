"""Webhooks: which events cause a message, what it says, how it is signed, retried, logged and sent again."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, deliveries, webhooks
from blog.errors import Invalid, NotFound
from blog.federation import announcing, webhook_events, webhook_messages
from blog.federation.client import Limits
from blog.journal.events import stamp
from blog.rules import policy as policies
from blog.settings import Settings
from blog.storage import store
from blog.webhooks import EVENTS, NewWebhook
from tests import factories
from tests.factories import NOON, SLUG, by, decide, submit, undo
from tests.federation.servers import Asked, Page, Web
from tests.federation.world import URL, configured
from tests.notifications.world import after

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "webhook.schema.json").read_text("utf-8"))
EXAMPLE: dict[str, Any] = {}
exec(re.findall(r"```python\n(.*?)```", (DOCS / "webhooks.md").read_text("utf-8"), re.DOTALL)[0], EXAMPLE)  # the judge


class Hooked:
    """A site with one webhook, and a program that gets its messages. `at` is the present moment."""

    def __init__(self, db: Database, settings: Settings, web: Web) -> None:
        self.db, self.settings, self.web, self.at = db, settings, web, NOON

    def add(self, *names: str, personal: bool = False) -> dict[str, Any]:
        with store.transaction(self.db):
            new = NewWebhook(self.web.url("/hook"), names or list(EVENTS), personal)
            return webhooks.find(self.db, webhooks.add(self.db, new, by=by(self.at)))

    def tell(self, **span: int) -> list[dict[str, Any]]:
        """Send what is due after some time; return the messages that came."""
        self.at, before = after(self.at, **span), len(self.web.asked)
        with store.transaction(self.db):
            while webhook_events.is_behind(self.db, self.at):
                webhook_events.follow(self.db, at=self.at, delay=60)
        while True:
            with store.transaction(self.db):
                due = deliveries.claim(self.db, "webhook", at=self.at, most=10)
            if not due:
                return [json.loads(each.body) for each in self.web.asked[before:]]
            for waiting in due:
                message = webhook_messages.compose(self.db, self.settings, waiting)
                assert message
                limits = Limits(private=self.settings.private_webhooks, redirects=0, seconds=5)
                delivery = webhook_messages.send(message, limits, at=self.at)
                with store.transaction(self.db):
                    webhook_messages.note(self.db, waiting, delivery, at=self.at)

    def log(self) -> list[dict[str, Any]]:
        return webhook_events.newest(self.db, 1, most=50)


@pytest.fixture
def hooked(site: Settings, db: Database, web: Web) -> Hooked:
    factories.post(db)
    web.pages["/hook"] = Page("thanks", media_type="text/plain")
    return Hooked(db, configured(site, private_webhooks=(web.host,)), web)


def types(messages: list[dict[str, Any]]) -> list[str]:
    for message in messages:
        jsonschema.validate(message, SCHEMA)
    return [message["type"] for message in messages]


def test_a_comment_is_told_of_when_it_waits_is_public_and_is_gone(hooked: Hooked) -> None:
    hooked.add()
    comment = submit(hooked.db, "A thought.")
    (held,) = hooked.tell()
    assert types([held]) == ["comment.held"]
    assert held["comment"] | {"score": None} == {
        **{"id": comment, "post": SLUG, "parent": None, "status": "pending", "author": "Reader 1", "url": ""},
        **{"created_at": NOON, "text": "A thought.", "rule": "comment_previously_approved", "score": None},
        **{"reason": "No comment from this browser or account was approved before.", "address": ""},
    }
    assert held["post"]["address"] == f"{URL}/{SLUG}/"
    for decision, told in (
        ("approve", "comment.published"),
        ("spam", "comment.removed"),
        ("unapprove", "comment.held"),
    ):
        decide(hooked.db, comment, decision, by=by(hooked.at))
        assert hooked.tell() == []  # the decision may be undone
        assert types(hooked.tell(minutes=2)) == [told]


def test_an_undo_in_time_tells_nobody(hooked: Hooked) -> None:
    hooked.add("comment.published", "comment.removed")
    comment = submit(hooked.db, "A thought.")
    decide(hooked.db, comment, "approve")
    hooked.tell(seconds=20)
    undo(hooked.db, by=by(hooked.at))
    assert hooked.tell(minutes=5) == []
    decide(hooked.db, comment, "approve", by=by(hooked.at))
    undo(hooked.db, by=by(hooked.at))
    assert hooked.tell(minutes=5) == []
    decide(hooked.db, comment, "approve", by=by(hooked.at))
    assert types(hooked.tell(minutes=5)) == ["comment.published"]
    undo(hooked.db, by=by(hooked.at))
    assert hooked.tell(minutes=5) == []  # it waits again, which was not asked for


def test_only_chosen_events_are_told_and_nothing_of_before(hooked: Hooked) -> None:
    submit(hooked.db, "Before.")
    hooked.add("comment.published")
    submit(hooked.db, "A thought.", 2)
    assert hooked.tell(minutes=5) == []


def test_email_and_ip_are_sent_only_where_they_are_asked_for(hooked: Hooked) -> None:
    hooked.add()
    hooked.add(personal=True)
    submit(hooked.db, "A thought.")
    plain, personal = hooked.tell()
    assert {"email", "ip"} & set(plain["comment"]) == set()
    assert (personal["comment"]["email"], personal["comment"]["ip"]) == ("reader1@example.org", "10.0.0.2")
    assert "reader1@example.org" not in json.dumps(plain)
    assert types([plain, personal]) == ["comment.held"] * 2


def test_closings_and_publications_are_told(hooked: Hooked) -> None:
    hooked.add("post.closed", "site.closed", "post.published")
    with store.transaction(hooked.db):
        closing.close(hooked.db, SLUG, by=by())
        closing.close(hooked.db, None, by=by())
        closing.close(hooked.db, SLUG, mode="replies-only", by=by())
        closing.open_again(hooked.db, SLUG, by=by())
    assert types(hooked.tell(minutes=5)) == ["post.closed", "site.closed"]
    factories.post(hooked.db, "another", known=False, tags=("rivers",))
    factories.post(hooked.db, "draft", known=False, status="draft")
    for _ in range(2):
        with store.transaction(hooked.db):
            announcing.announce(hooked.db, hooked.settings, at=hooked.at)
    (published,) = hooked.tell()
    assert types([published]) == ["post.published"]
    assert (published["post"]["slug"], published["post"]["tags"]) == ("another", ["rivers"])
    factories.post(hooked.db, "another", known=False, hash="changed")
    with store.transaction(hooked.db):
        announcing.announce(hooked.db, hooked.settings, at=hooked.at)
    assert hooked.tell() == []  # a change is no publication


def closed(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return slug and time of the discussions that messages call closed."""
    assert set(types(messages)) <= {"post.closed"}
    return [(message["post"]["slug"], message["at"]) for message in messages]


def test_a_discussion_that_a_rule_closes_is_told_of_once_and_when_it_happened(hooked: Hooked) -> None:
    factories.post(hooked.db, "by-date", close_on="2026-05-09T00:00:00.000Z")
    factories.post(hooked.db, "by-age", close_after=10)
    factories.post(hooked.db, "by-silence", close_quiet=5)
    factories.post(hooked.db, "closed-before", close_on="2026-05-02T00:00:00.000Z")
    decide(hooked.db, submit(hooked.db, slug="by-silence"), "approve")
    hooked.add("post.closed")
    assert hooked.tell() == []  # what was before is not news
    assert closed(hooked.tell(days=1)) == []
    assert closed(hooked.tell(days=7)) == [  # nobody looked for a week
        ("by-date", "2026-05-09T00:00:00.000Z"),
        ("by-age", "2026-05-11T00:00:00.000Z"),
        ("by-silence", after(NOON, days=5)),
    ]
    assert hooked.tell(days=30) == []


def test_a_discussion_that_the_settings_close_is_told_of(hooked: Hooked) -> None:
    hooked.add("post.closed")
    hooked.tell()
    with store.transaction(hooked.db):
        policies.change(
            hooked.db, {"close_comments_for_old_posts": "on", "close_comments_days_old": "3"}, by=by(hooked.at)
        )
    assert closed(hooked.tell()) == [(SLUG, hooked.at)]
    assert hooked.tell(days=1) == []


def test_a_discussion_that_its_file_closes_is_told_of_once_whatever_closes_it_next(hooked: Hooked) -> None:
    hooked.add("post.closed")
    hooked.tell()
    factories.post(hooked.db, comments="closed", hash="2")
    assert closed(hooked.tell(seconds=1)) == [(SLUG, hooked.at)]
    factories.post(hooked.db, comments="closed", hash="3", close_on="2026-05-08T00:00:00.000Z")
    assert hooked.tell(days=3) == []  # it is closed already
    factories.post(hooked.db, comments="open", hash="4")
    hooked.tell()
    with store.transaction(hooked.db):
        closing.close(hooked.db, SLUG, by=by(hooked.at))
    factories.post(hooked.db, comments="closed", hash="5")
    assert [slug for slug, _ in closed(hooked.tell(minutes=2))] == [SLUG]  # by the switch alone
    factories.post(hooked.db, "a-draft", status="draft", comments="closed")
    factories.post(hooked.db, "never-open", comments="closed")
    assert hooked.tell(minutes=2) == []


def test_closings_are_told_in_the_order_in_which_they_happened(hooked: Hooked) -> None:
    factories.post(hooked.db, "later", close_on="2026-05-08T02:00:00.000Z")
    factories.post(hooked.db, "sooner", close_on="2026-05-07T20:00:00.000Z")
    hooked.add("post.closed")
    hooked.tell()
    with store.transaction(hooked.db):
        closing.close(hooked.db, SLUG, by=by(after(NOON, hours=1)))
    assert [slug for slug, _ in closed(hooked.tell(days=1))] == [SLUG, "sooner", "later"]


def test_a_message_is_signed_as_the_page_says(hooked: Hooked) -> None:
    secret, genuine = hooked.add()["secret"], EXAMPLE["is_genuine"]
    hooked.at = stamp(datetime.now(UTC))
    with store.transaction(hooked.db):
        webhook_events.test(hooked.db, 1, at=hooked.at)
    assert types(hooked.tell()) == ["test"]
    (asked,) = hooked.web.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert (asked.method, headers["content-type"]) == ("POST", "application/json")
    assert genuine(secret, headers, asked.body)
    assert not genuine(secret, headers, asked.body + b" ")
    assert not genuine(secret, headers | {"webhook-id": "other"}, asked.body)
    assert not genuine(secret, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, asked.body)
    assert not genuine("whsec_b3RoZXI=", headers, asked.body)
    old = str(int(headers["webhook-timestamp"]) - 400)
    signature = webhook_messages.signature(secret, headers["webhook-id"], old, asked.body)
    assert not genuine(secret, headers | {"webhook-timestamp": old, "webhook-signature": signature}, asked.body)


def test_what_nobody_took_is_tried_again_and_logged(hooked: Hooked) -> None:
    hooked.add("comment.held")
    hooked.web.pages["/hook"] = Page(status=500)
    submit(hooked.db, "A thought.")
    hooked.tell()
    assert [(each["state"], each["status"], each["tries"]) for each in hooked.log()] == [("waiting", 500, 1)]
    assert hooked.tell(seconds=10) == []
    hooked.web.pages["/hook"] = Page("ok")
    (again,) = hooked.tell(minutes=2)
    assert again["id"] == json.loads(hooked.web.asked[0].body)["id"]
    assert [(each["state"], each["status"], each["tries"]) for each in hooked.log()] == [("sent", 200, 2)]
    with store.transaction(hooked.db):
        webhook_events.resend(hooked.db, hooked.log()[0]["id"], at=hooked.at)
    (once_more,) = hooked.tell()
    assert once_more == again
    assert _id(hooked.web.asked[-1]) == _id(hooked.web.asked[0]) == again["id"]


def _id(asked: Asked) -> str:
    return {name.lower(): value for name, value in asked.headers.items()}["webhook-id"]


@pytest.mark.parametrize(("status", "state"), [(410, "failed"), (302, "waiting"), (404, "waiting"), (204, "sent")])
def test_what_is_answered_decides(hooked: Hooked, status: int, state: str) -> None:
    hooked.add("comment.held")
    hooked.web.pages["/hook"] = Page(status=status, headers=[("Location", hooked.web.url("/elsewhere"))])
    submit(hooked.db, "A thought.")
    hooked.tell()
    assert [(each["state"], each["status"]) for each in hooked.log()] == [(state, status)]
    assert [each.path for each in hooked.web.asked] == ["/hook"]  # no redirect is followed


def test_it_is_given_up_after_two_days(hooked: Hooked) -> None:
    hooked.add("comment.held")
    hooked.web.pages["/hook"] = Page(status=500)
    submit(hooked.db, "A thought.")
    for _ in range(12):
        hooked.tell(hours=13)
    assert hooked.log()[0]["state"] == "failed"
    assert len(hooked.web.asked) < 8


def test_what_was_given_up_is_forgotten_after_a_month(hooked: Hooked) -> None:
    hooked.add("comment.held")
    hooked.web.pages["/hook"] = Page(status=500)
    submit(hooked.db, "A thought.")
    for _ in range(12):
        hooked.tell(hours=13)
    given_up = next(hooked.db.query("select failed_at from outbox"))["failed_at"]
    for days, kept in ((deliveries.FAILED_DAYS - 1, 1), (deliveries.FAILED_DAYS + 1, 0)):
        with store.transaction(hooked.db):
            deliveries.purge(hooked.db, at=after(given_up, days=days))
        assert len(list(hooked.db.query("select * from outbox where failed_at is not null"))) == kept


def test_of_a_comment_that_is_gone_only_that_is_said(hooked: Hooked) -> None:
    hooked.add("comment.removed")
    comment = submit(hooked.db, "A thought.")
    decide(hooked.db, comment, "approve")
    decide(hooked.db, comment, "delete")
    with store.transaction(hooked.db):
        hooked.db.conn.execute("update comments set text = '', author = '' where id = ?", [comment])
    (message,) = hooked.tell(minutes=5)
    assert types([message]) == ["comment.removed"]
    assert message["comment"] == {"id": comment, "status": "deleted"}


def test_no_message_leaves_for_a_host_that_is_not_public(hooked: Hooked) -> None:
    hooked.settings = configured(hooked.settings, private_webhooks=("localhost:1",))
    hooked.add("comment.held")
    submit(hooked.db, "A thought.")
    assert hooked.tell() == []
    assert hooked.log()[0]["state"] == "failed"


def test_a_removed_webhook_is_told_nothing(hooked: Hooked) -> None:
    hooked.add()
    submit(hooked.db, "A thought.")
    with store.transaction(hooked.db):
        webhook_events.follow(hooked.db, at=NOON, delay=0)
        webhooks.remove(hooked.db, 1, by=by())
    assert hooked.tell(minutes=5) == []
    assert webhooks.listed(hooked.db) == []
    assert "whsec_" not in json.dumps(list(hooked.db.query("select * from webhooks")))
    with pytest.raises(NotFound), store.transaction(hooked.db):
        webhooks.remove(hooked.db, 1, by=by())
    kinds = [row[0] for row in hooked.db.conn.execute("select kind from events where kind like 'webhook%'").fetchall()]
    assert kinds == ["webhook added", "webhook removed"]


def test_a_webhook_has_an_event_at_least(hooked: Hooked) -> None:
    with pytest.raises(Invalid), store.transaction(hooked.db):
        webhooks.add(hooked.db, NewWebhook("https://a.example/", ["comment.eaten"]), by=by())


def test_imports_tell_nobody(hooked: Hooked) -> None:
    hooked.add()
    with store.transaction(hooked.db):
        hooked.db.conn.execute(
            """
            insert into events (at, kind, comment_id, post_id, source, after)
            values (?, 'submit', 9, 1, 'import', 'pending')
            """,
            [NOON],
        )
    assert hooked.tell(minutes=5) == []


def test_the_page_about_privacy_says_whom_the_owner_tells(client: TestClient, db: Database) -> None:
    def said() -> str:
        return client.get("/privacy/").text

    assert "Your data is shared with nobody." in said()
    with store.transaction(db):
        webhooks.add(db, NewWebhook("https://a.example/", ["comment.held"]), by=by())
    assert "without your email" in said()
    with store.transaction(db):
        webhooks.add(db, NewWebhook("https://a.example/", ["comment.held"], personal=True), by=by())
    assert "with your email" in said()
    with store.transaction(db):
        webhooks.remove(db, 1, by=by())
        webhooks.remove(db, 2, by=by())
    assert "Your data is shared with nobody." in said()
