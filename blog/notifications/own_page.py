"""The way to one's own comments by mail: a link for the browser that asked, or six digits."""

import secrets
from dataclasses import dataclass

from sqlite_utils import Database

from blog.deliveries import later
from blog.errors import Invalid, NotFound
from blog.notifications import limits, links, mail_queue, subscriptions
from blog.notifications.links import Link
from blog.people.accounts import hash_of
from blog.text import EMAIL
from blog.wording import gettext

TRIES = 5
SESSION_SECONDS = 3_600


def ask(db: Database, email: str, browser: str, network: str, *, at: str) -> None:
    """Queue a link to the comments of an address, known or not; whether it is known is found out when it is sent.

    `browser` is the hash of the secret by which the browser is known again. Over the limits nothing is queued.
    """
    address = email.strip().lower()
    if not EMAIL.fullmatch(address) or len(address) > 100:
        raise Invalid(
            {"email": gettext("“{email}” is no email address. Write it like name@example.org.", email=email.strip())}
        )
    if limits.may_send_link(db, address, network, at=at):
        mail_queue.enqueue(db, {"mail": "login", "to": address, "browser": browser}, at=at)


def new_link(db: Database, address: str, browser: str, *, at: str) -> tuple[str, str] | None:
    """Return a new link's token and its six digits; None where nothing is stored of the address."""
    if not _is_known(db, address):
        return None
    code = f"{secrets.randbelow(1_000_000):06}"
    link = Link("open", address=address, browser=browser, code=_code_hash(db, code))
    return links.make(db, link, at=at), code


def _is_known(db: Database, address: str) -> bool:
    row = db.conn.execute(
        """
        select exists (select 1 from comments where lower(email) = :address and email <> '')
          or exists (select 1 from subscriptions where address = :address)
        """,
        {"address": address},
    ).fetchone()
    return bool(row[0])


def _code_hash(db: Database, code: str) -> str:
    return links.keyed_hash(db, f"code {code}")


def open_by_link(db: Database, token: str, browser: str, reader_hash: str, *, at: str) -> str | None:
    """Begin a session by a link, in the browser that asked for it; None in any other. Raises NotFound when it ended."""
    link = links.find(db, token)
    if link is None or link.purpose != "open" or not links.works(link, at) or link.tries >= TRIES:
        raise NotFound(gettext("This link has ended. Ask for a new one."))
    if not browser or link.browser != browser:
        return None
    return _begin(db, link, reader_hash, at)


@dataclass(frozen=True)
class Attempt:
    """Six digits that somebody typed. They belong to the link with this token, or to the one this browser asked for."""

    code: str
    token: str
    browser: str
    reader_hash: str


def open_by_code(db: Database, attempt: Attempt, *, at: str) -> tuple[str, int]:
    """Begin a session by six digits; return its token, or "" and how many tries are left after a wrong code.

    Raises NotFound when the link has ended or there were five wrong codes.
    """
    token, browser = attempt.token, attempt.browser
    link = links.find(db, token) if token else links.of_browser(db, browser, at=at)
    if link is None or link.purpose != "open" or not links.works(link, at) or link.tries >= TRIES:
        raise NotFound(gettext("There is no code that still works. Ask for a new link."))
    if _code_hash(db, "".join(attempt.code.split())) == link.code:
        return _begin(db, link, attempt.reader_hash, at), TRIES
    return "", TRIES - links.count_wrong(db, link)


def _begin(db: Database, link: Link, reader_hash: str, at: str) -> str:
    links.use(db, link, at=at)
    if reader_hash:
        subscriptions.confirm(db, link.address, reader_hash, at=at)
    token = secrets.token_urlsafe(32)
    db.conn.execute(
        "insert into mailbox_sessions values (?, ?, ?)",
        [hash_of(token), link.address, later(at, seconds=SESSION_SECONDS)],
    )
    return token


def address_of(db: Database, token: str, *, at: str) -> tuple[str, str]:
    """Return the address that a session shows the comments of, and when it ends; "" for none."""
    row = db.conn.execute(
        "select address, expires_at from mailbox_sessions where token_hash = ? and expires_at > ?", [hash_of(token), at]
    ).fetchone()
    return (str(row[0]), str(row[1])) if token and row else ("", "")


def leave(db: Database, token: str) -> None:
    db.conn.execute("delete from mailbox_sessions where token_hash = ?", [hash_of(token)])
