"""A site that mentions other sites and is mentioned by them: everything that is due is done, at a given moment."""

from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from blog import deliveries
from blog.deliveries import Waiting
from blog.federation import announcing, client, received, sent
from blog.federation.client import Call, Limits
from blog.federation.received import Mention
from blog.federation.sent import Letter
from blog.settings import Settings
from blog.storage import store
from tests.factories import NOON
from tests.federation.servers import Page, Web
from tests.notifications.world import after

URL = "https://blog.example"
TARGET = f"{URL}/a-post/"


def configured(site: Settings, *private: str, **more: Any) -> Settings:
    return replace(site, url=URL, private_hosts=private, **more)


@dataclass
class World:
    """A site and a server of another one. `at` is the present moment."""

    db: Database
    settings: Settings
    web: Web
    at: str = NOON

    def wait(self, **span: int) -> "World":
        self.at = after(self.at, **span)
        return self

    @property
    def limits(self) -> Limits:
        return Limits(private=self.settings.private_hosts, seconds=5)

    def receive(self, path: str = "/1", target: str = TARGET) -> None:
        with store.transaction(self.db):
            received.receive(self.db, self.settings, Mention(self.web.url(path), target), at=self.at)

    def check(self) -> None:
        """Check all mentions that are due now."""
        while True:
            with store.transaction(self.db):
                due = deliveries.claim(self.db, "webmention", at=self.at, most=10)
            if not due:
                return
            for waiting in due:
                if "target" in waiting.payload:
                    self._send(waiting)
                    continue
                mention = received.mention_of(self.db, waiting)
                assert mention
                finding = received.look(mention, self.settings, self.limits)
                with store.transaction(self.db):
                    received.note(self.db, self.settings, waiting, finding, at=self.at)

    def _send(self, waiting: Waiting) -> None:
        letter = sent.letter_of(self.db, self.settings, waiting)
        assert letter
        outcome = sent.send(letter, self.limits)
        with store.transaction(self.db):
            sent.note(self.db, waiting, outcome, at=self.at)

    def announce(self) -> None:
        """Tell others of what was published, changed or withdrawn."""
        with store.transaction(self.db):
            announcing.announce(self.db, self.settings, at=self.at)
        self.check()

    def told(self) -> list[tuple[str, str]]:
        """Return the endpoints that mentions were sent to since the last time, with the targets."""
        posted = [(each.path, each.form["target"]) for each in self.web.posted()]
        self.web.asked.clear()
        return posted

    def mention(self, page: str | Page, path: str = "/1", *, target: str = TARGET) -> None:
        """Have the other site publish a page and mention the post; check it."""
        self.web.pages[path] = Page(page) if isinstance(page, str) else page
        self.wait(seconds=30).receive(path, target)
        self.check()

    def comments(self) -> list[dict[str, Any]]:
        return list(
            self.db.query("select id, kind, status, author, url, text, rule, parent_id from comments order by id")
        )

    def mentions(self) -> list[dict[str, Any]]:
        return list(self.db.query("select source, state, type, error, comment_id from mentions_received order by id"))


def reply(words: str, target: str = TARGET, author: str = "Alice", of: str = "u-in-reply-to") -> str:
    """Return a page that answers a post (or likes it, with another class)."""
    return (
        '<!doctype html><meta charset="utf-8"><title>Note</title><div class="h-entry">'
        f'<a class="p-author h-card">{author}</a>'
        f'<a class="{of}" href="{target}">re</a><div class="e-content">{words}</div></div>'
    )


def get(web: Web, path: str) -> client.Answer:
    return client.send(Call(web.url(path)), Limits(private=[web.host]))


def send(web: Web, target: str) -> sent.Outcome:
    """Send a mention by our post to a page."""
    return sent.send(Letter(TARGET, target), Limits(private=[web.host]))
