"""A post's file: Markdown below front matter, read and checked, with file, line and cure for what is wrong."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # parsing takes a tenth of a second to import, and most starts parse nothing
    import yaml

from blog import reserved
from blog.closing import FILES_DAYS, NOTE_LENGTH, STRICTNESS
from blog.errors import BadPost
from blog.journal.events import moment, stamp
from blog.posts import keys
from blog.posts.keys import slugify
from blog.text import fit

KEYS = (
    "title",
    "date",
    "updated",
    "slug",
    "summary",
    "tags",
    "author",
    "language",
    "status",
    "image",
    "canonical",
    "redirect_from",
    "id",
    "toc",
    "html",
    "menu",
    "comments",
    "close_on",
    "close_after",
    "close_quiet",
    "closing_note",
)
STATUSES = ("draft", "published", "withdrawn")
TITLE_LENGTH = 300
TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")}
TAG_LENGTH, TAG_COUNT, OLD_ADDRESSES = 100, 50, 100
PAGES = "../pages/"  # where pages that are no posts lie, seen from the posts' folder
YES_OR_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
SWITCHED = {"yes": "open", "true": "open", "on": "open", "no": "closed", "false": "closed", "off": "closed"}
# Raise it when render_post renders the same text otherwise: unchanged files are then rendered anew.
RENDERING = "5"


@dataclass(frozen=True)
class PostFile:
    """One file as it was written. `path` is relative to the posts' folder; `body` is Markdown.

    `kind` is post or page (beneath `pages/`). `name` is the `id` of the file, by which it is known wherever it moves;
    `redirect_from` are slugs and decoded paths without a final slash; `lang` is the language it is read in. `html`
    tells whether raw HTML in the body is HTML or text.
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
    stat: str = ""
    comments: str | None = None
    close_on: str | None = None
    close_after: int | None = None
    close_quiet: int | None = None
    closing_note: str = ""
    timezone: str = "UTC"
    hash: str = ""
    source_key: str | None = None


def load(path: Path, folder: Path, *, author: str = "", zone: ZoneInfo | None = None, language: str = "en") -> PostFile:
    """Read and check one file; raise BadPost with file, line and what to write instead.

    A date without a time means midnight, one without an offset the site's `zone`; `author` and `language` are the
    site's. Letters that no page can hold (control letters) are left out.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadPost(path_of(path, folder), f"The file cannot be read: {error.strerror}.") from error
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
        raise BadPost(name, "This is not UTF-8 text. Save the file as UTF-8.", line=line) from error
    if "\0" in text:
        raise BadPost(name, "The file holds a NUL byte. Take it out.", line=text[: text.index("\0")].count("\n") + 1)
    front, body = _split(name, text)
    return _Front(name, front, zone or ZoneInfo("UTC"), path.parent).post(fit(body), author, language, data)


def path_of(path: Path, folder: Path) -> str:
    """Return a file's path as the database has it: relative to the posts' folder, `../pages/about.md` for a page."""
    return os.path.relpath(path, folder).replace(os.sep, "/")


def shown(path: str) -> str:
    """Return a path, or a sentence that begins with one, as people know it: from the site's folder."""
    return path.removeprefix("../") if path.startswith("../") else f"posts/{path}"


def _split(name: str, text: str) -> tuple[str, str]:
    if not text.startswith("---\n"):
        raise BadPost(
            name,
            "A post begins with its front matter. Write --- on a line of its own, then title: and date:.",
            line=1,
        )
    parts = re.split(r"^---[ \t]*$", text[4:], maxsplit=1, flags=re.MULTILINE)
    if len(parts) < 2:
        raise BadPost(name, "The front matter has no end. Write --- on a line of its own below it.", line=1)
    return parts[0], parts[1].lstrip("\n")


def moment_of(written: str, zone: ZoneInfo) -> str:
    """Return the moment that a date in front matter means; raise ValueError or OverflowError for what is none."""
    found = datetime.fromisoformat(re.sub(r"\s+(?=[+-][\d:]+$|Z$)", "", written.strip()))
    return stamp(found if found.tzinfo else found.replace(tzinfo=zone))


