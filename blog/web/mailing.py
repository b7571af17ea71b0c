"""Sending mail in the background: what acts cause is put into the outbox, and what is due is sent."""

import asyncio
import logging

from sqlite_utils import Database

from blog import wording
from blog.errors import Refused
from blog.mail_server import MailServer
from blog.notifications import following, mail_queue
from blog.web.site import Site, now

log = logging.getLogger("blog")
LOOK_SECONDS = 1.0
TIDY_SECONDS = 3_600.0


async def follow(site: Site) -> None:
    """Send mail for as long as the application runs; without `[mail]` nothing is done."""
    if site.settings.mail is None:
        return
    from blog.notifications import sending  # which takes a while to load, and most sites send no mail

    tidied = float("-inf")
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if asyncio.get_running_loop().time() > tidied + TIDY_SECONDS:
                tidied = asyncio.get_running_loop().time()
                await site.store.write(sending.purge, at=now())
            if site.store.glance(_has_work):
                await site.store.write(sending.prepare, site.settings, at=now())
                await send(site)
        except Refused as refusal:
            log.warning("No mail was sent just now: %s", refusal)


def _has_work(db: Database) -> bool:
    return following.is_behind(db) or mail_queue.is_due(db, now())


async def send(site: Site) -> None:
    """Send all that is due, some at a time."""

    assert site.settings.mail is not None
    with wording.language(wording.SOURCE, own_words=site.render.own_words):  # each mail chooses its language
        await _send(site, site.settings.mail)


async def _send(site: Site, server: MailServer) -> None:
    from blog.notifications import sending

    while letters := await site.store.write(sending.take, site.settings, at=now()):
        outcomes = await asyncio.to_thread(sending.hand_over, server, letters)
        await site.store.write(sending.note, letters, outcomes, at=now())
        for outcome in outcomes:
            site.count("deliveries", "mail", outcome.result)
