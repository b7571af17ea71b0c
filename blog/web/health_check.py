"""The health check: the database can be read, and what is written to it reaches the disk."""

import asyncio
import time

from blog.errors import Unavailable
from blog.storage import heartbeat
from blog.storage.store import Store
from blog.wording import gettext

FRESH_SECONDS = 3.0  # for which a result holds, so that many requests cost one write
PATIENCE_SECONDS = 5.0  # for a disk that neither accepts a write nor refuses it


class HealthCheck:
    """The state of the disk as one process knows it; requests share one write, and its result for some seconds."""

    def __init__(self) -> None:
        self._problem = ""
        self._trouble = ""  # of the store at the last result: when it changes, the result is out of date
        self._valid_until = 0.0  # of time.monotonic()
        self._probe: asyncio.Task[None] | None = None

    async def problem(self, store: Store) -> str:
        """Return why nothing can be read or written, "" while everything can."""
        if time.monotonic() < self._valid_until and store.trouble == self._trouble:
            return self._problem
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._probe_store(store))
        await asyncio.wait({self._probe}, timeout=PATIENCE_SECONDS)
        return self._problem if self._probe.done() else gettext("The disk does not answer.")

    async def _probe_store(self, store: Store) -> None:
        try:
            age = await prove_writable(store)
            problem = ""
        except Unavailable as error:
            age, problem = 0.0, error.sentence
        self._problem, self._trouble = problem, store.trouble
        self._valid_until = time.monotonic() + FRESH_SECONDS - age


async def prove_writable(store: Store) -> float:
    """Return how many seconds ago a write reached the disk; write now, unless any process did just before.

    Raises Unavailable. While something could not be saved, the writes of others count for nothing. A server that only
    reads, for good or because another machine may be writing, is well when it can read.
    """
    age = await store.read(heartbeat.age)
    if store.read_only or store.lacks_lease:
        return 0.0
    if 0 <= age < FRESH_SECONDS and not store.trouble and not store.is_full():
        return age
    await store.write(heartbeat.beat)
    if store.is_full():
        raise Unavailable(gettext("The disk is full, so nothing that is sent can be saved."))
    return 0.0
