"""Looking into a parsed page: the first element that fits, its words, its depth."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from justhtml import Element, JustHTML, Node

from blog.importing.found import Unreadable
from blog.importing.literal import web_address

DEEPEST = (
    200  # levels; real pages have 20 to 50, and what turns them to Markdown calls itself three times a level
)
MOST_TAGS = 500_000  # a discussion of 5,000 comments has about 200,000


def parsed(html: str, *, name: str) -> Node:
    """Parse a page as browsers do; raises Unreadable when it is not one that a browser would have shown."""
    if html.count("<") > MOST_TAGS:
        raise Unreadable(f"{name} has over {MOST_TAGS:,} tags; no blog page has as many.")
    root: Node = JustHTML(html, sanitize=False).root
    deepest = depth(root)
    if deepest > DEEPEST:
        raise Unreadable(
            f"{name} has elements nested {deepest:,} deep; at most {DEEPEST} levels can be read."
        )
    return root


def depth(root: Node) -> int:
    """Return how many elements are nested in each other, at most."""
    level, row = 0, [root]
    while row := [child for node in row for child in _children(node)]:
        level += 1
    return level


def elements(root: Node) -> Iterator[Element]:
    """Yield the elements below `root` in the page's order."""
    waiting = list(reversed(root.children or ()))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Element):
            yield node
            waiting.extend(reversed(node.children))


def every(root: Node, *selectors: str) -> list[Element]:
    """Return all elements that fit one of the selectors, in the page's order."""
    return [found for found in root.query(", ".join(selectors)) if isinstance(found, Element)]


def first(root: Node, *selectors: str) -> Element | None:
    """Return the first element that fits the first selector that anything fits."""
    for selector in selectors:
        if found := every(root, selector):
            return found[0]
    return None


def words(node: Node | None) -> str:
    """Return an element's text in one line, "" for None."""
    return "" if node is None else " ".join(node.to_text(separator="", strip=False).split())


def classes(element: Element) -> list[str]:
    return (element.attrs.get("class") or "").split()


def attribute(element: Element | None, name: str) -> str:
    """Return an attribute's value, "" for none and for no element."""
    return "" if element is None else (element.attrs.get(name) or "").strip()


def remove(*found: Element) -> None:
    """Take elements out of the tree."""
    for element in found:
        if element.parent is not None:
            element.parent.remove_child(element)


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


def _children(node: Node) -> list[Node]:
    inner = getattr(node, "template_content", None)
    below: list[Node] = [child for child in node.children or () if isinstance(child, Element)]
    return [*below, inner] if inner is not None else below
