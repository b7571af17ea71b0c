"""Uploads beside a post: pictures, and sound, film and PDF."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from blog.errors import Invalid, TooLarge
from blog.web import forms, media
from blog.web import site as sites
from blog.web.admin import access, writing
from blog.web.media import Kept, Sent
from blog.web.middleware import bodies
from blog.wording import N_, gettext

MISSING = {"image": N_("Choose a picture first."), "file": N_("Choose a file first.")}


async def picture(request: Request) -> Response:
    """Store an uploaded picture; answer with its Markdown: as JSON, or on the editor page with the typed text."""
    return await _upload(request, bodies.POST.size, "image", media.keep_picture)


async def file(request: Request) -> Response:
    """Store sound, film or PDF, and answer as for a picture."""
    return await _upload(request, bodies.FILE.size, "file", media.keep_file)


async def _upload(request: Request, most: int, field: str, keep: Callable[..., Coroutine[Any, Any, Kept]]) -> Response:
    """Store the file of a field by `keep`."""
    site, slug = sites.of(request), request.path_params["slug"]
    data = await site.store.read(writing.load, slug, access.me(request)["id"], access.recent(request))
    form = await forms.read(request, most=most, text=writing.TEXT_BODY, files=2)
    try:
        if forms.wants_json(request):
            kept = await keep(site, _sent(form.get(field), field, data["post"]), by=access.by(request))
            size = {"width": kept.width, "height": kept.height} if kept.width else {}
            return JSONResponse({"markdown": kept.markdown, "url": kept.address, **size})
        page = await writing.typed(request, data, forms.first(form))
        try:
            kept = await keep(site, _sent(form.get(field), field, data["post"]), by=access.by(request))
        except (Invalid, TooLarge) as problem:
            return writing.respond(request, page, problem=problem)
        return writing.respond(request, page, picture=kept.markdown)
    finally:
        await form.close()


def _sent(given: Any, field: str, post: dict[str, Any]) -> Sent:
    if not isinstance(given, UploadFile) or not given.filename:
        raise Invalid({field: gettext(MISSING[field])})
    return Sent(given.file, given.filename, post)
