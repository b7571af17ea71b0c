"""The desk under a moderator's fingers: from the key to the next comment in focus, in Chromium."""

import random

from playwright.sync_api import sync_playwright

from benchmarks import data, servers
from benchmarks.figures import Figure
from benchmarks.options import Options
from tests.browser import running

PRESSED = 150

# Measured by the page itself: from the key to the first frame in which another comment has the focus.
WATCH = """
() => {
  window.took = [];
  addEventListener("keydown", (event) => {
    const began = event.timeStamp, before = document.querySelector(".queue > li.here");
    const look = () => {
      const now = document.querySelector(".queue > li.here");
      if (now && now !== before) window.took.push(performance.now() - began);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}
"""

# Waiting by a script of ours: the site's policy forbids what Playwright's own waiting evaluates.
MOVED = """
(turn) => new Promise((done) => {
  const look = () => (window.took.length > turn ? done() : setTimeout(look, 5));
  look();
})
"""


def keys(options: Options) -> list[Figure]:
    """Decide on comment after comment by keyboard with 100,000 comments in the database."""
    folder = data.site(100_000 if options.sizes[1] > 10_000 else 10_000, "keys")
    chance = random.Random(200)
    half: list[float] = []
    worst: list[float] = []
    with servers.blog(folder) as server, sync_playwright() as playwright:
        browser = running.chromium(playwright)
        for _ in range(options.rounds):
            page = browser.new_context(base_url=server.address).new_page()
            page.goto("/admin/login")
            page.get_by_label("Name", exact=True).fill(data.MODERATOR)
            page.get_by_label("Password", exact=True).fill(data.PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/admin/")
            page.goto("/admin/comments")
            page.keyboard.press("j")
            page.evaluate(WATCH)
            for turn in range(PRESSED):
                page.keyboard.press(chance.choice("aasd"))
                page.evaluate(MOVED, turn)
            took = sorted(page.evaluate("window.took"))
            half.append(took[len(took) // 2])
            worst.append(took[-1])
            page.context.close()
        browser.close()
    return [
        Figure(
            "desk: key to the next comment, half of them", "ms", {"in Chromium": half}, False, [("", "at most", 50)]
        ),
        Figure(
            "desk: key to the next comment, the slowest", "ms", {"in Chromium": worst}, False, [("", "at most", 200)]
        ),
    ]
