"""A parsed HTML page: elements by CSS selector, their words, their links."""

import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from blog.importing.literal import web_address
from blog.importing.model import Unreadable
from blog.wording import gettext, number

MAX_DEPTH = 200  # levels; real pages have 20 to 50, and the conversion to Markdown calls itself three times a level
MAX_TAGS = 500_000  # a discussion of 5,000 comments has about 200,000
MAX_OPEN = 1_000  # elements open at once before parsing: what the parser needs grows with the square of them
# Elements without an end, and those whose end people leave out.
WITHOUT_END = (
    "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|dt|dd|option|optgroup|tr|td|th|thead|tbody"
    "|tfoot|colgroup|body|head|html"
)
TAGS = re.compile(rf"<(/?)(?!(?:{WITHOUT_END})\b)[a-z]", re.IGNORECASE)
PARSER = "html5lib"  # parses as browsers do; the parser of the standard library takes ten times as long on a long page


def parse(html: str, *, name: str) -> Tag:
    """Parse a page; raise Unreadable when it is too large or too deep for a page that people read."""
    if html.count("<") > MAX_TAGS:
        raise Unreadable(
            gettext("{name} has over {most} tags; no blog page has as many.", name=name, most=number(MAX_TAGS))
        )
    if open_at_once(html) > MAX_OPEN:
        raise Unreadable(
            gettext(
                "{name} has over {most} elements that are opened and not closed; no blog page has as many.",
                name=name,
                most=number(MAX_OPEN),
            )
        )
    root = BeautifulSoup(html, PARSER, multi_valued_attributes=None)
    if (deepest := depth(root)) > MAX_DEPTH:
        raise Unreadable(
            gettext(
                "{name} has elements nested {deepest} deep; at most {most} levels can be read.",
                name=name,
                deepest=number(deepest),
                most=MAX_DEPTH,
            )
        )
    return root


def open_at_once(html: str) -> int:
    """Return how many elements are open at once, at most, without parsing the page."""
    level = most = 0
    for end in TAGS.findall(html):
        level = max(level - 1, 0) if end else level + 1
        most = max(most, level)
    return most


def depth(root: Tag) -> int:
    """Return how many elements are nested in each other, at most."""
    level, row = 0, [root]
    while row := [child for tag in row for child in tag.children if isinstance(child, Tag)]:
        level += 1
    return level


def select(root: Tag, selector: str) -> list[Tag]:
    """Return all elements below `root` that match a selector, in the page's order."""
    return list(root.select(selector))


def select_first(root: Tag, *selectors: str) -> Tag | None:
    """Return the first element that matches the first selector that anything matches."""
    return next((tag for selector in selectors if (tag := root.select_one(selector))), None)


def words(tag: Tag | None) -> str:
    """Return an element's text in one line, "" for None."""
    return "" if tag is None else " ".join(tag.get_text().split())


def classes(tag: Tag) -> list[str]:
    return attribute(tag, "class").split()


def attribute(tag: Tag | None, name: str) -> str:
    """Return an attribute's value, "" for none and for no element."""
    return "" if tag is None else str(tag.get(name) or "").strip()


def remove(*tags: Tag) -> None:
    """Take elements out of the page."""
    for tag in tags:
        tag.extract()


def address(href: str, *, base: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Return a link's whole address, "" for one within the page, to a local file or of another scheme."""
    href = href.strip()
    if not href or href.startswith("#"):
        return ""
    try:
        whole = urljoin(base, href)
        parts = urlsplit(whole)
    except ValueError:
        return ""
    if parts.scheme.lower() not in schemes or not (parts.netloc or parts.scheme.lower() == "mailto"):
        return ""
    if parts.fragment and base and whole.split("#")[0] == base.split("#")[0]:
        return ""
    return web_address(whole)
