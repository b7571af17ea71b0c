"""Disqus's XML export: threads, and their posts with nesting, spam and deleted ones."""

import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

from blog.importing import comment_text, moments, xml_stream
from blog.importing.imported import (
    APPROVED,
    DELETED,
    PENDING,
    SPAM,
    ImportedComment,
    ImportedThread,
    Items,
    Progress,
    Unsure,
)
from blog.importing.model import Unreadable
from blog.importing.xml_stream import text
from blog.wording import gettext

NS = "{http://disqus.com}"
INTERNAL = "{http://disqus.com/disqus-internals}"
ID = f"{INTERNAL}id"


def read(path: Path) -> Items:
    """Give the threads and comments of an export. Its times are UTC."""
    root = None
    for step in xml_stream.steps(path):
        element = step.element
        if root is None:
            root = element
            if element.tag != f"{NS}disqus":
                raise Unreadable(gettext("{name} is no export of Disqus.", name=path.name))
        if not step.ends or step.depth != 2:
            continue
        if element.tag == f"{NS}thread":
            yield from _thread(element)
        elif element.tag == f"{NS}post":
            yield _comment(element)
        element.clear()
        root.clear()
        yield Progress(step.part)


def _thread(element: ET.Element) -> Items:
    key = f"disqus:{element.get(ID, '')}"
    link, identifier = text(element.find(f"{NS}link")), text(element.find(f"{NS}id"))
    title = comment_text.name(text(element.find(f"{NS}title")))
    addresses = tuple(dict.fromkeys(each for each in (link, _as_address(identifier)) if each))
    if not addresses:
        yield Unsure(title or key, gettext("The thread has no address in the file."))
    yield ImportedThread(key, addresses, title or link, closed=_is(element, "isClosed"))


def _as_address(identifier: str) -> str:
    """Return a thread's identifier where it is an address: many sites took the path, and WordPress `12 https://…/?p=12`."""
    last = identifier.split()[-1] if identifier.split() else ""
    return last if last.startswith("/") or urlsplit(last).scheme in ("http", "https") else ""


def _comment(element: ET.Element) -> ImportedComment:
    thread, parent, author = (element.find(f"{NS}{name}") for name in ("thread", "parent", "author"))
    deleted, spam = _is(element, "isDeleted"), _is(element, "isSpam")
    held = element.find(f"{NS}isApproved") is not None and not _is(element, "isApproved")
    status = SPAM if spam else DELETED if deleted else PENDING if held else APPROVED
    name, email = ("", "") if author is None else (text(author.find(f"{NS}{key}")) for key in ("name", "email"))
    return ImportedComment(
        key=f"disqus:{element.get(ID, '')}",
        post=f"disqus:{'' if thread is None else thread.get(ID, '')}",
        parent="" if parent is None or not parent.get(ID) else f"disqus:{parent.get(ID)}",
        status=status,
        published_at=moments.utc(text(element.find(f"{NS}createdAt"))),
        author="" if status == DELETED else comment_text.name(name),
        email="" if status == DELETED else email,
        ip="" if status == DELETED else text(element.find(f"{NS}ipAddress")),
        text="" if status == DELETED else comment_text.from_html(text(element.find(f"{NS}message"))),
        source=text(element.find(f"{NS}message")),
    )


def _is(element: ET.Element, name: str) -> bool:
    return text(element.find(f"{NS}{name}")).lower() == "true"
