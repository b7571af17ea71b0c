"""Every page, in every state, visited once: axe-core, the keyboard, small and enlarged screens, a strict parser and the
validator of the W3C, and nothing from anywhere else."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Request, StorageState, expect

from tests import factories
from tests.browser import running
from tests.browser.conftest import People, Stage, Visitor, Windows, people_in, visitor_of
from tests.browser.running import ESSAY, WELCOME, Running
from tests.browser.states import NAMES, STATES, State, go
from tests.browser.validating import validator

# A small and a usual telephone, and a screen of 1280 pixels at 400, at 200 and at 100 %.
WIDTHS = (320, 390, 640, 1280)
BARELY_WIDE = 970  # where the desk has just become one of columns
PAGE_BYTES = 20_000
AXE = Axe()
# Some pages that must move the focus when they come, so that the check of it never concerns none.
BEGIN_ELSEWHERE = ("a form with errors", "a preview", "a new post", "the settings, tried on the past")
# WCAG 2.2 wants targets of 24 pixels; axe leaves that rule off unless it is asked for.
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# The dark scheme changes colours and nothing else.
SCHEMES: dict[Any, dict[str, Any]] = {
    "light": AXE_OPTIONS,
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}
TAB_STOPS = (
    "a[href], button:not(:disabled), input:not([type=hidden], :disabled), select, textarea, summary, "
    "[tabindex]:not([tabindex='-1'])"
)

LINES_OF = """
  (where) => [...document.querySelectorAll(where)].map((one) => {
    const words = document.createRange();
    words.selectNodeContents(one);
    return words.getClientRects().length;
  })
"""
ENDS_OF = """
  ({ firstChild }) => [0, firstChild.data.trimEnd().length - 1].map((at) => {
    const letter = document.createRange();
    letter.setStart(firstChild, at);
    letter.setEnd(firstChild, at + 1);
    return letter.getBoundingClientRect().left;
  })
"""


# Pairs of what can be pressed that lie on each other by more than the room around their words. What stays in its place
# while the page scrolls (a bar, a dialog) lies over the page as it is meant to.
OVER = """
  (stops) => {
    const fixed = (one) => ["fixed", "sticky"].includes(getComputedStyle(one).position);
    const still = (one) => one && (fixed(one) || one.matches("dialog, .skip, .vh") || still(one.parentElement));
    const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const all = [...document.querySelectorAll(stops)].filter((one) => seen(one) && !still(one));
    // Of what is scrolled sideways, or cut after some lines, only the part that can be seen counts.
    const frameOf = (one) => one && (getComputedStyle(one).overflowX !== "visible" ? one : frameOf(one.parentElement));
    const cut = (box, frame) => ({
      left: Math.max(box.left, frame.left), right: Math.min(box.right, frame.right),
      top: Math.max(box.top, frame.top), bottom: Math.min(box.bottom, frame.bottom),
    });
    const seenBoxes = (one) => {
      const frame = frameOf(one.parentElement);
      return [...one.getClientRects()].map((box) => (frame ? cut(box, frame.getBoundingClientRect()) : box));
    };
    const large = ({ left, right, top, bottom }) => right - left > 1 && bottom - top > 1;
    const boxes = all.map((one) => seenBoxes(one).filter(large));
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 6
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6;
    const found = [];
    all.forEach((one, i) => all.slice(i + 1).forEach((other, j) => {
      if (one.contains(other)) return;
      if (boxes[i].some((a) => boxes[i + 1 + j].some((b) => meet(a, b))))
        found.push([one, other].map((each) => each.outerHTML.slice(0, 100)));
    }));
    return found;
  }
