"""Watching the folders of posts and pages while the site is served: a saved file is public a moment later.

A file that is half written, broken or gone takes no page down: the last good version stays, and the log and the desk
say what is wrong, with line and cure.
"""

import logging
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from blog import publishing, writing
from blog.events import By
from blog.store import DatabaseError
from blog.web import site as sites
from blog.web.site import Site

log = logging.getLogger("blog")
QUIET_MILLISECONDS = 200  # without a further change, until what was saved is read


async def follow(site: Site) -> None:
    """Publish what is saved, for as long as the site is served; only look where there are folders to look at."""
    from watchfiles import awatch  # it takes some megabytes, which a site that is copied or tested need not have

    folders = [folder for folder in (site.settings.posts, site.settings.pages) if folder.is_dir()]
    if not folders:
        return
    async for changes in awatch(*folders, step=50, debounce=QUIET_MILLISECONDS, recursive=True):
        names = {Path(path) for _, path in changes}
        if any(each.suffix in (".md", ".txt") for each in names):
            await run_in_threadpool(_publish, site)


def _publish(site: Site) -> None:
    """Publish what differs from the folders, on a connection of its own; one broken file holds up no other."""
    try:
        with writing.database(site.settings) as db:
            report = publishing.publish(db, site.settings, by=By(sites.now(), None, "command"))
    except (DatabaseError, OSError) as error:
        log.warning("What was saved is not published yet: %s", error)
        return
    for path, what, _ in report.done:
        log.info("%s: %s", what, path)
    for problem in report.problems:
        log.warning("%s", problem)
