"""The running site, made once in each process, and the current time."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from blog import site_settings
from blog.comments import Stamp
from blog.journal import events
from blog.journal.acts import Acts
from blog.measures import Measures
from blog.settings import Settings
from blog.storage.store import Store
from blog.web.cache.pages import Pages
from blog.web.health_check import HealthCheck
from blog.web.middleware.refusals import Refusals
from blog.web.render import Renderer


@dataclass(eq=False)
class Site:
    """The site as this process serves it. `settings` are those that hold now; `adopt` alone changes them."""

    settings: Settings
    store: Store
    render: Renderer
    pages: Pages
    signer: URLSafeSerializer
    buckets: dict[str, Any]  # of limits.py, which knows this module
    hashing: asyncio.Semaphore  # each check of a password takes 64 MiB
    form_signer: URLSafeTimedSerializer
    for_export: bool = False  # its pages are saved as files, so nothing can be sent from them
    health: HealthCheck = field(default_factory=HealthCheck)
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # of one picture at a time
    refusals: Refusals = field(default_factory=Refusals)
    acts: Acts = ()  # what can happen, as undo, log, history and statistics read it
    measures: Measures | None = None  # where the numbers of this worker are counted, if they are wanted
    new_decisions: asyncio.Event = field(default_factory=asyncio.Event)  # for the filter to learn from

    def count(self, *name: str) -> None:
        """Count something that happened, where that is wanted (blog/measures.py has the names)."""
        if self.measures is not None:
            self.measures.add(*name)

    async def adopt(self, settings: Settings) -> None:
        """Take title, tagline and look from these settings, and forget every page that shows the former ones.

        All else holds as it is until the server is reloaded.
        """
        self.settings = replace(self.settings, **site_settings.values_of(settings))  # type: ignore[arg-type]
        await run_in_threadpool(self.render.adopt, self.settings)
        self.pages.forget()

    def stamp_of(self, post: str, at: str) -> str:
        """Sign a form: the post's slug, and the hour of its rendering, so that a page stays the same for an hour."""
        return str(self.signer.dumps([post, at[:13]]))

    def read_stamp(self, value: str, post: str) -> Stamp:
        """Read the stamp of a form on a post's page."""
        if not value:
            return Stamp("missing")
        signed, hour = _signed(self.signer, value)
        return Stamp("valid", f"{hour}:00:00.000Z") if signed == post else Stamp("forged")


@lru_cache(256)
def _signed(signer: URLSafeSerializer, value: str) -> tuple[str | None, str]:
    """Return the post and the hour of a stamp, None if it is forged. All readers of a page have the same stamp."""
    try:
        post, hour = signer.loads(value)
    except (BadSignature, ValueError, TypeError):
        return None, ""
    return post, hour


def of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def now() -> str:
    return events.stamp(datetime.now(UTC))


def seconds() -> float:
    """Return the current time in seconds since the epoch, which is faster to compare."""
    return time.time()
