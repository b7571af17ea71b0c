"""Telling a hub that the feeds of posts have changed (WebSub), so that it hands them on at once."""

from urllib.parse import urlencode

from sqlite_utils import Database

from blog import outbox
from blog.errors import Refused
from blog.federation import client
from blog.federation.client import Call, Limits, NoAnswer
from blog.federation.sent import Outcome
from blog.settings import Settings
from blog.wording import gettext

FEEDS = ("/feed.xml", "/feed.json")
KEY = "websub"


def announce(db: Database, *, at: str) -> None:
    """Have the hub told soon; what waits already says the same."""
    waiting = "select 1 from outbox where key = ? and key <> '' and failed_at is null and tries = 0"
    if not db.conn.execute(waiting, [KEY]).fetchone():
        outbox.put(db, "websub", {}, key=KEY, at=at, due_at=at)


def send(settings: Settings, limits: Limits) -> Outcome:
    """Tell the hub which feeds have changed; it blocks."""
    if not settings.websub_hub or not settings.url:
        return Outcome("none")
    try:
        for path in FEEDS:
            form = {"hub.mode": "publish", "hub.url": f"{settings.url}{path}", "hub.topic": f"{settings.url}{path}"}
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = client.send(Call(settings.websub_hub, urlencode(form).encode(), headers), limits)
            if not answer.is_good:
                error = gettext("The hub answers with the status {code}.", code=str(answer.status))
                return Outcome("later" if answer.is_for_now else "failed", error=error)
    except NoAnswer as error:
        return Outcome("later", error=str(error))
    except Refused as error:
        return Outcome("failed", error=str(error))
    return Outcome("sent")
