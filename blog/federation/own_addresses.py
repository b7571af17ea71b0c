"""The addresses of this site's own posts: which post an address is of, and which address a post has."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from sqlite_utils import Database

from blog import posts
from blog.settings import Settings

BENEATH = re.compile(
    r"(?P<post>/.*?)(?:comment/(?P<comment>\d{1,15})/?|comment-page-\d+/?|thread-\d+(?:-page-\d+)?/?"
    r"|(?:newest|oldest)/(?:comment-page-\d+/?)?)?"
)


class Target(NamedTuple):
    """What an address of this site leads to: a post, and perhaps one of its comments."""

    slug: str
    comment: int | None = None


def url_of(settings: Settings, row: Mapping[str, Any]) -> str:
    """Return the whole address of a post; the row has slug, kind and published_at."""
    return f"{settings.url}{quote(_path_of(settings, row))}"


def _path_of(settings: Settings, row: Mapping[str, Any]) -> str:
    return posts.address_of(settings, row["slug"], row["kind"], row["published_at"])


def is_own(settings: Settings, url: str) -> bool:
    """Tell whether an address is one of this site."""
    return _host(url) == _host(settings.url) and bool(settings.url)


def _host(url: str) -> tuple[str, int]:
    """Return host and port; http and https are the same site."""
    try:
        parts = urlsplit(url)
        port = parts.port or 0
    except ValueError:
        return "", 0
    return (parts.hostname or "").removeprefix("www."), 0 if port in (80, 443) else port


def target_of(db: Database, settings: Settings, url: str) -> Target | None:
    """Return the post that an address of this site is of, whether it is public or not; None for any other address."""
    if not is_own(settings, url):
        return None
    parts = urlsplit(url)
    found = BENEATH.fullmatch(parts.path)
    if found is None:
        return None
    path = f"{found['post'].rstrip('/')}/"
    row = _post_at(db, settings, unquote(path))
    if row is None:
        return None
    on_page = re.fullmatch(r"comment-(\d{1,15})", parts.fragment)
    comment = found["comment"] or (on_page and on_page[1])
    return Target(row["slug"], int(comment) if comment else None)


def _post_at(db: Database, settings: Settings, path: str) -> dict[str, Any] | None:
    """Return the post at a path, or the one that once was there."""
    slug = path.rstrip("/").rpartition("/")[2]
    rows = db.query("select slug, kind, published_at from posts where slug = ?", [slug])
    row = next(iter(list(rows)), None)
    if row and _path_of(settings, row) == path:
        return row
    moved = db.query(
        """
        select p.slug, p.kind, p.published_at from old_addresses o join posts p on p.id = o.post_id
        where o.address in (?, ?)
        """,
        [path, path.rstrip("/")],
    )
    return next(iter(list(moved)), None)
