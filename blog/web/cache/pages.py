"""The page cache: finished answers by path, so that a page that nobody changed costs next to nothing.

An entry is valid while the database has not moved (`data_version`). When it has, only the page's own versions are
queried. So nothing in it is ever invalidated by hand, and held or spam comments leave it warm. Only changed templates
or files of `static/` empty it.
"""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from typing import Any

import brotli
from sqlite_utils import Database
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from blog.journal import events
from blog.shared_cache import SITE, SharedCache
from blog.storage.store import Store

BYTES = 8 * 1024 * 1024
BROTLI_QUALITY = 5  # 11 takes 60 ms for a page
BROTLI_WINDOW = 18  # 256 KiB: no page is larger, and a larger window takes megabytes
SMALL = 256
HTML = "text/html; charset=utf-8"
REVALIDATED = {"Cache-Control": "public, max-age=0, must-revalidate", "Vary": "Accept-Encoding, Cookie"}
PRIVATE = (b"reader=", b"session=")
UNSHARED = (b"cache-control", b"private, no-store")

Versions = tuple[int, ...]
VersionQuery = Callable[[Database], Versions]
Answer = tuple[Message, Message]


@dataclass(slots=True)
class Validity:
    """How long a page holds: while `version_query` still returns `versions`, from `valid_from` until `valid_until`.

    `data_version` is the state of the database at which they were last seen. A page made while the clock was ahead may
    show what is not public yet, so it does not hold before it was made.
    """

    version_query: VersionQuery
    versions: Versions
    data_version: int
    valid_from: str | None = None
    valid_until: str | None = None
    begins: float = field(init=False)  # both in seconds since the epoch
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        start, end = self.valid_from, self.valid_until
        self.begins = events.moment(start).timestamp() - events.PROCESSES_APART if start else 0.0
        self.ends = events.moment(end).timestamp() if end else float("inf")


@dataclass(slots=True)
class Page:
    """A finished answer: `answers` are its messages by coding ("" is plain), `unchanged` those of a 304.

    Without a `validity` it always holds, like the text of a hashed file. `modified` is the time of its Last-Modified
    in seconds since the epoch, if it has one. `shared` tells how shared caches keep it, if they may.
    """

    etag: str
    answers: Mapping[str, Answer]
    unchanged: Mapping[str, Answer]
    size: int
    validity: Validity | None = None
    modified: float | None = None
    shared: SharedCache | None = None


def caching(shared: SharedCache | None, keys: tuple[str, ...]) -> Mapping[str, str]:
    """Return the headers that tell caches how to keep a page for everybody; browsers always revalidate it."""
    return REVALIDATED if shared is None else {**REVALIDATED, **shared.headers((SITE, *keys))}


def finish(
    body: bytes,
    headers: Mapping[str, str],
    *,
    caching: Mapping[str, str] = REVALIDATED,
    media_type: str = HTML,
    validity: Validity | None = None,
) -> Page:
    """Compress a body and write all its headers, once for all who will ask; `headers` are what every answer carries."""
    codings = {"": body}
    if len(body) > SMALL:
        codings["br"] = brotli.compress(body, quality=BROTLI_QUALITY, lgwin=BROTLI_WINDOW)
        codings["gzip"] = gzip.compress(body, 6, mtime=0)
    etag = hashlib.blake2b(body, digest_size=12).hexdigest()
    answers, unchanged = {}, {}
    for coding, coded in codings.items():
        common = {**headers, **caching, "ETag": f'"{etag}{"-" + coding if coding else ""}"'}
        unchanged[coding] = _messages(304, common, b"")
        encoding = {"Content-Encoding": coding} if coding else {}
        whole = {**common, **encoding, "Content-Type": media_type, "Content-Length": str(len(coded))}
        answers[coding] = _messages(200, whole, coded)
    modified = _seconds(headers["Last-Modified"]) if "Last-Modified" in headers else None
    return Page(etag, answers, unchanged, sum(map(len, codings.values())), validity, modified)


