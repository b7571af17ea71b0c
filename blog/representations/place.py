"""Where a site is and how it writes addresses, times and contexts, for everything that is shown to programs."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from blog import posts
from blog.journal.events import moment
from blog.settings import Settings

VIEW, EDIT, EMBED = "view", "edit", "embed"
CURIES = [{"name": "wp", "href": "https://api.w.org/{rel}", "templated": True}]
AVATAR = "/static/avatar.svg"
AVATAR_SIZES = ("24", "48", "96")
ITEM_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Object = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A site as programs see it: its settings, and the `base` of its addresses, without a final slash."""

    settings: Settings
    base: str

    def page(self, path: str) -> str:
        return f"{self.base}{path}"

    def api(self, path: str, **query: Any) -> str:
        """Return the address of a resource: `posts/5`."""
        return f"{self.base}/wp-json/wp/v2/{path}{'?' + urlencode(query) if query else ''}"

    def post(self, row: Mapping[str, Any]) -> str:
        """Return the address of a post or page; the row has slug, kind and published_at."""
        return self.page(quote(posts.address_of(self.settings, row["slug"], row["kind"], row["published_at"])))

    def author(self, slug: str) -> str:
        return self.page(f"/authors/{quote(slug)}/")

    def local(self, at: str | None) -> str | None:
        """Return a time as the site's clocks show it, without a zone, as WordPress has it."""
        return moment(at).astimezone(self.settings.zone).isoformat()[:19] if at else None

    def avatars(self) -> dict[str, str]:
        """Return the same neutral picture for everybody: a hash of an address would tell the address."""
        return dict.fromkeys(AVATAR_SIZES, self.page(AVATAR))


def gmt(at: str | None) -> str | None:
    """Return a time in UTC without its zone, as WordPress has it."""
    return at[:19] if at else None


def escaped(text: str) -> str:
    """Return a plain text as HTML, as WordPress's `rendered` has it."""
    return html.escape(text, quote=False)


def in_context(whole: Object, contexts: Mapping[str, str], context: str) -> Object:
    """Return the parts of an object that a context has; a part that is not listed is in all of them."""
    return {name: value for name, value in whole.items() if context in contexts.get(name, context)}


def self_link(href: str, *, editable: bool = False, methods: list[str] | None = None) -> list[Object]:
    return [{"href": href, "targetHints": {"allow": methods or (ITEM_METHODS if editable else ["GET"])}}]


def embeddable(href: str, **more: Any) -> Object:
    return {**more, "embeddable": True, "href": href}
