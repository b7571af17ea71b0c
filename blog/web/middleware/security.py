"""Security headers, the sender's address, and the check for requests of other sites."""

import ipaddress
import re
from functools import lru_cache
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.errors import Forbidden
from blog.settings import Settings
from blog.wording import gettext

READER_COOKIE, SESSION_COOKIE = "reader", "session"
READER_SECONDS = 400 * 86_400  # the longest that browsers keep a cookie
PROGRAMS = ("/wp-json",)  # addresses where a session never counts
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

# Requests that any page may send: nothing is done for them that their sender could not do without a browser.
FOR_EVERYBODY = {
    "/webmention",
    "/micropub",
    "/micropub/media",
    "/indieauth/authorize",  # its page is read; what is sent there is a program's code
    "/indieauth/token",
    "/indieauth/introspection",
    "/indieauth/revocation",
    "/xmlrpc.php",
}

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
# Files that a post shows may stand in other pages too: web feed readers load a post's pictures from the site itself.
SHARED = {"Cross-Origin-Resource-Policy": "cross-origin"}
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PRIVATE_HEADERS = [(b"cache-control", b"private, no-store"), (b"x-robots-tag", b"noindex")]


def headers_of(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer: those above, with the frames that the site names, and HSTS on https."""
    frames = "".join(f" https://{host}" for host in settings.frames)
    policy = {"Content-Security-Policy": f"{POLICY}; frame-src{frames}"} if frames else {}
    return HEADERS | policy | ({"Strict-Transport-Security": "max-age=31536000"} if settings.secure else {})


def form_leading_to(*origins: str) -> dict[str, str]:
    """Return the policy of a page whose form leads on to other sites, which browsers forbid otherwise."""
    allowed = " ".join(("form-action 'self'", *dict.fromkeys(filter(None, origins))))
    assert "form-action 'self'" in POLICY
    return {"Content-Security-Policy": POLICY.replace("form-action 'self'", allowed)}


class SecurityHeaders:
    """Add the security headers to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers_of(settings).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                more = [pair for pair in self.headers if pair[0] not in there]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class PrivateAnswers:
    """Keep every answer out of caches and search engines."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [pair for pair in message["headers"] if pair[0] != b"cache-control"]
                message["headers"] = [*others, *PRIVATE_HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers)


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header of a name, as it was sent; cheaper than Starlette's headers."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


def check_same_site(scope: Scope) -> None:
    """Raise Forbidden for an unsafe request of another site's page.

    No tokens, so that pages with forms are the same for every reader: browsers say themselves where a request comes
    from (Sec-Fetch-Site, else Origin); a client that says neither is no browser, and carries no cookie against
    its user's will. The algorithm of Go's http.CrossOriginProtection.
    """
    if scope["method"] in SAFE_METHODS or scope["path"] in FOR_EVERYBODY or _is_of_program(scope):
        return
    if (site := header(scope, b"sec-fetch-site")) is not None:
        same = site in (b"same-origin", b"none")
    elif (origin := header(scope, b"origin")) is not None:
        same = origin.partition(b"://")[2] == (header(scope, b"host") or b"")
    else:
        same = True
    if not same:
        raise Forbidden(gettext("This form came from another site's page, so nothing was done. Send it from here."))


def _is_of_program(scope: Scope) -> bool:
    """Tell whether a request is a program's that signs in by itself: there no cookie counts."""
    return scope["path"].startswith(PROGRAMS) and header(scope, b"authorization") is not None


FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def takes_passwords(connection: HTTPConnection, settings: Settings) -> bool:
    """Tell whether a program may send its password by this connection.

    It may by the connection's own TLS, on a trusted proxy's word for it (the last X-Forwarded-Proto), and from this
    machine itself, if no proxy passed it on. What `url` says tells nothing of this connection.
    """
    if connection.scope.get("scheme") == "https":
        return True
    address = connection.client.host if connection.client else ""
    said = ",".join(connection.headers.getlist("x-forwarded-proto")).rpartition(",")[2].strip().lower()
    if said and _is_proxy(address, settings):
        return said == "https"
    parsed = _parsed(address)
    local = parsed is not None and (parsed.is_loopback or _is_mapped_loopback(parsed))
    return local and not any(name in connection.headers for name in FORWARDING)


def _is_mapped_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and bool(address.ipv4_mapped and address.ipv4_mapped.is_loopback)


def client_ip(connection: HTTPConnection, settings: Settings) -> str:
    """Return the sender's address: the socket's, or behind configured proxies the right-most hop that is not one."""
    address = connection.client.host if connection.client else ""
    if not _is_proxy(address, settings):
        return address
    lines = connection.headers.getlist("x-forwarded-for")  # some proxies add a line of their own below the client's
    for entry in reversed(",".join(lines).split(",")):
        hop = _address_of(entry.strip())
        if _parsed(hop) is None:
            break
        address = hop
        if not _is_proxy(hop, settings):
            break
    return address


def _is_proxy(address: str, settings: Settings) -> bool:
    """Tell whether an address is a trusted proxy's; "" is a Unix socket, which only the web server here may open."""
    trusted = [ipaddress.ip_network(item, strict=False) for item in settings.trusted_proxies]
    return not address or _inside(address, trusted)


def _address_of(entry: str) -> str:
    """Return an entry of X-Forwarded-For without the port, brackets and quotes that some proxies write."""
    match = re.fullmatch(r'("?)(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?\1', entry)
    return (match[2] or match[3]) if match else entry.strip('"')


@lru_cache(1024)
def network_of(address: str) -> str:
    """Return the network that counts as one sender: an IPv4 address or an IPv6 /64; "" when it is unknown."""
    parsed = _parsed(address)
    if parsed is None:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _inside(address: str, networks: list[Any]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def set_cookie(response: Response, name: str, value: str, *, seconds: int, settings: Settings) -> None:
    """Set a cookie of letters, digits, - and _ for the whole site, that no script can read."""
    secure = "; Secure" if settings.secure else ""
    cookie = f"{name}={value}; HttpOnly; Max-Age={seconds}; Path=/; SameSite=lax{secure}"
    response.headers.append("set-cookie", cookie)


def is_private(cookies: dict[str, str]) -> bool:
    return READER_COOKIE in cookies or SESSION_COOKIE in cookies
