"""The front matter of Jekyll, Hugo, Pelican and Eleventy in this site's keys; what means nothing here is a note."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from blog.posts import keys
from blog.posts.front_formats import Entry
from blog.posts.keys import slugify
from blog.wording import gettext

DATED_NAME = re.compile(r"(?P<date>\d{4}-\d\d-\d\d)-(?P<rest>.+)")
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
# Keys that mean the same as one of ours.
SAME = {
    "description": "summary",
    "excerpt": "summary",
    "subtitle": "summary",
    "lastmod": "updated",
    "last_modified_at": "updated",
    "last-modified": "updated",
    "modified": "updated",
    "publishdate": "date",
    "pubdate": "date",
    "lang": "language",
    "locale": "language",
    "authors": "author",
}
LISTS = ("categories", "category", "tags", "tag", "topics", "keywords")
ADDRESSES = ("aliases", "alias", "redirect_from", "redirects")
PLACES = ("permalink", "url", "save_as")
# Keys that every theme writes: not worth a note.
SILENT = {"layout", "template", "theme", "weight", "type"}


@dataclass
class Translation:
    """Entries in our keys, and the notes on what was understood in another way or left out, each with its line."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return any(entry.name == name for entry in self.entries)

    def add(self, name: str, line: int, value: Any) -> None:
        self.entries.append(Entry(name, line, value))


def translate(given: Iterable[Entry], own: Iterable[str], *, stem: str) -> Translation:
    """Return the entries of a post's head in our keys; `stem` is its file's name, which may hold a date and a title."""
    made = Translation()
    names = set(own)
    waiting: list[Entry] = []
    for entry in given:
        name = entry.name if entry.name in names else entry.name.strip().lower().replace(" ", "_")
        if entry.problem:
            made.entries.append(entry)
        elif name in names and name not in (*LISTS, *ADDRESSES):
            _own(made, entry._replace(name=name))
        else:
            waiting.append(entry._replace(name=name))
    _lists(made, waiting)
    for entry in waiting:
        _foreign(made, entry, names)
    _from_name(made, stem)
    return made


def _own(made: Translation, entry: Entry) -> None:
    """Take an entry with one of our names; others give some of them another meaning."""
    handler = OWN.get(entry.name)
    if handler is None:
        made.entries.append(entry)
    else:
        handler(made, entry)


def _plain(made: Translation, entry: Entry) -> None:
    """Take a text; a mapping or a list that a theme reads is left out."""
    if isinstance(entry.value, dict | list) and entry.value:
        made.notes.append((entry.line, _unused(entry.name)))
    else:
        made.entries.append(entry)


def _author(made: Translation, entry: Entry) -> None:
    value = entry.value
    if isinstance(value, dict):
        value = value.get("name") or value.get("display_name")
    if isinstance(value, list):
        names = [each.get("name") if isinstance(each, dict) else each for each in value]
        value = ", ".join(str(name) for name in names if name and isinstance(name, str))
    made.add("author", entry.line, value)


def _date(made: Translation, entry: Entry) -> None:
    made.add(entry.name, entry.line, moment(entry.value) if isinstance(entry.value, str) else entry.value)


def _image(made: Translation, entry: Entry) -> None:
    """Keep a picture that is a whole address or a path of the site; themes name others in their own ways."""
    value = entry.value
    if isinstance(value, str) and "/" in value and not keys.WEB_ADDRESS.fullmatch(value) and not value.startswith("/"):
        made.notes.append(
            (entry.line, gettext("image names {value!r}, which is no picture beside this file.", value=value))
        )
    else:
        _plain(made, entry)


def _menu(made: Translation, entry: Entry) -> None:
    if isinstance(entry.value, str) and re.fullmatch("[0-9]{1,4}", entry.value):
        made.entries.append(entry)
    else:
        made.notes.append((entry.line, _unused(entry.name)))


def _status(made: Translation, entry: Entry) -> None:
    """Understand Pelican's `hidden`, and others' words for published."""
    words = {"hidden": "draft", "private": "draft", "publish": "published"}
    value = entry.value.lower() if isinstance(entry.value, str) else entry.value
    if isinstance(value, str) and value in words:
        made.notes.append((entry.line, gettext("status {old} is taken as {new}.", old=value, new=words[value])))
        value = words[value]
    made.add("status", entry.line, value)


def _language(made: Translation, entry: Entry) -> None:
    value = entry.value.replace("_", "-").split(".")[0] if isinstance(entry.value, str) else entry.value
    made.add("language", entry.line, value)


OWN: dict[str, Callable[[Translation, Entry], None]] = {
    "author": _author,
    "date": _date,
    "updated": _date,
    "image": _image,
    "menu": _menu,
    "status": _status,
    "language": _language,
}


