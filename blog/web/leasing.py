"""Renewing the lease while the site is served, and learning how the copy in the store is, for the metrics."""

import asyncio
import json
import logging
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from blog import epochs
from blog.errors import AfterwordError, Refused
from blog.operation import records
from blog.replica import Replica
from blog.storage import lease
from blog.storage.fence import Fence
from blog.storage.lease import HeldElsewhere, Lease, Superseded, Unreachable
from blog.web import watching
from blog.web.site import Site

log = logging.getLogger("blog")
RENEWALS = 3  # within the time to live
CHECK_SECONDS = 60.0  # between two looks at the result of the last check


async def follow(site: Site) -> None:
    """Renew the lease for as long as this server runs; write nothing any more once another machine has taken over."""
    fence, replica = site.store.fence, site.settings.replica
    if fence is None or replica is None:
        return
    try:
        mine = await run_in_threadpool(lease.of_site, site.settings)
        epoch = await site.store.read(epochs.current)
    except AfterwordError as error:
        log.error("The lease cannot be renewed: %s", error)
        return
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_renew(site, fence, mine, epoch))
        tasks.create_task(_learn_of_check(site, mine, replica))


async def _renew(site: Site, fence: Fence, mine: Lease, epoch: int) -> None:
    trouble = ""
    while True:
        try:
            until = await run_in_threadpool(mine.take, epoch)
        except Superseded as error:
            fence.shut()
            log.error("Nothing is saved here any more. %s", error)
            return
        except (HeldElsewhere, Unreachable) as error:
            if not trouble:
                log.error("The lease was not renewed. %s", error)
            trouble = error.sentence
        else:
            had_it = fence.is_open
            fence.extend(until)
            if trouble:
                log.warning("This machine has the lease.")
                trouble = ""
            if not had_it:  # what was saved in the folders meanwhile could not be published
                await run_in_threadpool(watching.publish, site, set())
        await asyncio.sleep(mine.replica.lease_seconds / RENEWALS)


async def _learn_of_check(site: Site, mine: Lease, replica: Replica) -> None:
    """Note how the last check of the copy went, for the metrics of all workers."""
    while True:
        with suppress(Refused, OSError, ValueError, KeyError, TypeError):
            found = await run_in_threadpool(mine.read, replica.check)
            if found is not None:
                checked = json.loads(found)
                at, good = checked["at"], checked["ok"]
                await run_in_threadpool(records.note, site.settings.database, "replica", at=at, good=good, facts={})
        await asyncio.sleep(CHECK_SECONDS)
