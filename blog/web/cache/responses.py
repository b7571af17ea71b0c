"""Pages that are the same for everybody, made once and answered from the page cache until something in them moves."""

from collections.abc import Callable
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog.web import site as sites
from blog.web.cache import pages
from blog.web.cache.pages import HTML, Page, Versions
from blog.web.site import Site


async def once(request: Request, path: str, make: Callable[[Database, int], Page | Response]) -> Response:
    """Answer from a page that is made now, once for all who ask for it meanwhile.

    What was in the cache and right has been answered by the front, but for cookies that look like a reader's.
    """
    site = sites.of(request)
    if request.cookies and (kept := site.pages.right(path, site.store, now=sites.seconds())):
        return pages.Finished(kept)
    data_version, era = site.store.data_version(), site.pages.era

    async def made() -> Page | Response:
        found = await site.store.read(make, data_version)
        return site.pages.put(path, found, era=era) if isinstance(found, Page) else found

    found = await site.pages.once(path, data_version, made)
    return pages.Finished(found) if isinstance(found, Page) else found


async def answer(
    request: Request,
    load: Callable[[Database, str], dict[str, Any]],
    write: Callable[[Site, dict[str, Any], str], tuple[bytes, str | None]],
    *,
    media_type: str = HTML,
) -> Response:
    """Answer with a page that the versions of the site stand for.

    `load(db, at)` returns what was selected with posts.SITE and more; `write(site, found, at)` the page's bytes and the
    moment at which it turns by itself (None: never); a post that is due turns every page.
    """
    site, at = sites.of(request), sites.now()

    def make(db: Database, data_version: int) -> Page:
        found = load(db, at)
        body, turns_at = write(site, found, at)
        return pages.finish(
            body,
            site.pages.headers,
            media_type=media_type,
            ask=site_versions,
            versions=(found["site_version"] + found["posts_version"],),
            data_version=data_version,
            valid_from=at,
            valid_until=min((turn for turn in (turns_at, found["next_at"]) if turn), default=None),
        )

    return await once(request, request.scope["path"], make)


def site_versions(db: Database) -> Versions:
    return tuple(db.conn.execute("select version + posts_version from site").fetchone())
