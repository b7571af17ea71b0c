"""What every source of an import gives, one after the other: posts, threads, comments, and what it has to say.

A source is a generator. It knows nothing of the database, and `blog/importing/landing.py` knows nothing of sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APPROVED, PENDING, SPAM, TRASH, DELETED = STATUSES = ("approved", "pending", "spam", "trash", "deleted")
PARTS = 1_000  # of the progress bar of an import, for reading; as many are for writing
PINGS = ("pingback", "trackback", "like", "repost")  # what readers' counts leave out


@dataclass(frozen=True)
class Picture:
    """A file that a post shows: `mark` stands for its address in the post's text until it has one."""

    mark: str
    path: Path


@dataclass(frozen=True)
class OwnPost:
    """What an export of this program knows of a post: its file as it was, and the files beside it by name.

    `text` is None where the file was missing; `former` are addresses that it once had; `switch` is how its discussion
    was switched by hand.
    """

    path: str
    text: str | None
    former: tuple[str, ...] = ()
    switch: dict[str, Any] | None = None
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SiteLine:
    """A setting, a ban or the switch of the whole site, which only an empty site takes over."""

    kind: str
    values: dict[str, Any]


@dataclass(frozen=True)
class ImportedPost:
    """A post or page. `key` names it in its source for ever; `body` is Markdown; `addresses` once led to it.

    `published_at` is ISO 8601 with a zone, None where the source has no date. `comments` is the mode of its
    discussion, "" for the site's; `html` tells that HTML in the body is meant as such.
    """

    key: str
    title: str
    body: str
    published_at: str | None = None
    updated_at: str | None = None
    kind: str = "post"
    status: str = "published"
    author: str = ""
    slug: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    comments: str = ""
    html: bool = False
    addresses: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    own: OwnPost | None = None


@dataclass(frozen=True)
class ImportedThread:
    """A discussion of a comment service, which belongs to the post with one of its addresses."""

    key: str
    addresses: tuple[str, ...]
    title: str = ""
    closed: bool = False


@dataclass(frozen=True)
class ImportedComment:
    """One comment: `post` is the key of its post or thread, `parent` that of the comment that it answers, "" for none.

    `text` is Markdown as a comment may hold it. `sort` is its place among those of its post, "" for that of its date;
    `past` is what an export of this program says beyond this (blog/comments/imported_past.py); `source` is the text as
    the file has it, for the report. A deleted comment has no text, and keeps its place for its replies.
    """

    key: str
    post: str
    text: str
    parent: str = ""
    status: str = APPROVED
    published_at: str | None = None
    edited_at: str | None = None
    author: str = ""
    email: str = ""
    url: str = ""
    ip: str = ""
    kind: str = "comment"
    sort: str = ""
    past: str = ""
    source: str = ""


@dataclass(frozen=True)
class Skipped:
    """Something that does not come in, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Unsure:
    """Something that comes in, and what could not be told or kept."""

    what: str
    why: str


@dataclass(frozen=True)
class Progress:
    """How much of the file was read, from 0 to 1."""

    part: float


Item = ImportedPost | ImportedThread | ImportedComment | SiteLine | Skipped | Unsure | Progress
Items = Iterator[Item]