class _Front:
    """Read front matter, key by key, with the line of each for the error's sake."""

    def __init__(self, name: str, text: str, zone: ZoneInfo, folder: Path) -> None:
        self.name, self.zone, self.folder = name, zone, folder
        self.kind = "page" if name.startswith(PAGES) else "post"
        self.in_folder = Path(name).name == "index.md" and Path(name.removeprefix(PAGES)).parent != Path()
        self.lines: dict[str, int] = {}
        self.values: dict[str, Any] = self._parse(text)

    def _parse(self, text: str) -> dict[str, Any]:
        import yaml

        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise self._broken(error) from error
        except RecursionError as error:
            raise BadPost(self.name, "The front matter is nested too deep. Write `key: value` lines.") from error
        if not isinstance(node, yaml.MappingNode):
            raise BadPost(self.name, "The front matter is a list of `key: value` lines, like title: A title.", line=2)
        values = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            self._key(name, key.start_mark.line + 2)
            values[name] = self._value(name, value)
        return values

    def _value(self, key: str, node: "yaml.Node") -> Any:
        """Return a scalar as it is written (12:30 is a title, and no number), or a list of them; None for nothing."""
        import yaml

        if node.tag not in TAGS:
            raise self._bad(key, f"{key} has the tag {node.tag!r}, which is not read here. Write a plain text.")
        if isinstance(node, yaml.SequenceNode):
            return [item.value if isinstance(item, yaml.ScalarNode) else [] for item in node.value]
        if not isinstance(node, yaml.ScalarNode):
            return {}
        return None if node.tag.endswith(":null") else node.value

    def _broken(self, error: "yaml.YAMLError") -> BadPost:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return BadPost(
            self.name,
            f"The front matter is no valid YAML ({problem}). Put a value with a colon, a quote or a # into quotes.",
            line=mark.line + 2 if mark else None,
        )

    def _key(self, key: str, line: int) -> None:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(KEYS)}."
            raise BadPost(self.name, f"There is no key {key!r} in front matter. {hint}", line=line)
        if key in self.lines:
            raise BadPost(self.name, f"{key} is given twice. Keep one.", line=line)
        self.lines[key] = line

    def post(self, body: str, author: str, language: str, data: bytes) -> PostFile:
        status = self._choice("status", STATUSES) or "published"
        title = self._text("title", TITLE_LENGTH)
        if not title:
            raise BadPost(self.name, "A title is missing. Write title: and the title.", line=2)
        published_at = self._moment("date")
        if not published_at and status == "published" and self.kind == "post":
            raise BadPost(self.name, "A date is missing. Write date: 2026-05-07, or status: draft.", line=2)
        digest = hashlib.sha256(f"{RENDERING}\n{author}\n{self.zone}\n{language}\n".encode() + data).hexdigest()
        own = self._own("language", 35, keys.language)
        return PostFile(
            path=self.name,
            slug=self._slug(),
            title=title,
            body=body,
            author=self._text("author", 200) or author,
            summary=self._text("summary", 1_000),
            tags=self._tags(),
            language=own,
            status=status,
            published_at=published_at,
            updated_at=self._moment("updated") or None,
            kind=self.kind,
            lang=own or language,
            image=self._own("image", 500, lambda given: keys.image(given, self.folder if self.in_folder else None)),
            canonical=self._own("canonical", 2_000, keys.canonical),
            redirect_from=self._redirect_from(),
            name=self._own("id", 100, keys.identity) or None,
            toc=self._yes_or_no("toc", default=False),
            html=self._yes_or_no("html", default=True),
            menu=self._menu(),
            comments=self._choice("comments", STRICTNESS) or ("closed" if self.kind == "page" else None),
            close_on=self._moment("close_on") or None,
            close_after=self._days("close_after"),
            close_quiet=self._days("close_quiet"),
            closing_note=self._text("closing_note", NOTE_LENGTH),
            timezone=self.zone.key,
            hash=digest,
        )

    def _bad(self, key: str, sentence: str) -> BadPost:
        return BadPost(self.name, sentence, line=self.lines.get(key))

    def _text(self, key: str, most: int) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._bad(key, f"{key} is {value!r}; write a text, in quotes where it holds a colon.")
        text = fit(value).strip()
        if len(text) > most:
            raise self._bad(key, f"{key} has {len(text):,} characters; {most:,} fit.")
        return text

    def _choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if key == "comments" and isinstance(value, str):
            value = SWITCHED.get(value.lower(), value)
        if value not in choices:
            raise self._bad(key, f"{key} is {value!r}; write {', '.join(choices[:-1])} or {choices[-1]}.")
        return str(value)

    def _moment(self, key: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        try:
            return moment_of(str(value), self.zone)
        except (ValueError, OverflowError):
            cure = "write it like 2026-05-07 or 2026-05-07 09:30"
            raise self._bad(key, f"{key} is {value!r}; {cure}.") from None

    def _days(self, key: str) -> int | None:
        """Read a number of days, like 30d; 0 for never, which the site's rule does not change."""
        value = self.values.get(key)
        if value is None:
            return None
        word = str(value).strip().lower()
        if word in ("never", "off"):
            return 0
        found = re.fullmatch(r"([1-9][0-9]{0,4})\s*(?:d|days?)?", word, re.ASCII)
        if not found or int(found[1]) > FILES_DAYS:
            raise self._bad(key, f"{key} is {value!r}; write days, 1d to {FILES_DAYS}d, like 30d, or never.")
        return int(found[1])

    def _tags(self) -> tuple[str, ...]:
        value = self.values.get("tags")
        if value is None:
            return ()
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise self._bad("tags", f"tags is {value!r}; write a list like [rivers, maps].")
        named: dict[str, str] = {}  # by address, where case does not matter: the first spelling stands
        for item in items:
            if tag := fit(item).strip():
                named.setdefault(keys.word_slug(tag), tag)
        tags = tuple(named.values())
        if long := next((tag for tag in tags if len(tag) > TAG_LENGTH), ""):
            raise self._bad("tags", f"A tag has {len(long):,} characters; {TAG_LENGTH} fit.")
        if len(tags) > TAG_COUNT:
            raise self._bad("tags", f"There are {len(tags):,} tags; {TAG_COUNT} fit.")
        return tags

    def _own(self, key: str, most: int, check: Callable[[str], str]) -> str:
        """Read a text that `check` returns as it is kept, or says in a ValueError what is wrong with it."""
        given = self._text(key, most)
        try:
            return check(given) if given else ""
        except ValueError as error:
            raise self._bad(key, str(error)) from None

    def _redirect_from(self) -> tuple[str, ...]:
        value = self.values.get("redirect_from")
        items = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
            cure = "write a list like [/old/address/, old-slug]"
            raise self._bad("redirect_from", f"redirect_from is {value!r}; {cure}.")
        if len(items) > OLD_ADDRESSES:
            raise self._bad("redirect_from", f"redirect_from has {len(items):,} addresses; {OLD_ADDRESSES} fit.")
        try:
            return tuple(dict.fromkeys(keys.old_address(fit(item).strip()) for item in items))
        except ValueError as error:
            raise self._bad("redirect_from", str(error)) from None

    def _yes_or_no(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value.lower() not in YES_OR_NO:
            raise self._bad(key, f"{key} is {value!r}; write true or false.")
        return YES_OR_NO[value.lower()]

    def _menu(self) -> int | None:
        value = self.values.get("menu")
        if value is None:
            return None
        if self.kind != "page":
            raise self._bad("menu", "menu is for pages. Move this file to pages/, or take the line out.")
        if not isinstance(value, str) or not re.fullmatch("[0-9]{1,4}", value, re.ASCII):
            raise self._bad("menu", f"menu is {value!r}; write a place in the menu, like 1.")
        return int(value)

    def _slug(self) -> str:
        if given := self._text("slug", 200):
            if slugify(given) != given:
                like = slugify(given) or "a-post"
                raise self._bad("slug", f"slug is {given!r}; write letters, digits and hyphens, like {like!r}.")
            if given in reserved.words(self.kind):
                cure = f"write another, like '{given}-2'"
                raise self._bad("slug", f"slug is {given!r}, and /{given}/ is an address of the site itself; {cure}.")
            return given
        stem = Path(self.name).parent.name if self.in_folder else Path(self.name).stem
        slug = slugify(re.sub(r"^\d{4}-\d\d-\d\d-", "", stem)) or "post"
        if self.kind == "page" and slug in reserved.words(self.kind):
            cure = "Give the file another name, or a slug"
            raise BadPost(self.name, f"/{slug}/ is an address of the site itself. {cure}.")
        return slug


@lru_cache(2_048)
def address(permalink: str, slug: str, published_at: str, zone: ZoneInfo) -> str:
    """Return a post's path, by the pattern of `blog.toml`; a post without a date is in the year 0000."""
    day = moment(published_at).astimezone(zone).date().isoformat() if published_at else "0000-00-00"
    return permalink.replace("{year}", day[:4]).replace("{month}", day[5:7]).replace("{slug}", slug)
