"""Markdown to HTML, once when it is written: an author's post, and a stranger's comment.

A comment may hold paragraphs, emphasis, links, lists, quotes and code. Raw HTML is shown as the text it is, and
what the renderer makes goes through nh3 with a short list of tags, for everybody alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

COMMENT_TAGS = {"p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
SCHEMES = {"http", "https", "mailto"}
# Unclosed brackets make the link rule quadratic: 16,384 of them cost seconds, 500 some milliseconds.
MANY_BRACKETS = 500


@dataclass(frozen=True)
class Rendered:
    """`html` is safe to show; `plain` is its text without markup; `links` are the addresses it links to."""

    html: str
    plain: str
    links: tuple[str, ...]


def render_post(text: str) -> str:
    """Render an author's Markdown: CommonMark, tables, strikethrough, footnotes, smart quotes, raw HTML."""
    return str(_post_parser().render(text))


def render_comment(text: str) -> Rendered:
    """Render a stranger's Markdown; a text with over 500 `[` is set as plain text."""
    if text.count("[") > MANY_BRACKETS:
        made = "".join(f"<p>{_escaped(part)}</p>\n" for part in re.split(r"\n{2,}", text.strip()))
    else:
        made = _comment_parser().render(text)
    html = _cleaner().clean(made).strip()
    links = tuple(unescape(link) for link in re.findall(r'<a href="([^"]*)"', html))
    return Rendered(html=html, plain=plain_text(html), links=links)


def render_note(text: str) -> str:
    """Render a closing note: a comment's Markdown, "" for an empty one."""
    return render_comment(text).html if text.strip() else ""


def plain_text(html: str) -> str:
    """Return the words of rendered HTML, blocks parted by spaces."""
    spaced = re.sub(r"<(?:/p|/li|/pre|/blockquote|br)[^<>]*>", " ", html)
    return " ".join(unescape(re.sub(r"<[^<>]*>", "", spaced)).split())


@cache
def _post_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "typographer": True, "xhtmlOut": False})
    parser.enable(["table", "strikethrough", "replacements", "smartquotes"]).use(footnote_plugin)
    parser.core.ruler.push("aligned_cells", _aligned_cells)
    parser.add_render_rule("footnote_block_open", _footnotes)
    parser.add_render_rule("footnote_ref", _footnote_reference)
    parser.add_render_rule("footnote_anchor", _footnote_return)
    return parser


def _aligned_cells(state: StateCore) -> None:
    """Say how a table's cells are aligned by a class: the page's policy allows no style attributes."""
    for token in state.tokens:
        if style := token.attrs.pop("style", None):
            token.attrs["class"] = f"align-{str(style).rpartition(':')[2]}"


def _footnotes(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return '<hr class="footnotes-sep">\n<section class="footnotes" aria-label="Notes">\n<ol class="footnotes-list">\n'


def _footnote_reference(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """Render a note's number as a link that says what it is; a second reference to a note has an id of its own."""
    number, again = int(tokens[at].meta["id"]) + 1, int(tokens[at].meta.get("subId", 0))
    name = f"fnref{number}" + (f":{again}" if again else "")
    return f'<sup class="footnote-ref"><a href="#fn{number}" id="{name}" aria-label="Note {number}">{number}</a></sup>'


def _footnote_return(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    number, again = int(tokens[at].meta["id"]) + 1, int(tokens[at].meta.get("subId", 0))
    name = f"fnref{number}" + (f":{again}" if again else "")
    return f' <a href="#{name}" class="footnote-backref" aria-label="Back to the text, note {number}">↩\ufe0e</a>'


@cache
def _comment_parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
    parser.disable(["heading", "lheading", "image", "table", "hr", "reference"])
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    return parser


@cache
def _cleaner() -> nh3.Cleaner:
    """Build the cleaner once: a policy that cannot be built panics, and must do so at the start."""
    return nh3.Cleaner(
        tags=COMMENT_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="nofollow ugc noopener",
    )


def _escaped(text: str) -> str:
    return nh3.clean_text(text).replace("&#10;", "\n").replace("\n", "<br>")
