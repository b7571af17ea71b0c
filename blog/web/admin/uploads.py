"""Uploads beside a post: pictures, and sound, film and PDF."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from blog.errors import Invalid, TooLarge
from blog.posts import media
from blog.publishing import images, uploads
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, writing
from blog.web.middleware import bodies
from blog.web.site import Site
from blog.wording import gettext

Keep = Callable[[Site, str, Any], Awaitable[dict[str, Any]]]


async def picture(request: Request) -> Response:
    """Store an uploaded picture; answer with its Markdown: as JSON, or on the editor page with the typed text."""
    return await _upload(request, bodies.POST.size, "image", _keep_picture)


async def file(request: Request) -> Response:
    """Store sound, film or PDF, and answer as for a picture."""
    return await _upload(request, bodies.FILE.size, "file", _keep_file)


async def _upload(request: Request, most: int, field: str, keep: Keep) -> Response:
    """Store the file of a field by `keep`, which is given the site, the post's path and the file."""
    site, slug = sites.of(request), request.path_params["slug"]
    data = await site.store.read(writing.load, slug, access.me(request)["id"], access.recent(request))
    form = await forms.read(request, most=most, text=writing.TEXT_BODY, files=2)
    try:
        if forms.wants_json(request):
            kept = await keep(site, data["post"]["path"], form.get(field))
            await _list(request, data["post"], kept, form.get(field))
            return JSONResponse(kept)
        page = await writing.typed(request, data, forms.first(form))
        try:
            kept = await keep(site, data["post"]["path"], form.get(field))
        except (Invalid, TooLarge) as problem:
            return writing.respond(request, page, problem=problem)
        await _list(request, data["post"], kept, form.get(field))
        return writing.respond(request, page, picture=kept["markdown"])
    finally:
        await form.close()


async def _list(request: Request, post: Mapping[str, Any], kept: Mapping[str, Any], sent: Any) -> None:
    """List a file that was kept among those of the site, which programs see."""
    site = sites.of(request)
    folder = _folder(site, post["path"], "images" if "width" in kept else "files")
    title = Path(sent.filename).stem
    target = folder / str(kept["url"]).rpartition("/")[2]
    new = await run_in_threadpool(uploads.listed, target, site.settings.posts, title=title, post=post["id"])
    sizes = {name: kept[name] for name in ("width", "height") if name in kept}
    await site.store.write(media.add, replace(new, **sizes), by=access.by(request))


async def _keep_picture(site: Site, path: str, sent: Any) -> dict[str, Any]:
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Invalid({"image": gettext("Choose a picture first.")})
    async with site.decoding:  # whoever waits does so here, and not in one of the threads
        kept = await run_in_threadpool(
            images.keep, sent.file, sent.filename, _folder(site, path, "images"), site=site.settings.root
        )
    address = await _address(site, path, "images", kept.name)
    return {"markdown": f"![]({address})", "url": address, "width": kept.width, "height": kept.height}


async def _keep_file(site: Site, path: str, sent: Any) -> dict[str, Any]:
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Invalid({"file": gettext("Choose a file first.")})
    kept = await run_in_threadpool(uploads.keep, sent.file, sent.filename, _folder(site, path, "files"))
    address = await _address(site, path, "files", kept.name)
    return {"markdown": kept.markdown(address), "url": address}


def _folder(site: Site, path: str, name: str) -> Path:
    """Return where the files of a post go: beside one that has a folder, else into a folder of `static/`."""
    return (site.settings.posts / path).parent if _has_folder(path) else site.settings.static / name


async def _address(site: Site, path: str, folder: str, name: str) -> str:
    """Return the address of a file that was kept, as the post writes it."""
    if _has_folder(path):
        return name
    await run_in_threadpool(site.render.refresh)
    return f"/static/{folder}/{name}"


def _has_folder(path: str) -> bool:
    return path.endswith("/index.md")
