"""The switch: of one post, and of the whole site."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import door


async def create(request: Request) -> Response:
    """Close a discussion (`mode` closed, replies-only or moderated), with a note and until a day if given."""
    door.may(request, "close")
    site = sites.of(request)
    fields = forms.first(await forms.read(request))
    until = closing.end(fields.get("until", ""), site.settings.zone)
    batch = await site.store.write(
        closing.close,
        request.path_params.get("slug"),
        mode=fields.get("mode") or "closed",
        note=fields.get("note", "").replace("\r\n", "\n"),
        until=until,
        by=door.by(request),
    )
    return _done(request, fields, batch)


async def destroy(request: Request) -> Response:
    """Open a post in spite of file and rules, or lift the site's switch."""
    door.may(request, "close")
    fields = forms.first(await forms.read(request))
    batch = await sites.of(request).store.write(
        closing.open_again, request.path_params.get("slug"), by=door.by(request)
    )
    return _done(request, fields, batch)


async def follow(request: Request) -> Response:
    """Drop a post's own switch."""
    door.may(request, "close")
    fields = forms.first(await forms.read(request))
    batch = await sites.of(request).store.write(closing.follow, request.path_params["slug"], by=door.by(request))
    return _done(request, fields, batch)


def _done(request: Request, fields: Mapping[str, str], batch: int | None) -> Response:
    if forms.wants_json(request):
        return JSONResponse({"batch": batch})
    return RedirectResponse(door.with_batch(forms.back(fields, "/admin/posts"), batch), 303)
