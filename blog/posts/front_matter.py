"""Front matter: one entry for each key, with how its value is read. All problems of a file are found at once."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from blog import reserved
from blog.closing import FILES_DAYS, NOTE_LENGTH, STRICTNESS
from blog.errors import BadPost
from blog.journal.events import stamp
from blog.posts import foreign_keys, keys
from blog.posts.front_formats import Entry
from blog.posts.keys import slugify
from blog.text import fit
from blog.wording import gettext, ngettext, number, one_of

STATUSES = ("draft", "published", "withdrawn")
TITLE_LENGTH = 300
PROPERTIES_LENGTH = 20_000
TAG_LENGTH, MAX_TAGS, MAX_OLD_ADDRESSES = 100, 50, 100
PAGES = "../pages/"  # the folder of pages, seen from the posts' folder
BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True)
class Place:
    """The file that is read: its path from the posts' folder, its folder, and the site's time zone."""

    path: str
    folder: Path
    zone: ZoneInfo

    @property
    def kind(self) -> str:
        return "page" if self.path.startswith(PAGES) else "post"

    @property
    def has_own_folder(self) -> bool:
        return Path(self.path).name == "index.md" and Path(self.path.removeprefix(PAGES)).parent != Path()


@dataclass(frozen=True)
class Key:
    """How one key is read.

    `read(key, value, place)` gets the value as it is written, a text, a list or a mapping, and returns what it means.
    It raises ValueError with a sentence. `default` stands where a file does not have the key, or leaves it empty.
    """

    read: Callable[[str, Any, Place], Any]
    default: Any = ""


def read(given: Iterable[Entry], place: Place) -> dict[str, Any]:
    """Return the value of every key, by its name; raise BadPost, which carries all problems of the file.

    `notes` are lines and sentences on what was understood in another way, or left out: no problems.
    """
    values = {name: key.default for name, key in KEYS.items()}
    problems: list[BadPost] = []
    seen: set[str] = set()
    translation = foreign_keys.translate(given, KEYS, stem=_stem(place))
    for entry in translation.entries:
        try:
            if entry.problem:
                raise ValueError(entry.problem)
            if entry.name in seen:
                raise ValueError(gettext("{name} is given twice. Keep one.", name=entry.name))
            seen.add(entry.name)
            key = KEYS[entry.name]
            meaning = "" if entry.value is None else key.read(entry.name, entry.value, place)
            values[entry.name] = key.default if meaning == "" else meaning
        except ValueError as error:
            problems.append(BadPost(place.path, str(error), line=entry.line))
            values[entry.name] = None  # not empty: it is no missing key
    problems += _missing(values, place)
    if problems:
        raise BadPost.merged(sorted(problems, key=lambda problem: problem.line or 0))
    return {**values, "notes": tuple(sorted(translation.notes))}


def _missing(values: dict[str, Any], place: Place) -> Iterator[BadPost]:
    """Yield what a file must have and does not; put the slug from the file's name where none is given."""
    if values["title"] == "":
        yield BadPost(place.path, gettext("A title is missing. Write title: and the title."), line=2)
    if values["date"] == "" and values["status"] == "published" and place.kind == "post":
        yield BadPost(place.path, gettext("A date is missing. Write date: 2026-05-07, or status: draft."), line=2)
    if values["slug"] == "":
        values["slug"] = slug = _slug_of_name(place)
        if place.kind == "page" and slug in reserved.words("page"):
            yield BadPost(
                place.path,
                gettext("/{slug}/ is an address of the site itself. Give the file another name, or a slug.", slug=slug),
            )


def _stem(place: Place) -> str:
    return Path(place.path).parent.name if place.has_own_folder else Path(place.path).stem


def _slug_of_name(place: Place) -> str:
    return slugify(re.sub(r"^\d{4}-\d\d-\d\d-", "", _stem(place))) or "post"


def moment_of(written: str, zone: ZoneInfo) -> str:
    """Return the moment that a date in front matter means; raise ValueError or OverflowError for what is none."""
    moment = datetime.fromisoformat(re.sub(r"\s+(?=[+-][\d:]+$|Z$)", "", written.strip()))
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=zone))


# How values are read


