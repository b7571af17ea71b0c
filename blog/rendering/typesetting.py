"""What an author's Markdown becomes beyond CommonMark: headings with anchors, contents, figures, code in colours."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from blog.wording import gettext

if TYPE_CHECKING:  # the parser is imported when the first text needs it
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

# The quotation marks of a language, outer and inner (CLDR, delimiters); a narrow space stands inside the French ones.
QUOTES: dict[str, tuple[str, str, str, str]] = {
    **dict.fromkeys(("de", "cs", "sk", "sl", "is", "lt", "et", "ka", "bg", "sr", "mk", "sq"), ("„", "“", "‚", "‘")),
    **dict.fromkeys(("fr",), ("«\u202f", "\u202f»", "‹\u202f", "\u202f›")),
    **dict.fromkeys(("es", "it", "pt-pt", "ca", "gl", "el", "no", "nb", "nn", "eu"), ("«", "»", "“", "”")),
    **dict.fromkeys(("ru", "uk", "be"), ("«", "»", "„", "“")),
    **dict.fromkeys(("pl", "ro"), ("„", "”", "«", "»")),
    **dict.fromkeys(("hu", "hr"), ("„", "”", "‚", "’")),
    **dict.fromkeys(("sv", "fi"), ("”", "”", "’", "’")),
    **dict.fromkeys(("da",), ("»", "«", "›", "‹")),
    **dict.fromkeys(("de-ch", "fr-ch", "it-ch"), ("«", "»", "‹", "›")),
    **dict.fromkeys(("ja", "zh-tw", "zh-hk", "zh-hant"), ("「", "」", "『", "』")),
}
# Languages and scripts that are written from right to left (CLDR, characterOrder).
FROM_RIGHT = {
    "ar",
    "arc",
    "ckb",
    "dv",
    "fa",
    "he",
    "iw",
    "ks",
    "mzn",
    "nqo",
    "pnb",
    "ps",
    "sd",
    "syr",
    "ug",
    "ur",
    "yi",
}
SCRIPTS_FROM_RIGHT = {"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"}
ENGLISH = ("“", "”", "‘", "’")
# Ids that the page itself gives to its parts, or that lead to one with a number: a heading's id gets a prefix.
TAKEN = {"why", "text", "comments", "comments-title", "comment-form", "comment-form-title", "kept", "markdown", "more"}
TAKEN |= {"author", "email", "url", "comment"}
NUMBERED = re.compile(r"(comment|why)-[\w-]+|fn(ref)?\d+")
MORE = re.compile(r"<!--\s*more\s*-->", re.IGNORECASE)
CODE_LENGTH = 200_000  # beyond it colours take longer than they are worth
QUOTE = "\0"  # stands for " in code, which pygments leaves unescaped, as if it were the end of an attribute


def quotes_of(language: str) -> tuple[str, str, str, str]:
    """Return the four quotation marks of a language; those of English where they are not known here."""
    code = language.lower()
    while code and code not in QUOTES:
        code = code.rpartition("-")[0]
    return QUOTES.get(code, ENGLISH)


def is_from_right(language: str) -> bool:
    """Tell whether a language is written from right to left; a script that its code names decides."""
    first, *rest = language.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    return scripts[0] in SCRIPTS_FROM_RIGHT if scripts else first in FROM_RIGHT


def heading_id(words: str) -> str:
    """Return the id of a heading; the anchors plugin gives it a number where two headings have the same."""
    folded = unicodedata.normalize("NFKC", words).casefold().replace("’", "").replace("'", "")
    name = re.sub(r"[\W_]+", "-", folded).strip("-")[:80].strip("-") or "part"
    return f"part-{name}" if name in TAKEN or NUMBERED.fullmatch(name) else name


def heading_links(state: "StateCore") -> None:
    """Give each heading, which has an id by now, a link to itself."""
    for opening, inline in pairwise(state.tokens):
        if opening.type != "heading_open" or inline.children is None:
            continue
        words = "".join(child.content for child in inline.children if child.type in ("text", "code_inline", "image"))
        opening.meta = {**opening.meta, "words": words}
        inline.children += _link_to(str(opening.attrs["id"]), words)


def _link_to(name: str, words: str) -> "list[Token]":
    label = gettext("Link to “{words}”", words=words) if words else gettext("Link to this part")
    from markdown_it.token import Token

    opening = Token("link_open", "a", 1, attrs={"class": "anchor", "href": f"#{name}", "aria-label": label})
    return [opening, Token("text", "", 0, content="§"), Token("link_close", "a", -1)]


def contents(tokens: "Sequence[Token]") -> str:
    """Return the table of contents of second and third level headings, "" when there are none."""
    headings = [
        token for token in tokens if token.type == "heading_open" and token.tag in ("h2", "h3") and not token.level
    ]
    if not headings:
        return ""
    items = "".join(_items(headings))
    return f'<nav class="toc" aria-label="{escape(gettext("Contents"))}">\n<ol>{items}</ol>\n</nav>\n'


def _items(headings: "Sequence[Token]") -> Iterator[str]:
    nested = False
    for here, after in zip(headings, [*headings[1:], None], strict=True):
        yield f'<li><a href="#{escape(str(here.attrs["id"]))}">{escape(here.meta["words"])}</a>'
        if after is not None and not nested and here.tag == "h2" and after.tag == "h3":
            nested = True
            yield "<ol>"
            continue
        yield "</li>"
        if nested and (after is None or after.tag == "h2"):
            nested = False
            yield "</ol></li>"


def figures(state: "StateCore") -> None:
    """Make a figure of an image with a title that stands alone in its paragraph; the title is its caption."""
    from markdown_it.token import Token

    for opening, inline, closing in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if opening.type != "paragraph_open" or opening.hidden or not inline.children:
            continue
        image = inline.children[0]
        if len(inline.children) != 1 or image.type != "image" or not image.attrs.get("title"):
            continue
        caption = str(image.attrs.pop("title"))
        opening.tag = closing.tag = "figure"
        inline.children += [
            Token("figcaption_open", "figcaption", 1),
            Token("text", "", 0, content=caption),
            Token("figcaption_close", "figcaption", -1),
        ]


PICTURE_WIDTHS = (1600, 800)  # of an uploaded picture: as it stands on a page, and for small screens
PICTURE = re.compile(r"(?P<stem>.+)\.(?P<width>\d{1,5})x(?P<height>\d{1,5})\.webp")


def picture_name(stem: str, width: int, height: int) -> str:
    """Return the name of a picture's file, which tells its size."""
    return f"{stem}.{width}x{height}.webp"


