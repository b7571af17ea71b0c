"""The judge: html5lib, which shares no code with the engine, reads what came out and names what could do harm."""

import json
import re
from collections.abc import Iterator
from typing import Any

import html5lib

# Elements that no page of ours holds at all, or only in the form that `_of_ours` knows.
HARMFUL = {
    *("iframe", "object", "embed", "applet", "frame", "frameset", "base", "svg", "math", "style", "template"),
    *("noscript", "xmp", "plaintext", "portal", "source", "marquee", "isindex", "keygen"),
}
URLS = {
    *(
        "href",
        "src",
        "action",
        "formaction",
        "cite",
        "data",
        "poster",
        "background",
        "longdesc",
        "srcset",
        "xlink:href",
    ),
    *("ping", "manifest", "icon", "lowsrc", "dynsrc", "codebase", "profile", "usemap", "archive"),
}
# What a comment itself may hold, and with what.
COMMENT = {
    **{tag: set() for tag in ("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "li")},
    "ol": {"start"},
    "a": {"href", "rel"},
}
# What the post of somebody who may not write HTML may hold, and with what.
POST = {
    **{tag: set() for tag in ("br", "em", "strong", "s", "pre", "blockquote", "ul", "figure", "figcaption")},
    **{tag: set() for tag in ("thead", "tbody", "tr")},
    **{f"h{level}": {"id"} for level in range(1, 7)},
    **{tag: {"class"} for tag in ("hr", "sup", "code", "th", "td", "p")},
    **{tag: set() for tag in ("dl", "dt", "dd")},
    **{tag: {"src", "controls", "preload", "aria-label"} for tag in ("audio", "video")},
    "span": {"class", "role", "aria-label"},
    "ol": {"start", "class"},
    "li": {"id", "class"},
    "a": {"href", "title", "class", "id", "aria-label"},
    "img": {"src", "alt", "title", "width", "height", "loading", "srcset", "sizes"},
    "table": {"tabindex"},
    "section": {"class", "aria-label"},
    "nav": {"class", "aria-label"},
    "div": {"id", "class"},
}
# The stars and the bars that our templates draw; whatever else is drawn is none of ours.
DRAWN = re.compile(
    r'<svg (?:class="[\w -]+" )?viewBox="[\d .-]+"(?: preserveAspectRatio="none" role="img" aria-label="[\w ,.:;]+"|'
    r' aria-hidden="true")>(?:<path (?:class="[a-z]+" )?d="[a-zA-Z\d .,-]*"/>)+</svg>'
)
OF_PROGRAMS = ("https://api.w.org/", "micropub", "indieauth-metadata", "authorization_endpoint", "token_endpoint")
OWN = re.compile(r"(?![/\\]{2})[^:\\]+")
SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.-]*)\s*:", re.IGNORECASE)


def dangers(html: str) -> list[str]:
    """Return what on a whole page could run a script, change the page's look or lead out of http, https and mailto."""
    return [danger for element in _elements(html5lib.parse(DRAWN.sub("", html))) for danger in _dangers_of(element)]


def strange_in_comment(html: str) -> list[str]:
    """Return what of a rendered comment is not on the short list of tags and attributes, or is a danger."""
    found = []
    for element in _elements(html5lib.parseFragment(html)):
        tag, attributes = _tag(element), dict(element.attrib)
        if tag == "document_fragment":
            continue
        if tag not in COMMENT or set(attributes) - COMMENT[tag]:
            found.append(f"<{tag} {attributes}>")
        if tag == "a" and attributes.get("rel") != "nofollow ugc noopener":
            found.append(f"rel={attributes.get('rel')!r}")
        found += _dangers_of(element)
    return found


def strange_in_post(html: str) -> list[str]:
    """Return what of a rendered post is not on the list of what Markdown alone can make."""
    found = []
    for element in _elements(html5lib.parseFragment(html)):
        tag, attributes = _tag(element), dict(element.attrib)
        if tag == "document_fragment":
            continue
        if tag not in POST or set(attributes) - POST[tag]:
            found.append(f"<{tag} {attributes}>")
        found += [f"<{tag} {attributes}>"] if tag in ("audio", "video") and not _of_ours(tag, element) else []
        for name in URLS & set(attributes):
            scheme = SCHEME.match(attributes[name])
            if scheme and scheme[1].lower() not in ("http", "https", "mailto"):
                found.append(f"<{tag} {name}={attributes[name]!r}>")
    return found


def again(html: str) -> str:
    """Parse a fragment and write it out: what a browser's innerHTML would hand to a second parser."""
    from html5lib.serializer import HTMLSerializer

    walker = html5lib.getTreeWalker("etree")
    serializer = HTMLSerializer(omit_optional_tags=False, quote_attr_values="always", alphabetical_attributes=True)
    return str(serializer.render(walker(html5lib.parseFragment(html))))


def texts(html: str) -> str:
    """Return all text of a page, as a reader sees it."""
    return "".join(html5lib.parse(html).itertext())


def _elements(tree: Any) -> Iterator[Any]:
    yield from (element for element in tree.iter() if isinstance(element.tag, str))


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _dangers_of(element: Any) -> Iterator[str]:
    tag = _tag(element)
    if tag in HARMFUL or "/svg}" in element.tag or "/MathML}" in element.tag:
        yield f"<{tag}>"
    if not _of_ours(tag, element):
        yield f"<{tag} {dict(element.attrib)}> {element.text or ''}"
    for name, value in element.attrib.items():
        name = str(name[1] if isinstance(name, tuple) else name).rpartition("}")[2].lower()
        if name.startswith("on") or name in ("style", "srcdoc", "formaction", "is", "nonce"):
            yield f"<{tag} {name}={value!r}>"
        if name in URLS and (scheme := SCHEME.match(value)) and scheme[1].lower() not in ("http", "https", "mailto"):
            yield f"<{tag} {name}={value!r}>"


def _of_ours(tag: str, element: Any) -> bool:
    """Tell whether a script, style sheet, picture, form or meta element is one that our templates write."""
    here = re.compile(r"/static/[\w.-]+")
    if tag == "script" and element.get("type") == "application/ld+json":  # data: no browser runs it
        return "src" not in element.attrib and "<" not in element.text and isinstance(json.loads(element.text), dict)
    if tag == "script":
        return bool(here.fullmatch(element.get("src", ""))) and not element.text
    if tag == "link":
        own = here.fullmatch(element.get("href", "")) or element.get("href", "").startswith("/")
        kinds = ("stylesheet", "icon", "canonical", "next", "prev", "alternate", "webmention", "hub", *OF_PROGRAMS)
        return element.get("rel") in kinds and bool(own)
    if tag in ("audio", "video"):  # a player of a file of this site, which loads nothing by itself
        return (
            "autoplay" not in element.attrib
            and element.get("preload") == "none"
            and bool(OWN.fullmatch(element.get("src", "")))
        )
    if tag == "img":
        return bool(here.fullmatch(element.get("src", "")))
    if tag == "form":
        return bool(re.match(r"/(?!/)|$", element.get("action", "")))
    if tag == "meta":
        return "http-equiv" not in element.attrib
    return True
