"""Changes that writers propose to their public comments: each with its difference, accepted or declined."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.comments import Draft
from blog.errors import NotFound
from blog.journal.events import Actor
from blog.moderation import edits, proposals
from blog.posts import authorship
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.wording import gettext


def _load(db: Database, owner: str, recent: Recent) -> tuple[list[dict[str, Any]], Any]:
    return proposals.waiting(db, owner=owner), layout.frame(db, recent)


async def index(request: Request) -> Response:
    site = sites.of(request)
    rows, frame = await site.store.read(_load, access.owner(request), access.recent(request))
    return site.render.page(
        "admin/proposals.html",
        **{**layout.context(request, frame, "comments"), "back": "/admin/proposals"},
        proposals=[
            {
                **row,
                "difference": edits.difference(row["text"], row["proposed"]),
                "proposed_on": site.render.moment(row["at"]),
            }
            for row in rows
        ],
    )


async def accept(request: Request) -> Response:
    """Give the comment the proposed text; the answer offers to undo that."""
    site, number = sites.of(request), request.path_params["id"]
    fields = await forms.fields(request)
    draft: Draft = await site.store.read(_draft, number, access.owner(request))
    batch = await site.store.write(proposals.accept, number, draft, seen=fields.get("seen", ""), by=access.by(request))
    return RedirectResponse(layout.with_batch("/admin/proposals", batch), 303)


def _draft(db: Database, number: int, owner: str) -> Draft:
    _check_own(db, number, owner)
    found = proposals.find(db, number)
    return edits.prepare(found["author"], found["url"], found["text"])


def _check_own(db: Database, number: int, owner: str) -> None:
    if owner and not authorship.of_comment(db, owner, number):
        raise NotFound(gettext("There is no comment {number} on one of your posts.", number=number))


async def decline(request: Request) -> Response:
    """Leave the public text as it is; the answer offers to undo that."""
    batch = await sites.of(request).store.write(
        _decline, request.path_params["id"], access.owner(request), access.by(request)
    )
    return RedirectResponse(layout.with_batch("/admin/proposals", batch), 303)


def _decline(db: Database, number: int, owner: str, by: Actor) -> int:
    _check_own(db, number, owner)
    return proposals.decline(db, number, by=by)