def pictures(state: "StateCore") -> None:
    """Say of each uploaded picture how large it is, and where a smaller one is for small screens."""
    for token in state.tokens:
        for each in token.children or ():
            if each.type == "image" and (match := PICTURE.fullmatch(str(each.attrs.get("src", "")))):
                each.attrs |= _sizes(match)


def _sizes(match: re.Match[str]) -> dict[str, str | int | float]:
    width, height, small = int(match["width"]), int(match["height"]), PICTURE_WIDTHS[1]
    said: dict[str, str | int | float] = {"width": width, "height": height, "loading": "lazy"}
    if width > small:
        name = picture_name(match["stem"], small, max(1, round(height * small / width)))
        said |= {"srcset": f"{name} {small}w, {match[0]} {width}w", "sizes": "(max-width: 48rem) 100vw, 44rem"}
    return said


def tables(state: "StateCore") -> None:
    """Let the keyboard reach a table, which scrolls where it is too wide, and align its cells by classes.

    The page's policy allows no style attributes.
    """
    for token in state.tokens:
        if token.type == "table_open":
            token.attrs["tabindex"] = 0
        if style := token.attrs.pop("style", None):
            token.attrs["class"] = f"align-{str(style).rpartition(':')[2]}"


def more(tokens: "Sequence[Token]") -> int | None:
    """Return where `<!-- more -->` stands among a text's own blocks, and leave a place to link to; None without it."""
    for at, token in enumerate(tokens):
        if token.type == "html_block" and token.level == 0 and MORE.fullmatch(token.content.strip()):
            token.content = '<div id="more"></div>\n'
            return at
    return None


def more_line(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Find `<!-- more -->` on a line of its own where no other HTML is read (a block rule of markdown-it)."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if state.is_code_block(start) or not MORE.fullmatch(line.strip()):
        return False
    if not silent:
        token = state.push("html_block", "", 0)
        token.map, token.content = [start, start + 1], "<!-- more -->\n"
        state.line = start + 1
    return True


def quotation(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """End the opening line of a quotation also where nothing is quoted, as the tests of CommonMark want it."""
    return str(renderer.renderToken(tokens, at, options, env)).rstrip("\n") + "\n"


def struck_out(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """Strike out by `del`, the element that a comment may hold."""
    return "<del>" if tokens[at].nesting == 1 else "</del>"


def footnotes(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    label = escape(gettext("Notes"))
    return (
        f'<hr class="footnotes-sep">\n<section class="footnotes" aria-label="{label}">\n<ol class="footnotes-list">\n'
    )


def footnote_reference(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """Render a note's number as a link that says what it is; a second reference to a note has an id of its own."""
    number, name = _note(tokens[at])
    label = escape(gettext("Note {number}", number=number))
    return f'<sup class="footnote-ref"><a href="#fn{number}" id="{name}" aria-label="{label}">{number}</a></sup>'


def footnote_return(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    number, name = _note(tokens[at])
    label = escape(gettext("Back to the text, note {number}", number=number))
    return f' <a href="#{name}" class="footnote-backref" aria-label="{label}">↩\ufe0e</a>'


def _note(token: "Token") -> tuple[int, str]:
    number, again = int(token.meta["id"]) + 1, int(token.meta.get("subId", 0))
    return number, f"fnref{number}" + (f":{again}" if again else "")


def highlight(code: str, language: str, attributes: str) -> str:
    """Return code with its tokens in spans that have pygments' short class names; "" for a language it does not know.

    Names and operators get no span, so that a page stays small.
    """
    if not language or len(code) > CODE_LENGTH:
        return ""
    from pygments import format  # it takes a while to load, and most texts hold no code
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.token import Comment, Generic, Keyword, Literal, Name, Text
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return ""
    coloured = (Comment, Keyword, Literal, Generic, Name.Function, Name.Class, Name.Tag, Name.Decorator, Name.Attribute)
    tokens = (
        (kind if any(kind in family for family in coloured) else Text, text.replace('"', QUOTE))
        for kind, text in lexer.get_tokens(code)
    )
    return str(format(tokens, HtmlFormatter(nowrap=True))).replace(QUOTE, "&quot;")
