"""One message to a webhook: what it says, how it is signed and sent, and what became of it.

What it says is written when it is sent, so it tells how things are then; docs/webhook.schema.json describes it. It is
signed as https://www.standardwebhooks.com/ says: HMAC-SHA256 over name, time and body.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog import deliveries, moderation, webhooks
from blog.deliveries import Waiting
from blog.errors import NotFound, Refused
from blog.federation import client
from blog.federation.client import Call, Limits, NoAnswer
from blog.federation.sent import Result
from blog.journal.events import moment
from blog.posts import catalog
from blog.representations import comments, posts
from blog.representations.place import Place
from blog.settings import Settings
from blog.wording import gettext

VERSION = 1  # of what a message says; raised when something in it is no longer as it was


@dataclass(frozen=True)
class Message:
    """A message that is ready to be sent."""

    waiting: Waiting
    url: str
    secret: str
    body: bytes

    @property
    def webhook(self) -> int:
        return int(self.waiting.payload["webhook"])


@dataclass(frozen=True)
class Delivery:
    """What became of a message: `status` is that of the answer, 0 without one."""

    result: Result
    status: int = 0
    error: str = ""


def compose(db: Database, settings: Settings, waiting: Waiting) -> Message | None:
    """Write a message; None where its webhook is gone."""
    try:
        webhook = webhooks.find(db, waiting.payload["webhook"])
    except NotFound:
        return None
    said = _said(db, settings, waiting.payload, personal=bool(webhook["personal"]))
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(waiting, webhook["url"], webhook["secret"], body)


def _said(db: Database, settings: Settings, payload: Mapping[str, Any], *, personal: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "version": VERSION,
        "id": payload["message"],
        "type": payload["event"],
        "at": payload["at"],
        "site": {"title": settings.title, "url": settings.url},
    }
    place = Place(settings, settings.url)
    if comment := payload.get("comment"):
        said["comment"] = _comment(db, place, comment, personal=personal)
    if (post := payload.get("post")) and (row := catalog.fields(db, post)):
        said["post"] = posts.plain(place, row)
    return said


def _comment(db: Database, place: Place, number: int, *, personal: bool) -> dict[str, Any]:
    """Return a comment as it is now; of one that is gone only that."""
    try:
        row = moderation.comment(db, number)
    except NotFound:
        return {"id": number, "status": "deleted"}
    there = comments.address_of(place, row) if row["status"] == "approved" else ""
    return {**comments.plain(row, personal=personal), "address": there}


def send(message: Message, limits: Limits, *, at: str) -> Delivery:
    """Sign a message and send it; it blocks. No redirect is followed."""
    name, seconds = str(message.waiting.payload["message"]), str(int(moment(at).timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Accept": "*/*",
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": signature(message.secret, name, seconds, message.body),
    }
    try:
        answer = client.send(Call(message.url, message.body, headers), limits)
    except NoAnswer as error:
        return Delivery("later", error=str(error))
    except Refused as error:
        return Delivery("failed", error=str(error))
    if answer.is_good:
        return Delivery("sent", answer.status)
    reason = gettext("The answer has the status {code}.", code=str(answer.status))
    return Delivery("failed" if answer.status == 410 else "later", answer.status, reason)


def signature(secret: str, name: str, seconds: str, body: bytes) -> str:
    """Return the signature of a message, with its version."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def note(db: Database, waiting: Waiting, delivery: Delivery, *, at: str) -> None:
    """Store what became of a message; one that nobody took is tried again for two days."""
    state = deliveries.settle(db, waiting, delivery.result, delivery.error, at=at)
    payload = waiting.payload
    db.conn.execute(
        """
        insert into webhook_deliveries
          (webhook_id, message, event, comment_id, post_id, happened_at, state, status, error, tries, at)
        values (:webhook, :message, :event, :comment, :post, :happened, :state, :status, :error, 1, :at)
        on conflict (webhook_id, message) do update set state = excluded.state, status = excluded.status,
          error = excluded.error, tries = tries + 1, at = excluded.at
        """,
        {
            **{"webhook": payload["webhook"], "message": payload["message"], "event": payload["event"]},
            **{"comment": payload.get("comment"), "post": payload.get("post"), "happened": payload["at"]},
            **{"state": state, "status": delivery.status, "error": delivery.error, "at": at},
        },
    )
