"""Rate limits for each network: logins, previews, searches and uploads.

The limits for comments are checked in the database. These are for requests that never reach it, or cost much before
they do. They are kept in the memory of each worker, for a bounded number of networks.
"""

import math
import re
import time
from collections import OrderedDict

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from blog.errors import AfterwordError, TooFast
from blog.web import errors
from blog.web import site as sites
from blog.web.middleware import bodies, security
from blog.wording import N_, gettext, ngettext

# How many requests at once, and how many a second after that, for one network (an IPv4 address, an IPv6 /64).
RATES = {
    "login": (60, 0.5),
    "preview": (60, 1.0),
    "search": (60, 1.0),
    "upload": (30, 0.5),
    "mark": (20, 0.05),
    "mention": (60, 1.0),
}
# The addresses that are limited before the request is read; one with a final slash includes all below it.
PATHS = (
    ("POST", "/admin/login", "login"),
    ("POST", "/admin/login/", "login"),
    ("POST", "/admin/setup", "login"),
    ("GET", "/search", "search"),
    ("GET", "/search/", "search"),
)
PICTURES = re.compile(r"/admin/posts/[^/]+/images")
SENTENCE = N_("Too many requests from your network. Wait {time}, then try again.")


class Buckets:
    """Token buckets by key; the least recently used one is dropped when there are too many."""

    def __init__(self, burst: int, per_second: float, *, most: int = 10_000) -> None:
        self.burst, self.per_second, self.most = burst, per_second, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, now: float) -> int:
        """Take a token: return 0, or the seconds until there is one."""
        tokens, since = self._left.pop(key, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - since) * self.per_second)
        granted = tokens >= 1
        self._left[key] = (tokens - granted, now)
        while len(self._left) > self.most:
            self._left.popitem(last=False)
        return 0 if granted else math.ceil((1 - tokens) / self.per_second)

    def __len__(self) -> int:
        return len(self._left)


def all_buckets() -> dict[str, Buckets]:
    return {what: Buckets(*rate) for what, rate in RATES.items()}


def take(request: Request, what: str) -> None:
    """Raise TooFast when the network of a request is over its limit."""
    site = sites.of(request)
    network = security.network_of(security.client_ip(request, site.settings))
    wait = site.buckets[what].take(network, now=time.monotonic())
    if wait:
        raise TooFast(gettext(SENTENCE, time=duration(wait)), retry_after=wait)


def duration(seconds: int) -> str:
    """Write a waiting time: 1 second, 40 seconds, 3 minutes."""
    if seconds < 120:
        return ngettext("{n} second", "{n} seconds", seconds)
    return ngettext("{n} minute", "{n} minutes", math.ceil(seconds / 60))


class Limits:
    """Refuse requests over a rate limit, and those that announce a body that is too large, before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            if scope["path"] != bodies.EXPORT_PATH:  # its page says it better, and what comes is counted
                bodies.check_size(scope["path"], bodies.length(scope))
            for what in _limited(scope["method"], scope["path"]):
                take(Request(scope), what)
        except AfterwordError as error:
            return await (await errors.refused(Request(scope, receive), error))(scope, receive, send)
        return await self.app(scope, receive, send)


def _limited(method: str, path: str) -> list[str]:
    method = "GET" if method == "HEAD" else method
    if method == "POST" and PICTURES.fullmatch(path):
        return ["upload"]
    return [
        what
        for verb, address, what in PATHS
        if verb == method and (path == address or (address.endswith("/") and path.startswith(address)))
    ][:1]
