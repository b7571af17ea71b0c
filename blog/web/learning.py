"""The learning of the filter in the background: in small steps, so that it delays no request."""

import asyncio
import logging
import time

from starlette.concurrency import run_in_threadpool

from blog import filter
from blog.errors import Refused
from blog.web.site import Site, now

log = logging.getLogger("blog")

PAUSE = 1.0  # seconds after a decision, so that a moderator's next one is not delayed
STEP_PAUSE = 0.005  # seconds between two steps
REST = 0.002  # seconds after each millisecond of arithmetic


async def begin(site: Site) -> None:
    """Start learning when there are decisions that the filter has not learned yet."""
    if await site.store.read(filter.has_pending) or not await site.store.read(filter.is_current):
        site.new_decisions.set()


async def follow(site: Site) -> None:
    """Learn after each use of the desk, for as long as the application runs."""
    while True:
        await site.new_decisions.wait()
        await asyncio.sleep(PAUSE)
        site.new_decisions.clear()
        try:
            await catch_up(site)
        except Refused as refusal:
            log.warning("The filter has not learned the last decisions yet: %s", refusal)


async def catch_up(site: Site) -> None:
    """Learn the new decisions, compute the weights, and score the pending comments, in small steps."""
    if await site.store.read(filter.has_pending):
        while await site.store.write(filter.update_counts):
            await asyncio.sleep(STEP_PAUSE)
    if await site.store.read(filter.is_current):
        return
    digest, examples = await site.store.read(filter.examples)
    weights = await run_in_threadpool(filter.fit, digest, examples, judge=True, rest=_rest)
    await site.store.write(filter.store, weights, at=now())
    below: int | None = 1 << 62
    while below is not None:
        below = await site.store.write(filter.rescore, below=below, most=10)
        await asyncio.sleep(STEP_PAUSE)


def _rest() -> None:
    time.sleep(REST)
