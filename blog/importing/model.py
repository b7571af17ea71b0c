"""What an importer reads from a saved page, and sentences about it."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from blog.comments.imported_comments import ImportedComment
from blog.errors import Unusable
from blog.importing.headings import CommentsHeading
from blog.importing.imported import Picture
from blog.wording import gettext, ngettext, number


class Unreadable(Unusable):
    """No post can be told from the rest of the file."""


@dataclass(frozen=True)
class Page:
    """One saved page: a post in Markdown without raw HTML, and its comments.

    `pictures` are those of the post whose files lie beside the page. `url` is where the page was saved from, "" when it
    does not say. `findings` tell what was recognised and what left out, `doubts` what was missing or guessed: whole
    sentences, for the person who imports.
    """

    title: str
    author: str
    published_at: str | None
    body: str
    comments: tuple[ImportedComment, ...]
    closed: bool
    kind: str
    findings: tuple[str, ...]
    doubts: tuple[str, ...]
    url: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


def excerpt(text: str, *, length: int = 40) -> str:
    """Return the first words of a text in quotation marks, for a sentence about it."""
    words = " ".join(text.split())
    if len(words) > length:
        words = f"{words[:length].rsplit(' ', 1)[0]}…"
    return gettext("“{words}”", words=words)


def title_from(name: str) -> str:
    """Return a title made from a file's name."""
    return re.sub(r"[-_\s]+", " ", PurePath(name).stem).strip().capitalize() or "Untitled"


def same(one: str, other: str) -> bool:
    """Compare two titles by their letters and digits."""
    return bool(other) and re.sub(r"[\W_]+", "", one).casefold() == re.sub(r"[\W_]+", "", other).casefold()


def taken_as_utc(count: int) -> list[str]:
    """Return the doubt about dates that had no time zone."""
    if not count:
        return []
    return [
        ngettext(
            "One date had no time zone and was taken as UTC.",
            "{n} dates had no time zone and were taken as UTC.",
            count,
        )
    ]


def with_replies(comments: list[ImportedComment]) -> str:
    """Return how many comments there are, and how many of them are replies."""
    replies = sum(comment.parent is not None for comment in comments)
    if not comments:
        return gettext("No comments, no replies among them.")
    if not replies:
        return ngettext("One comment, no replies among them.", "{n} comments, no replies among them.", len(comments))
    return ngettext(
        "{comments} comments, one reply among them.",
        "{comments} comments, {n} replies among them.",
        replies,
        comments=number(len(comments)),
    )


def without(comments: list[ImportedComment]) -> list[str]:
    """Return a sentence for each thing that some of the comments lack."""
    authors = sum(not comment.author for comment in comments)
    dates = sum(comment.published_at is None for comment in comments)
    said = []
    if authors:
        said.append(ngettext("One comment has no author.", "{n} comments have no author.", authors))
    if dates:
        said.append(ngettext("One comment has no date.", "{n} comments have no date.", dates))
    return said


def miscounted_on_page(said: CommentsHeading, held: int) -> list[str]:
    """Return a doubt when the heading gives another number of comments than were found in the page."""
    if said.count == held:
        return []
    return [gettext("The heading says {heading} and the page holds {held}.", heading=_quoted(said), held=number(held))]


def miscounted_in_text(said: CommentsHeading, held: int) -> list[str]:
    """Return a doubt when the heading gives another number of comments than were found in the text."""
    if said.count == held:
        return []
    return [gettext("The heading says {heading} and the text holds {held}.", heading=_quoted(said), held=number(held))]


def _quoted(said: CommentsHeading) -> str:
    """Return the heading of a list of comments in the page's own words: 3 thoughts."""
    return f"{number(said.count)} {said.noun}"
