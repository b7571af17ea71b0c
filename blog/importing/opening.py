"""The file of an import as a stream: unpacked if it is gzipped, refused if it is something else or too large."""

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

from blog.importing.model import Unreadable
from blog.wording import gettext, number

PIECE = 256 * 1024
LARGEST = 8 * 1024**3  # bytes, unpacked
LONGEST_LINE = 32 * 1024**2  # of a file that is read by lines
# A text is seldom packed to less than a twentieth; a bomb to a thousandth.
RATIO, RATIO_FROM = 200, 16 * 1024**2
PACKED = {b"PK\x03\x04": "ZIP", b"7z\xbc\xaf": "7z", b"Rar!": "RAR", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}
GZIP = b"\x1f\x8b"


def check(path: Path) -> bytes:
    """Return how the file begins; raise Unreadable for what is no file, empty, or an archive."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(gettext("{name} is no file.", name=path.name))
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise Unreadable(gettext("{name} cannot be read: {why}.", name=path.name, why=error.strerror)) from error
    if not start.strip():
        raise Unreadable(gettext("{name} is empty.", name=path.name))
    for mark, what in PACKED.items():
        if start.startswith(mark):
            raise Unreadable(gettext("{name} is a {what} archive. Unpack it first.", name=path.name, what=what))
    return start


def pieces(path: Path) -> Iterator[tuple[bytes, float]]:
    """Give the file's bytes piece by piece, unpacked if it is gzipped, each with how much of the file was read."""
    packed = check(path).startswith(GZIP)
    size = max(1, path.stat().st_size)
    count = 0
    with path.open("rb") as file:
        stream = gzip.GzipFile(fileobj=file) if packed else file
        try:
            while piece := stream.read(PIECE):
                count += len(piece)
                _check_size(path, count, file.tell() if packed else count)
                yield piece, min(1.0, file.tell() / size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Unreadable(gettext("{name} is damaged: it cannot be unpacked.", name=path.name)) from error


def _check_size(path: Path, unpacked: int, read: int) -> None:
    if unpacked > LARGEST:
        raise Unreadable(
            gettext("{name} has over {n} GB; so much is not read at once.", name=path.name, n=LARGEST // 1024**3)
        )
    if unpacked > RATIO_FROM and unpacked > RATIO * read:
        raise Unreadable(gettext("{name} unpacks to far more than it holds, and is not read.", name=path.name))


def lines(path: Path) -> Iterator[tuple[int, bytes, float]]:
    """Give the file's lines with their numbers; raise Unreadable for one that is too long."""
    rest, number = b"", 0
    part = 0.0
    for piece, part in pieces(path):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            number += 1
            yield number, line, part
        if len(rest) > LONGEST_LINE:
            raise Unreadable(
                gettext("{name}, line {line}: the line is longer than {n} MB.", name=path.name, line=number + 1, n=32)
            )
    if rest:
        yield number + 1, rest, part


def beneath(path: Path, folder: Path) -> Path | None:
    """Return a file of a folder, None when it is none or when a link leads out of it."""
    try:
        whole = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return whole if whole.is_file() and whole.is_relative_to(folder.resolve()) else None


def files(folder: Path, *, most: int = 200_000) -> Iterator[Path]:
    """Give the files below a folder, in order: no hidden ones, no links that lead out, and not for ever."""
    inside = folder.resolve()
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            count += 1
            if count > most:
                raise Unreadable(gettext("{name} holds over {n} files.", name=folder.name, n=number(most)))
            path = Path(root, name)
            if not name.startswith(".") and beneath(path, inside):
                yield path