"""


# Of the desk's states every third one is visited; the others are among the slow tests.
VISITED = [
    pytest.param(state, marks=[pytest.mark.slow] if state.who == "moderator" and place % 3 else [])
    for place, state in enumerate(STATES)
]


@pytest.mark.parametrize("state", VISITED, ids=NAMES)
def test_every_page_is_for_everybody(
    state: State, chromium: Browser, windows: Windows, stage: Stage, subtests: pytest.Subtests
) -> None:
    """Visit a page once and do every check that concerns it; each that fails is reported by its name."""
    with people_in(chromium, windows) as (come, watches):
        page, _ = visitor_of(come, stage)(state)
        for check in checks_of(state, page):
            with subtests.test(check.__name__.replace("_", " ")):
                check(page)
        with subtests.test("a strict parser finds no error"):
            html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(stage.documents[state.name])
        with subtests.test("no page asks another host or meets an error"):
            assert watches[0].faults == []
        watches[0].faults = []


def checks_of(state: State, page: Page) -> Iterator[Callable[[Page], None]]:
    yield check_the_first_tab_stop_leads_past_the_header
    if state.name in BEGIN_ELSEWHERE or page.locator("[autofocus]").count():
        yield check_the_first_focus_is_one_and_in_sight
    yield check_nothing_moves_on_the_desk if state.who == "moderator" else check_nothing_moves_for_readers
    yield check_no_page_is_wider_than_its_window
    yield check_nothing_that_is_pressed_lies_over_another
    yield check_axe_finds_nothing_in_both_colour_schemes
    if page.locator("link[rel=stylesheet][href*='/static/admin.']").count() == 0:
        yield check_a_readers_page_has_no_script_but_its_two_small_ones


def check_the_first_tab_stop_leads_past_the_header(page: Page) -> None:
    first = page.locator(TAB_STOPS).first
    expect(page.locator("[tabindex]:not([tabindex='-1'], [tabindex='0'])")).to_have_count(0)
    if page.locator("main.door form").count():
        expect(first).to_have_attribute("name", re.compile("username|again|note|right|app_name"))
        return
    if page.locator("main.door").count():
        expect(first).to_have_attribute("href", "/admin/")
        return
    expect(first).to_have_class("skip")
    if "#" not in page.url and page.evaluate("document.activeElement === document.body"):
        past_the_header(page, first)


def past_the_header(page: Page, skip: Locator) -> None:
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.querySelector('body > header').contains(document.activeElement)")
    page.evaluate("document.activeElement.blur()")


def check_the_first_focus_is_one_and_in_sight(page: Page) -> None:
    focused = page.locator("[autofocus]")
    expect(focused).to_have_count(1)
    expect(focused).to_be_in_viewport()


def check_nothing_moves_for_readers(page: Page) -> None:
    assert movement(page) < 0.01  # their pages have no script, so nothing may move at all


def check_nothing_moves_on_the_desk(page: Page) -> None:
    # web.dev calls 0.1 good (https://web.dev/articles/cls). The script shows the keys' hints, sooner or later by how
    # busy the machine is.
    assert movement(page) < 0.1


def movement(page: Page) -> float:
    """Return how much the layout shifted since the page came."""
    shifts: list[float] = page.evaluate(
        """() => new Promise((tell) => {
            new PerformanceObserver((list) => tell(list.getEntries().map((each) => each.value)))
                .observe({ type: "layout-shift", buffered: true });
            setTimeout(() => tell([]), 50);
        })"""
    )
    return sum(shifts)


def check_no_page_is_wider_than_its_window(page: Page) -> None:
    assert at_each_width(page, WIDTHS, sticking_out) == {}


def at_each_width(page: Page, widths: Sequence[int], look: Callable[[Page], list[Any]]) -> dict[int, list[Any]]:
    """Return what `look` finds at each width where it finds something; the window is then as it was."""
    before = page.viewport_size
    assert before is not None
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if out := look(page):
            found[width] = out
    page.set_viewport_size(before)
    return found


def sticking_out(page: Page) -> list[str]:
    """Return what reaches past a side, when the page can be scrolled there."""
    found: list[str] = page.evaluate(
        """() => {
            const { clientWidth, scrollWidth } = document.documentElement;
            if (scrollWidth <= clientWidth) return [];
            const box = (one) => one.getBoundingClientRect();
            const out = (one) => box(one).right > clientWidth || box(one).left < 0;
            const framed = (one) => one && (getComputedStyle(one).overflowX !== "visible" || framed(one.parentElement));
            const all = [...document.body.querySelectorAll("*")];
            const parts = all.filter((one) => out(one) && !framed(one.parentElement));
            return [`${scrollWidth} > ${clientWidth}`, ...parts.map((one) => one.outerHTML.slice(0, 120))];
        }"""
    )
    return found


def check_nothing_that_is_pressed_lies_over_another(page: Page) -> None:
    assert at_each_width(page, (*WIDTHS, BARELY_WIDE), lambda page: page.evaluate(OVER, TAB_STOPS)) == {}


def check_axe_finds_nothing_in_both_colour_schemes(page: Page) -> None:
    before = page.viewport_size
    assert before is not None
    # The whole page is in sight, with what stays at its bottom, as it is when somebody has scrolled to its end: in a
    # smaller window it would be chance whether the bar lies over half a button, which a turn of the wheel brings out.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": before["width"], "height": max(height, before["height"])})
    found = {}
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour is on its way to another
        results = AXE.run(page, options=options)
        if results.violations_count:
            found[scheme] = results.generate_report()
    page.set_viewport_size(before)
    assert not found, "\n\n".join(f"{scheme}:\n{report}" for scheme, report in found.items())


def check_a_readers_page_has_no_script_but_its_two_small_ones(page: Page) -> None:
    """Nothing depends on them: they move the form and mark new comments."""
    expect(page.locator("link[rel=stylesheet][href*='/static/site.']")).to_have_count(1)
    assert not re.search(r"<[^>]+\son[a-z]+=", page.content())
    expect(page.locator("link[rel=preload], link[rel=modulepreload]")).to_have_count(0)
    scripts = page.locator("script:not([type='application/ld+json'])").evaluate_all(
        "(all) => all.map((one) => [one.getAttribute('src') || '', one.defer])"
    )
    for address, deferred in scripts:
        assert re.fullmatch(r"/static/(discussion|unread)\.\w+\.js", address), address
        assert deferred
        assert len(page.request.get(address).body()) < 3_000


def test_the_validator_finds_no_error(
    visit: Visitor, stage: Stage, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Let the validator of the W3C read each page as the server sent it, when it was visited above."""
    jar = validator(pytestconfig)
    alone = not stage.documents
    for place, state in enumerate(STATES):
        if alone:
            visit(state)
        elif state.name not in stage.documents:  # it is among the slow ones
            continue
        (tmp_path / f"{place:02}.html").write_text(stage.documents[state.name], "utf-8")
    done = subprocess.run(
        ["java", "-Xss1m", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = told(json.loads(done.stdout)["messages"])
    assert not found, "\n".join(found)


def told(messages: list[dict[str, str]]) -> list[str]:
    """Return errors and warnings as sentences, each once, with the first state that has it."""
    said: dict[str, str] = {}
    for message in messages:
        name = NAMES[int(Path(message["url"]).stem)]
        said.setdefault(message["message"], f"{name}: {message['message']} … {message.get('extract', '')}")
    return list(said.values())


@pytest.mark.parametrize("path", [f"/{ESSAY}/", f"/{WELCOME}/", "/"])
def test_a_page_with_its_stylesheet_comes_in_less_than_20_kilobytes(people: People, stage: Stage, path: str) -> None:
    page = people(stage.seeded, fresh=True)
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(path, wait_until="networkidle")
    sizes = {}
    for request in requests:
        answer = request.response()
        assert answer is not None
        assert answer.header_value("content-encoding") == "br", request.url
        sizes[request.url] = request.sizes()["responseBodySize"]
    assert any(".css" in url for url in sizes)
    assert sum(sizes.values()) < PAGE_BYTES, sizes


@pytest.mark.parametrize("path", [f"/{WELCOME}/", "/admin/login"])
def test_every_tab_stop_shows_that_it_has_the_focus(visit: Visitor, path: str) -> None:
    page, _ = visit(State(path, go(path)))
    seen, bare = every_tab_stop(page)
    assert seen > 3
    assert bare == []


@pytest.mark.parametrize("path", ["/admin/comments", "/admin/posts", "/admin/settings/discussion"])
def test_every_tab_stop_of_the_desk_shows_that_it_has_the_focus(visit: Visitor, path: str) -> None:
    page, _ = visit(State(path, go(path), "moderator"))
    seen, bare = every_tab_stop(page)
    assert seen > 10
    assert bare == []


def every_tab_stop(page: Page, most: int = 60) -> tuple[int, list[str]]:
    """Walk through a page by Tab; return how many stops it has, and those that look the same with the focus.

    Parts of a date field show it themselves: they are the browser's own.
    """
    bare: list[str] = []
    for seen in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const one = document.activeElement;
                if (one === document.body) return null;
                const { outlineStyle, outlineWidth } = getComputedStyle(one);
                return { html: one.outerHTML.slice(0, 120), shows: outlineStyle !== "none" && outlineWidth !== "0px" };
            }"""
        )
        if stop is None:
            return seen, bare
        if not stop["shows"] and 'type="date"' not in stop["html"]:
            bare.append(stop["html"])
    return most, bare


def test_endless_words_and_deep_threads_fit_a_telephone(desk: Running, people: People, ana: StorageState) -> None:
    last = strain(desk)
    page = people(desk, storage_state=ana, viewport={"width": 320, "height": 700})
    for path in (
        f"/{WELCOME}/",
        f"/{WELCOME}/?replytocom={last}",
        "/admin/comments",
        "/admin/comments?status=approved",
        f"/admin/comments/{last}",
        "/admin/log",
    ):
        page.goto(path)
        assert sticking_out(page) == [], path
        assert AXE.run(page, options=AXE_OPTIONS).violations_count == 0, path


def strain(site: Running) -> int:
    """Let people write what breaks pages: no spaces, long lines, replies to replies; return the last public one."""
    word, at = "Donaudampfschifffahrt" * 11, running.now()
    text = f"{word}\n\n`{word}`\n\n    {word}\n\n[{word}](https://example.org/{word[:150]})\n\n> > > > {word}"
    parent = ""
    for n in range(100, 108):
        fields = {"author": word[:240], "email": f"{word[:60]}@example.org", "url": f"https://example.org/{word[:150]}"}
        made = factories.submit(site.db, f"{text}\n\n{n}", n, slug=WELCOME, at=at, comment_parent=parent, **fields)
        factories.decide(site.db, made, "approve", by=running.by(), reason=word)
        parent = str(made)
    factories.submit(site.db, text, 108, slug=WELCOME, at=at, author=word[:240])
    return int(parent)


def test_a_wide_table_scrolls_and_keeps_its_words_whole(site: Running, people: People) -> None:
    cells = "|Donaudampfschifffahrt|1,234,567.89" * 4 + "|"
    factories.write_post(site.folder, "wide", body=f"{cells}\n{'|---' * 8}|\n{cells}")
    site.command("publish")
    page = people(site, viewport={"width": 390, "height": 700})
    page.goto("/wide/")
    assert page.evaluate(LINES_OF, "th, td") == [1] * 16
    assert page.locator("table").evaluate("(table) => table.scrollWidth > table.clientWidth")
    assert AXE.run(page, options=AXE_OPTIONS).violations_count == 0
    assert sticking_out(page) == []


def test_code_runs_from_left_to_right_in_every_script(site: Running, people: People) -> None:
    body = "مرحبا `(a + b)!` بكم\n\n```\nprint(x);\n```"
    factories.write_post(site.folder, "arabic", title="مرحبا", front="language: ar\n", body=body)
    site.command("publish")
    page = people(site, viewport={"width": 390, "height": 700})
    page.goto("/arabic/")
    assert page.locator(".prose").evaluate("(prose) => getComputedStyle(prose).direction") == "rtl"
    for where in (".prose p code", ".prose pre code"):
        first, last = page.locator(where).evaluate(ENDS_OF)
        assert first < last, where
    assert page.locator(".prose pre").bounding_box()["x"] < first < 100  # type: ignore[index]


def test_on_paper_there_are_the_words_and_no_form(visit: Visitor) -> None:
    page, _ = visit(State("paper", go(f"/{WELCOME}/")), color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.locator("#comment-form")).to_be_hidden()
    expect(page.get_by_role("link", name="Reply to").first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("li.comment .said").last).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES, ids=NAMES)
def test_no_page_is_wider_than_its_window_in_letters_of_twice_the_size(
    visit: Visitor, state: State, large_letters: Browser
) -> None:
    page, _ = visit(state, browser=large_letters)
    assert float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")) >= 30
    assert sticking_out(page) == []
