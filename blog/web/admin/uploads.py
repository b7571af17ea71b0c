"""Files beside a post that are no pictures: uploads of PDF, sound and film."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from blog.errors import Invalid, TooLarge
from blog.publishing import uploads
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, writing
from blog.web.middleware import bodies
from blog.web.site import Site
from blog.wording import gettext


async def create(request: Request) -> Response:
    """Store an uploaded file; answer with its Markdown: as JSON, or on the editor page with the typed text."""
    site, slug = sites.of(request), request.path_params["slug"]
    data = await site.store.read(writing.load, slug, access.me(request)["id"], access.recent(request))
    form = await forms.read(request, most=bodies.FILE.size, text=writing.TEXT_BODY, files=2)
    file, path = form.get("file"), data["post"]["path"]
    try:
        if forms.wants_json(request):
            kept, address = await _keep(site, path, file)
            return JSONResponse({"markdown": kept.markdown(address), "url": address})
        page = await writing.typed(request, data, forms.first(form))
        try:
            kept, address = await _keep(site, path, file)
        except (Invalid, TooLarge) as problem:
            return writing.respond(request, page, problem=problem)
        return writing.respond(request, page, picture=kept.markdown(address))
    finally:
        await form.close()


async def _keep(site: Site, path: str, file: UploadFile | str | None) -> tuple[uploads.Kept, str]:
    """Keep a file beside the post that has a folder, else in `static/`; return it and its address there."""
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid({"file": gettext("Choose a file first.")})
    own = path.endswith("/index.md")
    folder = (site.settings.posts / path).parent if own else site.settings.static / "files"
    kept = await run_in_threadpool(uploads.keep, file.file, file.filename, folder)
    if own:
        return kept, kept.name
    await run_in_threadpool(site.render.refresh)
    return kept, f"/static/files/{kept.name}"
