"""What goes between this site and others in the background: mentions are checked, and others are told of posts."""

import asyncio
import logging

from sqlite_utils import Database

from blog import deliveries
from blog.deliveries import Waiting
from blog.errors import Refused
from blog.posts import announced
from blog.web.site import Site, now

log = logging.getLogger("blog")
LOOK_SECONDS = 1.0
TIDY_SECONDS = 3_600.0
DUE_SECONDS = 5.0  # after which a post may be due without a write
AT_ONCE = 4


async def follow(site: Site) -> None:
    """Send and check for as long as the application runs."""
    tidied = looked = float("-inf")
    version = -1
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        time = asyncio.get_running_loop().time()
        try:
            if time > tidied + TIDY_SECONDS:
                tidied = time
                await site.store.write(_purge, now())
            if (latest := site.store.data_version()) != version or time > looked + DUE_SECONDS:
                version, looked = latest, time
                if site.store.glance(_has_news):
                    await announce(site)
            if site.store.glance(_has_mentions):
                await deliver(site)
        except Refused as refusal:
            log.warning("Nothing was sent to other sites just now: %s", refusal)


def _purge(db: Database, at: str) -> None:
    from blog.federation import received

    received.purge(db, at=at)


def _has_news(db: Database) -> bool:
    return announced.has_changed(db, now())


async def announce(site: Site) -> None:
    """Put into the outbox what others are to be told."""
    from blog.federation import announcing

    while await site.store.write(announcing.announce, site.settings, at=now()) == announcing.AT_ONCE:
        pass


def _has_mentions(db: Database) -> bool:
    return deliveries.is_due(db, "webmention", at=now())


async def deliver(site: Site) -> None:
    """Do all that is due, some at a time."""
    while due := await site.store.write(_claim, now()):
        async with asyncio.TaskGroup() as tasks:
            for each in due:
                tasks.create_task(_check(site, each) if "source" in each.payload else _send(site, each))


def _claim(db: Database, at: str) -> list[Waiting]:
    return deliveries.claim(db, "webmention", at=at, most=AT_ONCE)


async def _check(site: Site, waiting: Waiting) -> None:
    """Look at the source of a mention, and store what it says."""
    from blog.federation import received
    from blog.federation.client import Limits

    mention = await site.store.read(received.mention_of, waiting)
    if mention is None:
        await site.store.write(deliveries.remove, waiting.id)
        return
    limits = Limits(private=site.settings.private_hosts)
    finding = await asyncio.to_thread(received.look, mention, site.settings, limits)
    await site.store.write(received.note, site.settings, waiting, finding, at=now())


async def _send(site: Site, waiting: Waiting) -> None:
    """Send a mention of a post."""
    from blog.federation import sent
    from blog.federation.client import Limits

    letter = await site.store.read(sent.letter_of, site.settings, waiting)
    if letter is None:
        await site.store.write(deliveries.remove, waiting.id)
        return
    outcome = await asyncio.to_thread(sent.send, letter, Limits(private=site.settings.private_hosts))
    await site.store.write(sent.note, waiting, outcome, at=now())
