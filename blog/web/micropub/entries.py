"""From an entry of Micropub to a post and back: microformats on one side, front matter and Markdown on the other."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blog.importing import markup, sent_text, tree
from blog.journal import events
from blog.publishing import post_text
from blog.publishing.program_posts import PostChange
from blog.representations.place import Place
from blog.settings import Settings
from blog.web.micropub.answers import MicropubError, invalid
from blog.wording import gettext

Properties = dict[str, list[Any]]

MOST_PICTURES = 20
MOST_VALUES = 200  # of one property
OWN = ("content", "name", "summary", "category", "photo", "published", "post-status", "mp-slug", "slug")
# What says nothing about a post that is kept.
DROPPED = ("access_token", "h", "action", "url", "visibility", "updated", "author", "uid")
BLANKS = re.compile(r"(?<=\s) |[^\S ]")
PICTURE = re.compile(r"!\[((?:[^\[\]\\]|\\.)*)\]\(([^\s()]+)\)")
STATUSES = {"published": "published", "draft": "draft"}


@dataclass(frozen=True)
class Picture:
    """A picture of a post: its address and what it shows, in words."""

    address: str
    alt: str = ""

    @property
    def markdown(self) -> str:
        alt = re.sub(r"([][\\])", r"\\\1", " ".join(self.alt.split()))
        return f"![{alt}]({self.address})"


def of_form(pairs: Sequence[tuple[str, Any]]) -> Properties:
    """Return the properties of a form: `category[]` and `category` twice are both lists, `content[html]` is HTML."""
    properties: Properties = {}
    for name, value in pairs:
        if isinstance(value, str) and name.endswith("[html]"):
            properties.setdefault(name.removesuffix("[html]"), []).append({"html": value})
        elif isinstance(value, str):
            properties.setdefault(name.removesuffix("[]"), []).append(value)
    return properties


def check(properties: Any) -> Properties:
    """Return the properties of a JSON body; raise MicropubError unless each is a list of values."""
    if not isinstance(properties, dict):
        raise invalid(gettext("The properties are no JSON object."))
    for name, values in properties.items():
        if not isinstance(values, list) or len(values) > MOST_VALUES:
            raise invalid(gettext("{name!r} is no list of at most {most} values.", name=name[:100], most=MOST_VALUES))
    return properties


def pictures_of(properties: Mapping[str, list[Any]]) -> list[Picture]:
    """Return the pictures that properties name, with their texts."""
    texts = [str(each) for each in properties.get("mp-photo-alt", [])]
    pictures = []
    for place, given in enumerate(properties.get("photo", [])):
        alt = texts[place] if place < len(texts) else ""
        value = given
        if isinstance(given, dict):
            value, alt = given.get("value") or given.get("url"), str(given.get("alt") or alt)
        if not isinstance(value, str) or not value.strip():
            raise invalid(gettext("A photo is an address, or an object with value and alt."))
        pictures.append(Picture(value.strip(), alt))
    if len(pictures) > MOST_PICTURES:
        raise invalid(gettext("A post takes {most} pictures at once.", most=MOST_PICTURES))
    return pictures


def change_of(properties: Properties, pictures: Sequence[Picture] | None, settings: Settings) -> PostChange:
    """Return what properties say of a post; raise MicropubError for what cannot be so.

    `pictures` are those below the text, at addresses of this site; with None they stay out.
    """
    if (visibility := _first(properties, "visibility")) not in (None, "", "public"):
        raise invalid(gettext("Posts are public here, so visibility {given!r} cannot be.", given=str(visibility)[:100]))
    content = properties.get("content")
    body = None if content is None and pictures is None else _body(content or [], pictures or [])
    slug = _first(properties, "mp-slug") or _first(properties, "slug")
    return PostChange(
        title=_words(properties, "name"),
        body=body,
        summary=_words(properties, "summary"),
        slug=str(slug) if slug else None,
        status=_status(_first(properties, "post-status")),
        date=_moment(_first(properties, "published"), settings),
        tags=_tags(properties["category"]) if "category" in properties else None,
        properties=_rest(properties),
    )


def _first(properties: Mapping[str, list[Any]], name: str) -> Any:
    return next(iter(properties.get(name) or []), None)


def _words(properties: Mapping[str, list[Any]], name: str) -> str | None:
    """Return a plain text of the properties, "" for an empty list, None where it is not named."""
    if name not in properties:
        return None
    value = _first(properties, name)
    if isinstance(value, dict):
        value = value.get("value") or value.get("html") or ""
    return sent_text.post(str(value)) if value is not None else ""


def _body(content: list[Any], pictures: Sequence[Picture]) -> str:
    text = "\n\n".join(filter(None, map(_markdown, content)))
    return "\n\n".join(filter(None, [text.strip(), *(each.markdown for each in pictures)]))


def _markdown(value: Any) -> str:
    """Return a content as Markdown: HTML is turned into it, a text is it already."""
    if isinstance(value, dict):
        if isinstance(html := value.get("html"), str):
            return _from_html(html)
        value = value.get("value", "")
    if not isinstance(value, str | int | float):
        raise invalid(gettext("The content is a text, or an object with html."))
    return str(value).replace("\r\n", "\n").strip()


def _from_html(html: str) -> str:
    from bs4 import BeautifulSoup

    body = BeautifulSoup(html, tree.PARSER, multi_valued_attributes=None).body
    return markup.post(body, base="").text.strip() if body else ""


def _status(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if value not in STATUSES:
        raise invalid(gettext("post-status is published or draft, not {given!r}.", given=str(value)[:100]))
    return STATUSES[value]


def _moment(value: Any, settings: Settings) -> str | None:
    """Return a date as the journal writes times; one without a zone is the site's."""
    if value is None or value == "":
        return None
    try:
        read = datetime.fromisoformat(str(value).strip())
        zoned = read if read.tzinfo else read.replace(tzinfo=settings.zone)
        if not 1 < zoned.year < 9999:
            raise ValueError
        return events.stamp(zoned)
    except (ValueError, OverflowError):
        sentence = gettext("{given!r} is no date like 2026-05-07T12:00:00+02:00.", given=str(value)[:100])
        raise invalid(sentence) from None


