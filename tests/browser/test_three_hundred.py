"""A session with 300 mixed comments by keyboard: what each kind costs in keys, and how fast the next one comes.

Three piles of 55 go at once, 60 comments with a reason, 40 by person; 20 are answered, 10 corrected and approved, the
senders of 5 are banned. What to do is read off the comment, as a person would, and nobody stops to think.
"""

import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from blog.journal.events import earlier
from tests import factories
from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.desk import Queue, number_of
from tests.browser.running import WELCOME, Running

pytestmark = pytest.mark.slow

PILE = 55
PILES = ("Links", "Listed words", "Near duplicates")
SUBJECTS = "bridges clocks rivers letters gardens trains maps bread stairs lamps wells doors coats birds roads salt"
LINKS = "Look https://one.example https://two.example https://three.example"
SPAN = 40_000  # seconds in which the comments came
HERE = ".queue > li.here:visible"
SOON = 50  # milliseconds from a key to the next comment, of half of the keys

# From a key that decides to the first frame in which another comment is marked, and to its paint.
WATCH_KEYS = """() => {
    window.waits = [];
    addEventListener("keydown", ({ key, target }) => {
        if (!"asd".includes(key) || target.matches("input, textarea")) return;
        const before = document.querySelector(".here");
        const began = performance.now();
        const look = () => {
            if (document.querySelector(".here") === before) return requestAnimationFrame(look);
            setTimeout(() => window.waits.push(performance.now() - began));
        };
        requestAnimationFrame(look);
    }, true);
}"""


def _words(n: int) -> str:
    """Return a sentence that is like no other one."""
    return " ".join(f"{subject}{n * 31 + place * 17}" for place, subject in enumerate(SUBJECTS.split()))


