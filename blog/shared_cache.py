"""The caches that stand in front of a site: the `[cache]` table of `blog.toml`, and the headers that it asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from blog.errors import Unusable
from blog.wording import gettext, listed, number

KEYS = ("shared_seconds", "stale_seconds", "keys", "purge")
KEY_HEADERS = ("xkey", "Surrogate-Key", "Cache-Tag")  # of Varnish, of Fastly, of Cloudflare
DAY = 86_400
LONGEST_SHARED, LONGEST_STALE = 30 * DAY, 7 * DAY
SITE, LIST = "site", "list"  # the key of every page, and of every list of posts or comments


@dataclass(frozen=True)
class SharedCache:
    """How long shared caches may keep public pages, and how they are told that a page has changed.

    After `seconds` a page is asked for again; while the site does not answer, it may be shown for `stale_seconds` more.
    `key_header` is the header in which the cache reads the keys of a page. `purge` are the addresses that are told
    which keys have changed, with `token` where the cache asks for one.
    """

    seconds: int
    stale_seconds: int = DAY
    key_header: str = KEY_HEADERS[0]
    purge: tuple[str, ...] = ()
    token: str = field(default="", repr=False)

    @property
    def lifetime_header(self) -> str:
        """Return the name of the header that tells shared caches alone how long to keep a page."""
        return "Surrogate-Control" if self.key_header == "Surrogate-Key" else "CDN-Cache-Control"

    def lifetime(self, left: float) -> str:
        """Return the value of that header for a page that changes by itself in `left` seconds."""
        seconds = int(max(0.0, min(left, self.seconds)))
        return f"public, max-age={seconds}, stale-if-error={self.stale_seconds}"

    def headers(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the headers of a page for everybody with these keys.

        Cookies are not in `Vary`: those of others must not split the cache, and a request with one of ours must not be
        answered from it (docs/scale.md).
        """
        separator = "," if self.key_header == "Cache-Tag" else " "
        return {
            self.lifetime_header: self.lifetime(self.seconds),
            self.key_header: separator.join(keys),
            "Vary": "Accept-Encoding",
        }


def read(table: Any, where: str, environ: Mapping[str, str]) -> SharedCache | None:
    """Read the table; None when no page is shared. Raise Unusable with a sentence that names the key."""
    if not isinstance(table, dict):
        raise Unusable(gettext("{file}: [cache] has lines like shared_seconds = 300.", file=where))
    for key in table:
        if key not in KEYS:
            raise Unusable(
                gettext(
                    "{file}: there is no setting {key!r} in [cache]. Known keys: {keys}.",
                    file=where,
                    key=key,
                    keys=listed(KEYS),
                )
            )
    seconds = _seconds(table, "shared_seconds", 0, LONGEST_SHARED, where)
    stale = _seconds(table, "stale_seconds", DAY, LONGEST_STALE, where)
    header = table.get("keys", KEY_HEADERS[0])
    if header not in KEY_HEADERS:
        raise Unusable(
            gettext(
                "{file}: keys is {value!r}; write one of {names}.", file=where, value=header, names=listed(KEY_HEADERS)
            )
        )
    purge = _addresses(table.get("purge", []), where)
    if not seconds:
        return None
    return SharedCache(seconds, stale, header, purge, environ.get("BLOG_PURGE_TOKEN", ""))


def _seconds(table: Mapping[str, Any], key: str, default: int, most: int, where: str) -> int:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise Unusable(
            gettext(
                "{file}: {key} is {value!r}; write a whole number of seconds from 0 to {most}.",
                file=where,
                key=key,
                value=value,
                most=number(most),
            )
        )
    return value


def _addresses(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_address, value)):
        raise Unusable(
            gettext(
                '{file}: purge is {value!r}; write a list of addresses, like ["http://127.0.0.1:6081"].',
                file=where,
                value=value,
            )
        )
    return tuple(dict.fromkeys(address.rstrip("/") for address in value))


def _is_address(value: Any) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except (ValueError, AttributeError, TypeError):
        return False
    plain = isinstance(value, str) and value.isascii() and not any(sign.isspace() for sign in value)
    return (
        plain and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and "@" not in parts.netloc
    )
