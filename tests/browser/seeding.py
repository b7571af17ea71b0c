"""A discussion of our own invention on the sample site: a thread, a queue held by different rules, a log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from blog import closing, comments
from blog.comments import Sender
from blog.journal import events
from blog.journal.events import Actor
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.browser.running import WELCOME

PENCIL = """\
You ask what you got wrong, so: “half finished” is too kind. An essay that nobody answers is a *letter* that came back.

I kept a notebook of answers for years and sent none of them. Most began the same way:

> Dear author, I agree with you until page four.

What stopped me was never the form. It was not knowing whether a person sat at the other end."""

LEDGER = """\
A person does, and she reads everything twice. What she cannot do is answer everything.

1. Corrections of fact come first.
2. Then questions.
3. Then whoever disagrees *and says where*."""

MARGIN = (
    "The margin was the first comment section, and it had two virtues that we lost."
    " There was little room in it, and whoever wrote there had the page open."
)
QUESTION = (
    "Does the date in the second paragraph count from the first meeting or from the decision to hold it?"
    " The two are eleven months apart, and I have seen both given as the beginning."
)
LINKS = (
    "Both of these say otherwise: [the first report](https://archive.example.org/report/1) and"
    " [its annex](https://archive.example.org/report/annex). The annex has the table that you want."
)
CARPETS = "Lovely essay, and how true. By the way, we wash carpets in your district, also on Sundays."
SIGNED = "A word to all of you from the house: the next essay will be about bridges."
SCRIPT = "nice post, greetings from a program"
REPLY = "There was a great deal of room in the margins of my schoolbooks, and I filled all of it."
SEED = "Buy followers now, cheap and real!"


class Seeding:
    """Write to a site that nobody serves yet, some hours ago each time."""

    def __init__(self, db: Database, *, ana: int) -> None:
        self.db = db
        self.ana = ana
        self._n = 0

    def write(
        self, hours: float, author: str, text: str, *, parent: int = 0, form: str = "valid", **fields: str
    ) -> int:
        """Let one more stranger write; return the comment's id."""
        self._n += 1
        typed = {"author": author, "email": f"{author.split()[0].lower()}@example.org", **fields}
        if parent:
            typed["comment_parent"] = str(parent)
        return factories.submit(self.db, text, self._n, slug=WELCOME, at=ago(hours), form=form, **typed)

    def answer(self, hours: float, text: str, *, parent: int) -> int:
        """Let ana answer, who is signed in."""
        sender = Sender(ip="10.1.0.1", network="10.1.0.1", account=self.ana, account_name="ana")
        draft = comments.prepare({"comment": text, "comment_parent": str(parent)}, sender)
        with store.transaction(self.db):
            return comments.submit(self.db, WELCOME, draft, at=ago(hours))["id"]

    def decide(self, hours: float, ids: Any, decision: str, reason: str = "") -> int:
        """Let ana decide; return the batch."""
        batch = factories.decide(self.db, ids, decision, by=self.by(hours), reason=reason)["batch"]
        assert batch is not None
        return batch

    def undo(self, hours: float, batch: int) -> None:
        factories.undo(self.db, batch, by=self.by(hours))

    def switch(self, hours: float, act: Callable[..., Any], *args: Any, **more: Any) -> None:
        with store.transaction(self.db):
            act(self.db, *args, **more, by=self.by(hours))

    def by(self, hours: float) -> Actor:
        return Actor(ago(hours), self.ana, "web")


def ago(hours: float) -> str:
    return events.stamp(datetime.now(UTC) - timedelta(hours=hours))


def seed(db: Database) -> None:
    """Fill a site with what the screenshots show."""
    with store.transaction(db):
        ana = factories.account(db, "ana", by=Actor(ago(73), None, "command"))
        policy.change(
            db, {"moderation_keys": "carpets", "disallowed_keys": "followers"}, by=Actor(ago(72.5), ana, "web")
        )
    site = Seeding(db, ana=ana)
    _thread(site)
    site.switch(20, closing.close, WELCOME, note="Back on Monday.")
    site.switch(8, closing.open_again, WELCOME)
    _queue(site)


def _thread(site: Seeding) -> None:
    first = site.write(72, "Tove Lindqvist", PENCIL, url="https://tove.example.org")
    site.decide(71, first, "approve")
    answer = site.answer(70, LEDGER, parent=first)
    margin = site.write(52, "Marek Dvořák", MARGIN)
    moved = site.decide(51, margin, "spam")
    site.undo(50.9, moved)
    site.decide(50.8, margin, "approve", "Not spam: a good point, shortly made.")
    more = site.write(47, "Efua Mensah", REPLY, parent=margin)
    last = site.write(45, "Tove Lindqvist", "Then I shall say where. Thank you for the second reading.", parent=answer)
    site.decide(44, [more, last], "approve")


def _queue(site: Seeding) -> None:
    site.write(7, "Ludwig Ames", SEED)
    site.write(6.5, "Follow Me", "Real people, real likes.", homepage="https://likes.example.org")
    site.write(6, "Feedpost 2.1", SCRIPT, form="missing")
    site.write(5, "Sparkle & Sons", CARPETS, url="https://sparkle.example.org")
    site.write(3, "Afterword", SIGNED)
    site.write(1.4, "Noor Haddad", LINKS)
    site.write(0.2, "Jun Watanabe", QUESTION)
