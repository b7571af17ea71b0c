"""An XML export, element by element: in little memory, without a document type, and not nested without end."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from xml.parsers import expat

from blog.importing import opening
from blog.importing.model import Unreadable
from blog.wording import gettext

DEEPEST = 60
LARGEST_TEXT = 64 * 1024**2  # bytes between two tags
LONGEST_HEAD = 1024**2  # bytes before the first element
# What XML 1.0 does not allow and exports of old blogs hold all the same.
CONTROLS = bytes(sign for sign in range(32) if sign not in (9, 10, 13))
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


@dataclass(frozen=True)
class Step:
    """The beginning or end of an element, at a depth (1: the outermost), and how much of the file was read."""

    ends: bool
    element: ET.Element
    depth: int
    part: float


def steps(path: Path) -> Iterator[Step]:
    """Give the beginning and end of each element; whoever has taken what it needs empties it with `clear`.

    Raises Unreadable for broken XML, a document type (which could define entities), and what is nested too deep.
    """
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
    depth, waiting = 0, 0
    for piece, part in _checked(path):
        try:
            parser.feed(piece)
            waiting += len(piece)
            for event, element in cast("Iterator[tuple[str, ET.Element]]", parser.read_events()):
                waiting = 0
                depth += event == "start"
                if depth > DEEPEST:
                    raise Unreadable(gettext("{name} is nested too deep for an export.", name=path.name))
                yield Step(event == "end", element, depth, part)
                depth -= event == "end"
        except ET.ParseError as error:
            raise _broken(path, error) from error
        if waiting > LARGEST_TEXT:
            raise Unreadable(gettext("{name} holds a text of over {n} MB.", name=path.name, n=LARGEST_TEXT // 1024**2))
    try:
        parser.close()
    except ET.ParseError as error:
        raise _broken(path, error) from error


def _checked(path: Path) -> Iterator[tuple[bytes, float]]:
    """Give the file piece by piece, after its head was checked, without signs that XML does not allow."""
    head, checked, wide = b"", False, False
    for piece, part in opening.pieces(path):
        if not checked:
            head += piece
            wide = head.startswith(WIDE)
            checked = _check_head(path, head)
            if not checked:
                continue
            piece = head
        yield (piece if wide else piece.translate(None, CONTROLS)), part
    if not checked:
        yield head.translate(None, CONTROLS), 1.0


def _check_head(path: Path, head: bytes) -> bool:
    """Tell whether the first element was reached; raise Unreadable for a document type before it."""
    reached = False

    def refuse(*_: object) -> None:
        raise Unreadable(
            gettext("{name} has a document type (<!DOCTYPE>), which no export needs; it is not read.", name=path.name)
        )

    def begin(*_: object) -> None:
        nonlocal reached
        reached = True

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    try:
        parser.Parse(head, False)
    except expat.ExpatError as error:
        if not reached:
            raise _broken(path, error) from error
    if not reached and len(head) > LONGEST_HEAD:
        raise Unreadable(gettext("{name} is no XML export.", name=path.name))
    return reached


def _broken(path: Path, error: ET.ParseError | expat.ExpatError) -> Unreadable:
    place = getattr(error, "position", None) or (getattr(error, "lineno", 0), 0)
    why = re.sub(r": line \d+, column \d+$", "", str(error))
    return Unreadable(
        gettext(
            "{name}, line {line}: this is no valid XML ({why}). Export the file again, or mend the line.",
            name=path.name,
            line=place[0],
            why=why,
        )
    )


def text(element: ET.Element | None) -> str:
    """Return an element's text, "" for none."""
    return "" if element is None else (element.text or "").strip()
