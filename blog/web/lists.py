"""Lists of posts: the archive and its years, tags, authors, and what a search finds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Invalid, NotFound
from blog.journal import events
from blog.posts import lists
from blog.web import discussion
from blog.web import site as sites
from blog.web.cache import responses
from blog.web.render import MONTHS, counted, thoughts
from blog.web.site import Site

SIZE, FOUND = 200, 20
LAST = 50  # nobody turns so many pages of a search
WHOLE = 300  # so many posts the archive shows at once; beyond it, it shows the years


async def archive(request: Request) -> Response:
    """All posts by year; the years alone where there are many posts."""

    def load(db: Database, at: str) -> dict[str, Any]:
        return {**lists.archive(db, at=at, most=WHOLE), **{"tags": lists.tags(db, at=at)["tags"]}}

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        years = [str(site.render.local(date).year) for date in found["dates"]]
        groups = _groups(site, found["posts"], lambda local: str(local.year), lambda year: f"/archive/{year}/")
        counts = [] if groups else [(year, len(list(same))) for year, same in groupby(years)]
        body = site.render.body(
            "posts/list.html",
            **frame(site, found, "/archive/"),
            heading="Archive",
            groups=groups,
            counts=[{"url": f"/archive/{year}/", "label": year, "count": counted(n, "post")} for year, n in counts],
            tags=[_tag(row) for row in found["tags"]],
            **_turning("/archive/", 1, 1),
        )
        return body, None

    return await responses.answer(request, load, write)


async def year(request: Request) -> Response:
    """The posts of one year, by month."""
    number, page = int(request.path_params["year"]), int(request.path_params.get("page", 1))
    site = sites.of(request)
    if not 1 <= number < 9999 or page < 1:
        raise NotFound("There is nothing at this address.")
    start, end = (events.stamp(datetime(which, 1, 1, tzinfo=site.render.zone)) for which in (number, number + 1))
    path = f"/archive/{number}/"

    def load(db: Database, at: str) -> dict[str, Any]:
        return lists.between(db, start, end, at=at, page=page, size=SIZE)

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        groups = _groups(site, found["posts"], lambda local: f"{MONTHS[local.month - 1]} {local.year}", None)
        return _list(site, found, heading=str(number), groups=groups, path=path, page=page), None

    return await responses.answer(request, load, write)


async def tag(request: Request) -> Response:
    """The posts with a tag, newest first."""
    slug, page = request.path_params["tag"], int(request.path_params.get("page", 1))

    def load(db: Database, at: str) -> dict[str, Any]:
        return lists.tagged(db, slug, at=at, page=max(page, 1), size=SIZE)

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        groups = _groups(site, found["posts"], lambda local: "", None)
        path = f"/tags/{quote(slug)}/"
        return _list(site, found, heading=f"Tagged “{found['name']}”", groups=groups, path=path, page=page), None

    return await responses.answer(request, load, write)


async def tags(request: Request) -> Response:
    """All tags, with how many posts have each."""

    def load(db: Database, at: str) -> dict[str, Any]:
        return lists.tags(db, at=at)

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        body = site.render.body(
            "posts/list.html",
            **frame(site, found, "/tags/"),
            heading="Tags",
            groups=[],
            counts=[_tag(row) for row in found["tags"]],
            tags=[],
            **_turning("/tags/", 1, 1),
        )
        return body, None

    return await responses.answer(request, load, write)


async def author(request: Request) -> Response:
    """The posts of one author, newest first."""
    slug, page = request.path_params["author"], int(request.path_params.get("page", 1))

    def load(db: Database, at: str) -> dict[str, Any]:
        return lists.of_author(db, slug, at=at, page=max(page, 1), size=SIZE)

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        groups = _groups(site, found["posts"], lambda local: "", None)
        path = f"/authors/{quote(slug)}/"
        return _list(site, found, heading=f"By {found['name']}", groups=groups, path=path, page=page), None

    return await responses.answer(request, load, write)


async def search(request: Request) -> Response:
    """The posts that hold all the words of `q`, with the passages where they stand. Never kept by a cache."""
    site, query = sites.of(request), " ".join(request.query_params.get("q", "").split())
    written = request.query_params.get("page", "1")
    page = int(written) if written.isascii() and written.isdigit() and len(written) < 4 else 1
    if len(query) > lists.QUERY_LENGTH:
        raise Invalid({"q": f"A search has at most {lists.QUERY_LENGTH} characters; this one has {len(query):,}."})
    page = min(max(page, 1), LAST)
    found = await site.store.read(lists.search, query, at=sites.now(), page=page, size=FOUND)
    address = f"/search?q={quote(query)}"
    return site.render.page(
        "posts/search.html",
        headers={"X-Robots-Tag": "noindex"},
        **frame(site, found, "/search"),
        query=query,
        most=lists.QUERY_LENGTH,
        found=[
            {
                "url": discussion.address(site, row),
                "title": marked(row["title"]),
                "passage": marked(row["passage"]),
                "published_at": row["published_at"],
                "published_on": site.render.day(row["published_at"]) if row["published_at"] else "",
            }
            for row in found["posts"][:FOUND]
        ],
        page=page,
        newer_url=f"{address}&page={page - 1}" if page > 1 else "",
        older_url=f"{address}&page={page + 1}" if len(found["posts"]) > FOUND and page < LAST else "",
        noindex=True,
    )


def marked(text: str) -> list[tuple[str, bool]]:
    """Part a passage into what is a hit and what is not."""
    parts: list[tuple[str, bool]] = []
    for piece in text.split(lists.HIT):
        hit, ended, rest = piece.rpartition(lists.END)
        parts += [(hit, True), (rest, False)] if ended else [(rest, False)]
    return [part for part in parts if part[0]]


def frame(site: Site, found: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return what the layout needs on every public page: the menu, with where we are, and the page's own address."""
    return {
        "nav": discussion.menu(found, path),
        "canonical": f"{site.settings.url}{path}" if site.settings.url else "",
    }


def _groups(site: Site, rows: Sequence[Mapping[str, Any]], heading: Any, address: Any) -> list[dict[str, Any]]:
    listed = [
        {
            "url": discussion.address(site, row),
            "title": row["title"],
            "published_at": row["published_at"],
            "published_on": site.render.day(row["published_at"]),
            "thoughts": thoughts(row["approved"]),
            "group": heading(site.render.local(row["published_at"])),
        }
        for row in rows
    ]
    parted = groupby(listed, lambda row: row["group"])
    return [{"heading": name, "url": address(name) if address else "", "posts": list(same)} for name, same in parted]


def _list(site: Site, found: dict[str, Any], *, heading: str, groups: Any, path: str, page: int) -> bytes:
    pages = max(1, -(-found["total"] // SIZE))
    if not 1 <= page <= pages or not found["posts"]:
        raise NotFound("There is nothing at this address.")
    return site.render.body(
        "posts/list.html",
        **frame(site, found, path if page == 1 else f"{path}page/{page}/"),
        heading=heading,
        groups=groups,
        counts=[],
        tags=[],
        **_turning(path, page, pages),
    )


def _turning(path: str, page: int, pages: int) -> dict[str, Any]:
    newer = "" if page == 1 else path if page == 2 else f"{path}page/{page - 1}/"
    older = f"{path}page/{page + 1}/" if page < pages else ""
    return {"page": page, "pages": pages, "newer_url": newer, "older_url": older}


def _tag(row: Mapping[str, Any]) -> dict[str, str]:
    return {"url": f"/tags/{quote(row['slug'])}/", "label": row["name"], "count": counted(row["n"], "post")}
