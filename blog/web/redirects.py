"""Redirects: a post's earlier addresses, the lines of `_redirects`, and other programs' feeds and tags."""

import re
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import posts
from blog.posts import lists
from blog.publishing import redirects
from blog.web import post_context
from blog.web import site as sites


async def from_front_page(request: Request) -> Response | None:
    """Redirect a query of the front page that once was the address of a post, as /?p=12."""
    site = sites.of(request)
    if not redirects.may_lead(site.settings, request.scope["query_string"]):
        return None
    if found := redirects.find(_rules(request), "/", request.url.query, only_with_query=True):
        return _answer(request, *found)
    post = await site.store.read(posts.moved, _with_queries("/", request), at=sites.now())
    return None if post is None else _answer(request, post_context.address(site, post), 301)


async def moved(request: Request) -> Response | int | None:
    """Redirect an address where nothing is; a form that was sent there goes along (308). 410 for one that is gone."""
    here = request.scope["path"]
    if here.startswith(("/admin", "/static/")):
        return None
    site, slug = sites.of(request), request.path_params.get("slug", "")
    addresses = [here.rstrip("/"), slug, *_with_queries(here, request)]
    post = await site.store.read(posts.moved, addresses, at=sites.now())
    if post is not None:
        base, address = f"/{slug}/", post_context.address(site, post)
        rest = here.partition(base)[2] if post["address"] == slug and base in here else ""
        query = "" if "?" in post["address"] or not request.url.query else f"?{request.url.query}"
        return _answer(request, f"{address}{quote(rest)}{query}", 301)
    if found := redirects.find(_rules(request), here, request.url.query):
        return 410 if found[1] == 410 else _answer(request, *found)
    if (name := redirects.usual_tag(here)) and (tag := await site.store.read(lists.tag_named, name, at=sites.now())):
        target = f"/tags/{quote(tag)}/"
        return _answer(request, target, 301) if target != quote(here) else None
    feed = redirects.usual_feed(here)
    return _answer(request, quote(feed), 301) if feed and feed != here else None


def _rules(request: Request) -> list[redirects.Rule]:
    return redirects.load(sites.of(request).settings)[0]


def _with_queries(path: str, request: Request) -> list[str]:
    """Return the addresses that a path with each part of its query would be."""
    base = path.rstrip("/") or "/"
    given = parse_qsl(request.url.query)[:10]
    return [f"{base}?{urlencode([each])}" for each in given if re.fullmatch(r"[\w.-]{1,40}", each[0])]


def _answer(request: Request, target: str, code: int) -> Response:
    if request.method not in ("GET", "HEAD"):
        code = 308 if code == 301 else 307
    return RedirectResponse(target, code)
