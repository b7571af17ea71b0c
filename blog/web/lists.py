"""Lists of posts: the archive and its years, tags, authors, and search results."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog import wording
from blog.errors import Invalid, NotFound
from blog.journal import events
from blog.posts import lists
from blog.shared_cache import LIST
from blog.web import post_context
from blog.web import site as sites
from blog.web.cache import cached_page as cache
from blog.web.cache.cached_page import Content, PageQuery, cached_page
from blog.web.render import thoughts
from blog.web.site import Site
from blog.wording import gettext, ngettext

SIZE, RESULTS = 200, 20
LAST_PAGE = 50  # of a search
WHOLE = 300  # so many posts the archive shows at once; beyond it, it shows the years


async def archive(request: Request) -> Response:
    """All posts by year; the years alone where there are many posts."""
    return await cached_page(request, _load_archive, _render_archive)


def _load_archive(db: Database, query: PageQuery) -> dict[str, Any]:
    return {**lists.archive(db, at=query.at, most=WHOLE), **{"tags": lists.tags(db, at=query.at)["tags"]}}


def _render_archive(query: PageQuery, data: dict[str, Any]) -> Content:
    site = query.site
    groups = _groups(site, data["posts"], "year")
    for group in groups:
        group["url"] = f"/archive/{group['heading']}/"
    years = [str(site.render.local(date).year) for date in data["dates"]]
    counts = [] if groups else [(year, len(list(same))) for year, same in groupby(years)]
    body = site.render.body(
        "posts/list.html",
        **frame(site, data, "/archive/"),
        heading=gettext("Archive"),
        groups=groups,
        counts=[{"url": f"/archive/{year}/", "label": year, "count": _posts(n)} for year, n in counts],
        tags=[_tag(row) for row in data["tags"]],
        **_pagination("/archive/", 1, 1),
    )
    return cache.of_site(data, body)


async def year(request: Request) -> Response:
    """The posts of one year, by month."""
    if not 1 <= int(request.path_params["year"]) < 9999 or request.path_params.get("page") == 0:
        raise NotFound(gettext("There is nothing at this address."))
    return await cached_page(request, _load_year, _render_year)


def _load_year(db: Database, query: PageQuery) -> dict[str, Any]:
    number, zone = int(query.parameters["year"]), query.site.render.zone
    start, end = (events.stamp(datetime(each, 1, 1, tzinfo=zone)) for each in (number, number + 1))
    return lists.between(db, start, end, at=query.at, page=query.page, size=SIZE)


def _render_year(query: PageQuery, data: dict[str, Any]) -> Content:
    number = int(query.parameters["year"])
    return _list(query, data, heading=str(number), path=f"/archive/{number}/", group_by="month")


async def tag(request: Request) -> Response:
    """The posts with a tag, newest first."""
    return await cached_page(request, _load_tag, _render_tag)


def _load_tag(db: Database, query: PageQuery) -> dict[str, Any]:
    return lists.tagged(db, query.parameters["tag"], at=query.at, page=max(query.page, 1), size=SIZE)


def _render_tag(query: PageQuery, data: dict[str, Any]) -> Content:
    return _list(
        query,
        data,
        heading=gettext("Tagged “{tag}”", tag=data["name"]),
        path=f"/tags/{quote(query.parameters['tag'])}/",
        keys=(f"tag-{data['tag_id']}",),
    )


async def tags(request: Request) -> Response:
    """All tags with how many posts each has."""
    return await cached_page(request, _load_tags, _render_tags)


def _load_tags(db: Database, query: PageQuery) -> dict[str, Any]:
    return lists.tags(db, at=query.at)


def _render_tags(query: PageQuery, data: dict[str, Any]) -> Content:
    body = query.site.render.body(
        "posts/list.html",
        **frame(query.site, data, "/tags/"),
        heading=gettext("Tags"),
        groups=[],
        counts=[_tag(row) for row in data["tags"]],
        tags=[],
        **_pagination("/tags/", 1, 1),
    )
    return cache.of_site(data, body)


async def author(request: Request) -> Response:
    """The posts of one author, newest first."""
    return await cached_page(request, _load_author, _render_author)


def _load_author(db: Database, query: PageQuery) -> dict[str, Any]:
    return lists.of_author(db, query.parameters["author"], at=query.at, page=max(query.page, 1), size=SIZE)


def _render_author(query: PageQuery, data: dict[str, Any]) -> Content:
    path = f"/authors/{quote(query.parameters['author'])}/"
    return _list(query, data, heading=gettext("By {author}", author=data["name"]), path=path)


async def search(request: Request) -> Response:
    """The posts that contain all words of `q`, with the passages. Never cached."""
    site, query = sites.of(request), " ".join(request.query_params.get("q", "").split())
    written = request.query_params.get("page", "1")
    page = int(written) if written.isascii() and written.isdigit() and len(written) < 4 else 1
    if len(query) > lists.QUERY_LENGTH:
        raise Invalid(
            {
                "q": gettext(
                    "A search has at most {most} characters; this one has {length}.",
                    most=wording.number(lists.QUERY_LENGTH),
                    length=wording.number(len(query)),
                )
            }
        )
    page = min(max(page, 1), LAST_PAGE)
    data = await site.store.read(lists.search, query, at=sites.now(), page=page, size=RESULTS)
    address = f"/search?q={quote(query)}"
    return site.render.page(
        "posts/search.html",
        headers={"X-Robots-Tag": "noindex"},
        **frame(site, data, "/search"),
        query=query,
        most=lists.QUERY_LENGTH,
        found=[
            {
                "url": post_context.address(site, row),
                "title": split_hits(row["title"]),
                "passage": split_hits(row["passage"]),
                "published_at": row["published_at"],
                "published_on": site.render.day(row["published_at"]) if row["published_at"] else "",
            }
            for row in data["posts"][:RESULTS]
        ],
        count=_count(len(data["posts"]), page),
        page=page,
        newer_url=f"{address}&page={page - 1}" if page > 1 else "",
        older_url=f"{address}&page={page + 1}" if len(data["posts"]) > RESULTS and page < LAST_PAGE else "",
        noindex=True,
    )


def _count(found: int, page: int) -> str:
    """Say how many posts were found or, where there are more pages, which of them these are; "" for none."""
    if page == 1 and found <= RESULTS:
        return ngettext("One post found.", "{n} posts found.", found) if found else ""
    first = (page - 1) * RESULTS + 1
    last = first + min(found, RESULTS) - 1
    return gettext("Posts {first} to {last}.", first=wording.number(first), last=wording.number(last)) if found else ""


def split_hits(text: str) -> list[tuple[str, bool]]:
    """Split a passage into its hits and the text between them."""
    parts: list[tuple[str, bool]] = []
    for piece in text.split(lists.HIT):
        hit, ended, rest = piece.rpartition(lists.END)
        parts += [(hit, True), (rest, False)] if ended else [(rest, False)]
    return [part for part in parts if part[0]]


def frame(site: Site, row: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return what the layout of every public page needs: the menu with its current entry, and the canonical address."""
    return {
        "nav": post_context.menu(row, path),
        "canonical": f"{site.settings.url}{path}" if site.settings.url else "",
    }


