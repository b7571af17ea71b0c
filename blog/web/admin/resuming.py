"""Signing in after a session has ended, and what was kept through it given back, with what it would do now."""

from starlette.requests import Request
from starlette.responses import Response

from blog.people import sessions as stored_sessions
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import impact, pending_form, sessions


async def create(request: Request) -> Response:
    """Sign in by password, and then show what was kept, with a button that sends it."""
    return await _given_back(request, await sessions.create(request))


async def create_by_passkey(request: Request) -> Response:
    """Sign in by passkey, and then show what was kept."""
    return await _given_back(request, await sessions.create_by_passkey(request))


async def _given_back(request: Request, response: Response) -> Response:
    site, fields = sites.of(request), await forms.fields(request)
    if response.status_code != 303 or not fields.get("kept"):
        return response
    found = pending_form.opened(site, fields["kept"])
    if found is None:
        return response
    path, pairs, late = found
    # Who has just signed in is told here, as the door tells it of who has been.
    request.state.account = await site.store.read(stored_sessions.find, request.state.token, at=sites.now())
    page = site.render.page(
        "admin/kept.html",
        action=path,
        fields=[pending_form.field(number, name, value) for number, (name, value) in enumerate(pairs)],
        about=await impact.told(request, path, pairs),
        late=late,
        leave=response.headers["location"],
        **sessions.COMMON,
    )
    page.raw_headers += [pair for pair in response.raw_headers if pair[0] == b"set-cookie"]
    return page
