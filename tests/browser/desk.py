"""The queue on a moderator's screen, with comments that wait."""

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from tests import factories
from tests.browser import running
from tests.browser.running import WELCOME, Running

# Whether the keys of the desk are at work, or are turned off, or the page has none.
HEARS = "() => ['off', undefined].includes(document.body.dataset.keys) || document.body.matches('.keyed')"


@dataclass
class Queue:
    """`ids` are the comments in their order on the page, newest first."""

    site: Running
    page: Page
    ids: list[int]
    javascript: bool = True

    def open(self, path: str = "/admin/comments") -> None:
        """Show the queue and wait for its script, which at first only keeps the keys that are pressed."""
        self.page.goto(path)
        if self.javascript:
            expect(self.page.locator("body.keyed, body[data-keys=off]")).to_be_visible()

    @property
    def said(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def rows(self) -> Locator:
        return self.page.locator(".queue > li:visible")

    @property
    def selected(self) -> Locator:
        return self.page.locator(".queue").get_by_role("checkbox", checked=True)

    @property
    def bar(self) -> Locator:
        return self.page.get_by_role("group", name="Change selected comments")

    def row(self, place: int) -> Locator:
        return self.page.locator(f"#c-{self.ids[place]}")

    def status(self, place: int) -> str:
        return factories.status(self.site.db, self.ids[place])

    def statuses(self) -> list[str]:
        now = self.site.statuses()
        return [now[each] for each in self.ids]

    def become(self, wanted: list[str], seconds: float = 20) -> None:
        """Wait until the database says what the page said at once."""
        deadline = time.monotonic() + seconds
        while self.statuses() != wanted and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        assert self.statuses() == wanted

    def press(self, *keys: str) -> None:
        """Press keys, once the script of the page is there to hear them."""
        while self.javascript and not self.page.evaluate(HEARS):
            self.page.wait_for_timeout(20)
        for key in keys:
            self.page.keyboard.press(key)

    def send(self, key: str) -> Response:
        """Press a key that makes the page send something; return the answer."""
        with answer_to_a_post(self.page) as found:
            self.press(key)
        answer: Response = found.value
        return answer

    def click(self, button: Locator) -> Response:
        """Press a button that sends something; return the answer."""
        with answer_to_a_post(self.page) as found:
            button.click()
        answer: Response = found.value
        return answer


def number_of(row: Locator) -> int:
    """Return the id of the comment that a row shows."""
    return int((row.get_attribute("id") or "").removeprefix("c-"))


def answer_to_a_post(page: Page) -> Any:
    """Wait for the answer to what the moderator sends; the page also says by itself what it shows."""
    return page.expect_response(
        lambda answer: answer.request.method == "POST" and not answer.url.endswith("/admin/presence")
    )


def seed(site: Running, count: int) -> list[int]:
    """Put away what other tests left and let strangers write; return the ids, newest first."""
    left = [number for number, status in site.statuses().items() if status != "trash"]
    if left:
        factories.decide(site.db, left, "trash", by=running.by())
    at = running.now()
    return [factories.submit(site.db, f"Thought {n}.", n, slug=WELCOME, at=at) for n in range(1, count + 1)][::-1]