def _fill(site: Running) -> int:
    """Write all comments, mixed, over some hours; return how many."""
    kinds = ["reason"] * 60 + ["answer"] * 20 + ["edit"] * 10 + ["ban"] * 5
    texts = [(f"{kind}: {_words(n)}", 1_000 + n) for n, kind in enumerate(kinds)]
    texts += [(f"person: {_words(200 + n)}", 2_000 + n // 5) for n in range(40)]
    texts += [(f"pile: {_words(300 + n)} {LINKS}", 3_000 + n) for n in range(PILE)]
    texts += [(f"pile: {_words(400 + n)} casino", 4_000 + n) for n in range(PILE)]
    texts += [(f"pile: {_words(500)}", 5_000 + n) for n in range(PILE)]
    random.Random(21).shuffle(texts)
    now = running.now()
    known = [
        factories.submit(site.db, f"pile: {_words(500)}", 6_000 + n, slug=WELCOME, at=earlier(now, seconds=SPAN))
        for n in range(2)
    ]  # two that others sent before: from now on this text is one of many
    factories.decide(site.db, known, "spam", by=running.by())
    for place, (text, n) in enumerate(texts):
        factories.submit(site.db, text, n, slug=WELCOME, at=earlier(now, seconds=SPAN * (len(texts) - place) // 400))
    return len(texts)


@dataclass
class Session:
    """The moderator at the queue: `keys` counts what was pressed, by kind; words that are typed are no keys of it."""

    queue: Queue
    keys: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def press(self, kind: str, *keys: str) -> None:
        self.keys[kind] += len(keys)
        self.queue.press(*keys)

    def send(self, kind: str, key: str) -> None:
        self.keys[kind] += 1
        assert self.queue.send(key).status in (200, 303)

    def leave(self, kind: str, key: str) -> None:
        """Press a key that leads to another page, and keep what this one measured."""
        self.waits += self.queue.page.evaluate("window.waits ?? []")
        with self.queue.page.expect_navigation():
            self.press(kind, key)
        self.queue.page.evaluate(WATCH_KEYS)

    def pile(self, label: str) -> None:
        """Choose a pile by its digit, select all that it holds, and call it spam."""
        page = self.queue.page
        pile = page.locator("#piles a", has_text=label)
        expect(pile).to_contain_text(f"{label} {PILE}")
        self.leave("pile", pile.locator("kbd").text_content() or "")
        self.press("pile", "Shift+X", "Shift+X")
        self.leave("pile", "Shift+S")
        expect(self.queue.said).to_contain_text(f"{PILE} comments moved to spam.")
        self.leave("pile", page.locator("#piles a", has_text="All reasons").locator("kbd").text_content() or "")

    def goes_on(self) -> bool:
        """Wait for the next comment, or for the page to say that there is none."""
        here = self.queue.page.locator(HERE)
        expect(here.or_(self.queue.page.get_by_role("heading", name="No comments wait"))).to_be_visible()
        return here.is_visible()

    def comment(self) -> None:
        """Do with the marked comment what its first word says."""
        began = time.monotonic()
        row = self.queue.page.locator(HERE)
        number, kind = number_of(row), row.locator(".said").inner_text().partition(":")[0]
        getattr(self, kind)(number)
        expect(self.queue.page.locator(f"#c-{number}:visible")).to_have_count(0)
        self.seconds[kind] += time.monotonic() - began

    def reason(self, _: int) -> None:
        self.press("reason", "s")
        self.send("reason", "1")

    def person(self, _: int) -> None:
        self.leave("person", "p")
        self.leave("person", "Shift+D")
        expect(self.queue.said).to_contain_text("5 comments moved to trash.")

    def ban(self, _: int) -> None:
        self.leave("ban", "p")
        self.press("ban", "b")
        self.leave("ban", "Shift+D")

    def answer(self, _: int) -> None:
        self.press("answer", "r")
        expect(self.queue.page.locator("#answer-text")).to_be_focused()
        self.queue.page.keyboard.type("Thank you.")
        self.send("answer", "Control+Enter")

    def edit(self, number: int) -> None:
        page = self.queue.page
        self.press("edit", "q")
        expect(page.locator("#edit-text")).to_be_focused()
        page.keyboard.press("Control+End")
        page.keyboard.type(" (link removed)")
        self.send("edit", "Control+Enter")
        expect(page.locator(f"#c-{number} .said")).to_contain_text("(link removed)")
        self.press("edit", "a")


def test_three_hundred_comments_take_few_keys_and_no_waiting(site: Running, people: People) -> None:
    running.add_moderator(site.folder)
    site.command("settings", "moderation_keys", "casino")
    assert _fill(site) == 300
    page = people(site, viewport={"width": 1280, "height": 800})
    sign_in(page)
    session = Session(Queue(site, page, []))
    session.queue.open()
    page.evaluate(WATCH_KEYS)
    began = time.monotonic()
    for label in PILES:
        session.pile(label)
    session.seconds["pile"] += time.monotonic() - began
    while session.goes_on():
        session.comment()
    took = time.monotonic() - began
    session.waits += page.evaluate("window.waits")

    half = statistics.median(session.waits)
    for kind, keys in session.keys.items():
        print(f"{kind}: {keys} keys, {session.seconds[kind]:.1f} s")
    print(f"300 comments: {sum(session.keys.values())} keys, {took:.0f} s")
    print(f"{len(session.waits)} keys to the next comment: {half:.0f} ms, the longest {max(session.waits):.0f} ms")
    _holds(site)
    assert sum(session.keys.values()) < 300
    assert half <= SOON
    assert "No problems found" in site.command("check")


def _holds(site: Running) -> None:
    """Compare what the database holds in the end with what was to be done."""
    statuses = Counter(
        site.db.conn.execute("select substr(text, 1, instr(text, ':') - 1), status from comments").fetchall()
    )
    for kind, status, n in (
        ("pile", "spam", 3 * PILE + 2),
        ("reason", "spam", 60),
        ("person", "trash", 40),
        ("ban", "trash", 5),
        ("answer", "approved", 20),
        ("edit", "approved", 10),
    ):
        assert statuses[kind, status] == n, (kind, statuses)
    one = site.db.conn.execute
    assert one("select count(*) from batches where reason = 'Off topic'").fetchone()[0] == 60
    assert one("select count(*) from standings where standing = 'banned'").fetchone()[0] == 5
    assert one("select count(*) from comments where text = 'Thank you.' and status = 'approved'").fetchone()[0] == 20
