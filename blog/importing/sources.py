"""Which program an export file comes from, told by how it begins, and how such a file is read."""

import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from blog.importing import (
    blogger_export,
    commento_export,
    disqus_export,
    ghost_export,
    isso_database,
    jsonl_export,
    opening,
    remark42_backup,
    wordpress_export,
)
from blog.importing.imported import Items
from blog.importing.model import Unreadable
from blog.wording import gettext

HEAD = 256 * 1024  # bytes of a file, unpacked, that tell what it is
GHOST = re.compile(rb'^\s*\{\s*"(db"\s*:\s*\[|meta"\s*:\s*\{|data"\s*:\s*\{)')
JSONL = re.compile(rb'^\s*\{[^\n]{0,4000}?"type"\s*:\s*"site"')
COMMENTO = re.compile(rb'^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"(comments|commenters)"\s*:')
REMARK42 = re.compile(rb'^\s*\{\s*"version"\s*:')
WEB_PAGE = re.compile(rb"<!doctype\s+html|<html", re.IGNORECASE)
ROOTS = ((rb"<rss[\s>]", "wordpress"), (rb"<disqus[\s>]", "disqus"), (rb"<feed[\s>]", "blogger"))


@dataclass(frozen=True)
class Source:
    """A program whose export files are read: its name for people, and the function that reads a file.

    Its own name for files is written by `name`; `folder` is one that the reader may use until it has ended.
    """

    title: str
    read: Callable[[Path, ZoneInfo, Path], Items]
    threads: bool = False  # has discussions that belong to posts by their addresses


SOURCES: dict[str, Source] = {
    "wordpress": Source(
        "WordPress",
        lambda path, zone, _: wordpress_export.read(path, wordpress_export.Options(zone=zone)),
    ),
    "disqus": Source("Disqus", lambda path, *_: disqus_export.read(path), threads=True),
    "isso": Source("Isso", lambda path, *_: isso_database.read(path), threads=True),
    "remark42": Source("Remark42", lambda path, *_: remark42_backup.read(path), threads=True),
    "commento": Source("Commento", lambda path, *_: commento_export.read(path), threads=True),
    "ghost": Source("Ghost", lambda path, *_: ghost_export.read(path)),
    "blogger": Source("Blogger", lambda path, *_: blogger_export.read(path)),
    "jsonl": Source("Afterword", lambda path, _, folder: jsonl_export.read(path, folder)),
}


def recognise(path: Path) -> str:
    """Return the name of the source that a file comes from; raise Unreadable for what none of them writes."""
    head = _head(path)
    if head.startswith(isso_database.HEADER):
        return "isso"
    for pattern, name in ((JSONL, "jsonl"), (GHOST, "ghost"), (COMMENTO, "commento"), (REMARK42, "remark42")):
        if pattern.match(head):
            return name
    if WEB_PAGE.search(head[:4096]):
        raise Unreadable(
            gettext("{name} is a page of the web. Bring a saved page in with: blog import page FILE", name=path.name)
        )
    for root, name in ROOTS:
        if re.search(root, head):
            return name
    raise Unreadable(
        gettext(
            "{name} is no export file that is known here. The list below says which ones are, and where to get them.",
            name=path.name,
        )
    )


def _head(path: Path) -> bytes:
    """Return how a file begins, unpacked and in UTF-8 as far as that can be told."""
    start = opening.check(path)
    try:
        with gzip.open(path) if start.startswith(opening.GZIP) else path.open("rb") as file:
            head = file.read(HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable(gettext("{name} is damaged: it cannot be unpacked.", name=path.name)) from error
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").encode()
    return head.removeprefix(b"\xef\xbb\xbf")
