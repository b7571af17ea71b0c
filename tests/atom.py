"""What is wrong with an Atom document by the rules of RFC 4287, and with its threading by RFC 4685."""

import re
from collections import Counter
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM, THREAD, HISTORY = (
    "http://www.w3.org/2005/Atom",
    "http://purl.org/syndication/thread/1.0",
    "http://purl.org/syndication/history/1.0",
)
XML = "{http://www.w3.org/XML/1998/namespace}"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
MEDIA = re.compile(r"[\w.+-]+/[\w.+-]+(;.*)?")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
ONCE_IN_FEED = ("id", "title", "updated")  # 4.1.1
AT_MOST_ONCE_IN_FEED = ("generator", "icon", "logo", "rights", "subtitle")
ONCE_IN_ENTRY = ("id", "title", "updated")  # 4.1.2
AT_MOST_ONCE_IN_ENTRY = ("content", "published", "rights", "source", "summary")
MANY = ("author", "category", "contributor", "link")
TEXTS = ("title", "subtitle", "summary", "rights")


def faults(document: bytes | str) -> list[str]:
    """Return a sentence for each rule that a feed breaks. What is no XML at all raises ElementTree.ParseError."""
    feed = ElementTree.fromstring(document)
    if feed.tag != f"{{{ATOM}}}feed":
        return [f"The root is {feed.tag}."]
    found = [*_counted(feed, "feed", ONCE_IN_FEED, (*AT_MOST_ONCE_IN_FEED,), (*MANY, "entry"))]
    entries = feed.findall(f"{{{ATOM}}}entry")
    for entry in entries:
        found += _counted(entry, "entry", ONCE_IN_ENTRY, AT_MOST_ONCE_IN_ENTRY, MANY)
        if entry.find(f"{{{ATOM}}}author") is None and feed.find(f"{{{ATOM}}}author") is None:
            found.append("An entry has no author, and neither has the feed (4.1.1).")
        if entry.find(f"{{{ATOM}}}content") is None and "alternate" not in _links(entry):
            found.append("An entry has neither content nor an alternate link (4.1.2).")
    ids = Counter(entry.findtext(f"{{{ATOM}}}id") for entry in entries)
    found += [f"The id {name!r} is given to {n} entries." for name, n in ids.items() if n > 1]
    if "self" not in _links(feed):
        found.append("The feed has no link to itself (4.1.1).")
    for element in feed.iter():
        found += _of_element(element)
    return found


def _counted(
    parent: Element, name: str, once: tuple[str, ...], at_most: tuple[str, ...], many: tuple[str, ...]
) -> list[str]:
    counts = Counter(child.tag.removeprefix(f"{{{ATOM}}}") for child in parent if child.tag.startswith(f"{{{ATOM}}}"))
    found = [f"The {name} has {counts[each]} {each} instead of one." for each in once if counts[each] != 1]
    found += [f"The {name} has {counts[each]} {each}." for each in at_most if counts[each] > 1]
    found += [f"No {each} may stand in a {name}." for each in counts if each not in (*once, *at_most, *many)]
    doubled = Counter(
        (link.get("type"), link.get("hreflang"))
        for link in parent.findall(f"{{{ATOM}}}link")
        if link.get("rel", "alternate") == "alternate"
    )
    return found + [f"The {name} has two alternate links of one kind." for n in doubled.values() if n > 1]


def _links(parent: Element) -> set[str]:
    return {link.get("rel", "alternate") for link in parent.findall(f"{{{ATOM}}}link")}


def _of_element(element: Element) -> list[str]:
    name, text = element.tag.rpartition("}")[2], (element.text or "")
    kind = element.tag.removeprefix("{").rpartition("}")[0]
    found = []
    if (language := element.get(f"{XML}lang")) is not None and not LANGUAGE.fullmatch(language):
        found.append(f"xml:lang is {language!r}.")
    if kind == ATOM:
        if name in ("updated", "published") and not DATE.fullmatch(text):
            found.append(f"{name} is {text!r} (3.3).")
        if name == "id" and not SCHEME.fullmatch(text):
            found.append(f"id is {text!r} (4.2.6).")
        if name in (*TEXTS, "content"):
            if element.get("type", "text") not in ("text", "html", "xhtml"):
                found.append(f"{name} has the type {element.get('type')!r} (3.1.1).")
            if element.get("type", "text") != "xhtml" and len(element):
                found.append(f"{name} has elements in it (3.1.1).")
        if name == "link":
            found += [] if element.get("href") else ["A link has no href (4.2.7.1)."]
            found += (
                [] if MEDIA.fullmatch(element.get("type", "a/b")) else ["A link's type is no media type (4.2.7.3)."]
            )
            found += [] if element.get("rel", "alternate") else ["A link's rel is empty (4.2.7.2)."]
        if name in ("author", "contributor"):
            parts = Counter(child.tag.rpartition("}")[2] for child in element)
            named = (element.findtext(f"{{{ATOM}}}name") or "").strip()
            if (
                parts["name"] != 1
                or not named
                or parts["uri"] > 1
                or parts["email"] > 1
                or parts.keys() - {"name", "uri", "email"}
            ):
                found.append(f"A person is {dict(parts)} named {named!r} (3.2).")
        if name == "category" and not element.get("term"):
            found.append("A category has no term (4.2.2.1).")
        if name == "generator" and not text.strip():
            found.append("The generator is empty (4.2.4).")
    if kind == THREAD:
        if name == "in-reply-to" and not SCHEME.fullmatch(element.get("ref", "")):
            found.append(f"in-reply-to refers to {element.get('ref')!r} (RFC 4685, 3).")
        if name == "total" and not re.fullmatch(r"\d+", text):
            found.append(f"total is {text!r} (RFC 4685, 5).")
    if (count := element.get(f"{{{THREAD}}}count")) is not None and not re.fullmatch(r"\d+", count):
        found.append(f"thr:count is {count!r} (RFC 4685, 4).")
    if (at := element.get(f"{{{THREAD}}}updated")) is not None and not DATE.fullmatch(at):
        found.append(f"thr:updated is {at!r} (RFC 4685, 4).")
    if kind == HISTORY and (name != "complete" or text or len(element)):
        found.append(f"{name} is not what RFC 5005 says of it.")
    return found
