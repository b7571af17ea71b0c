"""The page cache: finished bytes by path, so that a page that nobody changed costs next to nothing.

An entry is right while the database has not moved (`data_version`); when it has, only the page's own versions are
asked for. Nothing is ever invalidated by hand, and held or spam comments leave it warm.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import brotli
from starlette.responses import Response

BYTES = 32 * 1024 * 1024
BROTLI_QUALITY = 5
SMALL = 256


@dataclass(frozen=True)
class Page:
    """A finished answer: `encodings` by name ("" is plain), `versions` what it was made from."""

    etag: str
    encodings: Mapping[str, bytes]
    versions: tuple[int, ...]
    data_version: int
    valid_until: str
    media_type: str = "text/html; charset=utf-8"

    @property
    def size(self) -> int:
        return sum(map(len, self.encodings.values()))


def finish(
    body: bytes, *, versions: tuple[int, ...], data_version: int, valid_until: str | None, media_type: str
) -> Page:
    encodings = {"": body}
    if len(body) > SMALL:
        encodings |= {
            "br": brotli.compress(body, quality=BROTLI_QUALITY),
            "gzip": gzip.compress(body, 6, mtime=0),
        }
    etag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Page(etag, encodings, versions, data_version, valid_until or "9999", media_type)


class Pages:
    """Keep the most recently used pages, up to 32 MiB of bytes."""

    def __init__(self, limit: int = BYTES) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._limit = limit
        self._bytes = 0

    def get(self, path: str, *, at: str) -> Page | None:
        page = self._pages.get(path)
        if page is None or page.valid_until <= at:
            return None
        self._pages.move_to_end(path)
        return page

    def put(self, path: str, page: Page) -> Page:
        self._drop(path)
        self._pages[path] = page
        self._bytes += page.size
        while self._bytes > self._limit and len(self._pages) > 1:
            self._drop(next(iter(self._pages)))
        return page

    def still_right(self, path: str, page: Page, data_version: int) -> Page:
        """Note that a page was looked at again, at this state of the database, and is as it was."""
        return self.put(path, replace(page, data_version=data_version))

    def _drop(self, path: str) -> None:
        if old := self._pages.pop(path, None):
            self._bytes -= old.size


REVALIDATED = {"Cache-Control": "public, max-age=0, must-revalidate", "Vary": "Accept-Encoding, Cookie"}


def answer(page: Page, headers: Mapping[str, str], caching: Mapping[str, str] = REVALIDATED) -> Response:
    """Answer a request from a page: 304 when the reader has it, else the smallest encoding that is accepted."""
    coding = accepted(headers.get("accept-encoding", ""), page.encodings)
    etag = f'"{page.etag}{"-" + coding if coding else ""}"'
    out = {"ETag": etag, **caching}
    if _has(headers.get("if-none-match", ""), page.etag):
        return Response(status_code=304, headers=out)
    if coding:
        out["Content-Encoding"] = coding
    return Response(page.encodings[coding], media_type=page.media_type, headers=out)


def accepted(header: str, encodings: Mapping[str, bytes]) -> str:
    """Return br or gzip when it is at hand and accepted (RFC 9110, 12.5.3: a weight of 0 refuses), else ""."""
    weights = {}
    for part in header.lower().split(","):
        name, _, rest = part.strip().partition(";")
        weights[name.strip()] = rest.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((coding for coding in ("br", "gzip") if coding in encodings and weights.get(coding)), "")


def _has(header: str, etag: str) -> bool:
    tags = [part.strip().removeprefix("W/").strip('"') for part in header.split(",")]
    return "*" in tags or any(tag.removesuffix("-br").removesuffix("-gzip") == etag for tag in tags)
