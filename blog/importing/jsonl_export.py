"""Our own export (`blog export jsonl`), line by line. Nothing in it is believed that the database could not hold."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from blog.closing import STRICTNESS
from blog.comments import imported_past
from blog.importing import comment_text, opening
from blog.importing.imported import (
    STATUSES,
    ImportedComment,
    ImportedPost,
    ImportedThread,
    Items,
    OwnPost,
    Progress,
    SiteLine,
)
from blog.importing.model import Unreadable
from blog.posts.files import ENDINGS
from blog.posts.front_matter import STATUSES as POST_STATUSES
from blog.wording import gettext

KINDS = ("comment", "webmention", "pingback", "trackback", "like", "repost")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
PAGES = "../pages/"
OF_SITE = ("setting", "switch", "standing")


class _Wrong(Exception):
    """Something in a line is not as this program writes it."""


def read(path: Path, folder: Path) -> Items:
    """Give the posts, files and comments of an export; raise Unreadable with the line that is none of ours.

    Files lie in `folder` until the import has ended.
    """
    return _Export(path, folder).items()


class _Export:
    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.files: dict[str, Path] = {}  # of the next post: name, and where it lies meanwhile
        self.posts: dict[int, str] = {}
        self.keys: dict[int, str] = {}  # of the comments of the post that is read
        self.count = 0

    def items(self) -> Items:
        began = False
        for number, line, part in opening.lines(self.path):
            try:
                values = json.loads(line)
                if not isinstance(values, dict) or (not began and values.get("type") != "site"):
                    raise _Wrong
                began = True
                yield from self._item(values, number)
            except (_Wrong, KeyError, TypeError, ValueError, RecursionError) as error:
                raise Unreadable(
                    gettext("{name}, line {line}: this is no line of an export.", name=self.path.name, line=number)
                ) from error
            yield Progress(part)

    def _item(self, values: dict[str, Any], line: int) -> Items:
        kind = values["type"]
        if kind == "file":
            self._keep(_text(values, "name"), _text(values, "data"))
        elif kind == "post":
            yield self._post(values)
        elif kind == "discussion":
            self.posts[_number(values, "id")] = key = _text(values, "key")
            self.keys = {}
            yield ImportedThread(key, tuple(_texts(values["addresses"])), _text(values, "title"))
        elif kind == "comment":
            yield self._comment(values, line)
        elif kind in OF_SITE:
            yield SiteLine(kind, {name: value for name, value in values.items() if name != "type"})

    def _keep(self, name: str, data: str) -> None:
        """Add a piece to a file of the post that follows."""
        _check_path(name)
        if name not in self.files:
            self.count += 1
            self.files[name] = self.folder / str(self.count)
        try:
            piece = base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise _Wrong from error
        with self.files[name].open("ab") as file:
            file.write(piece)

    def _post(self, values: dict[str, Any]) -> ImportedPost:
        path = _text(values, "path")
        _check_path(path.removeprefix(PAGES))
        switch, text = values["switch"], values["text"]
        if not path.endswith(ENDINGS) or values["status"] not in POST_STATUSES or not isinstance(text, str | None):
            raise _Wrong
        if switch is not None:
            check_switch(switch)
        self.posts[_number(values, "id")] = key = _text(values, "key")
        self.keys = {}
        files, self.files = tuple((name, str(place)) for name, place in self.files.items()), {}
        own = OwnPost(path, text, tuple(_texts(values["old_addresses"])), switch, files)
        return ImportedPost(
            key=key,
            title=_text(values, "title"),
            body=_text(values, "html") if text is None else "",
            published_at=_stamp(values["published_at"] or None),
            kind="page" if path.startswith(PAGES) else "post",
            status=values["status"],
            slug=_text(values, "slug"),
            author=_text(values, "author"),
            tags=tuple(_texts(values["tags"])),
            html=True,
            own=own if text is not None else replace(own, path=""),
        )

    def _comment(self, values: dict[str, Any], line: int) -> ImportedComment:
        number, parent = _number(values, "id"), values["parent"]
        if values["status"] not in STATUSES or values["kind"] not in KINDS:
            raise _Wrong
        self.keys[number] = key = _text(values, "key")
        return ImportedComment(
            key=key,
            post=self.posts[_number(values, "post")],
            text=comment_text.from_markdown(_text(values, "text")),
            parent=str(values.get("above", "")) if parent is None else self.keys[parent],
            status=values["status"],
            published_at=_stamp(values["created_at"]),
            edited_at=_stamp(values["edited_at"]),
            author=comment_text.name(_text(values, "author")),
            email=_text(values, "email"),
            url=_text(values, "url"),
            ip=_text(values, "ip"),
            kind=values["kind"],
            sort=f"{line:012}",
            past=imported_past.packed(values),
            source=_text(values, "text"),
        )


def check_switch(switch: dict[str, Any]) -> None:
    """Raise ValueError for a switch that the database would not take."""
    if switch["mode"] not in STRICTNESS or not isinstance(switch["note"], str):
        raise ValueError(switch)
    _stamp(switch["until"])
    _stamp(switch["at"])


def _check_path(path: str) -> None:
    """Raise an error for a path that is not below its folder, or that names something hidden."""
    parts = PurePosixPath(path).parts
    plain = path == "/".join(parts) and not any(part.startswith((".", "_")) or "\\" in part for part in parts)
    if not parts or not plain or path.startswith("/") or len(path) > 400 or not path.isprintable():
        raise _Wrong


def _text(values: dict[str, Any], name: str) -> str:
    if not isinstance(values[name], str):
        raise _Wrong
    return str(values[name])


def _texts(values: Any) -> Iterator[str]:
    for value in values:
        if not isinstance(value, str):
            raise _Wrong
        yield value


def _number(values: dict[str, Any], name: str) -> int:
    if not isinstance(values[name], int):
        raise _Wrong
    return int(values[name])


def _stamp(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not STAMP.fullmatch(value):
        raise ValueError(value)
    return value
