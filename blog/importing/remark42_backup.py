"""Remark42's backup, gzipped or not: a first line about users and posts, then one comment a line."""

import json
from pathlib import Path
from typing import Any

from blog.importing import comment_text, moments, opening
from blog.importing.imported import APPROVED, DELETED, ImportedComment, ImportedThread, Items, Progress, Skipped
from blog.importing.model import Unreadable
from blog.wording import gettext


def read(path: Path) -> Items:
    """Give the threads and comments of a backup; `orig` is what the writer typed, in Markdown."""
    closed: set[str] = set()
    threads: set[str] = set()
    for number, line, part in opening.lines(path):
        if not line.strip():
            continue
        record = _record(path, number, line)
        if number == 1:
            closed = _head(path, record)
            continue
        url = str(_mapping(record.get("locator")).get("url") or "")
        if not url or not record.get("id"):
            yield Skipped(gettext("line {line}", line=number), gettext("It names no page or no comment."))
            continue
        if url not in threads:
            threads.add(url)
            yield ImportedThread(f"remark42:{url}", (url,), str(record.get("title") or url), closed=url in closed)
        yield _comment(record, url)
        yield Progress(part)


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            gettext("{name}, line {line}: this is no JSON, as a backup of Remark42 is.", name=path.name, line=number)
        ) from error
    if not isinstance(record, dict):
        raise Unreadable(gettext("{name}, line {line}: this is no comment.", name=path.name, line=number))
    return record


def _head(path: Path, record: dict[str, Any]) -> set[str]:
    """Return the addresses of read-only pages; raise Unreadable for a first line that no backup has."""
    if "version" not in record or "locator" in record:
        raise Unreadable(gettext("{name} is no backup of Remark42: its first line names no version.", name=path.name))
    posts = record.get("posts")
    return {
        str(post.get("url") or "")
        for post in (posts if isinstance(posts, list) else [])
        if isinstance(post, dict) and post.get("read_only")
    }


def _comment(record: dict[str, Any], url: str) -> ImportedComment:
    user = _mapping(record.get("user"))
    site = str(_mapping(record.get("locator")).get("site") or "")
    status = DELETED if record.get("delete") else APPROVED
    typed, rendered = str(record.get("orig") or ""), str(record.get("text") or "")
    edit = _mapping(record.get("edit")).get("time")
    return ImportedComment(
        key=f"remark42:{site}:{record['id']}",
        post=f"remark42:{url}",
        parent=f"remark42:{site}:{record['pid']}" if record.get("pid") else "",
        status=status,
        published_at=moments.utc(str(record.get("time") or "")),
        edited_at=moments.utc(str(edit)) if edit else None,
        author="" if status == DELETED else comment_text.name(str(user.get("name") or "")),
        text=""
        if status == DELETED
        else comment_text.from_markdown(typed)
        if typed
        else comment_text.from_html(rendered),
        source=typed or rendered,
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
