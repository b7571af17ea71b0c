"""Looking into a parsed page: the first element that fits, its words, its depth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin, urlsplit

from justhtml import Element, JustHTML, Node

from blog.importing.literal import web_address
from blog.importing.model import Unreadable

DEEPEST = 200  # levels; real pages have 20 to 50, and what turns them to Markdown calls itself three times a level
# The selectors of CSS that are needed here: li.comment, #comments h2, a[href], [rel~=author], [id^=comment-].
# justhtml has them all, but looks at every element for each: minutes for a long discussion, where this takes seconds.
PART = re.compile(
    r"(?P<tag>^[a-z][a-z0-9]*)|(?P<sign>[.#])(?P<word>[\w-]+)"
    r"|\[(?P<name>[\w-]+)(?:(?P<how>[~^]?=)(?P<value>[\w:.-]+))?\]"
)
MOST_TAGS = 500_000  # a discussion of 5,000 comments has about 200,000


def parsed(html: str, *, name: str) -> Node:
    """Parse a page as browsers do; raises Unreadable when it is not one that a browser would have shown."""
    if html.count("<") > MOST_TAGS:
        raise Unreadable(f"{name} has over {MOST_TAGS:,} tags; no blog page has as many.")
    root: Node = JustHTML(html, sanitize=False).root
    deepest = depth(root)
    if deepest > DEEPEST:
        raise Unreadable(f"{name} has elements nested {deepest:,} deep; at most {DEEPEST} levels can be read.")
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
    """Return all elements below `root` that fit one of the selectors, in the page's order."""
    wanted = _compiled(selectors)
    return [element for element in elements(root) if next(_fitting(element, wanted), None) is not None]


def first(root: Node, *selectors: str) -> Element | None:
    """Return the first element that fits the first selector that anything fits."""
    wanted, best, found = _compiled(selectors), len(selectors), None
    for element in elements(root):
        rank = min(_fitting(element, wanted), default=best)
        if rank < best:
            best, found = rank, element
        if best == 0:
            break
    return found


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


@dataclass(frozen=True)
class Look:
    """What one element must be like: the part of a selector between two blanks."""

    tag: str
    id: str
    classes: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...]

    @property
    def key(self) -> str:
        """The one trait by which elements that may fit are found."""
        return f"#{self.id}" if self.id else f".{min(self.classes)}" if self.classes else self.tag

    def fits(self, element: Element) -> bool:
        return (
            self.tag in ("", element.name)
            and self.id in ("", attribute(element, "id"))
            and self.classes.issubset(classes(element))
            and all(_has(element, *wanted) for wanted in self.attributes)
        )


Chain = tuple[Look, ...]


def _has(element: Element, name: str, how: str, value: str) -> bool:
    given = element.attrs.get(name)
    if given is None or not how:
        return name in element.attrs
    return {"=": given == value, "^=": given.startswith(value), "~=": value in given.split()}[how]


@cache
def _compiled(selectors: tuple[str, ...]) -> dict[str, list[tuple[int, Chain]]]:
    """Return the selectors' chains of looks with their ranks, by the key of the last look."""
    chains: dict[str, list[tuple[int, Chain]]] = {}
    for rank, selector in enumerate(selectors):
        for one in selector.split(","):
            chain = tuple(_look(compound) for compound in one.split())
            chains.setdefault(chain[-1].key, []).append((rank, chain))
    return chains


def _look(compound: str) -> Look:
    parts = list(PART.finditer(compound))
    if "".join(part[0] for part in parts) != compound:
        raise ValueError(f"{compound!r} is no selector that can be read here.")
    return Look(
        tag=next((part["tag"] for part in parts if part["tag"]), ""),
        id=next((part["word"] for part in parts if part["sign"] == "#"), ""),
        classes=frozenset(part["word"] for part in parts if part["sign"] == "."),
        attributes=tuple((part["name"], part["how"] or "", part["value"] or "") for part in parts if part["name"]),
    )


def _fitting(element: Element, wanted: dict[str, list[tuple[int, Chain]]]) -> Iterator[int]:
    """Yield the ranks of the selectors that an element fits."""
    keys = (element.name, "", f"#{attribute(element, 'id')}", *(f".{name}" for name in classes(element)))
    for key in keys:
        for rank, chain in wanted.get(key, ()):
            if chain[-1].fits(element) and _is_below(element, chain[:-1]):
                yield rank


def _is_below(element: Element, chain: Chain) -> bool:
    """Tell whether the elements around one fit the looks before the last, from the inside out."""
    node, rest = element.parent, list(chain)
    while rest and node is not None:
        if isinstance(node, Element) and rest[-1].fits(node):
            rest.pop()
        node = node.parent
    return not rest


def _children(node: Node) -> list[Node]:
    inner = getattr(node, "template_content", None)
    below: list[Node] = [child for child in node.children or () if isinstance(child, Element)]
    return [*below, inner] if inner is not None else below