def _tags(values: list[Any]) -> list[str]:
    """Return the names of tags, each once; a person is a tag by the name."""
    names = []
    for value in values:
        each = value
        if isinstance(each, dict):
            inner = each.get("properties")
            each = (inner.get("name") if isinstance(inner, dict) else each.get("value")) or ""
            each = each[0] if isinstance(each, list) and each else each
        if isinstance(each, str | int | float) and str(each).strip():
            names.append(" ".join(str(each).split()))
    return list(dict.fromkeys(names))


def _rest(properties: Mapping[str, list[Any]]) -> str | None:
    """Return as JSON what has no key of its own; None where nothing is left."""
    rest = {
        name: values
        for name, values in properties.items()
        if name not in OWN and name not in DROPPED and not name.startswith("mp-") and values
    }
    return _on_one_line(json.dumps(rest, ensure_ascii=False)) if rest else None


def _on_one_line(text: str) -> str:
    """Return JSON with every blank escaped that a line of the front matter does not keep as it is."""
    return BLANKS.sub(lambda blank: f"\\u{ord(blank[0]):04x}", text)


def of_file(text: str, row: Mapping[str, Any], place: Place) -> Properties:
    """Return the properties of a post's file, with whole addresses; the row has slug, status and published_at."""
    front, body = post_text.split(text)
    fields = post_text.fields(front)
    content, pictures = _apart(body)
    properties: Properties = {"content": [content] if content else []}
    for name, key in (("name", "title"), ("summary", "summary")):
        if fields.get(key):
            properties[name] = [fields[key]]
    if tags := [each.strip() for each in fields.get("tags", "").split(",") if each.strip()]:
        properties["category"] = tags
    if pictures:
        whole = [(place.page(each.address) if each.address[:1] == "/" else each.address, each.alt) for each in pictures]
        properties["photo"] = [{"value": address, "alt": alt} if alt else address for address, alt in whole]
    if row["published_at"]:
        properties["published"] = [row["published_at"]]
    properties["post-status"] = ["published" if row["status"] == "published" else "draft"]
    properties["mp-slug"] = [row["slug"]]
    return properties | _written(fields.get("properties", ""))


def _written(text: str) -> Properties:
    try:
        read = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return {name: values for name, values in read.items() if isinstance(values, list)} if isinstance(read, dict) else {}


def _apart(body: str) -> tuple[str, list[Picture]]:
    """Return a text, and the pictures that stand below it."""
    blocks, pictures = body.strip().split("\n\n"), list[Picture]()
    while blocks and (picture := PICTURE.fullmatch(blocks[-1].strip())):
        pictures.insert(0, Picture(picture[2], re.sub(r"\\([][\\])", r"\1", picture[1])))
        blocks.pop()
    return "\n\n".join(blocks).strip(), pictures


def updated(now: Properties, operations: Mapping[str, Any]) -> Properties:
    """Return the properties that an update changes, with their new values.

    Raises MicropubError for operations that are not as Micropub has them.
    """
    changed: Properties = {}
    for name, values in _lists(operations, "replace").items():
        changed[name] = values
    for name, values in _lists(operations, "add").items():
        before = changed.get(name, now.get(name, []))
        changed[name] = [*before, *(each for each in values if each not in before)]
    removal = operations.get("delete", {})
    if isinstance(removal, list):
        if not all(isinstance(name, str) for name in removal):
            raise invalid(gettext("delete is a list of names, or an object of lists."))
        return changed | {name: [] for name in removal}
    for name, values in _lists(operations, "delete").items():
        changed[name] = [each for each in changed.get(name, now.get(name, [])) if each not in values]
    return changed


def _lists(operations: Mapping[str, Any], verb: str) -> Properties:
    given = operations.get(verb, {})
    if not isinstance(given, dict):
        raise invalid(gettext("{verb} is no object of lists.", verb=verb))
    return check(given)


def check_names(changed: Properties) -> None:
    """Raise MicropubError for properties that a post cannot lose, or that say nothing about it."""
    for name in ("published", "post-status"):
        if name in changed and not changed[name]:
            raise MicropubError(400, "invalid_request", gettext("{name} cannot be taken out.", name=name))
