"""One large file out of a multipart form, piece by piece to the disk: nothing of it is in memory as a whole.

Starlette's own forms go through a temporary file first, which may be in memory, and would need the room twice.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from blog.errors import Refused, WrongType
from blog.wording import gettext

AT_ONCE = 1024 * 1024  # bytes that are written together


class FileField:
    """The file of one field, as it comes in: `name` is what the browser calls it, `size` how much of it has come."""

    def __init__(self, field: str, boundary: bytes) -> None:
        self.name: str | None = None
        self.size = 0
        self.pieces: list[bytes] = []
        self.waiting = 0
        self._field = field.encode()
        self._header = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._wanted = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_to_header,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._choose,
                "on_part_data": self._take,
            },
        )

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise Refused(gettext("The form could not be read; it is broken.")) from error

    def taken(self) -> bytes:
        """Return what came since the last call."""
        data = b"".join(self.pieces)
        self.pieces, self.waiting = [], 0
        return data

    def _begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _choose(self) -> None:
        """Take the first file of the field; everything else of the form is dropped."""
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._wanted = self.name is None and options.get(b"name") == self._field and b"filename" in options
        if self._wanted:
            self.name = options[b"filename"].decode("utf-8", "replace")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self.pieces.append(data[start:end])
            self.size += end - start
            self.waiting += end - start


async def receive(
    request: Request, body: AsyncIterator[bytes], field: str, place: Callable[[str], Path], check: Callable[[int], None]
) -> tuple[str, int]:
    """Write the file of a field to `place(name)`; return its name, "" without a file, and its size in bytes.

    `check` is given the size so far with each piece, and may refuse; whoever calls drops the rest then.
    """
    file = FileField(field, _boundary(request))
    target = None
    try:
        async for data in body:
            file.feed(data)
            if file.size:
                check(file.size)
            if file.waiting >= AT_ONCE:
                target = target or place(file.name or "").open("wb")
                await run_in_threadpool(target.write, file.taken())
        if file.name and file.size:
            target = target or place(file.name).open("wb")
            await run_in_threadpool(target.write, file.taken())
    finally:
        if target is not None:
            await run_in_threadpool(target.close)
    return (file.name or "", file.size) if file.size else ("", 0)


async def drop(body: AsyncIterator[bytes]) -> None:
    """Read what is left of a refused form: a browser shows the answer only when all of it is sent."""
    with suppress(Refused):  # more than is ever taken, or too slow: then the connection is cut
        async for _ in body:
            pass


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise WrongType(gettext("A file is sent as multipart/form-data."))
    return options[b"boundary"]
