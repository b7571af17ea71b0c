"""A large JSON document, object by object, by ijson; broken and nested ones are refused with a sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from blog.importing import opening
from blog.importing.model import Unreadable
from blog.wording import gettext

DEEPEST = 100


class _File:
    """The file as ijson reads it; `part` tells how much of it was read."""

    def __init__(self, path: Path) -> None:
        self._pieces = opening.pieces(path)
        self._rest = b""
        self.part = 0.0

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece, self.part = next(self._pieces, (b"", 1.0))
            if not piece:
                return b""
            self._rest = piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def objects(path: Path, prefixes: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any], float]]:
    """Give each object that stands at one of the prefixes (such as `comments.item`), with that prefix."""
    file = _File(path)
    builder, within = None, 0
    place: list[str | None] = []  # the keys that lead to a value; "item" in an array
    try:
        for event, value in ijson.basic_parse(file, use_float=True):
            if event == "map_key":
                place[-1] = value
            elif event in ("end_map", "end_array"):
                place.pop()
            if builder is None and event == "start_map" and ".".join(str(key) for key in place) in prefixes:
                builder, within = ijson.ObjectBuilder(), len(place)
            if builder is not None:
                builder.event(event, value)
                if event == "end_map" and len(place) == within:
                    yield ".".join(str(key) for key in place), builder.value, file.part
                    builder = None
            if event in ("start_map", "start_array"):
                place.append(None if event == "start_map" else "item")
                if len(place) > DEEPEST:
                    raise Unreadable(gettext("{name} is nested too deep for an export.", name=path.name))
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(gettext("{name} is no whole JSON document.", name=path.name)) from error
