"""Background jobs: purging, the search index, learning, mail, other sites, caches, imports, saved files, the lease,
and problems of the server.

One elected worker runs them for all: the one that holds a lock on a file beside the database. When that worker ends, in
whatever way, the kernel frees the lock, and another worker has it within a second.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from blog import filter, moderation
from blog.comments import import_undo, search
from blog.errors import Refused, Unavailable
from blog.importing import unfinished
from blog.journal.events import earlier
from blog.moderation import second_look
from blog.posts import media, versions
from blog.publishing import media_trash
from blog.rules import policy
from blog.storage.lock import try_lock
from blog.web import federating, health_check, imports, learning, leasing, mailing, operating, purging, watching
from blog.web.site import Site, now

log = logging.getLogger("blog")
ELECTION_SECONDS = 1.0  # between two tries for the lock
RETRY_SECONDS = 10.0
SETTLED_SECONDS = 60.0
FEED_SECONDS = 1.0
NOTICE_SECONDS = 1.0
BUSY, FAR_BEHIND = 100, 20_000  # comments of the last second, and comments that are not in the index yet


Job = Callable[[Site], Coroutine[object, object, None]]


class Election:
    """The lock that elects the worker that runs the jobs."""

    def __init__(self, database: Path) -> None:
        self._path = database.resolve().with_name(f"{database.name}.jobs")
        self._lock: int | None = None

    @property
    def won(self) -> bool:
        return self._lock is not None

    def stand(self) -> bool:
        """Try to take the lock; tell whether this worker has it."""
        if self.won:
            return True
        lock = try_lock(self._path)
        if lock is None:
            return False  # where nothing can be written there are no jobs to do
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock
        return True

    def resign(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@asynccontextmanager
async def running(site: Site, app: ASGIApp, *, watched: bool) -> AsyncIterator[None]:
    """Run the jobs while the block lasts; with `watched` also publish what is saved in the site's folders.

    A server that only reads has none.
    """
    if site.store.read_only:
        yield
        return
    election = Election(site.settings.database)
    first: list[Job] = []
    if election.stand():  # before the first request, as there is usually no other worker
        first = await _begin(site)
    tasks = [asyncio.create_task(_run_when_elected(site, election, first)), asyncio.create_task(_retry_writing(site))]
    if watched:
        tasks.append(asyncio.create_task(watching.follow(site, app, election)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        election.resign()


async def _begin(site: Site) -> list[Job]:
    """Let the filter learn; return what else is to be done first: to remove what a killed import left."""
    await learning.begin(site)
    left = unfinished.folder_of(site.settings).exists()
    with suppress(Refused):  # where nothing can be read now, the next start or import looks
        left = left or await site.store.read(import_undo.is_hiding)
    return [imports.remove_unfinished] if left else []


async def _run_when_elected(site: Site, election: Election, first: list[Job]) -> None:
    try:
        if not election.won:
            while not election.stand():
                await asyncio.sleep(ELECTION_SECONDS)
            with suppress(Refused):  # where nothing can be read now, the filter learns after the next decision
                first = await _begin(site)
        async with asyncio.TaskGroup() as jobs:
            for job in (
                *first,
                _purge_hourly,
                _feed_search,
                _notice_decisions,
                learning.follow,
                mailing.follow,
                federating.follow,
                federating.follow_webhooks,
                imports.follow,
                purging.follow,
                _show_lead,
                leasing.follow,
                operating.follow,
            ):
                jobs.create_task(job(site))
    finally:
        election.resign()  # a job that failed may succeed in another worker


async def _show_lead(site: Site) -> None:
    """Show those who watch the server that a worker runs the jobs: it ends with them, as when one of them failed."""
    while site.measures is not None:
        site.measures.set("leads_at", time.time())
        await asyncio.sleep(ELECTION_SECONDS)


async def _purge_hourly(site: Site) -> None:
    """Draw the sample of last week and delete for good what is due: a minute after the start, and then every hour."""
    wait = SETTLED_SECONDS
    while True:
        await asyncio.sleep(wait)
        wait = 3600.0
        try:
            await site.store.write(_draw, now())
            for tidy in (moderation.purge, moderation.forget_machines):
                while await site.store.write(_tidy, tidy, now()) == moderation.AT_ONCE:
                    await asyncio.sleep(1)  # more was due than one transaction should hold
            await site.store.write(versions.thin)
            await empty_trash(site)
            site.new_decisions.set()
        except Refused as refusal:
            log.warning("Nothing was purged this hour: %s", refusal)


async def empty_trash(site: Site) -> None:
    """Remove uploaded files for good that have lain in the trash as long as the rules say."""
    if await site.store.write(_forget_files, now()):
        kept = await site.store.read(media.in_trash)
        await run_in_threadpool(media_trash.sweep, site.settings, kept)


def _forget_files(db: Database, at: str) -> int:
    days = policy.load(db).empty_trash_days
    return media.empty_trash(db, before=earlier(at, days=days)) if days else 0


def _draw(db: Database, at: str) -> int:
    return second_look.draw(db, at=at)


def _tidy(db: Database, tidy: Callable[..., int], at: str) -> int:
    return tidy(db, policy.load(db), at=at)


async def _feed_search(site: Site) -> None:
    """Bring the full-text index up to date each second, but not while hundreds of comments come in."""
    before = 0
    while True:
        await asyncio.sleep(FEED_SECONDS)
        with suppress(Refused):
            newest, searched = site.store.glance(search.behind) or (0, 0)
            if newest > searched and (newest - before < BUSY or newest - searched > FAR_BEHIND):
                while await site.store.write(search.feed):
                    pass
            before = newest


async def _notice_decisions(site: Site) -> None:
    """Wake the filter for decisions of other workers and of commands."""
    version = site.store.data_version()
    while True:
        await asyncio.sleep(NOTICE_SECONDS)
        if (latest := site.store.data_version()) != version:
            version = latest
            if site.store.glance(filter.has_pending):
                site.new_decisions.set()


async def _retry_writing(site: Site) -> None:
    """While nothing can be saved, try every few seconds, so that the pages stop saying so.

    Each worker does that for its own connection.
    """
    while True:
        await asyncio.sleep(RETRY_SECONDS)
        if site.store.trouble:
            with suppress(Unavailable):
                await health_check.prove_writable(site.store)
