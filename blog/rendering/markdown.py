"""Markdown to HTML, once when it is written: an author's post, and a stranger's comment.

A comment may hold paragraphs, emphasis, struck out words, links, lists, quotes and code. Raw HTML is shown as the text
it is, and what the renderer makes goes through nh3 with a short list of tags, for everybody alike.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import nh3

from blog import wording
from blog.rendering import blocks, media, typesetting
from blog.wording import ngettext, number

if TYPE_CHECKING:  # the parser is imported when the first text needs it
    from markdown_it import MarkdownIt

COMMENT_TAGS = {"p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
SCHEMES = {"http", "https", "mailto"}
# What the post of somebody who may not write HTML can hold: the elements that our own renderer makes of Markdown.
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
POST_TAGS = HEADINGS | {
    *("p", "br", "hr", "em", "strong", "s", "sup", "code", "pre", "span", "blockquote", "ul", "ol", "li", "a", "img"),
    *("figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td", "section", "nav", "div"),
    *("dl", "dt", "dd", "audio", "video"),
}
POST_ATTRIBUTES: dict[str, set[str]] = {
    **{heading: {"id"} for heading in HEADINGS},
    **{tag: {"class"} for tag in ("hr", "sup", "code", "th", "td")},
    "a": {"href", "title", "class", "id", "aria-label"},
    "img": {"src", "alt", "title", "width", "height", "loading", "srcset", "sizes"},
    "ol": {"class", "start"},
    "li": {"class", "id"},
    "table": {"tabindex"},
    "section": {"class", "aria-label"},
    "nav": {"class", "aria-label"},
    "div": {"id", "class"},
    "p": {"class"},
    "span": {"class", "role", "aria-label"},
    **{tag: {"src", "controls", "preload", "aria-label"} for tag in ("audio", "video")},
    "*": set(),  # without this nh3 would allow title and lang everywhere
}
# What a comment may link to: a web address that names its host without detours, an email, or a place on this site.
# Browsers also take //host, http:host, https:/host and user@host, and lead where nobody reads it off.
LINKABLE = re.compile(
    r"https?://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?(:\d{1,5})?([/?#].*)?|mailto:[^/].*|(?!//|[^/?#]*:).*",
    re.IGNORECASE | re.DOTALL,
)
# From each `[` the rule for links may read on to the end of the text: so many of them, and so many times the length.
MANY_BRACKETS, MANY_READINGS = 50, 400_000
# What a comment may hold, so that no text takes more than a tenth of a second to render: the search for addresses is
# quadratic in their number, and every line and every sign of emphasis becomes a part of its own.
MOST_LINKS, MOST_LINES, MOST_SIGNS = 50, 1_000, 4_000
# Typographic signs, and what was typed for them. The rules compare words with the text as it was typed.
TYPED = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "--", "—": "---", "…": "..."})
ADDRESS_BEGINS = re.compile(r"://|mailto:|<[^\s<>@]{1,80}@", re.IGNORECASE)
LINE_BEGINS = re.compile(r"\n|[-+*>] ")  # also lists and quotes, of which one line may begin many
SIGNS = re.compile(r"[*_~`<&]")
ANCHOR = re.compile(r'<a class="anchor"[^<>]*>§</a>')
UNSAID = re.compile(
    r'<a class="anchor"[^<>]*>§</a>|<sup class="footnote-ref">.*?</sup>|<a [^<>]*class="footnote-backref".*?</a>'
)
ADDRESSED = re.compile(r'(?<=\s)(href|srcset|src|poster)="([^"<>]*)"')
CANDIDATE = re.compile(r"([^\s,](?:\S*[^\s,])?)([^,]*)")  # of a srcset: an address, and for which size it is
NOTE_REFERENCE = re.compile(r'<sup class="footnote-ref">.*?</sup>')
UNREAD = re.compile(r"<(script|style|template)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
END_OF_BLOCK = re.compile(r"<(?:/p|/li|/pre|/blockquote|/h[1-6]|/t[dhr]|/figcaption|/dt|/dd|br)[^<>]*>")
TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Rendered:
    """`html` is safe to show; `plain` is its text without markup; `links` are the addresses it links to."""

    html: str
    plain: str
    links: tuple[str, ...]


@dataclass(frozen=True)
class Article:
    """A rendered post. `excerpt_html` is what stands above `<!-- more -->`, "" without it; `text` are its words."""

    html: str
    excerpt_html: str
    text: str


def render_article(text: str, *, language: str = "en", toc: bool = False, raw_html: bool = True) -> Article:
    """Render the Markdown of a post: CommonMark with tables, strikethrough, footnotes, figures, definition lists,
    tasks, boxes, and players for sound and film.

    Quotes are those of the `language`, code is coloured, headings have anchors, and `toc` puts a table of contents
    before it all. Without `raw_html` the HTML in the text is shown as text, and what was rendered goes through a
    cleaner that lets pass what this renderer makes and nothing else.
    """
    with wording.language(wording.nearest(language)):  # labels and titles are a part of the text
        return _article(text, _post_parser(typesetting.quotes_of(language), raw_html), toc=toc, raw_html=raw_html)


def _article(text: str, parser: "MarkdownIt", *, toc: bool, raw_html: bool) -> Article:
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    mark = typesetting.more(tokens)
    html = str(parser.renderer.render(tokens, parser.options, env))
    above = "" if mark is None else str(parser.renderer.render(tokens[:mark], parser.options, env))
    words = plain_text(UNSAID.sub("", UNREAD.sub(" ", html)))
    whole = (typesetting.contents(tokens) if toc else "") + html
    return Article(whole if raw_html else _post_cleaner().clean(whole), _excerpt(above), words)


def render_post(text: str, language: str = "en") -> str:
    """Render an author's Markdown as `render_article` does; return only the HTML."""
    return render_article(text, language=language).html


