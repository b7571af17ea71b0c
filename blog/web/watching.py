"""Watching the site's folders while it is served: what is saved in them is public a moment later.

A broken or missing post, template or stylesheet takes no page down: the last good version stays, and the log and the
desk say what is wrong, on which line, and what to do.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from blog import posts, publishing, site_settings
from blog import settings as deployment
from blog.errors import AfterwordError, Refused, Unusable
from blog.journal.events import Actor
from blog.settings import Settings
from blog.storage.store import DatabaseError
from blog.web import post_context
from blog.web import site as sites
from blog.web.internal_client import fetch_internal
from blog.web.site import Site

log = logging.getLogger("blog")
QUIET_MILLISECONDS = 200  # without a further change, until what was saved is read
CHECK_MILLISECONDS = 500  # between two checks whether a folder is new, gone or replaced
# One page of each template that readers see without writing anything.
WARMED_UP = ("/", "/archive/", "/tags/", "/privacy/", "/feed.xml", "/comments/feed.xml", "/sitemap.xml", "/404.html/")

Folders = dict[Path, tuple[int, int]]


class Elected(Protocol):
    """Whether this worker is the one that publishes for all."""

    @property
    def won(self) -> bool: ...


async def follow(site: Site, app: ASGIApp, election: Elected) -> None:
    """Reload the theme, and in the elected worker publish what is saved, for as long as the site is served."""
    from watchfiles import awatch  # some megabytes that an export or a test does not need

    logged: set[str] = set()
    stamp = _settings_stamp(site.settings)
    if site.render.has_own_templates:
        await _warm_up(site, app)
    while True:
        folders, stop, begun, elected = _folders(site.settings), asyncio.Event(), False, False
        async for changes in awatch(
            *folders or [site.settings.root / "blog.toml"],
            step=50,
            debounce=QUIET_MILLISECONDS,
            rust_timeout=CHECK_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=stop,
        ):
            moved = _folders(site.settings) != folders  # a new or replaced folder is not watched yet
            everything = moved or not begun  # nothing reports what was saved before the watch began
            paths = {Path(path) for _, path in changes}
            texts = any(map(_may_be_post, _within(paths, site.settings.posts, site.settings.pages)))
            if election.won and (everything or texts or not elected):  # before the election, another worker published
                await run_in_threadpool(publish, site, logged)
            if (changed := _settings_stamp(site.settings)) != stamp:
                stamp = changed
                await _follow_settings(site, election)
            look = (site.settings.templates, site.settings.static, site.settings.translations)
            if everything or _within(paths, *look):
                await reload_theme(site, app)
            begun, elected = True, election.won
            if moved:
                stop.set()


async def _follow_settings(site: Site, election: Elected) -> None:
    """Show a title, a tagline or a look that was written into blog.toml; say what waits for a reload."""
    try:
        written = await run_in_threadpool(deployment.load, site.settings.root)
    except Unusable as error:
        log.warning("blog.toml was changed and has an error, so the server goes on as before: %s", error)
        return
    if site_settings.values_of(written) != site_settings.values_of(site.settings):
        await site.adopt(written)
        if election.won:
            with suppress(Refused):
                await site.store.write(site_settings.note_change)
    if written != site.settings:
        log.warning("blog.toml was changed. Reload or restart the server for it to take effect.")


def _folders(settings: Settings) -> Folders:
    folders = {}
    for folder in (settings.posts, settings.pages, settings.templates, settings.static, settings.translations):
        if folder.is_dir():
            stat = folder.stat()
            folders[folder] = (stat.st_dev, stat.st_ino)
    return folders


def _settings_stamp(settings: Settings) -> tuple[int, int, int] | None:
    """Return what identifies the present blog.toml; None when there is none."""
    try:
        stat = (settings.root / "blog.toml").stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _within(paths: set[Path], *folders: Path) -> list[Path]:
    return [path for path in paths if any(path.is_relative_to(folder) for folder in folders)]


def _may_be_post(path: Path) -> bool:
    """Tell whether a changed path may belong to a post: a text, or a folder that is new, gone or renamed."""
    return path.suffix in (*posts.ENDINGS, ".txt") or not path.is_file()


def publish(site: Site, logged: set[str]) -> None:
    """Publish what differs from the folders, on a connection of its own; one broken file holds up no other.

    A problem of a file is logged once, and not again at each check while it lasts.
    """
    try:
        with site.store.another() as db:
            report = publishing.publish(db, site.settings, by=Actor(sites.now(), None, "command"))
    except (AfterwordError, DatabaseError, OSError) as error:
        log.warning("What was saved is not published yet: %s", error)
        return
    for path, what, _ in report.done:
        log.info("%s: %s", what, path)
    sentences = {posts.site_path(str(each)) for each in (*report.problems, *report.remarks)}
    for sentence in sorted(sentences - logged):
        log.warning("%s", sentence)
    logged.clear()
    logged |= sentences


async def reload_theme(site: Site, app: ASGIApp) -> None:
    """Load changed templates, sentences and files of `static/`; if there are any, forget all cached pages."""
    if await run_in_threadpool(site.render.refresh):
        site.pages.forget()
        if site.render.has_own_templates:
            await _warm_up(site, app)


async def _warm_up(site: Site, app: ASGIApp) -> None:
    """Make one page of each kind, so that a broken template is reported now, and not at the first reader's request."""
    try:
        newest = await site.store.read(_newest, site, sites.now())
    except Refused as refusal:
        log.warning("The templates were not tried out: %s", refusal)
        return
    for path in (*WARMED_UP, *newest):
        await fetch_internal(app, path)


def _newest(db: Database, site: Site, at: str) -> list[str]:
    return [post_context.address(site, post) for post in posts.recent(db, at=at, page=1, size=3)["posts"]]
