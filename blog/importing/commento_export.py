"""Commento's JSON export: comments, and the names of those who were signed in."""

from pathlib import Path
from typing import Any

from blog.importing import comment_text, json_stream, moments
from blog.importing.imported import (
    APPROVED,
    DELETED,
    PENDING,
    SPAM,
    ImportedComment,
    ImportedThread,
    Items,
    Progress,
)
from blog.importing.model import Unreadable
from blog.wording import gettext

STATES = {"approved": APPROVED, "unapproved": PENDING, "flagged": SPAM}
PREFIXES = ("comments.item", "commenters.item")


def read(path: Path) -> Items:
    """Give the threads and comments of an export; who was not signed in has no name in it."""
    people = {
        str(record.get("commenterHex")): record
        for prefix, record, _ in json_stream.objects(path, PREFIXES)
        if prefix == "commenters.item"
    }
    threads: set[str] = set()
    for prefix, record, part in json_stream.objects(path, PREFIXES):
        if prefix != "comments.item":
            continue
        url = f"https://{record.get('domain') or 'localhost'}{_path(record)}"
        if url not in threads:
            threads.add(url)
            yield ImportedThread(f"commento:{url}", (url,), _path(record))
        yield _comment(record, url, people.get(str(record.get("commenterHex")), {}))
        yield Progress(part)
    if not threads and not people:
        raise Unreadable(gettext("{name} is no export of Commento: it holds no comments.", name=path.name))


def _path(record: dict[str, Any]) -> str:
    path = str(record.get("url") or record.get("path") or "/")
    return path if path.startswith("/") else f"/{path}"


def _comment(record: dict[str, Any], url: str, who: dict[str, Any]) -> ImportedComment:
    deleted = bool(record.get("deleted"))
    parent = str(record.get("parentHex") or "root")
    link = str(who.get("link") or "")
    typed, rendered = str(record.get("markdown") or ""), str(record.get("html") or "")
    text = comment_text.from_markdown(typed) if typed else comment_text.from_html(rendered)
    return ImportedComment(
        key=f"commento:{record.get('commentHex')}",
        post=f"commento:{url}",
        parent="" if parent == "root" else f"commento:{parent}",
        status=DELETED if deleted else STATES.get(str(record.get("state") or "approved"), PENDING),
        published_at=moments.utc(str(record.get("creationDate") or "")),
        author="" if deleted else comment_text.name(str(who.get("name") or "")),
        email="" if deleted else str(who.get("email") or ""),
        url="" if deleted or link == "undefined" else link,
        text="" if deleted else text,
        source=typed or rendered,
    )
