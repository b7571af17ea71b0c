"""Mentions at the desk: those that came, those that were sent, and what went wrong with them."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.federation import received, sent
from blog.publishing import editor
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.admin.rows import status_name
from blog.web.site import Site
from blog.wording import N_, gettext

SHOWN = 100
CAME = {
    "waiting": N_("is checked soon"),
    "stored": N_("taken"),
    "refused": N_("refused"),
    "gone": N_("gone from its source"),
}
WENT = {
    "waiting": N_("is sent soon"),
    "sent": N_("sent"),
    "none": N_("takes no mentions"),
    "failed": N_("not sent"),
}
TYPES = {
    "": N_("a mention"),
    "reply": N_("a reply"),
    "mention": N_("a mention"),
    "bookmark": N_("a bookmark"),
    "like": N_("a like"),
    "repost": N_("a repost"),
}


async def index(request: Request) -> Response:
    """The newest mentions in both directions."""
    site = sites.of(request)
    came, went, frame = await site.store.read(_load, access.recent(request))
    return site.render.page(
        "admin/mentions.html",
        **layout.context(request, frame, "mentions"),
        came=[
            {
                **row,
                "on": site.render.moment(row["at"]),
                "what": gettext(TYPES[row["type"]]),
                "state": status_name(row["status"]) if row["status"] else gettext(CAME[row["state"]]),
            }
            for row in came
        ],
        went=[of_page(site, row) for row in went],
        set_up=bool(site.settings.url),
    )


def _load(db: Database, recent: Recent) -> tuple[list[dict[str, Any]], list[Mapping[str, Any]], Any]:
    return received.newest(db, most=SHOWN), sent.newest(db, most=SHOWN), layout.frame(db, recent)


def of_page(site: Site, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mention that was sent as its page shows it."""
    return {
        **row,
        "on": site.render.moment(row["at"]),
        "state": gettext(WENT[row["state"]]),
        "wrong": row["state"] == "failed",
    }


async def create(request: Request) -> Response:
    """Send all mentions of a post again."""
    slug = request.path_params["slug"]
    await sites.of(request).store.write(_again, slug, sites.now())
    return RedirectResponse(f"/admin/posts/{slug}/edit?done=mentions#mentions", 303)


def _again(db: Database, slug: str, at: str) -> None:
    sent.again(db, editor.find(db, slug)["id"], at=at)
