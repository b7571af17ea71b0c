"""Phrases that every WordPress theme prints: "2 thoughts on “T”", "Comments are closed."."""

import re
from dataclasses import dataclass

COUNTED = re.compile(
    r"(?P<count>one|no|\d{1,3}(?:[., ]\d{3})+|\d{1,7})"
    r"\s+(?P<noun>thoughts?|comments?|responses?|repl(?:y|ies))"
    r"(?:\s+(?:so far|»|↓))*(?:\s+(?:on|to|for)\s*:?\s*(?P<title>\S.*))?",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"(?P<noun>comments|responses|replies)\s*\(\s*(?P<count>\d{1,7})\s*\)", re.IGNORECASE)
CLOSED = re.compile(
    r"(?:the\s+)?(?:comments?|commenting|discussion)\b[^.,;]{0,60}"
    r"\b(?:closed|disabled|turned off|switched off)\b.{0,80}",
    re.IGNORECASE,
)
PAIRS = {"“": "”", "„": "“", "«": "»", "‹": "›", "‘": "’", '"': '"', "'": "'"}


@dataclass(frozen=True)
class CommentsHeading:
    """`title` is "" when the heading names no post; `mended` tells that its quotation marks did not pair."""

    count: int
    noun: str
    title: str
    mended: bool


def heading(line: str) -> CommentsHeading | None:
    """Return what the heading of a comment list says, None when the line is none."""
    squeezed = " ".join(line.split())
    match = COUNTED.fullmatch(squeezed) or BRACKETED.fullmatch(squeezed)
    if match is None or len(squeezed) > 400:
        return None
    words = {"one": 1, "no": 0}
    count = words.get(match["count"].lower())
    if count is None:
        count = int(re.sub(r"\D", "", match["count"]))
    title, mended = unquoted(match.groupdict().get("title") or "")
    return CommentsHeading(count, match["noun"].lower(), title, mended)


def says_closed(line: str) -> bool:
    """Tell whether a line by itself says that comments are closed."""
    return len(line) <= 160 and CLOSED.fullmatch(line.strip()) is not None


def unquoted(quoted: str) -> tuple[str, bool]:
    """Take the outer quotation marks off, and pair the inner ones where a page lost some; tell if it had to.

    “A “B”” gives A “B”. So does “A “B, with its two closing marks lost, and “A “B”, with one lost.
    """
    quoted = quoted.strip()
    opening, inner = quoted[:1], quoted[1:].strip()
    closing = PAIRS.get(opening)
    if closing is None:
        return quoted, False
    if opening in "‘'":
        return (inner.removesuffix(closing), False)
    missing = inner.count(closing) % 2 if opening == closing else inner.count(opening) - inner.count(closing)
    if inner.endswith(closing) and missing in (-1, 1 if opening == closing else -1):
        inner = inner[:-1].strip()
        return (inner, False) if opening == closing or _nests(inner, opening, closing) else (quoted, True)
    if missing < 0:
        return quoted, True
    return inner + closing * missing, True


def _nests(text: str, opening: str, closing: str) -> bool:
    """Tell whether no mark closes before one opened: A” and “B is the inside of nothing."""
    depth = 0
    for sign in text:
        depth += (sign == opening) - (sign == closing)
        if depth < 0:
            return False
    return True
