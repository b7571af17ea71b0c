"""What goes between this site and others in the background: mentions are checked, and others are told of posts."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread
from sqlite_utils import Database

from blog import deliveries
from blog.deliveries import Waiting
from blog.errors import Refused
from blog.posts import announced
from blog.rules import policy
from blog.web.site import Site, now
from blog.wording import N_, gettext

log = logging.getLogger("blog")
LOOK_SECONDS = 1.0
TIDY_SECONDS = 3_600.0
SETTLED_SECONDS = 60.0  # after the start, before anything is tidied
DUE_SECONDS = 5.0  # after which a post may be due without a write
AT_ONCE = 4
MESSAGES = 50  # to webhooks


# Errors that code may raise at a page or an answer that nobody foresaw. One such page must stop neither the other
# messages nor the other jobs.
SURPRISES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
UNEXPECTED = N_("Something unexpected was answered; the log of the server has more.")
Result = TypeVar("Result")


async def _in_thread(function: Callable[..., Result], *values: Any) -> Result | None:
    """Run what waits for another host in a thread that a stop does not wait for; None when it failed unexpectedly."""
    try:
        return await to_thread.run_sync(function, *values, abandon_on_cancel=True)
    except SURPRISES:
        log.exception("What another site answered was not expected.")
        return None


async def follow(site: Site) -> None:
    """Send and check for as long as the application runs."""
    tidied = asyncio.get_running_loop().time() - TIDY_SECONDS + SETTLED_SECONDS
    looked, version = float("-inf"), -1
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        time = asyncio.get_running_loop().time()
        try:
            if time > tidied + TIDY_SECONDS:
                tidied = time
                await site.store.write(_purge, now())
            if (latest := site.store.data_version()) != version or time > looked + DUE_SECONDS:
                version, looked = latest, time
                if await site.store.read(_has_news):  # looks at every post, so not in the thread of all requests
                    await announce(site)
            if site.store.glance(_has_mentions):
                await deliver(site)
            if site.store.glance(_has_pings):
                await ping(site)
        except Refused as refusal:
            log.warning("Nothing was sent to other sites just now: %s", refusal)


def _purge(db: Database, at: str) -> None:
    from blog.federation import received, webhook_events

    deliveries.purge(db, at=at)
    received.purge(db, at=at)
    webhook_events.purge(db, at=at)


def _has_news(db: Database) -> bool:
    return announced.has_changed(db, now())


async def announce(site: Site) -> None:
    """Put into the outbox what others are to be told."""
    from blog.federation import announcing

    while await site.store.write(announcing.announce, site.settings, at=now()) == announcing.AT_ONCE:
        pass


def _has_mentions(db: Database) -> bool:
    return deliveries.is_due(db, "webmention", at=now())


def _has_pings(db: Database) -> bool:
    return deliveries.is_due(db, "websub", at=now())


async def ping(site: Site) -> None:
    """Tell the hub that the feeds have changed."""
    from blog.federation import websub
    from blog.federation.client import Limits
    from blog.federation.sent import Outcome

    for waiting in await site.store.write(_claim_pings, now()):
        limits = Limits(private=site.settings.private_hosts)
        outcome = await _in_thread(websub.send, site.settings, limits) or Outcome("failed", error=gettext(UNEXPECTED))
        if outcome.error:
            log.warning("The hub was not told: %s", outcome.error)
        await site.store.write(_note_ping, waiting, outcome.result, outcome.error, now())
        site.count("deliveries", "websub", outcome.result)


def _claim_pings(db: Database, at: str) -> list[Waiting]:
    return deliveries.claim(db, "websub", at=at, most=1)


def _note_ping(db: Database, waiting: Waiting, result: str, error: str, at: str) -> None:
    if result == "failed":
        deliveries.fail(db, waiting, error, at=at)
    else:
        deliveries.settle(db, waiting, result, error, at=at)


async def deliver(site: Site) -> None:
    """Do all that is due, some at a time."""
    while due := await site.store.write(_claim, now()):
        await asyncio.gather(*(_check(site, each) if "source" in each.payload else _send(site, each) for each in due))


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
    finding = await _in_thread(received.look, mention, site.settings, limits)
    finding = finding or received.Finding("refused", error=gettext(UNEXPECTED))
    await site.store.write(received.note, site.settings, waiting, finding, at=now())


async def _send(site: Site, waiting: Waiting) -> None:
    """Send a mention of a post."""
    from blog.federation import sent
    from blog.federation.client import Limits

    letter = await site.store.read(sent.letter_of, site.settings, waiting)
    if letter is None:
        await site.store.write(deliveries.remove, waiting.id)
        return
    outcome = await _in_thread(sent.send, letter, Limits(private=site.settings.private_hosts))
    outcome = outcome or sent.Outcome("failed", error=gettext(UNEXPECTED))
    await site.store.write(sent.note, waiting, outcome, at=now())
    site.count("deliveries", "webmention", outcome.result)


async def follow_webhooks(site: Site) -> None:
    """Send messages to webhooks for as long as the application runs."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if site.store.glance(_has_messages):
                await tell(site)
        except Refused as refusal:
            log.warning("No message was sent to a webhook just now: %s", refusal)


def _has_messages(db: Database) -> bool:
    from blog.federation import webhook_events

    return webhook_events.is_behind(db, now()) or deliveries.is_due(db, "webhook", at=now())


async def tell(site: Site) -> None:
    """Put the messages of all new events into the outbox, and send what is due: to each webhook one after the other."""
    while await site.store.write(_follow_events, now()):
        pass
    while due := await site.store.write(_claim_messages, now()):
        each: dict[int, list[Waiting]] = {}
        for waiting in due:
            each.setdefault(waiting.payload["webhook"], []).append(waiting)
        await asyncio.gather(*(_tell_one(site, messages) for messages in each.values()))


def _follow_events(db: Database, at: str) -> bool:
    from blog.federation import webhook_events

    if is_behind := webhook_events.is_behind(db, at):
        webhook_events.follow(db, at=at, delay=policy.load(db).outbox_delay_seconds)
    return is_behind


def _claim_messages(db: Database, at: str) -> list[Waiting]:
    return deliveries.claim(db, "webhook", at=at, most=MESSAGES)


async def _tell_one(site: Site, due: list[Waiting]) -> None:
    """Send messages to one webhook; when it does not answer, the others are tried again later, too."""
    from blog.federation import webhook_messages
    from blog.federation.client import Limits
    from blog.federation.webhook_messages import Delivery

    limits = Limits(private=site.settings.webhook_hosts, redirects=0)
    silent: Delivery | None = None
    for waiting in due:
        message = await site.store.read(webhook_messages.compose, site.settings, waiting)
        if message is None:
            await site.store.write(deliveries.remove, waiting.id)
            continue
        delivery = silent
        if delivery is None:
            delivery = await _in_thread(partial(webhook_messages.send, message, limits, at=now()))
            delivery = delivery or Delivery("failed", error=gettext(UNEXPECTED))
        silent = delivery if delivery.result == "later" and not delivery.status else None
        await site.store.write(webhook_messages.note, waiting, delivery, at=now())
        site.count("deliveries", "webhook", delivery.result)
