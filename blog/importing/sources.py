"""Which program an export file comes from, told by how it begins, and how such a file is read."""

import gzip
import re
import zlib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

from blog.importing import opening
from blog.importing.imported import Items
from blog.importing.model import Unreadable
from blog.wording import N_, gettext

HEAD = 256 * 1024  # bytes of a file, unpacked, that tell what it is
SQLITE = b"SQLite format 3\x00"
GHOST = re.compile(rb'^\s*\{\s*"(db"\s*:\s*\[|meta"\s*:\s*\{|data"\s*:\s*\{)')
JSONL = re.compile(rb'^\s*\{[^\n]{0,4000}?"type"\s*:\s*"site"')
COMMENTO = re.compile(rb'^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"(comments|commenters)"\s*:')
REMARK42 = re.compile(rb'^\s*\{\s*"version"\s*:')
WEB_PAGE = re.compile(rb"<!doctype\s+html|<html", re.IGNORECASE)
ROOTS = ((rb"<rss[\s>]", "wordpress"), (rb"<disqus[\s>]", "disqus"), (rb"<feed[\s>]", "blogger"))


@dataclass(frozen=True)
class Source:
    """A program whose export files are read: its name for people, and the module that reads them.

    With `threads` its discussions belong to the posts with their addresses.
    """

    title: str
    module: str
    threads: bool = False


SOURCES = {
    "wordpress": Source("WordPress", "wordpress_export"),
    "disqus": Source("Disqus", "disqus_export", threads=True),
    "isso": Source("Isso", "isso_database", threads=True),
    "remark42": Source("Remark42", "remark42_backup", threads=True),
    "commento": Source("Commento", "commento_export", threads=True),
    "ghost": Source("Ghost", "ghost_export"),
    "blogger": Source("Blogger", "blogger_export"),
    "jsonl": Source("Afterword", "jsonl_export"),
    "page": Source(N_("Saved page"), "saved_page"),
}


def read(source: str, path: Path, zone: ZoneInfo, folder: Path) -> Items:
    """Give what a file of a source holds; its parser is imported only now. Until it has ended, it may use `folder`."""
    module = import_module(f"blog.importing.{SOURCES[source].module}")
    if source == "wordpress":
        items: Items = module.read(path, module.Options(zone=zone))
    elif source == "jsonl":
        items = module.read(path, folder)
    else:
        items = module.read(path)
    return items


def recognise(path: Path) -> str:
    """Return the name of the source that a file comes from; raise Unreadable for what none of them writes."""
    head = _head(path)
    if head.startswith(SQLITE):
        return "isso"
    for pattern, name in ((JSONL, "jsonl"), (GHOST, "ghost"), (COMMENTO, "commento"), (REMARK42, "remark42")):
        if pattern.match(head):
            return name
    if WEB_PAGE.search(head[:4096]):
        return "page"
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
