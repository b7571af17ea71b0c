"""What an importer reads from a saved page, and sentences about it."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from blog.errors import Unusable


class Unreadable(Unusable):
    """No post can be told from the rest of the file."""


@dataclass(frozen=True)
class PageComment:
    """One comment of a page.

    `number` counts from 1 in the page's order, `parent` is such a number and always a smaller one. `text` is
    Markdown as a comment may hold it; a line break in it is meant as one. `source_id` is its name there.
    """

    number: int
    parent: int | None
    author: str
    url: str
    published_at: str | None
    text: str
    source_id: str = ""


@dataclass(frozen=True)
class Page:
    """One saved page: a post in Markdown without raw HTML or pictures, and its comments.

    `url` is where the page was saved from, "" when it does not say. `findings` tell what was recognised and
    what left out, `doubts` what was missing or guessed: whole sentences, for the person who imports.
    """

    title: str
    author: str
    published_at: str | None
    body: str
    comments: tuple[PageComment, ...]
    closed: bool
    kind: str
    findings: tuple[str, ...]
    doubts: tuple[str, ...]
    url: str = ""


def counted(count: int, one: str, many: str = "") -> str:
    """Return "No comments", "One comment" or "1,200 comments"."""
    if count == 1:
        return f"One {one}"
    return f"{f'{count:,}' if count else 'No'} {many or one + 's'}"


def was(count: int) -> str:
    return "was" if count == 1 else "were"


def excerpt(text: str, *, length: int = 40) -> str:
    """Return the first words of a text in quotation marks, for a sentence about it."""
    words = " ".join(text.split())
    return f"“{words}”" if len(words) <= length else f"“{words[:length].rsplit(' ', 1)[0]}…”"


def title_from(name: str) -> str:
    """Return a title made from a file's name."""
    return re.sub(r"[-_\s]+", " ", PurePath(name).stem).strip().capitalize() or "Untitled"


def same(one: str, other: str) -> bool:
    """Compare two titles by their letters and digits."""
    return bool(other) and re.sub(r"[\W_]+", "", one).casefold() == re.sub(r"[\W_]+", "", other).casefold()


def taken_as_utc(count: int) -> list[str]:
    """Return the doubt about dates that had no time zone."""
    return [f"{counted(count, 'date')} had no time zone and {was(count)} taken as UTC."] if count else []


def with_replies(comments: list[PageComment]) -> str:
    """Return how many comments there are, and how many of them are replies."""
    replies = sum(comment.parent is not None for comment in comments)
    return f"{counted(len(comments), 'comment')}, {counted(replies, 'reply', 'replies').lower()} among them."


def without(comments: list[PageComment]) -> list[str]:
    """Return a sentence for each thing that some of the comments lack."""
    said = []
    for lack, count in (
        ("author", sum(not comment.author for comment in comments)),
        ("date", sum(comment.published_at is None for comment in comments)),
    ):
        if count:
            said.append(f"{counted(count, 'comment')} {'has' if count == 1 else 'have'} no {lack}.")
    return said


def miscounted(said: int | None, noun: str, held: int, *, holder: str) -> list[str]:
    """Return the doubt that the heading promises another number of comments than there are."""
    if said is None or said == held:
        return []
    return [f"The heading says {said:,} {noun} and the {holder} holds {held:,}."]