def _groups(site: Site, rows: Sequence[Mapping[str, Any]], group_by: str) -> list[dict[str, Any]]:
    """Return posts in groups by "year" or "month", or in one group without a heading ("")."""
    listed = [
        {
            "url": post_context.address(site, row),
            "title": row["title"],
            "published_at": row["published_at"],
            "published_on": site.render.day(row["published_at"]),
            "thoughts": thoughts(row["approved"]),
            "group": _heading(site.render.local(row["published_at"]), group_by),
        }
        for row in rows
    ]
    groups = groupby(listed, lambda row: row["group"])
    return [{"heading": heading, "url": "", "posts": list(same)} for heading, same in groups]


def _heading(local: datetime, group_by: str) -> str:
    return {"year": str(local.year), "month": wording.month(local)}.get(group_by, "")


def _list(
    query: PageQuery,
    data: dict[str, Any],
    *,
    heading: str,
    path: str,
    group_by: str = "",
    keys: tuple[str, ...] = (LIST,),
) -> Content:
    site, page = query.site, query.page
    pages = max(1, -(-data["total"] // SIZE))
    if not 1 <= page <= pages or not data["posts"]:
        raise NotFound(gettext("There is nothing at this address."))
    body = site.render.body(
        "posts/list.html",
        **frame(site, data, path if page == 1 else f"{path}page/{page}/"),
        heading=heading,
        groups=_groups(site, data["posts"], group_by),
        counts=[],
        tags=[],
        **_pagination(path, page, pages),
    )
    return cache.of_site(data, body, keys=keys)


def _pagination(path: str, page: int, pages: int) -> dict[str, Any]:
    newer = "" if page == 1 else path if page == 2 else f"{path}page/{page - 1}/"
    older = f"{path}page/{page + 1}/" if page < pages else ""
    return {"page": page, "pages": pages, "newer_url": newer, "older_url": older}


def _tag(row: Mapping[str, Any]) -> dict[str, str]:
    return {"url": f"/tags/{quote(row['slug'])}/", "label": row["name"], "count": _posts(row["n"])}


def _posts(count: int) -> str:
    return ngettext("{n} post", "{n} posts", count)