def render_commonmark(text: str) -> str:
    """Render CommonMark and nothing else: raw HTML on; smart quotes, anchors, tables and colours off."""
    return str(_commonmark_parser().render(text))


def first_raw_html(text: str) -> str:
    """Return the first raw HTML in a post's Markdown, "" where there is none but `<!-- more -->`."""
    for token in _post_parser(typesetting.quotes_of("en"), True).parse(text):
        for each in (token, *(token.children or ())):
            html = str(each.content).strip()
            if each.type in ("html_block", "html_inline") and not typesetting.MORE.fullmatch(html):
                return html
    return ""


def rebased(html: str, base: str, *, fragments: bool = False) -> str:
    """Return rendered HTML whose relative addresses are made whole by `base`; those within the page if `fragments`."""

    def whole(address: str) -> str:
        if address.startswith("#") and not fragments:
            return address
        try:
            return urljoin(base, address)
        except ValueError:  # an address that is none, like http://[
            return address

    return readdressed(html, whole)


def readdressed(html: str, change: Callable[[str], str]) -> str:
    """Return HTML with each address as `change` returns it, also those of a picture's other sizes."""

    def changed(match: re.Match[str]) -> str:
        value = unescape(match[2])
        made = CANDIDATE.sub(lambda each: change(each[1]) + each[2], value) if match[1] == "srcset" else change(value)
        return match[0] if made == value else f'{match[1]}="{escape(made)}"'

    return ADDRESSED.sub(changed, html)


def addresses(html: str) -> list[str]:
    """Return every address that rendered HTML names, also those of a picture's other sizes."""
    links: list[str] = []

    def noted(address: str) -> str:
        links.append(address)
        return address

    readdressed(html, noted)
    return links


def for_feeds(html: str, base: str) -> str:
    """Return a post's HTML as it stands in a feed: without links to its headings, and with whole addresses."""
    return rebased(ANCHOR.sub("", html), base, fragments=True)


def _excerpt(html: str) -> str:
    """Return the beginning of a text as it may stand in a list: whole elements, no notes, anchors and names."""
    return _excerpt_cleaner().clean(NOTE_REFERENCE.sub("", ANCHOR.sub("", html))).strip()


def too_much(text: str) -> str:
    """Return what a comment has too much of to be rendered quickly, as a sentence; "" for nothing."""
    if (links := len(ADDRESS_BEGINS.findall(text))) > MOST_LINKS:
        return ngettext(
            "Your comment has {n} link; {most} fit. Nothing was cut.",
            "Your comment has {n} links; {most} fit. Nothing was cut.",
            links,
            most=number(MOST_LINKS),
        )
    if (lines := len(LINE_BEGINS.findall(text)) + 1) > MOST_LINES:
        return ngettext(
            "Your comment has {n} line, list item or quote; {most} fit. Nothing was cut.",
            "Your comment has {n} lines, list items and quotes; {most} fit. Nothing was cut.",
            lines,
            most=number(MOST_LINES),
        )
    if (signs := len(SIGNS.findall(text))) > MOST_SIGNS:
        return ngettext(
            "Your comment has {n} sign of Markdown (* _ ~ ` < &); {most} fit. Nothing was cut.",
            "Your comment has {n} signs of Markdown (* _ ~ ` < &); {most} fit. Nothing was cut.",
            signs,
            most=number(MOST_SIGNS),
        )
    return ""


def render_comment(text: str, *, language: str = "en") -> Rendered:
    """Render a stranger's Markdown, with quotation marks, dashes and breaks set as in posts.

    In a text with over 50 `[` (of 16,384 characters, 24), none begins a link. How long it takes is bounded only for a
    text of which `too_much` says nothing.
    """
    brackets = text.count("[")
    parser = _comment_parser(
        brackets <= MANY_BRACKETS and brackets * len(text) <= MANY_READINGS, typesetting.quotes_of(language)
    )
    html = _cleaner().clean(parser.render(text)).strip()
    links = tuple(unescape(link) for link in re.findall(r'<a href="([^"]*)"', html))
    plain = plain_text(html)
    return Rendered(html=html, plain=plain.translate(TYPED) if text.isascii() else plain, links=links)


