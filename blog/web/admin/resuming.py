"""Signing in after a session has ended, and what was kept through it given back, with what it would do now."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from blog import accounts, moderation
from blog.errors import Invalid, Unavailable
from blog.moderation import Selection
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import closures, decisions, door, kept, sessions
from blog.web.admin.comments import EMPTIED
from blog.web.render import counted

MOST = 10_000  # comments that are counted; a decision on more is said to be on more


async def create(request: Request) -> Response:
    """Sign in by password, and then show what was kept, with a button that sends it."""
    return await _given_back(request, await sessions.create(request))


async def create_by_passkey(request: Request) -> Response:
    """Sign in by passkey, and then show what was kept."""
    return await _given_back(request, await sessions.create_by_passkey(request))


async def _given_back(request: Request, response: Response) -> Response:
    fields = await forms.fields(request)
    if response.status_code != 303 or not fields.get("kept"):
        return response
    found = kept.opened(sites.of(request), fields["kept"])
    if found is None:
        return response
    path, pairs, late = found
    page = sites.of(request).render.page(
        "admin/kept.html",
        action=path,
        fields=[kept.field(number, name, value) for number, (name, value) in enumerate(pairs)],
        about=await _about(request, path, pairs),
        late=late,
        leave=response.headers["location"],
        **sessions.COMMON,
    )
    page.raw_headers += [pair for pair in response.raw_headers if pair[0] == b"set-cookie"]
    return page


async def _about(request: Request, path: str, pairs: list[tuple[str, str]]) -> str:
    """Say how many comments or posts an act is about, "" for one alone and for what is none or will be refused."""
    fields = dict(reversed(pairs))  # the first of each name counts
    if path == "/admin/posts/closures":
        return await _about_posts(request, fields, sum(name == "slug" for name, _ in pairs))
    if path != "/admin/decisions" or fields.get("only"):
        return ""
    try:
        chosen = decisions.whole(fields)
    except Invalid:
        return ""
    if chosen is not None:
        return await _about_all(request, chosen, emptying=fields.get("empty") == "1")
    ids = sum(name == "id" for name, _ in pairs)
    return f"About {counted(ids, 'comment')}." if ids > 1 else ""


async def _about_posts(request: Request, fields: dict[str, str], ticked: int) -> str:
    await _load_account(request)
    if not door.may(request, "site"):
        return ""
    listed, site = closures.whole(fields), sites.of(request)
    if listed is None:
        return f"About {counted(ticked, 'post')}." if ticked > 1 else ""
    count = len(await site.store.read(closures.in_list, listed, sites.now()))
    return f"All of the list: {counted(count, 'post')} as of now." if count else "No post is in this list any more."


async def _about_all(request: Request, chosen: Selection, *, emptying: bool) -> str:
    site = sites.of(request)
    await _load_account(request)
    chosen = replace(chosen, owner=door.owner(request))
    what = f"{EMPTIED[chosen.status]} for good" if emptying else "All that match"
    try:
        count = await site.store.read(moderation.matching, chosen, most=MOST + 1)
    except Unavailable:  # what was typed is given back all the same
        return f"{what}: how many these are could not be counted in time."
    if not count:
        return "No comment matches any more."
    many = f"more than {counted(MOST, 'comment')}" if count > MOST else counted(count, "comment")
    return f"{what}: {many} as of now."


async def _load_account(request: Request) -> None:
    """Tell who has just signed in, as the door does for who has been."""
    request.state.account = await sites.of(request).store.read(accounts.session, request.state.token, at=sites.now())
