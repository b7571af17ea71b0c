"""The filter's work behind the answers: it learns what was decided in small steps, while nobody waits for it."""

import asyncio
import logging
import time

from starlette.concurrency import run_in_threadpool

from blog import filter
from blog.errors import Refused
from blog.web.site import Site, now

log = logging.getLogger("blog")

PAUSE = 1.0  # seconds after a decision: whoever goes through the queue is not disturbed
BREATH = 0.005  # seconds left to others between two steps
REST = 0.002  # and after each millisecond of arithmetic


async def begin(site: Site) -> None:
    """Go to work at the start when something was decided since the filter last learned."""
    if await site.store.read(filter.has_pending) or not await site.store.read(filter.is_current):
        site.decided.set()


async def follow(site: Site) -> None:
    """Bring the filter after the decisions, whenever the desk was used, for as long as the application runs."""
    while True:
        await site.decided.wait()
        await asyncio.sleep(PAUSE)
        site.decided.clear()
        try:
            await catch_up(site)
        except Refused as refusal:
            log.warning("The filter has not learned the last decisions yet: %s", refusal)


async def catch_up(site: Site) -> None:
    """Learn what was decided, work the weights out, and score what waits, each in steps."""
    if await site.store.read(filter.has_pending):
        while await site.store.write(filter.update_counts):
            await asyncio.sleep(BREATH)
    if await site.store.read(filter.is_current):
        return
    digest, examples = await site.store.read(filter.examples)
    made = await run_in_threadpool(filter.fit, digest, examples, judge=True, rest=_rest)
    await site.store.write(filter.store, made, at=now())
    below: int | None = 1 << 62
    while below is not None:
        below = await site.store.write(filter.rescore, below=below, most=10)
        await asyncio.sleep(BREATH)


def _rest() -> None:
    time.sleep(REST)