def render_note(text: str) -> str:
    """Render a closing note: a comment's Markdown, "" for an empty one."""
    return render_comment(text).html if text.strip() else ""


def plain_text(html: str) -> str:
    """Return the words of rendered HTML, blocks parted by spaces."""
    words = html[3:-4]
    if f"<p>{words}</p>" == html and _is_plain(words):  # most comments
        return words.strip()
    text = html.replace("<p>", "").replace("</p>", " ")
    if "<" in text:
        text = TAG.sub("", END_OF_BLOCK.sub(" ", text))
    return " ".join(unescape(text).split())


def _is_plain(words: str) -> bool:
    """Tell whether a text holds neither markup nor white space other than single spaces, which alone can be printed."""
    return "<" not in words and "&" not in words and "  " not in words and words.isprintable()


@cache
def _post_parser(quotes: tuple[str, str, str, str], raw_html: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.anchors import anchors_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt(
        "commonmark",
        {"html": raw_html, "typographer": True, "xhtmlOut": False, "linkify": True, "quotes": list(quotes)},
    )
    parser.options["highlight"] = typesetting.highlight
    parser.enable(["table", "strikethrough", "replacements", "smartquotes", "linkify"])
    parser.use(footnote_plugin).use(deflist_plugin).use(admon_plugin)
    _link_whole_addresses(parser)
    if not raw_html:
        parser.block.ruler.before("html_block", "more", typesetting.more_line, {"alt": ["paragraph", "blockquote"]})
    parser.use(anchors_plugin, max_level=6, slug_func=typesetting.heading_id)
    parser.core.ruler.push("tables", typesetting.tables)
    parser.core.ruler.push("heading_links", typesetting.heading_links)
    parser.core.ruler.push("tasks", blocks.tasks)
    parser.core.ruler.push("alerts", blocks.alerts)
    parser.core.ruler.push("figures", typesetting.figures)
    parser.core.ruler.push("links_alone", media.links_alone)
    parser.core.ruler.push("pictures", typesetting.pictures)
    parser.add_render_rule("image", media.image)
    for kind in ("html_block", "html_inline"):
        parser.add_render_rule(kind, media.html)
    parser.add_render_rule("footnote_block_open", typesetting.footnotes)
    parser.add_render_rule("footnote_ref", typesetting.footnote_reference)
    parser.add_render_rule("footnote_anchor", typesetting.footnote_return)
    return parser


@cache
def _commonmark_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.add_render_rule("blockquote_open", typesetting.quotation)
    return parser


@cache
def _comment_parser(links: bool, quotes: tuple[str, str, str, str]) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": True, "breaks": True, "maxNesting": 20, "typographer": True}
    parser = MarkdownIt("js-default", {**options, "quotes": list(quotes)})
    parser.disable(["heading", "lheading", "image", "table", "reference"])
    parser.validateLink = _is_linkable  # type: ignore[method-assign]
    if not links:
        parser.disable("link")
    parser.add_render_rule("s_open", typesetting.struck_out)
    parser.add_render_rule("s_close", typesetting.struck_out)
    _link_whole_addresses(parser)
    return parser


def _link_whole_addresses(parser: "MarkdownIt") -> None:
    """Turn full addresses (https://example.org) into links, but not bare words with a dot, such as example.org."""
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
        for scheme in ("//", "ftp:"):  # the one is code more often than an address, the other is cleaned away
            parser.linkify.add(scheme, None)


def _is_linkable(url: str) -> bool:
    return LINKABLE.fullmatch(url) is not None


@cache
def _cleaner() -> nh3.Cleaner:
    """Build the cleaner once: a policy that cannot be built panics, and must do so at the start."""
    return nh3.Cleaner(
        tags=COMMENT_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}, "*": set()},  # "*": nh3 would allow title and lang anywhere
        url_schemes=SCHEMES,
        link_rel="nofollow ugc noopener",
    )


@cache
def _post_cleaner() -> nh3.Cleaner:
    """Let pass what `_post_parser` makes of Markdown, and nothing else."""
    return nh3.Cleaner(
        tags=POST_TAGS,
        attributes=POST_ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
    )


@cache
def _excerpt_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=nh3.ALLOWED_TAGS | {"figure", "figcaption", "section"},
        attributes={
            "*": {"class", "lang", "dir"},
            "a": {"href"},
            "img": {"src", "alt", "width", "height", "srcset", "sizes"},
            "table": {"tabindex"},
        },
        url_schemes=SCHEMES,
        link_rel=None,
    )
