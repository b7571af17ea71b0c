"""A session with 300 mixed comments by keyboard: what each kind costs in keys, and how fast the next one comes.

Sixty go with a reason, forty by person, three piles of fifty-five each at once; twenty are answered, ten are corrected
and approved, five senders are banned. What to do is read off the comment, as a person would.
"""

import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.desk import Queue, number_of
from tests.browser.running import WELCOME, Running

PILE = 55
SUBJECTS = ("bridges", "clocks", "rivers", "letters", "gardens", "trains", "maps", "bread", "stairs", "lamps", "wells")
LINKS = "Look https://one.example https://two.example https://three.example"
# Milliseconds from a key to the paint after the mark has moved on.
WATCH_KEYS = """() => {
    window.waits = [];
    addEventListener("keydown", ({ key }) => {
        const before = document.querySelector(".here");
        const began = performance.now();
        if ("asd".includes(key)) requestAnimationFrame(() => setTimeout(() => {
            if (document.querySelector(".here") !== before) window.waits.push(performance.now() - began);
        }));
    }, true);
}"""


def _words(n: int) -> str:
    """Return a sentence that is like no other one."""
    return " ".join(f"{subject}{n * 31 + place * 17}" for place, subject in enumerate(SUBJECTS))


def _fill(site: Running) -> int:
    """Write all comments, those of the piles last; return how many."""
    at = running.now()
    kinds = ["reason"] * 60 + ["answer"] * 20 + ["edit"] * 10 + ["ban"] * 5
    texts = [(f"{kind}: {_words(n)}", 1_000 + n) for n, kind in enumerate(kinds)]
    texts += [(f"person: {_words(200 + n)}", 2_000 + n // 5) for n in range(40)]
    texts += [(f"pile: {_words(300 + n)} {LINKS}", 3_000 + n) for n in range(PILE)]
    texts += [(f"pile: {_words(400 + n)} casino", 4_000 + n) for n in range(PILE)]
    texts += [(f"pile: {_words(500)}", 5_000 + n) for n in range(PILE)]
    for text, n in texts:
        factories.submit(site.db, text, n, slug=WELCOME, at=at)
    return len(texts)


@dataclass
class Session:
    """The moderator at the queue: `keys` counts what was pressed, by kind; words that are typed are no keys of it."""

    queue: Queue
    keys: Counter[str] = field(default_factory=Counter)
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

    def here(self) -> tuple[int, str]:
        row = self.queue.page.locator(".queue > li.here:visible")
        expect(row).to_be_visible()
        return number_of(row), row.locator(".said").inner_text().partition(":")[0]

    def act(self) -> None:
        number, kind = self.here()
        page = self.queue.page
        if kind == "reason":
            self.send(kind, "s")
            self.send(kind, "1")
        elif kind == "person":
            self.leave(kind, "p")
            self.leave(kind, "Shift+D")
        elif kind == "answer":
            self.press(kind, "r")
            expect(page.locator("#answer-text")).to_be_focused()
            page.keyboard.type("Thank you.")
            self.send(kind, "Control+Enter")
        elif kind == "edit":
            self.press(kind, "q")
            expect(page.locator("#edit-text")).to_be_focused()
            page.keyboard.press("Control+End")
            page.keyboard.type(" (link removed)")
            self.send(kind, "Control+Enter")
            expect(page.locator(f"#c-{number} .said")).to_contain_text("(link removed)")
            self.press(kind, "Escape")
            self.send(kind, "a")
        else:
            self.press(kind, "b")
            expect(page.locator("#drawer #sender summary").first).to_be_visible()
            part = page.locator("#drawer #sender")
            part.locator(".key summary").first.focus()
            self.press(kind, "Enter")
            part.get_by_role("button", name="Ban", exact=True).first.focus()
            self.keys[kind] += 3  # Tab past the days, to Ban
            self.send(kind, "Enter")
            self.press(kind, "Escape")
        expect(page.locator(f"#c-{number}:visible")).to_have_count(0)


@pytest.mark.slow
def test_three_hundred_comments_take_few_keys_and_no_waiting(site: Running, people: People) -> None:
    running.add_moderator(site.folder)
    site.command("config", "set", "moderation_keys", "casino")
    count = _fill(site)
    assert count == 300
    page = people(site, viewport={"width": 1280, "height": 800})
    sign_in(page)
    page.goto("/admin/comments")
    page.evaluate(WATCH_KEYS)
    session = Session(Queue(site, page, []))
    began = time.monotonic()
    for _ in range(3):
        pile = page.locator("#piles a", has_text=re.compile("Links|Words|Near duplicates", re.I)).first
        session.leave("pile", pile.locator("kbd").inner_text())
        while page.locator("#queue .queue > li:visible").count():
            session.press("pile", "Shift+X")
            session.send("pile", "Shift+S")
            page.wait_for_timeout(500)
        page.goto("/admin/comments")
        page.evaluate(WATCH_KEYS)
    while site.command("queue", "--count").strip() != "0":
        session.act()
    session.waits += page.evaluate("window.waits")
    median = statistics.median(session.waits)
    print(dict(session.keys), f"{sum(session.keys.values())} keys, {time.monotonic() - began:.0f} s")
    print(f"{len(session.waits)} waits, median {median:.0f} ms, longest {max(session.waits):.0f} ms")
    assert sum(session.keys.values()) < count
    assert median <= 50
    assert "Nothing is wrong" in site.command("check")
