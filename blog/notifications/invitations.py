"""Accounts by mail: an invitation to choose a password, and a link for a forgotten one."""

import secrets
from dataclasses import dataclass

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal.events import Actor
from blog.notifications import limits, mail_queue
from blog.people import accounts
from blog.wording import gettext


@dataclass(frozen=True)
class Invited:
    """A new account without a password of its own yet."""

    name: str
    email: str
    role: str


def invite(db: Database, invited: Invited, *, by: Actor) -> int:
    """Make an account and queue a link to choose its password; nobody knows the one that it has until then."""
    if not invited.email.strip():
        raise Invalid({"email": gettext("An invitation needs an email. Write it like name@example.org.")})
    nobody_knows = secrets.token_urlsafe(24)
    number = accounts.add(db, invited.name, nobody_knows, role=invited.role, email=invited.email, by=by)
    payload = {"mail": "invitation", "to": invited.email.strip(), "account": number}
    mail_queue.enqueue(db, payload, at=by.at)
    return number


def ask_reset(db: Database, name: str, network: str, *, at: str) -> None:
    """Queue a link for a forgotten password; whether there is such an account is found out when it is sent."""
    name = name.strip()[: accounts.NAME_LENGTH]
    if name and limits.may_send_link(db, f"account {name.casefold()}", network, at=at):
        mail_queue.enqueue(db, {"mail": "password", "to": "", "name": name}, at=at)
