"""Feeds: posts as Atom and as JSON, comments of the site and of each post; and the map of the site for machines.

Atom is RFC 4287, the counts of comments in it RFC 4685, and the word that nothing will follow RFC 5005.
"""

import json
import uuid
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog import comments, posts
from blog.posts import lists
from blog.rendering.markdown import for_feeds
from blog.web import discussion, metadata
from blog.web.cache import responses
from blog.web.site import Site

ATOM, JSON_FEED = "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"
SIZE, COMMENTS = 20, 50
COMPLETE = 1_000  # so many comments a closed post's feed holds, to say that these are all
MAPPED = 49_000  # a map may have 50,000 addresses (sitemaps.org)


def urn(site: Site, what: str) -> str:
    """Return an id that stays the same for ever, as Atom wants it, also where the site has no address yet."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{site.settings.url or site.settings.title}/{what}").urn


def post_urn(site: Site, post: Any) -> str:
    return urn(site, f"posts/{post['feed_key']}")


async def index(request: Request) -> Response:
    """The newest posts with their full text, as Atom."""
    return await responses.answer(request, _newest, _atom, media_type=ATOM)


async def index_json(request: Request) -> Response:
    """The same as a JSON Feed 1.1."""
    return await responses.answer(request, _newest, _json, media_type=JSON_FEED)


def _newest(db: Database, at: str) -> dict[str, Any]:
    return lists.newest(db, at=at, size=SIZE)


def _atom(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
    entries = [_entry(site, row) for row in found["posts"]]
    body = site.render.body(
        "feeds/posts.xml",
        entries=entries,
        key=urn(site, "feed"),
        updated=max((entry["updated"] for entry in entries), default="1970-01-01T00:00:00.000Z"),
    )
    return body, None


def _entry(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    url = f"{site.settings.url}{discussion.address(site, row)}"
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


def _json(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
    items = []
    for entry in (_entry(site, row) for row in found["posts"]):
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
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": settings.title,
        "home_page_url": f"{settings.url}/",
        "feed_url": f"{settings.url}/feed.json",
        "description": settings.tagline,
        "language": settings.language,
        "authors": [{"name": settings.author}] if settings.author else [],
        "items": items,
    }
    told = {name: value for name, value in feed.items() if value or name == "items"}
    return json.dumps(told, ensure_ascii=False).encode(), None


async def all_comments(request: Request) -> Response:
    """The newest comments of all posts, as Atom."""

    def load(db: Database, at: str) -> dict[str, Any]:
        return {**posts.site(db, at), "comments": comments.latest(db, at=at, size=COMMENTS)}

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        path, title = "/comments/feed.xml", f"Comments · {site.settings.title}"
        return _comments(site, found["comments"], title=title, path=path, there="/", updated=""), None

    return await responses.answer(request, load, write, media_type=ATOM)


async def post_comments(request: Request) -> Response:
    """The newest comments of one post; of a closed one all, with the word that no more will come."""
    slug = request.path_params["slug"]

    def load(db: Database, at: str) -> dict[str, Any]:
        post = posts.find(db, slug, at=at)
        closed = discussion.state_of(post, discussion.rules_of(post), at).mode == "closed"
        size = COMPLETE if closed else COMMENTS
        return {**post, "comments": comments.latest(db, at=at, size=size, post=post["id"])}

    def write(site: Site, post: dict[str, Any], at: str) -> tuple[bytes, str | None]:
        state = discussion.state_of(post, discussion.rules_of(post), at)
        there = discussion.address(site, post)
        body = _comments(
            site,
            post["comments"],
            title=f"Comments on “{post['title']}”",
            path=f"{there}feed.xml",
            there=there,
            updated=post["published_at"],
            complete=state.mode == "closed" and not state.until and post["approved"] <= COMPLETE,
        )
        return body, state.turns_at

    return await responses.answer(request, load, write, media_type=ATOM)


def _comments(
    site: Site, rows: list[dict[str, Any]], *, title: str, path: str, there: str, updated: str, complete: bool = False
) -> bytes:
    entries = [_said(site, row) for row in rows]
    latest = max([entry["updated"] for entry in entries] + [updated])
    return site.render.body(
        "feeds/comments.xml",
        title=title,
        path=path,
        there=there,
        key=urn(site, f"feed{path}"),
        entries=entries,
        complete=complete,
        updated=latest or "1970-01-01T00:00:00.000Z",
    )


def _said(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    url = f"{site.settings.url}{discussion.address(site, row)}"
    parent = row["parent_id"]
    return {
        "key": urn(site, f"comments/{row['id']}"),
        "url": f"{url}#comment-{row['id']}",
        "author": row["author"] or "Anonymous",
        "author_url": row["url"],
        "post": row["title"],
        "published": row["created_at"],
        "updated": max(row["edited_at"] or "", row["created_at"]),
        "content": for_feeds(row["text_html"], url),
        "to_key": urn(site, f"comments/{parent}") if parent else post_urn(site, row),
        "to_url": f"{url}#comment-{parent}" if parent else url,
    }


async def site_map(request: Request) -> Response:
    """Every public address, with when it last changed (sitemaps.org)."""

    def load(db: Database, at: str) -> dict[str, Any]:
        return lists.addresses(db, at=at, most=MAPPED)

    def write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
        entries = [
            {"path": discussion.address(site, row), "changed": max(row["updated_at"] or "", row["published_at"])}
            for row in found["posts"]
        ]
        newest = max((entry["changed"] for entry in entries), default="")
        listed = [{"path": path, "changed": newest} for path in ("/", "/archive/")]
        return site.render.body("feeds/sitemap.xml", entries=[*listed, *entries]), None

    return await responses.answer(request, load, write, media_type="application/xml; charset=utf-8")
