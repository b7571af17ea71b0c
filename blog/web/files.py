"""Files and small answers for machines: the static files, the health of the site, robots.txt."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from blog import __version__, store
from blog.errors import NotFound, Unavailable
from blog.web import pages
from blog.web import site as sites

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
    caching = {"Cache-Control": FOR_EVER if hashed else REVALIDATED}
    ending = asset.path.suffix.lower()
    if asset.text is None or ending not in TEXTS:
        return FileResponse(asset.path, media_type=TEXTS.get(ending) or TYPES.get(ending), headers=caching)
    era = site.pages.era
    text = pages.finish(
        asset.text,
        site.pages.headers,
        caching={**caching, "Vary": "Accept-Encoding"},
        media_type=TEXTS[ending],
    )
    return pages.Finished(site.pages.put(request.scope["path"], text, era=era))


async def healthz(request: Request) -> Response:
    """Tell whether the database can be read and written."""
    site = sites.of(request)
    try:
        await site.store.read(_readable)
        await site.store.write(touch)
    except Unavailable as error:
        return JSONResponse({"status": "failing", "detail": error.sentence}, 503, headers={"Cache-Control": "no-store"})
    body = {"status": "ok", "version": __version__, "sqlite": store.version()}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _readable(db: Any) -> None:
    db.conn.execute("select id from site").fetchone()


def touch(db: Any) -> None:
    """Take the write lock and touch a page, without a lasting change."""
    db.conn.execute("update site set secret = secret")


async def robots(request: Request) -> Response:
    where = f"{sites.of(request).settings.url}/sitemap.xml"
    return PlainTextResponse(
        f"User-agent: *\nDisallow: /admin/\nDisallow: /search\nDisallow: /*?replytocom=\n\nSitemap: {where}\n"
    )
