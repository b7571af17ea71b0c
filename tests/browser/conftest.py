"""A real server on a copy of the sample site, a real Chromium, and people who use both."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    Error,
    Page,
    Playwright,
    Response,
    StorageState,
    expect,
    sync_playwright,
)

from blog.storage import store
from tests.browser import running, seeding
from tests.browser.desk import Queue, seed
from tests.browser.running import Running
from tests.browser.states import State
from tests.browser.watching import Watch

SECONDS = 20  # to wait at most for what should come at once: machines that test are busy
People = Callable[..., Page]
Visitor = Callable[..., tuple[Page, Response]]
Opener = Callable[..., Queue]


# For the package and not for the session: while Playwright runs, no other test could start an event loop of its own.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    try:
        browser = running.chromium(playwright)
    except Error as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"There is no Chromium here: `make chromium` brings one. ({error.message.splitlines()[0]})")
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def large_letters(playwright: Playwright, chromium: Browser) -> Iterator[Browser]:
    """A second Chromium, whose owner set its letters to twice the usual size."""
    browser = running.chromium(playwright, "--blink-settings=defaultFontSize=32")
    yield browser
    browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Running]:
    """A site of its own, that nobody has written to yet and that has no account."""
    with running.serve(running.copy_site(tmp_path / "site")) as served:
        yield served


class Windows:
    """Windows on sites that many tests visit, emptied after each test: a tab in one costs a third of a new window."""

    def __init__(self) -> None:
        self._free: dict[str, list[Watch]] = {}

    def take(self, browser: Browser, site: Running, **options: Any) -> Watch:
        cookies = options.pop("storage_state", {}).get("cookies", [])
        key = f"{id(browser)} {site.address} {sorted(options.items())}"
        if free := self._free.get(key):
            watch = free.pop()
            watch.forget()
        else:
            watch = Watch(browser.new_context(base_url=site.address, **options), site.address, key)
            watch.context.new_page()  # keeps the window open
        watch.context.add_cookies(cookies)
        return watch

    def give_back(self, watch: Watch) -> None:
        first, *others = watch.context.pages
        for page in others:
            page.close()
        watch.context.clear_cookies()
        session = watch.context.new_cdp_session(first)
        session.send("Storage.clearDataForOrigin", {"origin": watch.address, "storageTypes": "all"})
        session.detach()
        self._free.setdefault(watch.key, []).append(watch)


@pytest.fixture(scope="package")
def windows() -> Windows:
    return Windows()


@contextmanager
def people_in(chromium: Browser, windows: Windows) -> Iterator[tuple[People, list[Watch]]]:
    """Open a browser for each person who comes; at the end none may have met an error or asked another host.

    `fresh` is one that nobody used before, with an empty cache, also on a site that many tests visit.
    """
    watches: list[Watch] = []

    def come(
        site: Running, *, javascript: bool = True, browser: Browser = chromium, fresh: bool = False, **options: Any
    ) -> Page:
        options["java_script_enabled"] = javascript
        if site.stays and not fresh:
            watch = windows.take(browser, site, **options)
        else:
            watch = Watch(browser.new_context(base_url=site.address, **options), site.address)
        watch.context.set_default_timeout(SECONDS * 1000)
        watches.append(watch)
        return watch.context.new_page()

    yield come, watches
    for watch in watches:
        if watch.key:
            windows.give_back(watch)
        else:
            watch.context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


@pytest.fixture
def people(chromium: Browser, windows: Windows) -> Iterator[People]:
    """Let people come: `people(site, javascript=False)` is a page in a browser with cookies of its own."""
    with people_in(chromium, windows) as (come, _):
        yield come


@dataclass
class Stage:
    """What the states of pages are shown on. `documents` keeps, by name, the HTML of those that were shown already."""

    seeded: Running
    first: Running
    session: StorageState
    documents: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Stage]:
    """A site with an administrator, ana, a discussion, a queue and a log; and one that has no account yet."""
    folder = running.copy_site(tmp_path_factory.mktemp("seeded") / "site")
    db = store.connect(folder / "blog.db")
    seeding.seed(db)
    db.conn.close()
    empty = running.copy_site(tmp_path_factory.mktemp("first") / "site")
    with running.serve(folder) as seeded, running.serve(empty) as first:
        seeded.stays = first.stays = True
        yield Stage(seeded, first, signed_in(seeded, chromium))


@pytest.fixture
def visit(people: People, stage: Stage) -> Visitor:
    """Bring a browser to a state of a page: `visit(state)` is the page and the answer that it came with."""
    return visitor_of(people, stage)


def visitor_of(people: People, stage: Stage) -> Visitor:
    def to(state: State, **options: Any) -> tuple[Page, Response]:
        site = stage.first if state.who == "first" else stage.seeded
        if state.who == "moderator":
            options["storage_state"] = stage.session
        page = people(site, **options)
        answer = state.visit(page, site)
        assert answer.status == state.status
        stage.documents[state.name] = answer.text()
        return page, answer

    return to


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A site with an administrator, ana, whose queue each test fills for itself."""
    folder = running.copy_site(tmp_path_factory.mktemp("desk") / "site")
    running.add_moderator(folder)
    with running.serve(folder) as served:
        served.stays = True
        yield served


@pytest.fixture(scope="package")
def ana(desk: Running, chromium: Browser) -> StorageState:
    """The cookies of ana, who signs in once for all tests of the queue."""
    return signed_in(desk, chromium)


@pytest.fixture
def open_queue(desk: Running, people: People, ana: StorageState) -> Opener:
    """Show ana the queue with so many comments that wait: `open_queue(12, javascript=False)`."""

    def opened(count: int, **options: Any) -> Queue:
        ids = seed(desk, count)
        page = people(desk, storage_state=ana, **options)
        queue = Queue(desk, page, ids, javascript=options.get("javascript", True))
        queue.open()
        return queue

    return opened


def signed_in(site: Running, browser: Browser) -> StorageState:
    """Sign ana in; return the cookies that she then has."""
    context = browser.new_context(base_url=site.address)
    sign_in(context.new_page())
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, name: str = "ana", password: str = running.PASSWORD) -> None:
    page.goto("/admin/login")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[action='/admin/login'] button").click()
    page.wait_for_url("**/admin/")
