"""Make the pictures of docs/screenshots: `python -m tests.browser.screenshots [NAME...]`.

Each page is shown as it is, on a telephone and on a desk, in both colour schemes, from the real server with a
discussion of our own invention. Long pages are cut at a height at which a picture still helps.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, Response, StorageState, sync_playwright
from sqlite_utils import Database

from blog import comments, publishing, settings
from blog.storage import store
from tests.browser import discussion, running, seeding, states
from tests.browser.conftest import signed_in
from tests.browser.running import ESSAY, REPOSITORY, WELCOME, Running
from tests.browser.states import Visit, go

FOLDER = REPOSITORY / "docs" / "screenshots"
WIDTHS = {390: 1500, 1280: 1400}  # width -> the height at which a picture is cut
WINDOW = {390: 844, 1280: 900}
SCHEMES = ("light", "dark")
MOST_BYTES = 150_000
AFTERTHOUGHT = "I have kept this page open for a week. *Then* I noticed that it has no clock on it. Thank you for that."


@dataclass(frozen=True)
class Shot:
    """`since` is what the picture begins with; `more` is how much higher than others it may be.

    `first`: on a site without an account. `window`: no more than is in view, where something stays in its place.
    """

    name: str
    visit: Visit
    desk: bool = False
    since: str = "body"
    more: int = 0
    first: bool = False
    window: bool = False


def held(page: Page, site: Running) -> Response:
    """Write, and see it wait."""
    with store.transaction(site.db):
        running.hurry(site.db)
    return states.write(page, site, AFTERTHOUGHT, author="Ida Brandt", email=f"ida{next(states.number)}@example.org")


def told_why(page: Page, site: Running) -> Response:
    """Decide by a key, and choose to tell the writer why."""
    answer = states.asked_why(page, site)
    page.keyboard.press("t")
    return answer


# The last of them leaves comments and a setting behind, which the desk is not to show.
SHOTS = (
    Shot("home", go("/")),
    Shot("essay", go(f"/{ESSAY}/")),
    Shot("closed", go(f"/{ESSAY}/"), since="li.comment li.comment"),
    Shot("welcome", go(f"/{WELCOME}/"), since="#comments", more=1000),
    Shot("setup", states.setup, first=True),
    Shot("login", go("/admin/login")),
    Shot("overview", go("/admin/"), desk=True),
    Shot("queue", go("/admin/comments"), desk=True),
    Shot("drawer", states.drawer_at_rest, desk=True, window=True),
    Shot("people", go("/admin/people"), desk=True),
    Shot("zen", go("/admin/comments?zen=1"), desk=True),
    Shot("comment", states.one("pending"), desk=True),
    Shot("posts", go("/admin/posts"), desk=True),
    Shot("log", go("/admin/log"), desk=True),
    Shot("settings", go("/admin/settings/discussion"), desk=True),
    Shot("conflict", states.conflict, desk=True),
    Shot("history", states.edited, desk=True, since="#revisions"),
    Shot("new", go("/admin/posts/new"), desk=True),
    Shot("writing", go(f"/admin/posts/{WELCOME}/edit"), desk=True),
    Shot("versions", states.two_versions, desk=True),
    Shot("replay", states.settings_tried, desk=True),
    Shot("account", go("/admin/account"), desk=True),
    Shot("confirmation", go("/admin/confirmation"), desk=True),
    Shot("users", go("/admin/users"), desk=True),
    Shot("reasons", told_why, desk=True, window=True),
    Shot("filter", states.learned("/admin/filter"), desk=True),
    Shot("held", held, since="li.comment:has(.mind)"),
)


@dataclass(frozen=True)
class View:
    """A picture of the discussion of three hundred, or of a post from the right: at one width, in one way."""

    name: str
    width: int
    path: str = f"/{WELCOME}/"
    since: str = ".comments-title"
    scheme: Literal["light", "dark"] = "light"
    forced: Literal["active", "none"] = "none"
    printed: bool = False
    height: int = 1300


VIEWS = (
    View("discussion-320-light", 320),
    View("discussion-390-dark", 390, scheme="dark"),
    View("discussion-768-light", 768),
    View("discussion-768-forced", 768, scheme="dark", forced="active"),
    View("discussion-1280-light", 1280),
    View("discussion-1280-dark", 1280, scheme="dark"),
    View("discussion-1600-light", 1600),
    View("discussion-print", 640, printed=True, since=".prose"),
    View("reply-390-light", 390, f"/{WELCOME}/?replytocom=150#comment", since="li:has(> .answer)", height=1100),
    View("reply-1280-light", 1280, f"/{WELCOME}/?replytocom=150#comment", since="li:has(> .answer)", height=800),
    View("reply-1280-dark", 1280, f"/{WELCOME}/?replytocom=150#comment", "li:has(> .answer)", "dark", height=800),
    View("hebrew-1280-light", 1280, "/hebrew/", since="body"),
    View("arabic-390-light", 390, "/arabic/", since="body", height=1500),
)


def view_all(names: list[str]) -> None:
    """Take the pictures of the long discussion."""
    chosen = [view for view in VIEWS if view.name.partition("-")[0] in names or not names]
    with tempfile.TemporaryDirectory() as folder:
        root = running.copy_site(Path(folder) / "site", hurried=True)
        discussion.write_posts(root)
        db = store.connect(root / "blog.db")
        publishing.publish(db, settings.load(root, {}), by=running.by())
        ids = discussion.fill(db)
        discussion.answer_posts(db)
        with store.transaction(db):
            for number in (ids[2], ids[30], ids[60]):
                comments.pick(db, number, True, by=running.by())
        db.conn.close()
        with running.serve(root) as site, sync_playwright() as playwright:
            browser = running.chromium(playwright, "--font-render-hinting=none")
            for view in chosen:
                _view(view, site, browser)
            browser.close()


def _view(view: View, site: Running, browser: Browser) -> None:
    context = browser.new_context(
        base_url=site.address,
        color_scheme=view.scheme,
        forced_colors=view.forced,
        java_script_enabled=False,
        viewport={"width": view.width, "height": 900},
    )
    page = context.new_page()
    page.goto(view.path)
    if view.printed:
        page.emulate_media(media="print")
    begin = page.locator(view.since).first.evaluate("(one) => one.getBoundingClientRect().top + scrollY - 24")
    clip: FloatRect = {"x": 0, "y": max(0, begin), "width": view.width, "height": view.height}
    save(page.screenshot(full_page=True, clip=clip, animations="disabled"), FOLDER / f"{view.name}.png")
    context.close()


def save(taken: bytes, path: Path) -> None:
    """Write a picture: letters need few colours, and with a palette a file is less than half as large."""
    picture = Image.open(BytesIO(taken)).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, f"{path} has {path.stat().st_size:,} bytes"


def main(names: list[str]) -> None:
    chosen = [shot for shot in SHOTS if shot.name in names or not names]
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not names or any(view.name.partition("-")[0] in names for view in VIEWS):
        view_all(names)
    if not chosen:
        return
    with site_with(seeding.seed) as site, site_with(None) as new, sync_playwright() as playwright:
        browser = running.chromium(playwright, "--font-render-hinting=none")
        session = signed_in(site, browser)
        for shot, width, scheme in product(chosen, WIDTHS, SCHEMES):
            path = take(shot, new if shot.first else site, browser, session, width=width, scheme=scheme)
            print(f"{path.relative_to(REPOSITORY)}  {path.stat().st_size / 1000:.0f} kB")
        browser.close()


@contextmanager
def site_with(seed: Callable[[Database], object] | None) -> Iterator[Running]:
    """Serve a copy of the sample site with a discussion, or, without one, as it is before anybody has an account."""
    with tempfile.TemporaryDirectory() as folder:
        root = running.copy_site(Path(folder) / "site", hurried=False)
        if seed:
            db = store.connect(root / "blog.db")
            seed(db)
            db.conn.close()
        with running.serve(root) as site:
            yield site


def take(shot: Shot, site: Running, browser: Browser, session: StorageState, *, width: int, scheme: str) -> Path:
    """Take one picture and return its file."""
    context = browser.new_context(
        base_url=site.address,
        color_scheme=scheme,
        reduced_motion="reduce",
        storage_state=session if shot.desk else None,
        viewport={"width": width, "height": WINDOW[width]},
    )
    page = context.new_page()
    shot.visit(page, site)
    path = FOLDER / f"{shot.name}-{width}-{scheme}.png"
    taken = page.screenshot(full_page=True, clip=area(page, shot, width), animations="disabled")
    context.close()
    save(taken, path)
    return path


def area(page: Page, shot: Shot, width: int) -> FloatRect:
    """Return what of the page the picture shows: not the empty space below the last line."""
    end = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("header *, main *, footer *")]
            .map((one) => one.getBoundingClientRect().bottom)) + scrollY + 40"""
    )
    most = WINDOW[width] if shot.window else WIDTHS[width] + shot.more
    begin = page.locator(shot.since).evaluate("(one) => Math.max(0, one.getBoundingClientRect().top + scrollY - 24)")
    return {"x": 0, "y": begin, "width": width, "height": min(end - begin, most)}


if __name__ == "__main__":
    main(sys.argv[1:])
