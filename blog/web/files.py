"""Files and small answers for machines: the static files, the health of the site, robots.txt."""

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from blog import version
from blog.errors import NotFound
from blog.storage import store
from blog.web import site as sites
from blog.web.cache import pages
from blog.web.middleware import security

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
    """A file of `static/`: kept for a year under its hashed name, asked for anew under its plain one."""
    site = sites.of(request)
    found = site.render.asset_file(request.path_params["path"])
    if found is None:
        raise NotFound("There is no such file.")
    asset, hashed = found
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
    return pages.CachedResponse(site.pages.put(request.scope["path"], text, generation=generation))


async def favicon(request: Request) -> Response:
    """Answer who asks for an icon without reading a page: with the site's own `favicon.ico`, else with the SVG."""
    render = sites.of(request).render
    headers = {**security.SHARED, "Cache-Control": REVALIDATED}
    if found := render.asset_file("favicon.ico"):
        return FileResponse(found[0].path, media_type="image/x-icon", headers=headers)
    return RedirectResponse(render.asset("favicon.svg"), 302, headers=headers)


async def healthz(request: Request) -> Response:
    """Tell a monitor whether the database can be read, and whether what is written reaches the disk."""
    site = sites.of(request)
    if problem := await site.health.problem(site.store):
        return JSONResponse({"status": "failing", "detail": problem}, 503, headers={"Cache-Control": "no-store"})
    body = {"status": "ok", "version": version(), "sqlite": store.version()}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def robots(request: Request) -> Response:
    """What crawlers may ask for; the sitemap where the site's `url` is known, as its address must be a whole one."""
    url = sites.of(request).settings.url
    rules = "User-agent: *\nDisallow: /admin/\nDisallow: /search\nDisallow: /*?replytocom=\n"
    return PlainTextResponse(f"{rules}\nSitemap: {url}/sitemap.xml\n" if url else rules)