def _seconds(date: str) -> float | None:
    """Return a date of a header in seconds since the epoch, None for what is no date."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def _messages(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return (
        {"type": "http.response.start", "status": status, "headers": raw},
        {"type": "http.response.body", "body": body},
    )


class Pages:
    """Keep the most recently used pages, up to 8 MiB of bytes; `headers` are what every answer of the site carries."""

    def __init__(self, headers: Mapping[str, str], limit: int = BYTES) -> None:
        self.headers = headers
        self.generation = 0  # raised when all pages are forgotten
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._flights: dict[str, tuple[int, asyncio.Task[Any]]] = {}
        self._limit = limit
        self._bytes = 0

    def get_valid(self, path: str, store: Store, *, now: float) -> Page | None:
        """Return a page that still holds: nobody has committed since, or its own versions have not moved.

        `now` is in seconds since the epoch.
        """
        page = self._pages.get(path)
        if page is None or not (page.validity is None or _holds(page.validity, store, now)):
            return None
        self._pages.move_to_end(path)
        return page

    def put(self, path: str, page: Page, *, generation: int | None = None) -> Page:
        """Keep a page, unless all pages were forgotten since it was begun in its `generation`."""
        if generation not in (None, self.generation):
            return page
        self._drop(path)
        self._pages[path] = page
        self._bytes += page.size
        while self._bytes > self._limit and len(self._pages) > 1:
            self._drop(next(iter(self._pages)))
        return page

    def forget(self) -> None:
        """Have every page made anew: the templates, or the files that they name, have changed."""
        self.generation += 1
        self._pages.clear()
        self._flights.clear()
        self._bytes = 0

    async def single_flight(self, path: str, data_version: int, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Make a page once for all who ask for it meanwhile, as long as the database stands where it did; keep it."""
        version, task = self._flights.get(path, (None, None))
        if task is None or version != data_version:
            task = asyncio.create_task(make())
            self._flights[path] = (data_version, task)
            task.add_done_callback(partial(self._end_flight, path))
        return await asyncio.shield(task)

    def _end_flight(self, path: str, task: asyncio.Task[Any]) -> None:
        is_latest = self._flights.get(path, (0, None))[1] is task  # and no page was forgotten since it began
        if is_latest:
            del self._flights[path]
        if task.cancelled() or task.exception():  # everybody who waits gets it; perhaps nobody waits any more
            return
        if is_latest and isinstance(page := task.result(), Page):
            self.put(path, page)

    def _drop(self, path: str) -> None:
        if page := self._pages.pop(path, None):
            self._bytes -= page.size


def _holds(validity: Validity, store: Store, now: float) -> bool:
    if not validity.begins <= now < validity.ends:
        return False
    data_version = store.data_version()
    if validity.data_version != data_version:
        versions = store.glance(validity.version_query)
        if versions is None:
            return True  # the database cannot be read just now: the page that is kept is better than nothing
        if versions != validity.versions:
            return False
        validity.data_version = data_version
    return True


class CachedResponse(Response):
    """An answer from a page: 304 when the reader has it, else the smallest coding that is accepted.

    `for_one` tells that the request had a reader's or a session cookie: no shared cache may keep its answer.
    """

    def __init__(self, page: Page, *, now: float, for_one: bool = False) -> None:
        super().__init__()
        self.page, self.now, self.for_one = page, now, for_one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = answer(self.page, scope, now=self.now) or self.page.answers[""]
        start = dict(start)  # a copy: middleware adds headers to it
        if self.for_one and (shared := self.page.shared):
            hidden = {name.lower().encode() for name in ("cache-control", shared.lifetime_header, shared.key_header)}
            start["headers"] = [pair for pair in start["headers"] if pair[0] not in hidden] + [UNSHARED]
        await send(start)
        await send(body)


def answer(page: Page, scope: Scope, *, now: float, to_anybody: bool = True) -> Answer | None:
    """Return the messages that answer a request; None where it may be for somebody's own page, unless `to_anybody`.

    `now` is in seconds since the epoch.
    """
    coding, etags, since = b"", b"", b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            coding = value
        elif name == b"if-none-match":
            etags = value
        elif name == b"if-modified-since":
            since = value
        elif name == b"cookie" and not to_anybody and page.validity and any(each in value for each in PRIVATE):
            return None
    chosen = accepted(coding) if coding else ""
    if chosen not in page.answers:
        chosen = ""
    if etags and _has(etags.decode("latin-1"), page.etag):
        return _for_shared(page, page.unchanged[chosen], now)
    if since and not etags and page.modified is not None:  # RFC 9110, 13.1.3
        asked = _seconds(since.decode("latin-1"))
        if asked is not None and page.modified <= asked:
            return _for_shared(page, page.unchanged[chosen], now)
    start, body = _for_shared(page, page.answers[chosen], now)
    return (start, {**body, "body": b""}) if scope["method"] == "HEAD" else (start, body)


def _for_shared(page: Page, answer: Answer, now: float) -> Answer:
    """Shorten what shared caches are told where the page changes by itself before they would ask again."""
    shared, validity = page.shared, page.validity
    if shared is None or validity is None or (left := validity.ends - now) >= shared.seconds:
        return answer
    name, value = shared.lifetime_header.lower().encode(), shared.lifetime(left).encode()
    start, body = answer
    return {**start, "headers": [(key, value if key == name else old) for key, old in start["headers"]]}, body


@lru_cache(256)
def accepted(header: bytes) -> str:
    """Return br or gzip when it is accepted (RFC 9110, 12.5.3: a weight of 0 refuses), else ""."""
    weights = {}
    for part in header.decode("latin-1").lower().split(","):
        name, _, rest = part.strip().partition(";")
        weights[name.strip()] = rest.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((coding for coding in ("br", "gzip") if weights.get(coding)), "")


def _has(header: str, etag: str) -> bool:
    tags = [part.strip().removeprefix("W/").strip('"') for part in header.split(",")]
    return "*" in tags or any(tag.removesuffix("-br").removesuffix("-gzip") == etag for tag in tags)
