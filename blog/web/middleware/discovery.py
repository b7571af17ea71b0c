"""How programs find the API: a Link header on every page, and WordPress's other ways to write an API address."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from starlette.types import Message, Scope, Send

from blog.settings import Settings
from blog.web.middleware.security import header

RELATION = "https://api.w.org/"
RELATIVE = f'</wp-json/>; rel="{RELATION}"'.encode()
LOOPBACK = re.compile(rb"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?")
# What addresses look like where pages have no pretty ones: /?rest_route=/wp/v2/posts
ROUTE, FRONTS = b"rest_route=", ("/", "/index.php")


def link(settings: Settings, own: str = "") -> Mapping[str, str]:
    """Return the header of pages that names the API, after the links that a page has of its `own`."""
    api = f'<{settings.url}/wp-json/>; rel="{RELATION}"'
    return {"Link": f"{own}, {api}" if own else api}


def routed(scope: Scope) -> Scope:
    """Return a request for `?rest_route=` as the one that it stands for."""
    if ROUTE not in scope["query_string"] or scope["path"] not in FRONTS:
        return scope
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    route = next((value for name, value in pairs if name == "rest_route"), "/")
    rest = urlencode([pair for pair in pairs if pair[0] != "rest_route"])
    path = f"/wp-json/{route.lstrip('/')}"
    return {**scope, "path": path, "raw_path": path.encode(), "query_string": rest.encode()}


def with_address(scope: Scope, send: Send) -> Send:
    """Return a `send` that writes the address that was asked for into the header: the site has no `url`."""

    async def with_whole(message: Message) -> None:
        await send(whole(message, scope) if message["type"] == "http.response.start" else message)

    return with_whole


def whole(start: Message, scope: Scope) -> Message:
    """Return the start of an answer with the address that was asked for in its header.

    Clients take whole addresses only, and the page itself is cached without it.
    """
    link = _link_at(scope["scheme"], header(scope, b"host") or b"")
    pairs = [(name, value.replace(RELATIVE, link) if name == b"link" else value) for name, value in start["headers"]]
    return {**start, "headers": pairs}


@lru_cache(64)
def _link_at(scheme: str, host: bytes) -> bytes:
    """Return the link for a host; another name than this machine's own may be anybody's, and is not repeated."""
    return b"<" + scheme.encode() + b"://" + host + RELATIVE[1:] if LOOPBACK.fullmatch(host) else RELATIVE
