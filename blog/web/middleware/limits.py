"""What one network may ask for in a while.

Comments have limits of their own in the database. These are for what never reaches it, or costs before it does: they
are kept in the memory of each worker, for so many networks and no more.
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

# What: how many at once, and how many a second after that, of one network (an IPv4 address, an IPv6 /64).
RATES = {"login": (60, 0.5), "preview": (60, 1.0), "search": (60, 1.0), "upload": (30, 0.5)}
# The addresses that are limited before anything reads them; a name with a final slash stands for all below it.
PATHS = (
    ("POST", "/admin/login", "login"),
    ("POST", "/admin/login/", "login"),
    ("POST", "/admin/setup", "login"),
    ("GET", "/search", "search"),
    ("GET", "/search/", "search"),
)
PICTURES = re.compile(r"/admin/posts/[^/]+/images")
SENTENCE = "Too many requests from your network. Wait {}, then try again."


class Buckets:
    """Token buckets by key; the one that was not asked for longest goes when there are too many."""

    def __init__(self, burst: int, per_second: float, *, most: int = 10_000) -> None:
        self.burst, self.per_second, self.most = burst, per_second, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, now: float) -> int:
        """Take a token: return 0, or the seconds until there is one."""
        left, since = self._left.pop(key, (float(self.burst), now))
        left = min(float(self.burst), left + (now - since) * self.per_second)
        granted = left >= 1
        self._left[key] = (left - granted, now)
        while len(self._left) > self.most:
            self._left.popitem(last=False)
        return 0 if granted else math.ceil((1 - left) / self.per_second)

    def __len__(self) -> int:
        return len(self._left)


def all_buckets() -> dict[str, Buckets]:
    return {what: Buckets(*rate) for what, rate in RATES.items()}


def take(request: Request, what: str) -> None:
    """Raise TooFast when the network of a request has had its share."""
    site = sites.of(request)
    network = security.network_of(security.client_ip(request, site.settings))
    wait = site.buckets[what].take(network, now=time.monotonic())
    if wait:
        raise TooFast(SENTENCE.format(said(wait)), retry_after=wait)


def said(seconds: int) -> str:
    """Write a wait: 1 second, 40 seconds, 3 minutes."""
    if seconds < 120:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{math.ceil(seconds / 60)} minutes"


class Limits:
    """Refuse what is asked for too often, and what is announced as too large, before anything reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
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
        for verb, known, what in PATHS
        if verb == method and (path == known or (known.endswith("/") and path.startswith(known)))
    ][:1]
