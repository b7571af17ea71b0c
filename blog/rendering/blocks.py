"""Lists of tasks, and boxes for notes and warnings, as other programs write them."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from blog.wording import N_, gettext

if TYPE_CHECKING:  # the parser is imported when the first text needs it
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

TASK = re.compile(r"\[([ xX])\](?=\s)")
SIGNS = {" ": ("☐", N_("To do:")), "x": ("☑", N_("Done:"))}
ALERT = re.compile(r"\[!(note|tip|important|warning|caution)\][ \t]*(?=\n|$)", re.IGNORECASE)
KINDS = {
    *("note", "tip", "important", "warning", "caution", "hint", "info", "danger", "error", "attention", "question"),
    *("example", "quote", "abstract", "success", "failure", "bug"),
}
TITLES = {
    "note": N_("Note"),
    "tip": N_("Tip"),
    "important": N_("Important"),
    "warning": N_("Warning"),
    "caution": N_("Caution"),
}


def tasks(state: "StateCore") -> None:
    """Show `[ ]` and `[x]` at the beginning of a list's item as a sign: nobody can tick it on the page."""
    from markdown_it.token import Token

    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, inline.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        first = inline.children[0] if inline.children else None
        if first is None or first.type != "text" or not (found := TASK.match(first.content)):
            continue
        sign, meaning = SIGNS[found[1].lower()]
        first.content = first.content[found.end() :]
        item.attrs["class"] = "task"
        attrs: dict[str, str | int | float] = {"class": "sign", "role": "img", "aria-label": gettext(meaning)}
        opening = Token("span_open", "span", 1, attrs=attrs)
        shown = [opening, Token("text", "", 0, content=sign), Token("span_close", "span", -1)]
        inline.children = [*shown, *(inline.children or [])]


def alerts(state: "StateCore") -> None:
    """Make a box of a quotation that begins with `[!NOTE]` (or TIP, IMPORTANT, WARNING, CAUTION) on a line alone."""
    found = []
    for token in state.tokens:
        if token.type == "admonition_open":
            token.attrs["class"] = _classes(str(token.meta.get("tag", "")))
    for at, (quote, paragraph) in enumerate(pairwise(state.tokens)):
        if (quote.type, paragraph.type) == ("blockquote_open", "paragraph_open"):
            found += [(at, kind[1].lower()) for kind in [ALERT.match(state.tokens[at + 2].content)] if kind]
    for at, kind in reversed(found):  # from the end, because each gets a title
        _box(state.tokens, at, kind)


def _classes(kind: str) -> str:
    """Return the classes of a box; a kind that is none of ours names no class, which could be one of the page's own."""
    return f"admonition admonition-{kind}" if kind in KINDS else "admonition"


def _box(tokens: "list[Token]", at: int, kind: str) -> None:
    """Turn a quotation into a box with a title, as those are that begin with `!!!`."""
    from markdown_it.token import Token

    level = tokens[at].level
    end = next(n for n in range(at, len(tokens)) if tokens[n].type == "blockquote_close" and tokens[n].level == level)
    tokens[at].tag = tokens[end].tag = "div"
    tokens[at].attrs["class"] = _classes(kind)
    first = tokens[at + 2]
    first.children = _below_first_line(first.children or [])
    tokens[at + 1].hidden = tokens[at + 3].hidden = not first.children
    title = Token("inline", "", 0, content="", children=[Token("text", "", 0, content=gettext(TITLES[kind]))])
    opening = Token("paragraph_open", "p", 1, attrs={"class": "admonition-title"}, block=True)
    tokens[at + 1 : at + 1] = [opening, title, Token("paragraph_close", "p", -1, block=True)]


def _below_first_line(children: "list[Token]") -> "list[Token]":
    end = next((n for n, child in enumerate(children) if child.type in ("softbreak", "hardbreak")), len(children))
    return children[end + 1 :]
