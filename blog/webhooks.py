"""Webhooks: addresses that are told of what happens on the site, added and removed by administrators."""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent
from blog.wording import N_, gettext

EVENTS = {
    "comment.held": N_("A comment waits for a moderator"),
    "comment.published": N_("A comment is public"),
    "comment.removed": N_("A public comment was removed"),
    "post.closed": N_("The discussion of a post was closed"),
    "site.closed": N_("All discussions were closed"),
    "post.published": N_("A post was published"),
}


ROWS = "select w.id, w.url, w.secret, w.events, w.personal, w.created_at from webhooks w where w.removed_at is null"


@dataclass(frozen=True)
class NewWebhook:
    """What was typed: where messages go, about which events, and whether with email and IP address of comments."""

    url: str
    events: Sequence[str]
    personal: bool = False


def add(db: Database, new: NewWebhook, *, by: Actor) -> int:
    """Add a webhook and return its id; raise Invalid without events. The address must be one of the web."""
    chosen = [name for name in EVENTS if name in new.events]
    if not chosen:
        raise Invalid({"events": gettext("Choose at least one event.")})
    if not db.conn.execute("select exists (select 1 from webhooks where removed_at is null)").fetchone()[0]:
        # It is told of nothing that was before it.
        db.conn.execute("update site set hooked = (select coalesce(max(id), 0) from events)")
        db.conn.execute("update known_discussions set mode = '', turns_at = ''")
    row = db.conn.execute(
        "insert into webhooks (url, secret, events, personal, created_at) values (?, ?, ?, ?, ?) returning id",
        [new.url, _secret(), json.dumps(chosen), int(new.personal), by.at],
    ).fetchone()
    events.record(db, NewEvent("webhook added", reason=_host(new.url)), by=by)
    return int(row[0])


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def remove(db: Database, number: int, *, by: Actor) -> None:
    """Send nothing to a webhook any more; raise NotFound for one that is not there."""
    row = find(db, number)
    db.conn.execute("update webhooks set removed_at = ?, secret = '' where id = ?", [by.at, number])
    db.conn.execute("delete from outbox where kind = 'webhook' and payload ->> '$.webhook' = ?", [number])
    events.record(db, NewEvent("webhook removed", reason=_host(row["url"])), by=by)


def find(db: Database, number: int) -> dict[str, Any]:
    row = next(iter(list(db.query(f"{ROWS} and w.id = ?", [number]))), None)
    if row is None:
        raise NotFound(gettext("There is no webhook {number}.", number=number))
    return row


def listed(db: Database) -> list[dict[str, Any]]:
    """Return the webhooks, the oldest first."""
    return list(db.query(f"{ROWS} order by w.id"))


def waiting(db: Database) -> dict[int, int]:
    """Return how many messages wait, by the id of the webhook."""
    return dict(
        db.conn.execute(
            """
            select payload ->> '$.webhook', count(*) from outbox where kind = 'webhook' and failed_at is null group by 1
            """
        ).fetchall()
    )


ACTS = (
    Act(
        kind="webhook added",
        group=acts.SETTINGS,
        sentence=lambda row: gettext("Added a webhook to {host}.", host=row["reason"]),
    ),
    Act(
        kind="webhook removed",
        group=acts.SETTINGS,
        sentence=lambda row: gettext("Removed the webhook to {host}.", host=row["reason"]),
    ),
)
