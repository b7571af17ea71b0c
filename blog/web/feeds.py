"""Feeds: posts as Atom and as JSON, comments of the site and of each post; and the sitemap.

Atom is RFC 4287, the counts of comments in it RFC 4685, the pages of a feed and the mark that it is complete RFC 5005.
Feeds of posts name a hub (WebSub), where the site has one.
"""

import json
import uuid
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog import comments, posts, wording
from blog.errors import NotFound
from blog.journal.events import moment
from blog.posts import lists
from blog.rendering import languages
from blog.rendering.markdown import for_feeds
from blog.web import metadata, post_context
from blog.web.cache import cached_page as cache
from blog.web.cache.cached_page import Content, PageQuery, cached_page
from blog.web.site import Site
from blog.wording import gettext

ATOM, JSON_FEED = "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"
SIZE, COMMENTS = 20, 50
COMPLETE = 1_000  # so many comments a closed post's feed holds, to say that these are all
LONG_AGO = "1970-01-01T00:00:00.000Z"
MAPPED = 49_000  # a map may have 50,000 addresses (sitemaps.org)


def urn(site: Site, what: str) -> str:
    """Return a permanent id, as Atom requires, also for a site without an address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{site.settings.url or site.settings.title}/{what}").urn


def post_urn(site: Site, post: Any) -> str:
    return urn(site, f"posts/{post['feed_key']}")


async def index(request: Request) -> Response:
    """The newest posts with their full text, as Atom; further pages have the older ones."""
    return await cached_page(request, _load_newest, _render_atom)


async def index_json(request: Request) -> Response:
    """The same as JSON Feed 1.1."""
    return await cached_page(request, _load_newest, _render_json)


def _load_newest(db: Database, query: PageQuery) -> dict[str, Any]:
    rows = lists.newest(db, at=query.at, size=SIZE, page=query.page)
    if query.page < 1 or (query.page > 1 and not rows["posts"]) or (query.page == 1 and "page" in query.parameters):
        raise NotFound(gettext("There is no such page."))
    return rows


def _pages(query: PageQuery, total: int, ending: str) -> dict[str, str]:
    """Return the addresses of the other pages of the feed of posts by what they are to this one."""
    last, page = max(1, -(-total // SIZE)), query.page
    if query.site.for_export or last == 1:
        return {}
    url = query.site.settings.url

    def address(number: int) -> str:
        return f"{url}{_path(number, ending)}"

    links = {"first": address(1), "last": address(last)}
    if page > 1:
        links["previous"] = address(page - 1)
    if page < last:
        links["next"] = address(page + 1)
    return links


def _path(page: int, ending: str) -> str:
    return f"/feed.{ending}" if page == 1 else f"/feed/page/{page}.{ending}"


def _hub(site: Site) -> str:
    """Return the hub that is told of new posts, "" without one."""
    settings = site.settings
    return settings.websub_hub if settings.url and not site.for_export else ""


def _headers(query: PageQuery, path: str = "") -> dict[str, str]:
    """Return the headers of a feed: since when it is as it is, and with a hub where to subscribe to which address."""
    headers = {"Last-Modified": format_datetime(moment(query.at).replace(microsecond=0), usegmt=True)}
    if path and (hub := _hub(query.site)):
        headers["Link"] = f'<{hub}>; rel="hub", <{query.site.settings.url}{path}>; rel="self"'
    return headers


def _render_atom(query: PageQuery, data: dict[str, Any]) -> Content:
    entries = [_entry(query.site, row) for row in data["posts"]]
    path = _path(query.page, "xml")
    body = query.site.render.body(
        "feeds/posts.xml",
        entries=entries,
        key=urn(query.site, "feed"),
        updated=max((entry["updated"] for entry in entries), default=LONG_AGO),
        path=path,
        hub=_hub(query.site),
        pages=_pages(query, data["total"], "xml"),
    )
    return cache.of_site(data, body, media_type=ATOM, headers=_headers(query, path))


def _entry(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    url = f"{site.settings.url}{post_context.address(site, row)}"
    return {
        "key": post_urn(site, row),
        "url": url,
        "title": row["title"],
        "published": row["published_at"],
        "updated": max(row["updated_at"] or "", row["published_at"]),
        "author": row["author"] or site.settings.author or site.settings.title,
        "summary": row["summary"],
        "tags": json.loads(row["tags"]),
        "lang": row["language"] or site.settings.language,
        "image": metadata.image(site, row),
        "content": for_feeds(row["body_html"], url),
        "thoughts": row["approved"],
        "newest": row["closing_last_approved_at"] or "",
    }


def _render_json(query: PageQuery, data: dict[str, Any]) -> Content:
    site, items = query.site, []
    for entry in (_entry(site, row) for row in data["posts"]):
        item = {
            "id": entry["key"],
            "url": entry["url"],
            "title": entry["title"],
            "content_html": entry["content"],
            "summary": entry["summary"],
            "image": entry["image"],
            "date_published": entry["published"],
            "date_modified": entry["updated"],
            "authors": [{"name": entry["author"]}],
            "tags": entry["tags"],
            "language": entry["lang"],
        }
        items.append({name: value for name, value in item.items() if value or name == "content_html"})
    settings = site.settings
    path = _path(query.page, "json")
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": settings.title,
        "home_page_url": f"{settings.url}/",
        "feed_url": f"{settings.url}{path}",
        "next_url": _pages(query, data["total"], "json").get("next", ""),
        "hubs": [{"type": "WebSub", "url": hub}] if (hub := _hub(site)) else [],
        "description": settings.tagline,
        "language": settings.language,
        "authors": [{"name": settings.author}] if settings.author else [],
        "items": items,
    }
    feed = {name: value for name, value in feed.items() if value or name == "items"}
    text = json.dumps(feed, ensure_ascii=False)
    return cache.of_site(data, text.encode(), media_type=JSON_FEED, headers=_headers(query, path))


async def all_comments(request: Request) -> Response:
    """The newest comments of all posts, as Atom; further pages have the older ones."""
    return await cached_page(request, _load_all_comments, _render_all_comments)


def _load_all_comments(db: Database, query: PageQuery) -> dict[str, Any]:
    before = _before(query)
    return {
        **posts.site(db, query.at),
        "comments": comments.latest(db, at=query.at, size=COMMENTS + 1, before=before),
    }


def _before(query: PageQuery) -> int:
    """Return the id of the comment before which those of a page came."""
    return min(int(query.parameters.get("before", comments.LAST)), comments.LAST)


def _render_all_comments(query: PageQuery, data: dict[str, Any]) -> Content:
    title = f"{gettext('Comments')} · {query.site.settings.title}"
    feed = CommentFeed(title, "/comments/feed.xml", page_url="/", older="/comments/feed/before")
    body = _comments(query, data["comments"], feed)
    return cache.of_site(data, body, media_type=ATOM, headers=_headers(query))


async def post_comments(request: Request) -> Response:
    """The feed of a post: its newest comments. If its discussion is closed: all of them, and that no more will come."""
    return await cached_page(request, _load_post_comments, _render_post_comments)


def _load_post_comments(db: Database, query: PageQuery) -> dict[str, Any]:
    post = posts.find(db, query.parameters["slug"], at=query.at)
    closed = post_context.state_of(post, post_context.policy_of(post), query.at).mode == "closed"
    size = COMPLETE if closed else COMMENTS
    rows = comments.latest(db, at=query.at, size=size + 1, post=post["id"], before=_before(query))
    return {**post, "comments": rows, "size": size}


def _render_post_comments(query: PageQuery, post: dict[str, Any]) -> Content:
    site = query.site
    state = post_context.state_of(post, post_context.policy_of(post), query.at)
    url = post_context.address(site, post)
    whole = "before" not in query.parameters and post["approved"] <= COMPLETE
    feed = CommentFeed(
        gettext("Comments on “{title}”", title=post["title"]),
        f"{url}feed.xml",
        page_url=url,
        older=f"{url}feed/before",
        size=post["size"],
        updated=post["published_at"],
        complete=state.mode == "closed" and not state.until and whole,
    )
    body = _comments(query, post["comments"], feed)
    keys = (f"post-{post['id']}",)
    return cache.of_site(post, body, turns_at=state.turns_at, media_type=ATOM, headers=_headers(query), keys=keys)


@dataclass(frozen=True)
class CommentFeed:
    """A feed of comments: its title and address, the page that it belongs to, and whether it holds all for ever.

    `older` is the beginning of the addresses of its further pages, `size` how many comments one has.
    """

    title: str
    path: str
    page_url: str
    older: str
    size: int = COMMENTS
    updated: str = ""
    complete: bool = False


def _comments(query: PageQuery, rows: list[dict[str, Any]], feed: CommentFeed) -> bytes:
    site, before = query.site, query.parameters.get("before")
    if before is not None and not rows:
        raise NotFound(gettext("There is no such page."))
    shown = rows[: feed.size]
    entries = [_comment(site, row) for row in shown]
    pages = {}
    if not site.for_export and (before is not None or len(rows) > feed.size):
        pages["first"] = f"{site.settings.url}{feed.path}"
        if len(rows) > feed.size:
            pages["next"] = f"{site.settings.url}{feed.older}/{shown[-1]['id']}.xml"
    return site.render.body(
        "feeds/comments.xml",
        title=feed.title,
        path=feed.path if before is None else f"{feed.older}/{before}.xml",
        there=feed.page_url,
        key=urn(site, f"feed{feed.path}"),
        entries=entries,
        complete=feed.complete,
        pages=pages,
        updated=max([entry["updated"] for entry in entries] + [feed.updated]) or LONG_AGO,
    )


def _comment(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    url = f"{site.settings.url}{post_context.address(site, row)}"
    parent, own = row["parent_id"], site.settings.language
    return {
        "key": urn(site, f"comments/{row['id']}"),
        "url": _of_comment(site, url, row["id"]),
        "author": row["author"] or gettext("Anonymous"),
        "author_url": row["url"],
        "post": row["title"],
        "published": row["created_at"] or "",
        "updated": max(row["edited_at"] or "", row["arrived_at"]),
        "content": for_feeds(row["text_html"], url),
        "lang": languages.attribute(row["text_html"], wording.tag(), row["post_language"] or own, own),
        "to_key": urn(site, f"comments/{parent}") if parent else post_urn(site, row),
        "to_url": _of_comment(site, url, parent) if parent else url,
    }


def _of_comment(site: Site, post_url: str, comment: int) -> str:
    """Return a comment's address; a static copy of the site knows only the first page of its discussion."""
    return f"{post_url}#comment-{comment}" if site.for_export else post_context.comment_address(post_url, comment)


async def site_map(request: Request) -> Response:
    """Every public address, with when it last changed (sitemaps.org)."""
    return await cached_page(request, _load_addresses, _render_site_map)


def _load_addresses(db: Database, query: PageQuery) -> dict[str, Any]:
    return lists.addresses(db, at=query.at, most=MAPPED)


def _render_site_map(query: PageQuery, data: dict[str, Any]) -> Content:
    site = query.site
    entries = [
        {"path": post_context.address(site, row), "changed": max(row["updated_at"] or "", row["published_at"])}
        for row in data["posts"]
    ]
    newest = max((entry["changed"] for entry in entries), default="")
    own = [{"path": path, "changed": newest} for path in ("/", "/archive/")]
    body = site.render.body("feeds/sitemap.xml", entries=[*own, *entries])
    return cache.of_site(data, body, media_type="application/xml; charset=utf-8")
