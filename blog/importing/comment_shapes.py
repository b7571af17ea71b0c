"""Comments found by their shape, whatever theme printed them: blocks that repeat, each with date, name and text."""

import copy
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from bs4 import Tag
from bs4.element import PageElement

from blog.importing import tree

DATED = {
    "time",
    "a",
    "span",
    "small",
    "div",
    "p",
    "dt",
    "em",
    "abbr",
    "td",
    "cite",
    "b",
    "i",
    "li",
    "strong",
    "h4",
    "h5",
}
MOST_DATES = 20_000
LONGEST_DATE, LONGEST_NAME = 80, 120
ITEMS = {"li", "article", "section", "tr", "dt", "p"}
ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:sidebar|widget|recent|related|nav|menu|pagination|archives?|teasers?)(?:$|[\s_-])", re.I
)
NAMED = re.compile(r"(?:^|[\s_-])(?:author|name|fn|user|commenter|byline|poster|vcard)(?:$|[\s_-])", re.I)
WORDED = re.compile(r"(?:^|[\s_-])(?:content|text|body|message|entry|commenttext)(?:$|[\s_-])", re.I)
BUTTON = re.compile(
    r"(?:reply|antworten|répondre|responder|rispondi|beantwoorden|edit|link|permalink|report|like|share|quote|zitieren"
    r"|log in to reply|loading\.*|#\d*|\d+)(?:\s+(?:to this comment|to \S+))?",
    re.IGNORECASE,
)
SAYS = re.compile(
    r"[\s,:]*\b(?:says?|said|wrote|writes|commented|schreibt|schrieb|sagte?|meint|dijo|escribió|a dit|a écrit|dit"
    r"|ha detto|ha scritto|scrive|dice|disse|diz|escreveu|zegt|schreef)(?:\s+(?:on|am|le|el|il|em|op))?[\s,:.]*$",
    re.IGNORECASE,
)
When = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Shape:
    """One comment: `elements` are what was taken out of the page for it, `words` holds its text alone."""

    number: int
    parent: int | None
    author: str
    url: str
    at: str
    words: Tag
    elements: tuple[Tag, ...]


@dataclass
class _Block:
    date: Tag
    at: str
    top: Tag
    more: list[Tag]


def find(root: Tag, when: When) -> list[Shape]:
    """Return the comments of a page, in its order; `when` reads a date. Fewer than two blocks alike are none."""
    dates = _dates(root, when)
    within = _counts(dates)
    groups: dict[tuple[object, ...], list[_Block]] = defaultdict(list)
    for date, at in dates:
        groups[_signature(date)].append(_Block(date, at, _top(date, within), []))
    best: list[_Block] = []
    for group in groups.values():
        _add_followers(group)
        if len(group) > 1 and _weight(group) > _weight(best):
            best = group
    parents = [_parent(best, number) for number in range(len(best))]
    return [_shape(block, number + 1, parents[number]) for number, block in enumerate(best)]


def _dates(root: Tag, when: When) -> list[tuple[Tag, str]]:
    """Return the innermost elements that hold a date and nothing else."""
    found: list[tuple[Tag, str]] = []
    seen: set[int] = set()
    for tag in reversed(list(root.find_all(DATED, limit=MOST_DATES * 10))):
        if id(tag) in seen or len(found) >= MOST_DATES or _is_elsewhere(tag):
            continue
        words = tag.get_text(" ", strip=True) if len(tag.find_all(True)) < 4 else ""
        given = tree.attribute(tag, "datetime") if tag.name == "time" else ""
        at = (when(given) if given else None) or (when(words) if 4 < len(words) <= LONGEST_DATE else None)
        if at:
            found.append((tag, at))
            seen.update(id(parent) for parent in tag.parents)
    return found[::-1]


def _is_elsewhere(tag: Tag) -> bool:
    for parent in (tag, *tag.parents):
        if parent.name in ("nav", "aside", "header", "footer", "form") and not _is_comment(parent):
            return True
        if ELSEWHERE.search(f"{tree.attribute(parent, 'class')} {tree.attribute(parent, 'id')}"):
            return True
    return False


def _is_comment(tag: Tag) -> bool:
    """Tell whether a header or footer belongs to something within the page, and not to the page."""
    return any(parent.name in ("article", "li", "section", "div") for parent in tag.parents)


def _counts(dates: list[tuple[Tag, str]]) -> dict[int, int]:
    """Return how many dates each element holds."""
    counts: dict[int, int] = defaultdict(int)
    for date, _ in dates:
        counts[id(date)] += 1
        for parent in date.parents:
            counts[id(parent)] += 1
    return counts


def _signature(date: Tag) -> tuple[object, ...]:
    """Return what the dates of one list share: their element and the one around it."""
    parent = date.parent
    return date.name, _first_class(date), parent.name if parent else "", _first_class(parent) if parent else ""


