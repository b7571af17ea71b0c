"""The numbered comments of a plain text page, with their replies told by indentation."""

import re
import textwrap
from dataclasses import dataclass, field

from blog.comments.imported_comments import ImportedComment
from blog.importing import plain_blocks
from blog.importing.dates import When, when
from blog.wording import gettext, ngettext

MARKER = re.compile(r"(?P<indent>\s*)(?P<number>\d{1,5})[.)](?:\s+(?P<text>.*))?")
SPEAKS = re.compile(r"(?P<author>\S.{0,79}?)\s+(?:says|said|writes|wrote):?", re.IGNORECASE)
SPEAKS_ON = re.compile(
    r"(?P<author>\S.{0,79}?),?\s+on\s+(?P<date>.{6,60}?)(?:\s+(?:says|said|wrote))?:?", re.IGNORECASE
)
BUTTON = re.compile(r"(?:log in to )?reply(?: to \S.{0,80})?\s*[↓→]?|permalink|edit|\(edit\)", re.IGNORECASE)


@dataclass
class Entry:
    """The lines of one comment, and the place of its parent in the list of entries."""

    parent: int | None
    lines: list[str] = field(default_factory=list)


@dataclass
class Level:
    """One list of the outline: how deep it is indented, its last number, and the entry that had it."""

    indent: int
    number: int
    entry: int


@dataclass
class Comments:
    listed: list[ImportedComment] = field(default_factory=list)
    assumed: int = 0  # how many dates had no time zone
    doubts: list[str] = field(default_factory=list)


def comments(lines: list[str], *, expected: int | None) -> Comments:
    """Return the comments that stand in the lines after the heading, which promised `expected`."""
    made = Comments()
    entries = _numbered(lines, expected, made) or _spoken(lines, made) or _whole(lines, made)
    for number, entry in enumerate(entries, start=1):
        author, at, rest = _byline(entry.lines)
        parent = None if entry.parent is None else entry.parent + 1
        made.assumed += at is not None and at.assumed
        text = plain_blocks.comment(rest)
        made.listed.append(ImportedComment(number, parent, author, "", at.at if at else None, text))
    if empty := sum(not comment.text for comment in made.listed):
        made.doubts.append(ngettext("One comment has no text.", "{n} comments have no text.", empty))
    return made


def begin(lines: list[str]) -> bool:
    """Tell whether a comment begins at the first line with words."""
    first = next((line for line in lines if line.strip()), "")
    marker = MARKER.fullmatch(first)
    return bool(marker and int(marker["number"]) == 1) or SPEAKS.fullmatch(first.strip()) is not None


def _numbered(lines: list[str], expected: int | None, made: Comments) -> list[Entry]:
    """Take indented numbers for replies or for a list in a comment, so that as many come out as promised."""
    readings = [
        _outline(lines, nested=True, after_blank=True),
        _outline(lines, nested=True, after_blank=False),
        _outline(lines, nested=False, after_blank=False),
    ]
    fitting = next((reading for reading in readings if len(reading) == expected), None)
    if fitting is not None:
        return fitting
    if any(entry.parent is not None for entry in readings[0]):
        made.doubts.append(gettext("Indented numbers were taken for replies; they could be lists within a comment."))
    return readings[0]


def _outline(lines: list[str], *, nested: bool, after_blank: bool) -> list[Entry]:
    entries: list[Entry] = []
    levels: list[Level] = []
    blank = True
    for line in lines:
        marker = MARKER.fullmatch(line)
        if marker and _opens(marker, levels, nested=nested and (blank or not after_blank)):
            indent, number = len(marker["indent"]), int(marker["number"])
            levels[:] = [level for level in levels if level.indent < indent]
            entries.append(Entry(levels[-1].entry if levels else None, [marker["text"] or ""]))
            levels.append(Level(indent, number, len(entries) - 1))
        elif entries:
            entries[-1].lines.append(line)
        blank = not line.strip()
    return entries


def _opens(marker: re.Match[str], levels: list[Level], *, nested: bool) -> bool:
    """Tell whether a number is the next of an open list, or the first of a deeper one."""
    indent, number = len(marker["indent"]), int(marker["number"])
    if not levels:
        return number == 1
    same = next((level for level in levels if level.indent == indent), None)
    if same is not None:
        return number == same.number + 1
    return nested and indent > levels[-1].indent and number == 1


def _spoken(lines: list[str], made: Comments) -> list[Entry]:
    """Part comments that have no numbers by their "NAME says:" lines."""
    entries: list[Entry] = []
    for line in lines:
        if SPEAKS.fullmatch(line.strip()) and line.rstrip().endswith(":"):
            entries.append(Entry(None, [line.strip()]))
        elif entries:
            entries[-1].lines.append(line)
    if len(entries) > 1:
        made.doubts.append(gettext("The comments have no numbers: which of them answers which could not be told."))
    return entries


def _whole(lines: list[str], made: Comments) -> list[Entry]:
    """Keep text that cannot be parted as one comment: nothing that was written is dropped."""
    if not any(line.strip() for line in lines):
        return []
    made.doubts.append(gettext("The text after the comments' heading has no numbers and was taken for one comment."))
    return [Entry(None, lines)]


def _byline(lines: list[str]) -> tuple[str, When | None, list[str]]:
    """Take the author's and date's lines off the beginning of a comment, and buttons off both ends."""
    rest = [lines[0].strip(), *textwrap.dedent("\n".join(lines[1:])).split("\n")]
    rest = _trimmed(rest)
    first = rest[0].strip() if rest else ""
    second = rest[1].strip() if len(rest) > 1 else ""
    if (match := SPEAKS_ON.fullmatch(first)) and (at := when(match["date"])):
        return match["author"], at, _trimmed(rest[1:])
    if at := when(second.rstrip(" #")):
        named = SPEAKS.fullmatch(first)
        return (named["author"] if named else first.removesuffix(":")), at, _trimmed(rest[2:])
    if (named := SPEAKS.fullmatch(first)) and first.endswith(":"):
        return named["author"], None, _trimmed(rest[1:])
    return "", None, rest


def _trimmed(lines: list[str]) -> list[str]:
    """Return the lines without blank ones and buttons at both ends."""
    rest = list(lines)
    while rest and (not rest[-1].strip() or BUTTON.fullmatch(rest[-1].strip())):
        rest.pop()
    while rest and (not rest[0].strip() or BUTTON.fullmatch(rest[0].strip())):
        rest.pop(0)
    return rest
