"""A site with mail: moderators and readers who act at given moments, and everything that is due sent."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sqlite_utils import Database

from blog.journal.events import moment, stamp
from blog.notifications import choices, following, sending, subscriptions
from blog.notifications.choices import Choice
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG
from tests.notifications.servers import Inbox

DELAY = 60


def after(at: str = NOON, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> str:
    return stamp(moment(at) + timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days))


@dataclass
class World:
    """A site and its mail server. `at` is the present moment."""

    db: Database
    settings: Settings
    inbox: Inbox
    at: str = NOON

    def wait(self, **span: int) -> "World":
        self.at = after(self.at, **span)
        return self

    def prepare(self) -> None:
        with store.transaction(self.db):
            following.follow(self.db, at=self.at, delay=DELAY, zone=self.settings.zone)

    def deliver(self) -> list[EmailMessage]:
        """Send what is due now, as the elected worker does; return what arrived."""
        assert self.settings.mail
        before = len(self.inbox.raw)
        self.prepare()
        while True:
            with store.transaction(self.db):
                letters = sending.take(self.db, self.settings, at=self.at)
            if not letters:
                return self.inbox.messages[before:]
            outcomes = sending.hand_over(self.settings.mail, letters)
            with store.transaction(self.db):
                sending.note(self.db, letters, outcomes, at=self.at)

    def later(self, **span: int) -> list[EmailMessage]:
        """Let time pass, two minutes if nothing else is said, and send what is due then."""
        self.prepare()
        return self.wait(**(span or {"minutes": 2})).deliver()

    def account(self, name: str = "ana", *, role: str = "admin", notify: str = "at-once", **choice: Any) -> int:
        with store.transaction(self.db):
            number = factories.account(self.db, name, role=role, email=f"{name}@blog.example")
            choices.choose(self.db, number, Choice(notify, **choice))
        return number

    def comment(self, text: str = "A thought.", n: int = 1, *, wish: str = "", slug: str = SLUG, **fields: Any) -> int:
        """Send the n-th stranger's comment, with a wish for mail."""
        draft = factories.draft(text, n, subscribe=wish, **fields)
        with store.transaction(self.db):
            return subscriptions.submit(self.db, slug, draft, at=self.at)["id"]

    def decide(self, comment: int, decision: str, **more: Any) -> int:
        outcome = factories.decide(self.db, comment, decision, by=factories.by(self.at), **more)
        assert outcome["batch"]
        return outcome["batch"]

    def subscribe(self, n: int = 1, *, wish: str = "replies", text: str = "I ask for mail.") -> int:
        """Let the n-th stranger ask for mail with a comment, and confirm the address; return the comment."""
        comment = self.comment(text, n, wish=wish)
        with store.transaction(self.db):
            subscriptions.confirm(self.db, f"reader{n}@example.org", f"reader {n}", at=self.at)
            self.db.conn.execute("delete from outbox where payload ->> '$.mail' = 'confirm'")
        return comment


def with_mail(site: Settings, inbox: Inbox) -> Settings:
    return replace(site, url="https://blog.example", title="The Blog", mail=inbox.server)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def links_of(message: EmailMessage) -> list[str]:
    """Return the paths of all links of a message's text."""
    return re.findall(r"https://blog\.example(/\S*)", text_of(message))


def tokens_of(message: EmailMessage) -> dict[str, str]:
    """Return the paths under /mail/ by the label before each."""
    return dict(re.findall(r"^(.+?):?\s+https://blog\.example(/mail/\S+)", text_of(message), flags=re.MULTILINE))
