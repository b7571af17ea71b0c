"""Static files, the health check and robots.txt."""

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from blog import version
from blog.errors import NotFound, Unavailable, Unusable
from blog.storage import migrations, store
from blog.web import attachments
from blog.web import site as sites
from blog.web.cache import pages
from blog.web.middleware import security
from blog.web.site import Site
from blog.wording import gettext

FOR_EVER = "public, max-age=31536000, immutable"
REVALIDATED = "public, max-age=0, must-revalidate"
TEXTS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
TYPES = {".avif": "image/avif", ".woff2": "font/woff2", ".webp": "image/webp"}


async def static(request: Request) -> Response:
    """A file of `static/`: cached for a year under its hashed name, revalidated under its plain one."""
    site, path = sites.of(request), request.path_params["path"]
    match = site.render.asset_file(path)
    if match is None and path.startswith(f"{attachments.UPLOADED}/"):
        return attachments.uploaded(request, path.partition("/")[2])
    if match is None:
        raise NotFound(gettext("There is no such file."))
    asset, hashed = match
    caching = {**security.SHARED, "Cache-Control": FOR_EVER if hashed else REVALIDATED}
    ending = asset.path.suffix.lower()
    if asset.text is None or ending not in TEXTS:
        return FileResponse(asset.path, media_type=TEXTS.get(ending) or TYPES.get(ending), headers=caching)
    generation = site.pages.generation
    text = pages.finish(
        asset.text,
        site.pages.headers,
        caching={**caching, "Vary": "Accept-Encoding"},
        media_type=TEXTS[ending],
    )
    kept = site.pages.put(request.scope["path"], text, generation=generation)
    return pages.CachedResponse(kept, now=sites.seconds())


async def favicon(request: Request) -> Response:
    """The icon for those who request it without reading a page: the site's own `favicon.ico`, else the SVG."""
    render = sites.of(request).render
    headers = {**security.SHARED, "Cache-Control": REVALIDATED}
    if icon := render.asset_file("favicon.ico"):
        return FileResponse(icon[0].path, media_type="image/x-icon", headers=headers)
    return RedirectResponse(render.asset("favicon.svg"), 302, headers=headers)


async def healthz(request: Request) -> Response:
    """The health check: whether the database can be read, and written to the disk."""
    site = sites.of(request)
    if problem := await site.health.problem(site.store):
        return JSONResponse({"status": "failing", "detail": problem}, 503, headers={"Cache-Control": "no-store"})
    body = {"status": "ok", "version": version(), "sqlite": store.version()}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """Whether requests should be sent here: 200, or 503 with the reasons; for a server that only reads, for reading."""
    site = sites.of(request)
    role = "reader" if site.store.read_only or site.store.lacks_lease else "writer"
    reasons = [problem] if (problem := await site.health.problem(site.store)) else await _out_of_date(site)
    if site.store.fence is not None and site.store.fence.is_shut:
        reasons.append(gettext("The site went on on another machine."))
    status, code = ("unready", 503) if reasons else ("ready", 200)
    body = {"status": status, "role": role, "version": version(), "reasons": reasons}
    return JSONResponse(body, code, headers={"Cache-Control": "no-store"})


async def _out_of_date(site: Site) -> list[str]:
    """Return why this version does not suit the database, as after an upgrade beneath a running server."""
    try:
        pending = await site.store.read(migrations.check)
    except (Unavailable, Unusable) as error:
        return [error.sentence]
    return [gettext("The database is not up to date: {missing} is missing.", missing=name) for name in pending]


async def robots(request: Request) -> Response:
    """The rules for crawlers; with the sitemap where the site's `url` is set, as its address must be absolute."""
    url = sites.of(request).settings.url
    rules = "User-agent: *\nDisallow: /admin/\nDisallow: /search\nDisallow: /*?replytocom=\n"
    return PlainTextResponse(f"{rules}\nSitemap: {url}/sitemap.xml\n" if url else rules)
