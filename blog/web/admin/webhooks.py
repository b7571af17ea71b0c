"""Webhooks at the desk: which there are, what they were sent and what went wrong, and sending it again."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import webhooks
from blog.errors import Forbidden, Invalid
from blog.federation import client, webhook_events
from blog.federation.client import Limits, NoAnswer
from blog.settings import Settings
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.site import Site
from blog.webhooks import EVENTS, NewWebhook
from blog.wording import N_, gettext

SHOWN = 20
MESSAGES = {
    "added": N_("Webhook added."),
    "removed": N_("Webhook removed."),
    "test": N_("A test message is sent soon."),
    "again": N_("The message is sent again soon."),
}
STATES = {"waiting": N_("is tried again"), "sent": N_("sent"), "failed": N_("not sent")}


async def index(request: Request) -> Response:
    """All webhooks with their newest messages, and a form for another one."""
    return await _page(request)


async def _page(request: Request, *, code: int = 200, typed: Any = None, errors: Any = None) -> Response:
    site = sites.of(request)
    rows, frame = await site.store.read(_load, access.recent(request))
    message = gettext(MESSAGES.get(request.query_params.get("said", ""), ""))
    return site.render.page(
        "admin/webhooks.html",
        code=code,
        **layout.context(request, frame, "webhooks", message=message),
        webhooks=[_shown(site, row) for row in rows],
        events={name: gettext(label) for name, label in EVENTS.items()},
        typed=typed or NewWebhook("", list(EVENTS)),
        errors=errors or {},
    )


def _load(db: Database, recent: Recent) -> tuple[list[dict[str, Any]], Any]:
    rows, waiting = webhooks.listed(db), webhooks.waiting(db)
    for row in rows:
        row["waiting"] = waiting.get(row["id"], 0)
        row["deliveries"] = webhook_events.newest(db, row["id"], most=SHOWN)
    return rows, layout.frame(db, recent)


def _shown(site: Site, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "events": json.loads(row["events"]),
        "on": site.render.day(row["created_at"]),
        "deliveries": [
            {**each, "on": site.render.moment(each["at"]), "state_name": gettext(STATES[each["state"]])}
            for each in row["deliveries"]
        ],
    }


async def create(request: Request) -> Response:
    """Add a webhook, unless its address may not be reached."""
    site = sites.of(request)
    form = await forms.read(request)
    new = NewWebhook(
        str(form.get("url", "")).strip(), [str(name) for name in form.getlist("events")], form.get("personal") == "1"
    )
    try:
        await run_in_threadpool(_check, new.url, site.settings)
        await site.store.write(webhooks.add, new, by=access.by(request))
    except Invalid as error:
        return await _page(request, code=422, typed=new, errors=error.errors)
    return RedirectResponse("/admin/webhooks?said=added", 303)


def _check(url: str, settings: Settings) -> None:
    """Raise Invalid for an address that no message could be sent to."""
    try:
        client.check(url, Limits(private=settings.webhook_hosts))
    except (Forbidden, NoAnswer) as error:
        raise Invalid({"url": error.sentence}) from error


async def destroy(request: Request) -> Response:
    await sites.of(request).store.write(webhooks.remove, request.path_params["key"], by=access.by(request))
    return RedirectResponse("/admin/webhooks?said=removed", 303)


async def test(request: Request) -> Response:
    """Send a message that says nothing."""
    await sites.of(request).store.write(webhook_events.test, request.path_params["key"], at=sites.now())
    return RedirectResponse("/admin/webhooks?said=test", 303)


async def resend(request: Request) -> Response:
    await sites.of(request).store.write(webhook_events.resend, request.path_params["key"], at=sites.now())
    return RedirectResponse("/admin/webhooks?said=again", 303)
