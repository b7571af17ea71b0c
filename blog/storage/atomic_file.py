"""Files that are written whole or not at all: first under another name, then named in one step."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

PIECE = 1 << 20  # bytes that are copied at once


def replace(path: Path, data: bytes) -> None:
    """Write a file, also over an older one: readers, and a crash, find either the old one whole or the new one."""
    with _written(path, lambda part: part.write(data)) as part:
        with suppress(OSError):  # a new file has the permissions that the umask gives
            shutil.copymode(path, part)
        os.replace(part, path)
    sync(path.parent)


def copy(file: BinaryIO, path: Path) -> None:
    """Write a file as `replace` does, from the beginning of another one that need not fit into memory."""
    file.seek(0)
    with _written(path, lambda part: shutil.copyfileobj(file, part, PIECE)) as part:
        os.replace(part, path)
    sync(path.parent)


def create(path: Path, data: bytes) -> None:
    """Write a new file; raise FileExistsError rather than write over another one."""
    with _written(path, lambda part: part.write(data)) as part:
        name(part, path)
    sync(path.parent)


@contextmanager
def _written(path: Path, write: Callable[[BinaryIO], object]) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Give a new text file that only its owner may read; name it when the block ends well.

    Raises FileExistsError rather than write over another file.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        name(part, path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


def name(part: Path, path: Path) -> None:
    """Give a finished file its name; raise FileExistsError when another file has it. `part` may stay: remove it."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(part, path)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    with suppress(PermissionError):  # some systems do not let a folder be opened
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
