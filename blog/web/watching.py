"""Watching the site's folders while it is served: what is saved in them is public a moment later.

A post, a template or a stylesheet that is half written, broken or gone takes no page down: the last good version stays,
and the log and the desk say what is wrong, with line and cure.
"""

import asyncio
import logging
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from blog import posts, publishing
from blog.errors import AfterwordError, Refused
from blog.journal.events import By
from blog.settings import Settings
from blog.storage.store import DatabaseError
from blog.web import discussion
from blog.web import site as sites
from blog.web.internal_client import ask
from blog.web.site import Site

log = logging.getLogger("blog")
QUIET_MILLISECONDS = 200  # without a further change, until what was saved is read
LOOK_MILLISECONDS = 500  # between two looks whether a folder came, went or was replaced
# One page of each template that readers see without writing anything.
REHEARSED = ("/", "/archive/", "/tags/", "/privacy/", "/feed.xml", "/comments/feed.xml", "/sitemap.xml", "/404.html/")

Folders = dict[Path, tuple[int, int]]


class Elected(Protocol):
    """Whether this worker is the one that publishes for all."""

    @property
    def won(self) -> bool: ...


async def follow(site: Site, app: ASGIApp, election: Elected) -> None:
    """Renew the look, and in the worker that was elected publish what is saved, for as long as the site is served."""
    from watchfiles import awatch  # it takes some megabytes, which a site that is copied or tested need not have

    said: set[str] = set()
    stamp = _settings_stamp(site.settings)
    if site.render.has_own_templates:
        await _rehearse(site, app)
    while True:
        folders, stop, begun, elected = _folders(site.settings), asyncio.Event(), False, False
        async for changes in awatch(
            *folders or [site.settings.root / "blog.toml"],
            step=50,
            debounce=QUIET_MILLISECONDS,
            rust_timeout=LOOK_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=stop,
        ):
            moved = _folders(site.settings) != folders  # a new one, or another of the same name, is not watched yet
            everything = moved or not begun  # what was saved before the watch began is told by nobody
            paths = {Path(path) for _, path in changes}
            texts = any(map(_holds_words, _within(paths, site.settings.posts, site.settings.pages)))
            if election.won and (everything or texts or not elected):  # before, the changes were another worker's
                await run_in_threadpool(_publish, site, said)
            if (changed := _settings_stamp(site.settings)) != stamp:
                stamp = changed
                log.warning("blog.toml was changed. Reload or restart the server for it to take effect.")
            if everything or _within(paths, site.settings.templates, site.settings.static):
                await _dress(site, app)
            begun, elected = True, election.won
            if moved:
                stop.set()


def _folders(settings: Settings) -> Folders:
    found = {}
    for folder in (settings.posts, settings.pages, settings.templates, settings.static):
        if folder.is_dir():
            stat = folder.stat()
            found[folder] = (stat.st_dev, stat.st_ino)
    return found


def _settings_stamp(settings: Settings) -> tuple[int, int, int] | None:
    """Return what differs when blog.toml was changed or replaced; None when there is none."""
    try:
        stat = (settings.root / "blog.toml").stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _within(paths: set[Path], *folders: Path) -> list[Path]:
    return [path for path in paths if any(path.is_relative_to(folder) for folder in folders)]


def _holds_words(path: Path) -> bool:
    """Tell whether a change may be one of a post: a text, or a folder that came, went or has another name."""
    return path.suffix in (".md", ".txt") or not path.is_file()


def _publish(site: Site, said: set[str]) -> None:
    """Publish what differs from the folders, on a connection of its own; one broken file holds up no other.

    What is to be said of a file is logged when it is new, and not again for as long as every look finds it.
    """
    try:
        with site.store.another() as db:
            report = publishing.publish(db, site.settings, by=By(sites.now(), None, "command"))
    except (AfterwordError, DatabaseError, OSError) as error:
        log.warning("What was saved is not published yet: %s", error)
        return
    for path, what, _ in report.done:
        log.info("%s: %s", what, path)
    found = {posts.site_path(str(each)) for each in (*report.problems, *report.remarks)}
    for sentence in sorted(found - said):
        log.warning("%s", sentence)
    said.clear()
    said |= found


async def _dress(site: Site, app: ASGIApp) -> None:
    """Take up what is new in `templates/` and `static/`; every page is made anew then."""
    if await run_in_threadpool(site.render.refresh):
        site.pages.forget()
        if site.render.has_own_templates:
            await _rehearse(site, app)


async def _rehearse(site: Site, app: ASGIApp) -> None:
    """Make one page of each kind, so that what breaks is told now, and not when the first reader comes."""
    try:
        newest = await site.store.read(_newest, site, sites.now())
    except Refused as refusal:
        log.warning("The templates were not tried out: %s", refusal)
        return
    for path in (*REHEARSED, *newest):
        await ask(app, path)


def _newest(db: Database, site: Site, at: str) -> list[str]:
    return [discussion.address(site, post) for post in posts.recent(db, at=at, page=1, size=3)["posts"]]
