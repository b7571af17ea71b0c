"""The queue feed: the pending comments as a private Atom feed."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import moderation, rules
from blog.errors import NotFound
from blog.moderation import Selection
from blog.people import accounts
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access
from blog.web.feeds import urn
from blog.wording import gettext

SIZE = 30


def address(site: sites.Site, key: str) -> str:
    return f"{site.settings.url}/admin/waiting/{key}" if key else ""


def _load(db: Any, key: str) -> dict[str, Any]:
    account = accounts.of_feed(db, key)
    if account is None or "site" not in access.ROLE_PERMISSIONS[account["role"]]:
        raise NotFound(gettext("There is no such feed. Its address may have been replaced."))
    return {
        "rows": moderation.queue(db, Selection(), limit=SIZE),
        "waiting": moderation.counts(db)["pending"],
        "account": account["id"],
    }


async def show(request: Request) -> Response:
    """The feed: authors, posts and reasons of pending comments; never a text, email or IP address."""
    site = sites.of(request)
    data = await site.store.read(_load, request.path_params["key"])
    entries = [
        {
            "id": row["id"],
            "author": row["author"] or gettext("Anonymous"),
            "post": row["post_title"],
            "reason": rules.stored_sentence(row),
            "at": row["arrived_at"],
            "url": f"{site.settings.url}/admin/comments/{row['id']}",
            "key": urn(site, f"admin/comments/{row['id']}"),
        }
        for row in data["rows"]
    ]
    body = site.render.body(
        "admin/waiting.xml",
        entries=entries,
        waiting=data["waiting"],
        queue=f"{site.settings.url}/admin/comments",
        key=urn(site, "admin/waiting"),
        updated=entries[0]["at"] if entries else sites.now(),
    )
    return Response(body, media_type="application/atom+xml")


async def create(request: Request) -> Response:
    """Give the signed-in person's feed a new address, or turn it off (`on=0`)."""
    fields = await forms.fields(request)
    await sites.of(request).store.write(accounts.set_feed, access.me(request)["id"], fields.get("on", "1") == "1")
    return RedirectResponse(forms.back(fields, "/admin/") + "#feed", 303)