def _lists(made: Translation, waiting: list[Entry]) -> None:
    """Join tags and categories, and the lists of old addresses."""
    tags = [entry for entry in waiting if entry.name in LISTS]
    if tags:
        own = next((entry for entry in tags if entry.name == "tags"), tags[0])
        if len(tags) == 1 and own.name == "tags":
            made.entries.append(own)
        else:
            made.add("tags", own.line, list(dict.fromkeys(tag for entry in tags for tag in _tags(entry))))
    old = [entry for entry in waiting if entry.name in ADDRESSES]
    if len(old) == 1 and old[0].name == "redirect_from":
        made.entries.append(old[0])
    elif old:
        made.add(
            "redirect_from", old[0].line, list(dict.fromkeys(each for entry in old for each in _addresses(made, entry)))
        )


def _tags(entry: Entry) -> list[str]:
    value = entry.value
    if isinstance(value, str):
        split = (
            value.split(",")
            if "," in value or entry.name in ("tags", "category", "topics", "keywords")
            else value.split()
        )
        return [each.strip() for each in split if each.strip()]
    if isinstance(value, list):
        return [part for each in value for part in ([each] if isinstance(each, str) else _words(each))]
    return []


def _words(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _addresses(made: Translation, entry: Entry) -> list[str]:
    values = [entry.value] if isinstance(entry.value, str) else _words(entry.value)
    found = []
    for value in values:
        path = _path(value)
        try:
            found.append(keys.old_address(path))
        except ValueError:
            made.notes.append((entry.line, gettext("The old address {value!r} cannot lead here.", value=value)))
    return found


def _path(value: str) -> str:
    parts = urlsplit(value.strip())
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return f"{path}?{parts.query}" if parts.query else path


def _foreign(made: Translation, entry: Entry, names: set[str]) -> None:
    """Take an entry with a name of another generator's."""
    name, line, value = entry.name, entry.line, entry.value
    if name in (*LISTS, *ADDRESSES):
        return
    if name in SAME:
        if not made.has(SAME[name]):
            _own(made, entry._replace(name=SAME[name]))
    elif name == "draft":
        _draft(made, entry, draft=str(value).lower() in YES)
    elif name == "published":
        if str(value).lower() in (*YES, *NO):
            _draft(made, entry, draft=str(value).lower() in NO)
        elif not made.has("date"):
            _date(made, entry._replace(name="date"))
    elif name in PLACES:
        _place(made, entry)
    elif name not in SILENT:
        near = get_close_matches(name, names, n=1)
        hint = gettext("Did you mean {key}?", key=near[0]) if near else ""
        made.notes.append((line, f"{_unused(entry.name)} {hint}".strip()))


def _draft(made: Translation, entry: Entry, *, draft: bool) -> None:
    if draft and not made.has("status"):
        made.add("status", entry.line, "draft")


def _place(made: Translation, entry: Entry) -> None:
    """Take the last part of the address that a post had as its slug, and let the address lead here."""
    value = entry.value
    if str(value).lower() == "false":
        _draft(made, entry, draft=True)
        return
    if not isinstance(value, str) or re.search(r"[{}:*]", value.partition("://")[2] or value):
        made.notes.append((entry.line, gettext("{key} is a pattern, and is left out.", key=entry.name)))
        return
    path = _path(value)
    last = re.sub(r"(?:/index)?\.html?$", "", path.split("?")[0].rstrip("/")).rpartition("/")[2]
    if slugify(last) and not made.has("slug"):
        made.add("slug", entry.line, slugify(last))
    if path.strip("/") not in ("", slugify(last)):
        _also_from(made, entry.line, path)


def _also_from(made: Translation, line: int, path: str) -> None:
    try:
        address = keys.old_address(path)
    except ValueError:
        return
    for number, entry in enumerate(made.entries):
        if entry.name == "redirect_from":
            values = [entry.value] if isinstance(entry.value, str) else list(entry.value or [])
            made.entries[number] = entry._replace(value=[*values, address])
            return
    made.add("redirect_from", line, [address])


def _from_name(made: Translation, stem: str) -> None:
    """Take date and title from a file's name, as Jekyll does, where the head has none."""
    found = DATED_NAME.fullmatch(stem)
    if not found:
        return
    if not made.has("date"):
        made.add("date", 1, found["date"])
    if not made.has("title"):
        made.add("title", 1, re.sub(r"[-_]+", " ", found["rest"]).strip().capitalize())


def moment(value: str) -> str:
    """Return a date as it can be read here: 2014/3/7, 2014-3-7 9:05 and the dates of mails are understood too."""
    value = value.strip()
    value = re.sub(r"\s+(?:UTC|GMT|Z)$", "+00:00", value)
    value = re.sub(r"\s+([+-]\d\d):?(\d\d)$", r"\1:\2", value)
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d\d)(.*))?", value)
    if found:
        day = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
        return f"{day}T{int(found[4]):02}:{found[5]}{found[6]}" if found[4] else day
    if re.match(r"[A-Z][a-z]{2},", value):
        try:
            return parsedate_to_datetime(value).isoformat()
        except (ValueError, TypeError):
            return value
    return value


def _unused(name: str) -> str:
    return gettext("{key} means nothing here, and is left out.", key=name)
