"""Telling shared caches in the background which pages have changed: at once, in order, until each has taken it."""

import asyncio
import logging

from sqlite_utils import Database

from blog import purges
from blog.errors import Refused
from blog.purges import Missed, Purge
from blog.shared_cache import SharedCache
from blog.web.site import Site, now

log = logging.getLogger("blog")
LOOK_SECONDS = 0.05
DUE_SECONDS = 0.25  # after which a purge may be due without a write


async def follow(site: Site) -> None:
    """Send purges for as long as the application runs; without caches that want them, have nothing noted for them."""
    cache = site.settings.cache
    if cache is None or not cache.purge:
        if site.store.glance(purges.is_noted):
            await _until_written(site, ())
        return
    await _until_written(site, cache.purge)
    await Purging(site, cache).follow()


async def _until_written(site: Site, caches: tuple[str, ...]) -> None:
    while True:
        try:
            return await site.store.write(purges.begin, caches, at=now())
        except Refused:
            await asyncio.sleep(1)  # nothing can be saved just now, so nothing changes either


class Purging:
    """What is being sent. A cache that does not answer keeps no other one waiting: it is tried again beside them."""

    def __init__(self, site: Site, cache: SharedCache) -> None:
        self._site, self._cache = site, cache
        self._retries: dict[str, asyncio.Task[None]] = {}
        self._generation = site.pages.generation

    async def follow(self) -> None:
        clock = asyncio.get_running_loop().time
        version, looked = -1, float("-inf")
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self._drop_for_new_theme()
                    if (latest := self._site.store.data_version()) != version or clock() > looked + DUE_SECONDS:
                        version, looked = latest, clock()
                        await self.send()
                except Refused as refusal:
                    log.warning("No cache was told of changes just now: %s", refusal)
        finally:
            for task in self._retries.values():
                task.cancel()

    async def _drop_for_new_theme(self) -> None:
        if self._site.pages.generation != self._generation:
            await self._site.store.write(_drop_all, now())
            self._generation = self._site.pages.generation

    async def send(self) -> None:
        """Send what is due to each cache in one request, and to those that missed something what they missed."""
        store, at = self._site.store, now()
        if not store.glance(lambda db: purges.is_due(db, at)):
            return
        purge, missed = await store.read(_due, at)
        for cache, retry in missed.items():
            if retry.due_at <= at and cache not in self._retries:
                self._retries[cache] = asyncio.create_task(self._retry(retry))
        if not purge.ids:
            return
        present = [cache for cache in self._cache.purge if cache not in missed or missed[cache].again]
        errors = await asyncio.gather(*(self._call(cache, purge.keys) for cache in present))
        refusals = {cache: error for cache, error in zip(present, errors, strict=True) if error}
        for cache, error in refusals.items():
            log.warning("%s was not told which pages have changed, and will drop all of them: %s", cache, error)
        await store.write(purges.note, purge, refusals, at=now())

    async def _retry(self, retry: Missed) -> None:
        try:
            error = await self._call(retry.cache, retry.keys)
            await self._site.store.write(purges.note_retry, retry, error, at=now())
            if not error and not retry.again:
                log.warning("%s has dropped all pages.", retry.cache)
        except Refused as refusal:
            log.warning("What became of a purge could not be saved, so it is sent again: %s", refusal)
        finally:
            del self._retries[retry.cache]

    async def _call(self, address: str, keys: tuple[str, ...]) -> str:
        from blog.federation import cache_calls

        error = await asyncio.to_thread(cache_calls.send, self._cache, address, keys)
        self._site.count("purges_refused" if error else "purges_taken")
        return error


def _due(db: Database, at: str) -> tuple[Purge, dict[str, Missed]]:
    return purges.due(db, at=at), purges.missed(db)


def _drop_all(db: Database, at: str) -> None:
    purges.drop_all(db, at=at)
