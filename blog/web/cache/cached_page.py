"""Pages that are the same for everybody: made once, and answered from the page cache until something in them moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog.shared_cache import LIST
from blog.web import site as sites
from blog.web.cache import pages
from blog.web.cache.pages import HTML, CachedResponse, Page, Validity, VersionQuery, Versions
from blog.web.middleware import discovery, security
from blog.web.site import Site

Data = TypeVar("Data")


@dataclass(frozen=True)
class PageQuery:
    """Which page is made: of which site, at which moment, at which address with which parameters."""

    site: Site
    at: str
    path: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> int:
        return int(self.parameters.get("page", 1))


def site_versions(db: Database) -> Versions:
    return tuple(db.conn.execute("select version + posts_version from site").fetchone())


@dataclass(frozen=True)
class Content:
    """The body of a page, the versions that it was made from, and the moment from which on it is another by itself.

    `headers` are those that this page has besides what every answer carries, `keys` what shared caches know it by.
    """

    body: bytes
    versions: Versions
    valid_until: str | None
    version_query: VersionQuery = site_versions
    media_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()


Load = Callable[[Database, PageQuery], Data]
Render = Callable[[PageQuery, Data], Content | Response]


async def cached_page(request: Request, load: Load[Data], render: Render[Data]) -> Response:
    """Answer with a page from the cache, or with one that is made now, once for all who ask for it meanwhile.

    `load` reads the database; `render` makes of that the page, or a response that is not cached. Most requests for a
    cached page were answered before the router; what comes here from the cache had a cookie like a reader's.
    """
    site = sites.of(request)
    path = request.scope["path"]
    for_one = security.is_private(request.cookies)
    if request.cookies and (cached := site.pages.get_valid(path, site.store, now=sites.seconds())):
        return CachedResponse(cached, now=sites.seconds(), for_one=for_one)
    query, data_version = query_of(request), site.store.data_version()
    make = partial(site.store.read, _load_and_render, query, data_version, load, render)
    page: Page | Response = await site.pages.single_flight(path, data_version, make)
    if not isinstance(page, Page):
        return page
    return CachedResponse(page, now=sites.seconds(), for_one=for_one)


def query_of(request: Request) -> PageQuery:
    return PageQuery(sites.of(request), sites.now(), request.scope["path"], request.path_params)


def _load_and_render(
    db: Database, query: PageQuery, data_version: int, load: Load[Data], render: Render[Data]
) -> Page | Response:
    content = render(query, load(db, query))
    if isinstance(content, Response):
        return content
    validity = Validity(content.version_query, content.versions, data_version, query.at, content.valid_until)
    headers = {**query.site.pages.headers, **content.headers}
    if content.media_type == HTML:
        headers |= discovery.link(query.site.settings, content.headers.get("Link", ""))
    page = pages.finish(
        content.body,
        headers,
        caching=pages.caching(shared := query.site.settings.cache, content.keys),
        media_type=content.media_type,
        validity=validity,
    )
    page.shared = shared
    return page


def of_site(
    row: Mapping[str, Any],
    body: bytes,
    *,
    turns_at: str | None = None,
    media_type: str = HTML,
    headers: Mapping[str, str] | None = None,
    keys: tuple[str, ...] = (LIST,),
) -> Content:
    """Return a page that changes with any post or setting of the site, when a post is due, and at `turns_at`.

    `row` is what was selected with posts.SITE. `keys` name in shared caches what the page shows.
    """
    versions = (row["site_version"] + row["posts_version"],)
    return Content(
        body, versions, earliest(turns_at, row["next_at"]), media_type=media_type, headers=headers or {}, keys=keys
    )


def earliest(*moments: str | None) -> str | None:
    return min((moment for moment in moments if moment), default=None)
