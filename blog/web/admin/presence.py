"""Who else is at the desk: shown in the queue, and asked for every few seconds while it is looked at."""

from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog.moderation import presence
from blog.moderation.presence import Present, Team
from blog.posts import authorship
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access
from blog.wording import gettext, listed, ngettext


async def update(request: Request) -> Response:
    """Say which comment is looked at (`comment`); the answer has the team, and who looks at which comment."""
    fields = await forms.fields(request)
    team = await meet(request, forms.number(fields.get("comment", "")) or 0)
    body = sites.of(request).render.body("admin/comments/team.html", team=context(team))
    return JSONResponse({"team": body.decode(), "rows": looking(team)})


async def split(request: Request) -> Response:
    """Give each who is present a share of the queue, and lead to one's own."""
    site = sites.of(request)
    share = await run_in_threadpool(presence.split, site.settings.database, _me(request, 0), at=sites.now())
    return RedirectResponse(_address(share.part) if share else "/admin/comments", 303)


async def meet(request: Request, comment: int = 0) -> Team:
    """Say that the signed-in person is here; return the others. Authors see only who is on their own posts."""
    site = sites.of(request)
    team = await run_in_threadpool(presence.meet, site.settings.database, _me(request, comment), at=sites.now())
    owner = access.owner(request)
    if not owner or not team.others:
        return team
    return Team(await site.store.read(_on_own, owner, team.others))


def _on_own(db: Any, owner: str, others: list[Present]) -> list[Present]:
    return [each for each in others if each.comment and authorship.of_comment(db, owner, each.comment)]


def _me(request: Request, comment: int) -> Present:
    account = access.me(request)
    return Present(account["id"], account["name"], comment)


def _address(part: str) -> str:
    return f"/admin/comments?{urlencode({'status': 'pending', 'share': part})}"


def context(team: Team) -> dict[str, Any]:
    """Return what the foot of the queue says: who is here, and the share of the queue, if somebody has split it."""
    names = listed([each.name for each in team.others])
    share = team.share
    return {
        "sentence": ngettext("{names} is here", "{names} are here", len(team.others), names=names) if names else "",
        "split": bool(names),
        "share_url": _address(share.part) if share else "",
        "share": gettext("Your share: {number} of {of}, split by {who}", number=share.number, of=share.of, who=share.by)
        if share
        else "",
    }


def looking(team: Team) -> dict[int, str]:
    """Say of each comment that others look at, who does."""
    names_on: dict[int, list[str]] = {}
    for each in team.others:
        if each.comment:
            names_on.setdefault(each.comment, []).append(each.name)
    return {
        comment: ngettext("{names} is looking at this", "{names} are looking at this", len(names), names=listed(names))
        for comment, names in names_on.items()
    }
