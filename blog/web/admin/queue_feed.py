"""What waits, as a private Atom feed: nobody needs mail to know that there is something to look at."""

import re
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import moderation
from blog.errors import NotFound
from blog.moderation import Selection
from blog.people import accounts
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access

SHOWN = 30
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML 1.0 cannot hold


def address(site: sites.Site, key: str) -> str:
    return f"{site.settings.url}{access.FEEDS}{key}" if key else ""


def _load(db: Any, key: str) -> dict[str, Any]:
    account = accounts.of_feed(db, key)
    if account is None or "site" not in access.MAY[account["role"]]:
        raise NotFound("There is no such feed. Its address may have been replaced.")
    return {
        "rows": moderation.queue(db, Selection(), limit=SHOWN),
        "waiting": moderation.counts(db)["pending"],
        "account": account["id"],
    }


async def show(request: Request) -> Response:
    """The feed: who wrote on which post, and why it waits; never the text, email or IP."""
    site = sites.of(request)
    found = await site.store.read(_load, request.path_params["key"])
    entries = [
        {
            "id": row["id"],
            "author": UNFIT.sub("", row["author"]) or "Anonymous",
            "post": UNFIT.sub("", row["post_title"]),
            "reason": UNFIT.sub("", row["reason"]),
            "at": row["created_at"],
            "url": f"{site.settings.url}/admin/comments/{row['id']}",
            "key": _urn(site, f"comments/{row['id']}"),
        }
        for row in found["rows"]
    ]
    body = site.render.body(
        "admin/waiting.xml",
        entries=entries,
        waiting=found["waiting"],
        queue=f"{site.settings.url}/admin/comments",
        key=_urn(site, "waiting"),
        updated=entries[0]["at"] if entries else sites.now(),
    )
    return Response(body, media_type="application/atom+xml")


def _urn(site: sites.Site, what: str) -> str:
    """Return an id that stays the same for ever, as Atom wants it, also where the site has no address yet."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{site.settings.url or site.settings.title}/admin/{what}").urn


async def create(request: Request) -> Response:
    """Give the feed of whoever is signed in a new address, or (`on=0`) none."""
    fields = await forms.fields(request)
    await sites.of(request).store.write(accounts.set_feed, access.me(request)["id"], fields.get("on", "1") == "1")
    return RedirectResponse(forms.back(fields, "/admin/") + "#feed", 303)
