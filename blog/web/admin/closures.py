"""The switch: of one post, and of the whole site."""

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing, events
from blog.errors import Invalid
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import door


async def create(request: Request) -> Response:
    """Close a discussion (`mode` closed, replies-only or moderated), with a note and until a day if given."""
    door.may(request, "close")
    site = sites.of(request)
    fields = forms.first(await forms.read(request))
    until = _until(fields.get("until", "").strip(), request)
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


def _until(value: str, request: Request) -> str | None:
    """Read a day (or a moment) in the site's time zone."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Invalid({"until": f"Until is {value!r}; write a day like 2026-06-01."}) from None
    return events.stamp(moment if moment.tzinfo else moment.replace(tzinfo=sites.of(request).settings.zone))
