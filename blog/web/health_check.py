"""The health check: well while the database can be read and what is written to it reaches the disk."""

import asyncio
import time

from blog.errors import Unavailable
from blog.storage import heartbeat
from blog.storage.store import Store

FRESH_SECONDS = 3.0  # for which an answer holds, so that many questions cost one write; a monitor has 10
PATIENCE_SECONDS = 5.0  # for a disk that neither takes a write nor refuses it


class HealthCheck:
    """What one process knows of the disk. All who ask share one write, and one answer for some seconds."""

    def __init__(self) -> None:
        self._problem = ""
        self._trouble = ""  # of the store at the last answer: a comment that failed, or was saved, makes it out of date
        self._valid_until = 0.0  # of time.monotonic()
        self._probe: asyncio.Task[None] | None = None

    async def problem(self, site: Store) -> str:
        """Return why nothing can be read or written, "" while everything can."""
        if time.monotonic() < self._valid_until and site.trouble == self._trouble:
            return self._problem
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ask(site))
        await asyncio.wait({self._probe}, timeout=PATIENCE_SECONDS)
        return self._problem if self._probe.done() else "The disk does not answer."

    async def _ask(self, site: Store) -> None:
        try:
            age = await prove_writable(site)
            problem = ""
        except Unavailable as error:
            age, problem = 0.0, error.sentence
        self._problem, self._trouble = problem, site.trouble
        self._valid_until = time.monotonic() + FRESH_SECONDS - age


async def prove_writable(site: Store) -> float:
    """Return how many seconds ago a write reached the disk; write now, unless any process did just before.

    Raises Unavailable. While something could not be saved, the writes of others count for nothing.
    """
    age = await site.read(heartbeat.age)
    if 0 <= age < FRESH_SECONDS and not site.trouble and not site.is_full():
        return age
    await site.write(heartbeat.beat)
    if site.is_full():
        raise Unavailable("There is no room for what is sent, because the disk is full.")
    return 0.0
