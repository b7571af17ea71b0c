"""Whose comments the reader's own page shows: those of its browser, and of an address it has opened by mail."""

from dataclasses import dataclass

from sqlite_utils import Database
from starlette.requests import Request

from blog.moderation import own_comments
from blog.moderation.own_comments import Owner
from blog.notifications import own_page
from blog.web import readers
from blog.web import site as sites

MAILBOX_COOKIE = "mailbox"  # of a browser in which the comments of an address are open
ASKING_COOKIE = "asking"  # of a browser that asked for a link


@dataclass(frozen=True)
class Visitor:
    """`until` is when the address is closed again, "" without one."""

    owner: Owner
    until: str = ""


async def of(request: Request) -> Visitor:
    secret, mailbox = readers.secret_of(request), request.cookies.get(MAILBOX_COOKIE, "")
    reader = readers.hash_of(secret) if secret else ""
    return await sites.of(request).store.read(find, reader, mailbox, at=sites.now())


def find(db: Database, reader: str, mailbox: str, *, at: str) -> Visitor:
    browser = own_comments.of_browser(db, reader, at=at)
    address, until = own_page.address_of(db, mailbox, at=at) if mailbox else ("", "")
    return Visitor(Owner(browser.reader, address), until)
