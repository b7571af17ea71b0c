"""The discussion file beside a post: comments as plain text, loaded once, when the post is first published.

Comments are separated by a line `%%`. Each has header lines (Author, Email, Url, Date, Reply-to: the number of an
earlier comment of the file), an empty line, and its text in Markdown. Lines with # before the first one are remarks.
"""

import re
from datetime import UTC, datetime

from blog.comments.imported_comments import ImportedComment
from blog.errors import BadPost
from blog.journal.events import stamp
from blog.wording import gettext

HEADERS = ("author", "email", "url", "date", "reply-to")


def read(source: str, *, path: str) -> list[ImportedComment]:
    """Read a discussion file; raise BadPost with file, line and what to write instead."""
    lines = source.replace("\r\n", "\n").split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    comments: list[ImportedComment] = []
    block: list[str] = []
    first = start + 1
    for number, line in enumerate([*lines[start:], "%%"], start + 1):
        if line.strip() != "%%":
            block.append(line)
            continue
        if any(part.strip() for part in block):
            comments.append(_comment(block, len(comments) + 1, path, first))
        block, first = [], number + 1
    return comments


def _comment(block: list[str], number: int, path: str, first: int) -> ImportedComment:
    while not block[0].strip():
        block, first = block[1:], first + 1
    headers: dict[str, str] = {}
    lines: dict[str, int] = {}
    body = len(block)
    for offset, line in enumerate(block):
        if not line.strip():
            body = offset + 1
            break
        name, colon, value = line.partition(":")
        if not colon or name.strip().lower() not in HEADERS:
            raise BadPost(
                path,
                gettext("{line!r} is no header. Write Author:, Date: ..., then an empty line.", line=line[:40]),
                line=first + offset,
            )
        headers[name.strip().lower()] = value.strip()
        lines[name.strip().lower()] = first + offset
    text = "\n".join(block[body:]).strip("\n")
    if not headers.get("author") or not text.strip():
        raise BadPost(path, gettext("Comment {number} has no author or no text.", number=number), line=first)
    return ImportedComment(
        number,
        _parent(headers.get("reply-to", ""), number, path, lines.get("reply-to", first)),
        headers["author"],
        headers.get("url", ""),
        _date(headers.get("date", ""), path, lines.get("date", first)),
        text,
        email=headers.get("email", ""),
    )


def _parent(value: str, number: int, path: str, line: int) -> int | None:
    if not value:
        return None
    if re.fullmatch(r"\d{1,6}", value) and 0 < int(value) < number:
        return int(value)
    raise BadPost(
        path,
        gettext(
            "Reply-to is {value!r}; write the number of an earlier comment, from 1 to {last}.",
            value=value,
            last=number - 1,
        ),
        line=line,
    )


def _date(value: str, path: str, line: int) -> str:
    try:
        moment = datetime.fromisoformat(value)
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise BadPost(
            path, gettext("Date is {value!r}; write it like 2018-03-04T21:12:00Z.", value=value), line=line
        ) from None