def _text(key: str, value: Any, place: Place, *, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError(
            gettext("{key} is {value!r}; write a text, in quotes where it holds a colon.", key=key, value=value)
        )
    text = fit(value).strip()
    if len(text) > most:
        raise ValueError(
            ngettext(
                "{key} has {n} character; {most} fit.",
                "{key} has {n} characters; {most} fit.",
                len(text),
                key=key,
                most=number(most),
            )
        )
    return text


def _checked(key: str, value: Any, place: Place, *, most: int, check: Callable[[str], str]) -> str:
    text = _text(key, value, place, most=most)
    return check(text) if text else ""


def _choice(key: str, value: Any, place: Place, *, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(gettext("{key} is {value!r}; write {choices}.", key=key, value=value, choices=one_of(choices)))
    return str(value)


def _comments(key: str, value: Any, place: Place) -> str:
    """Read how strict the discussion is; yes and no are open and closed."""
    switched = BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    value = value if switched is None else "open" if switched else "closed"
    return _choice(key, value, place, choices=STRICTNESS)


def _boolean(key: str, value: Any, place: Place) -> bool:
    if not isinstance(value, str) or value.lower() not in BOOLEANS:
        raise ValueError(gettext("{key} is {value!r}; write true or false.", key=key, value=value))
    return BOOLEANS[value.lower()]


def _moment(key: str, value: Any, place: Place) -> str:
    try:
        return moment_of(str(value), place.zone)
    except (ValueError, OverflowError):
        raise ValueError(
            gettext("{key} is {value!r}; write it like 2026-05-07 or 2026-05-07 09:30.", key=key, value=value)
        ) from None


def _days(key: str, value: Any, place: Place) -> int:
    """Read a number of days, like 30d; 0 for never, which the site's rule does not change."""
    word = str(value).strip().lower()
    if word in ("never", "off"):
        return 0
    days = re.fullmatch(r"([1-9][0-9]{0,4})\s*(?:d|days?)?", word, re.ASCII)
    if not days or int(days[1]) > FILES_DAYS:
        raise ValueError(
            gettext(
                "{key} is {value!r}; write days, 1d to {most}d, like 30d, or never.",
                key=key,
                value=value,
                most=FILES_DAYS,
            )
        )
    return int(days[1])


def _tags(key: str, value: Any, place: Place) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError(gettext("{key} is {value!r}; write a list like [rivers, maps].", key=key, value=value))
    by_slug: dict[str, str] = {}  # the first spelling of a tag stands for all with the same address
    for item in items:
        if tag := fit(item).strip():
            by_slug.setdefault(keys.word_slug(tag), tag)
    tags = tuple(by_slug.values())
    if long := next((tag for tag in tags if len(tag) > TAG_LENGTH), ""):
        raise ValueError(
            ngettext(
                "A tag has {n} character; {most} fit.",
                "A tag has {n} characters; {most} fit.",
                len(long),
                most=TAG_LENGTH,
            )
        )
    if len(tags) > MAX_TAGS:
        raise ValueError(
            ngettext("There is {n} tag; {most} fit.", "There are {n} tags; {most} fit.", len(tags), most=MAX_TAGS)
        )
    return tags


def _old_addresses(key: str, value: Any, place: Place) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
        raise ValueError(
            gettext("{key} is {value!r}; write a list like [/old/address/, old-slug].", key=key, value=value)
        )
    if len(items) > MAX_OLD_ADDRESSES:
        raise ValueError(
            ngettext(
                "{key} has {n} address; {most} fit.",
                "{key} has {n} addresses; {most} fit.",
                len(items),
                key=key,
                most=MAX_OLD_ADDRESSES,
            )
        )
    return tuple(dict.fromkeys(keys.old_address(fit(item).strip()) for item in items))


def _image(key: str, value: Any, place: Place) -> str:
    folder = place.folder if place.has_own_folder else None
    return _checked(key, value, place, most=500, check=partial(keys.image, folder=folder))


def _menu(key: str, value: Any, place: Place) -> int:
    if place.kind != "page":
        raise ValueError(gettext("menu is for pages. Move this file to pages/, or take the line out."))
    if not isinstance(value, str) or not re.fullmatch("[0-9]{1,4}", value, re.ASCII):
        raise ValueError(gettext("menu is {value!r}; write a place in the menu, like 1.", value=value))
    return int(value)


def _properties(key: str, value: Any, place: Place) -> str:
    """Read what programs say of a post that has no key of its own: an object of lists, as JSON."""
    try:
        properties = json.loads(_text(key, value, place, most=PROPERTIES_LENGTH) or "{}")
    except (ValueError, RecursionError):
        properties = None
    if not isinstance(properties, dict) or not all(isinstance(each, list) for each in properties.values()):
        raise ValueError(gettext("properties is no JSON object of lists. A program writes it; take the line out."))
    return json.dumps(properties, ensure_ascii=False) if properties else ""


def _slug(key: str, value: Any, place: Place) -> str:
    slug = _text(key, value, place, most=200)
    if slug and slugify(slug) != slug:
        like = slugify(slug) or "a-post"
        raise ValueError(
            gettext("slug is {slug!r}; write letters, digits and hyphens, like {like!r}.", slug=slug, like=like)
        )
    if slug in reserved.words(place.kind):
        raise ValueError(
            gettext(
                "slug is {slug!r}, and /{slug}/ is an address of the site itself; write another, like '{slug}-2'.",
                slug=slug,
            )
        )
    return slug


KEYS = {
    "title": Key(partial(_text, most=TITLE_LENGTH)),
    "date": Key(_moment),
    "updated": Key(_moment, None),
    "slug": Key(_slug),
    "summary": Key(partial(_text, most=1_000)),
    "tags": Key(_tags, ()),
    "author": Key(partial(_text, most=200)),
    "language": Key(partial(_checked, most=35, check=keys.language)),
    "status": Key(partial(_choice, choices=STATUSES), "published"),
    "image": Key(_image),
    "canonical": Key(partial(_checked, most=2_000, check=keys.canonical)),
    "redirect_from": Key(_old_addresses, ()),
    "id": Key(partial(_checked, most=100, check=keys.identity), None),
    "toc": Key(_boolean, False),
    "html": Key(_boolean, True),
    "menu": Key(_menu, None),
    "properties": Key(_properties),
    "comments": Key(_comments, None),
    "close_on": Key(_moment, None),
    "close_after": Key(_days, None),
    "close_quiet": Key(_days, None),
    "closing_note": Key(partial(_text, most=NOTE_LENGTH)),
}
