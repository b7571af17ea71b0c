"""Looking after the server: its condition is looked at every ten minutes, and administrators are told of problems."""

import asyncio
import logging
from typing import Any

from anyio import to_thread
from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool

from blog import settings as deployment
from blog.errors import Refused, Unusable
from blog.journal import events
from blog.operation import condition, known_problems, problems, records
from blog.operation.condition import Condition, Disk
from blog.operation.problems import Problem
from blog.operation.records import Record
from blog.web.site import Site, now

log = logging.getLogger("blog")
SETTLED_SECONDS = 60.0  # after the start
LOOK_SECONDS = 600.0
CERTIFICATE_HOURS = 12


async def follow(site: Site) -> None:
    """Look after the server for as long as it runs."""
    wait = SETTLED_SECONDS
    while True:
        await asyncio.sleep(wait)
        wait = LOOK_SECONDS
        try:
            if is_certificate_due(site):
                await look_at_certificate(site)
            await look(site)
        except (Refused, OSError) as error:
            log.warning("The condition of the server was not looked at: %s", error)


async def look(site: Site) -> None:
    """Note what is wrong, and what is over, and put mails about it into the outbox."""
    found = problems.find(await read(site))
    await site.store.write(_note, found, site.settings.mail is not None, now())


def _note(db: Database, found: list[Problem], sends_mail: bool, at: str) -> None:
    from blog.notifications import to_administrators

    known_problems.follow(db, found, at=at)
    if sends_mail:
        to_administrators.tell(db, at=at)


async def read(site: Site) -> Condition:
    """Return the present condition of the site."""
    at = now()
    began_at, outbox, held = await site.store.read(condition.of_database, at=at)
    disk, last, blog_toml = await run_in_threadpool(_files, site)
    return Condition(at, disk, last, began_at, outbox, held, blog_toml, site.settings.mail is not None)


def _files(site: Site) -> tuple[Disk, dict[str, Record], str]:
    database = site.settings.database
    return condition.disk_of(database), records.read(database), _blog_toml(site)


def _blog_toml(site: Site) -> str:
    """Return "changed" where blog.toml says something else than what holds, its error where it has one, else ""."""
    try:
        return "" if deployment.load(site.settings.root) == site.settings else "changed"
    except Unusable as error:
        return error.sentence


def is_certificate_due(site: Site) -> bool:
    """Tell whether the certificate of the site's address was not asked for a while, or was asked of another address."""
    if not site.settings.secure or site.store.read_only:
        return False
    last = records.read(site.settings.database).get("certificate")
    if last is None or last.facts.get("url") != site.settings.url:
        return True
    return last.at < events.earlier(now(), seconds=CERTIFICATE_HOURS * 3_600)


async def look_at_certificate(site: Site) -> None:
    """Ask for the certificate of the site's address, and note how long it holds."""
    from blog.federation import certificate

    url = site.settings.url
    facts: dict[str, Any] = await to_thread.run_sync(certificate.look, url, abandon_on_cancel=True)
    good, facts = "until" in facts, {**facts, "url": url}
    await run_in_threadpool(records.note, site.settings.database, "certificate", at=now(), good=good, facts=facts)