def _first_class(tag: Tag) -> str:
    return re.sub(r"\d+", "", (tree.classes(tag) or [""])[0])


def _top(date: Tag, within: dict[int, int]) -> Tag:
    """Climb to the largest element with no other date."""
    top = date
    for parent in date.parents:
        if within[id(parent)] > 1 or parent.name in ("body", "html", "[document]"):
            break
        top = parent
    return top


def _add_followers(group: list[_Block]) -> None:
    """Where a block is a heading only, such as a `dt`, what follows up to the next one belongs to it."""
    tops = {id(block.top) for block in group}
    for block in group:
        if len(tree.words(block.top)) > len(tree.words(block.date)) + LONGEST_NAME:
            continue
        sibling: PageElement | None = block.top.next_sibling
        while sibling is not None and id(sibling) not in tops:
            if isinstance(sibling, Tag):
                if any(id(inner) in tops for inner in sibling.find_all(True)):
                    break
                block.more.append(sibling)
            sibling = sibling.next_sibling
        if block.top.name not in ("dt", "p", "h3", "h4", "h5", "div"):
            block.more.clear()


def _weight(group: list[_Block]) -> int:
    """Return how many words a list holds; a list of dates alone is none."""
    lengths = [len(tree.words(block.top)) + sum(len(tree.words(each)) for each in block.more) for block in group]
    with_text = sum(length > len(tree.words(block.date)) + 8 for length, block in zip(lengths, group, strict=True))
    return sum(lengths) if with_text * 2 > len(group) else 0


def _parent(group: list[_Block], number: int) -> int | None:
    """Return the number of the comment that another one stands beneath: that in the innermost element around both."""
    own = group[number].top
    around = {id(parent): depth for depth, parent in enumerate(own.parents)}
    best: tuple[int, int] | None = None
    for earlier in range(number):
        other = group[earlier].top
        depth = around.get(id(other.parent), -1)
        if depth < 0:
            continue
        branch = [own, *own.parents][depth]
        if branch.name == other.name and (branch.name in ITEMS or _first_class(branch) == _first_class(other)):
            continue  # they stand side by side
        if best is None or depth <= best[0]:
            best = depth, earlier
    return None if best is None else best[1] + 1


def _shape(block: _Block, number: int, parent: int | None) -> Shape:
    whole = _copied(block)
    marked = whole.select_one("[data-dated]")
    name = _name(whole, marked)
    author = SAYS.sub("", tree.words(name)).strip(" ,:·|–—-")[:LONGEST_NAME]
    url = tree.address(tree.attribute(_link(name), "href"), base="") if name else ""
    tree.remove(*(each for each in (marked, name) if each is not None))
    for tag in whole.find_all(["a", "button", "span", "div", "p"]):
        if BUTTON.fullmatch(tree.words(tag)) and not tag.find("img"):
            tag.extract()
    return Shape(number, parent, author, url, block.at, _words(whole), (block.top, *block.more))


def _copied(block: _Block) -> Tag:
    """Copy a comment, with a mark on its date."""
    block.date.attrs["data-dated"] = "1"
    whole = copy.copy(block.top)
    del block.date.attrs["data-dated"]
    holder = Tag(name="div")
    holder.append(whole)
    for each in block.more:
        holder.append(copy.copy(each))
    return holder


def _name(whole: Tag, date: Tag | None) -> Tag | None:
    """Return the element with the writer's name: by its class, else the first that stands out."""
    by_class = [tag for tag in whole.find_all(True) if NAMED.search(_names(tag)) and _is_name(tag, date)]
    if by_class:
        return min(by_class, key=lambda tag: len(tree.words(tag)))
    for selector in ("cite", "strong", "b", "h3", "h4", "h5", "a"):
        for tag in whole.find_all(selector):
            if _is_name(tag, date):
                return tag
    return None


def _names(tag: Tag) -> str:
    return f"{tree.attribute(tag, 'class')} {tree.attribute(tag, 'itemprop')} {tree.attribute(tag, 'rel')}"


def _is_name(tag: Tag, date: Tag | None) -> bool:
    words = tree.words(tag)
    if not words or len(words) > LONGEST_NAME or BUTTON.fullmatch(words):
        return False
    return date is None or (tag is not date and date not in list(tag.descendants) and tag not in list(date.descendants))


def _link(name: Tag | None) -> Tag | None:
    if name is None or name.name == "a":
        return name
    found = name.find("a", href=True)
    return found if isinstance(found, Tag) else None


def _words(whole: Tag) -> Tag:
    """Return the element with the text: by its class if it holds nearly all that is left, else all that is left."""
    length = len(tree.words(whole))
    for tag in whole.find_all(True):
        if WORDED.search(tree.attribute(tag, "class")) and len(tree.words(tag)) >= length * 0.6:
            return tag
    return whole
