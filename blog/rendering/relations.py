"""What a post answers, likes, shares or recommends: a line above its text, with microformats for other sites."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

from blog.wording import N_, gettext

SENTENCES = {
    "in-reply-to": N_("In reply to {address}"),
    "like-of": N_("Likes {address}"),
    "repost-of": N_("Shares {address}"),
    "bookmark-of": N_("Recommends {address}"),
}


def of(properties: str) -> dict[str, list[str]]:
    """Return the addresses of each relation that the properties of a post name; `properties` is JSON or ""."""
    values: Mapping[str, Any] = json.loads(properties) if properties else {}
    return {name: addresses for name in SENTENCES if (addresses := _addresses(values.get(name)))}


def _addresses(values: Any) -> list[str]:
    """Return the web addresses among values, which may be the objects that programs make of a page."""
    found = []
    for value in values if isinstance(values, list) else []:
        each: Any = value
        if isinstance(each, dict):
            inner = each.get("properties")
            each = inner.get("url") if isinstance(inner, dict) else each.get("value")
            each = each[0] if isinstance(each, list) and each else each
        if isinstance(each, str) and is_address(each):
            found.append(each)
    return found


def is_address(text: str) -> bool:
    """Tell whether a text is a web address that a link can have."""
    try:
        parts = urlsplit(text)
        fits = parts.port != 0 and bool(parts.hostname)  # a port that is none raises ValueError
        return fits and parts.scheme in ("http", "https") and text.isprintable() and " " not in text
    except ValueError:
        return False


def html(properties: str) -> str:
    """Return the lines above the text of a post, "" without any."""
    return "".join(
        f"<p>{gettext(SENTENCES[name], address=_link(name, address))}</p>\n"
        for name, addresses in of(properties).items()
        for address in addresses
    )


def _link(name: str, address: str) -> str:
    return f'<a class="u-{name}" href="{escape(address)}">{escape(_short(address))}</a>'


def _short(address: str) -> str:
    """Return an address as it is read: without its scheme and final slash."""
    return address.partition("://")[2].rstrip("/")[:100]


def title(properties: str) -> str:
    """Return the first relation in words, as the title of a post without one; "" without any."""
    for name, addresses in of(properties).items():
        return gettext(SENTENCES[name], address=_short(addresses[0]))
    return ""
