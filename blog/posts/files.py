"""A post's file: Markdown below front matter, read and checked, with file, line and cure for what is wrong."""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from blog.errors import BadPost
from blog.journal.events import moment
from blog.posts import front_formats, front_matter
from blog.settings import Settings
from blog.text import fit
from blog.wording import gettext

# Raise it when render_post renders the same text otherwise: unchanged files are then rendered anew.
ENDINGS = (".md", ".markdown")  # of the files that are posts and pages
RENDERING = "8"


@dataclass(frozen=True)
class PostFile:
    """One file as it was written. `path` is relative to the posts' folder; `body` is Markdown.

    `kind` is post or page (beneath `pages/`). `name` is the `id` of the file, by which it is known wherever it moves;
    `redirect_from` are slugs and decoded paths without a final slash; `lang` is the language it is read in. `html`
    tells whether raw HTML in the body is HTML or text. `notes` are lines and sentences on keys that mean nothing here,
    `properties` is what programs said of it, as JSON. `first_line` is the line of the file on which the body begins,
    `data` the whole file.
    """

    path: str
    slug: str
    title: str
    body: str
    author: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    status: str = "published"
    published_at: str = ""
    updated_at: str | None = None
    kind: str = "post"
    lang: str = "en"
    image: str = ""
    canonical: str = ""
    redirect_from: tuple[str, ...] = ()
    name: str | None = None
    toc: bool = False
    html: bool = True
    menu: int | None = None
    properties: str = ""
    stat: str = ""
    comments: str | None = None
    close_on: str | None = None
    close_after: int | None = None
    close_quiet: int | None = None
    closing_note: str = ""
    timezone: str = "UTC"
    hash: str = ""
    source_key: str | None = None
    notes: tuple[tuple[int, str], ...] = ()
    first_line: int = 1
    data: bytes = b""


def load(path: Path, folder: Path, *, author: str = "", zone: ZoneInfo | None = None, language: str = "en") -> PostFile:
    """Read and check one file; raise BadPost with all that is wrong: file, line and what to write instead.

    A date without a time means midnight, one without an offset the site's `zone`; `author` and `language` are the
    site's. Letters that no page can hold (control letters) are left out.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadPost(
            path_of(path, folder), gettext("The file cannot be read: {reason}.", reason=error.strerror)
        ) from error
    return parse(data, path, folder, author=author, zone=zone, language=language)


def parse(
    data: bytes, path: Path, folder: Path, *, author: str = "", zone: ZoneInfo | None = None, language: str = "en"
) -> PostFile:
    """Check what a file at `path` holds, or would hold, as `load` does."""
    name = path_of(path, folder)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadPost(name, gettext("This is not UTF-8 text. Save the file as UTF-8."), line=line) from error
    if "\0" in text:
        raise BadPost(
            name, gettext("The file holds a NUL byte. Take it out."), line=text[: text.index("\0")].count("\n") + 1
        )
    entries, body = front_formats.split(name, text)
    zone = zone or ZoneInfo("UTC")
    place = front_matter.Place(name, path.parent, zone)
    values = front_matter.read(entries, place)
    digest = hashlib.sha256(f"{RENDERING}\n{author}\n{zone}\n{language}\n".encode() + data).hexdigest()
    return PostFile(
        path=name,
        slug=values["slug"],
        title=values["title"],
        body=fit(body),
        author=values["author"] or author,
        summary=values["summary"],
        tags=values["tags"],
        language=values["language"],
        status=values["status"],
        published_at=values["date"],
        updated_at=values["updated"],
        kind=place.kind,
        lang=values["language"] or language,
        image=values["image"],
        canonical=values["canonical"],
        redirect_from=values["redirect_from"],
        name=values["id"],
        toc=values["toc"],
        html=values["html"],
        menu=values["menu"],
        properties=values["properties"],
        comments=values["comments"] or ("closed" if place.kind == "page" else None),
        close_on=values["close_on"],
        close_after=values["close_after"],
        close_quiet=values["close_quiet"],
        closing_note=values["closing_note"],
        timezone=zone.key,
        hash=digest,
        notes=values["notes"],
        first_line=text[: len(text) - len(body)].count("\n") + 1,
        data=data,
    )


def path_of(path: Path, folder: Path) -> str:
    """Return a file's path as the database has it: relative to the posts' folder, `../pages/about.md` for a page."""
    return os.path.relpath(path, folder).replace(os.sep, "/")


def site_path(path: str) -> str:
    """Return a path, or a sentence that begins with one, as people know it: from the site's folder."""
    return path.removeprefix("../") if path.startswith("../") else f"posts/{path}"


def address_of(settings: Settings, slug: str, kind: str, published_at: str) -> str:
    """Return the path of a post or page on its site, not quoted."""
    return address("/{slug}/" if kind == "page" else settings.permalink, slug, published_at, settings.zone)


@lru_cache(2_048)
def address(permalink: str, slug: str, published_at: str, zone: ZoneInfo) -> str:
    """Return a post's path, by the pattern of `blog.toml`; a post without a date is in the year 0000."""
    day = moment(published_at).astimezone(zone).date().isoformat() if published_at else "0000-00-00"
    parts = {"{year}": day[:4], "{month}": day[5:7], "{day}": day[8:10], "{slug}": slug}
    return re.sub(r"\{[a-z]+\}", lambda part: parts[part[0]], permalink)
