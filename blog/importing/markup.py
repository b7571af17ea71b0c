"""HTML to the Markdown of a post or of a comment: no raw HTML, no pictures but those at hand, only links to the web."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache

from bs4 import Tag
from bs4.element import PreformattedString
from markdown_it import MarkdownIt
from markdownify import MarkdownConverter
from mdit_py_plugins.footnote import footnote_plugin

from blog.importing import tree
from blog.importing.imported import Picture
from blog.importing.literal import escaped, in_link, linked
from blog.wording import gettext

Finder = Callable[[str], Picture | None]
# Four signs of no language mark a line's end, a link's, a code's and a picture's beginning until all is joined.
BREAK, LINK, CODE, SHOWN = "\ue000", "\ue001", "\ue002", "\ue003"
ATTRIBUTES = {"alt", "class", "data", "data-lazy-src", "data-orig-file", "data-src", "href", "src", "start"}
NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
RAW = {"xmp": "pre", "listing": "pre", "plaintext": "pre"}  # their words are no markup, which only "pre" can say
# What readers of a page do not see, or what is not the author's text.
UNSEEN_TAGS = {
    *("script", "style", "noscript", "noembed", "noframes", "template", "head", "title", "link", "meta", "nav"),
    *("form", "button", "input", "select", "textarea", "label", "svg", "math", "canvas", "dialog", "map"),
}
UNSEEN_CLASSES = {
    *("screen-reader-text", "sharedaddy", "jp-relatedposts", "share-buttons", "addtoany_share_save_container"),
    *("addtoany_content", "social-share", "ssba", "heateor_sss_sharing_container", "essb_links"),
    *("post-navigation", "page-links", "post-edit-link", "edit-link", "yarpp", "yarpp-related"),
    *("related-posts", "author-box", "wpcnt", "wp-block-post-navigation-link"),
    *("wp-block-jetpack-sharing-buttons", "wp-block-social-links", "jp-likes-widget-wrapper", "entry-meta"),
    *("entry-footer", "comments-area", "wp-block-comments"),
}
UNSEEN_ID = "jp-post-flair"


@dataclass(frozen=True)
class Markdown:
    """`pictures` and `embedded` count what is now a link, `plain` tells that only the words could be kept.

    `found` are the pictures that are at hand; their marks stand in the text for their addresses.
    """

    text: str
    pictures: int
    embedded: int
    plain: bool
    found: tuple[Picture, ...] = ()


def post(element: Tag, *, base: str, at_hand: Finder | None = None) -> Markdown:
    """Return a post's body; its highest headings become those of the second level, below the title.

    `at_hand` returns the picture that an address of the page means, None where its file is not there.
    """
    tree.remove(*element.find_all(_is_unseen))
    levels = [int(heading.name[1]) for heading in tree.select(element, "h1, h2, h3, h4, h5, h6")]
    converter = PostConverter(base, shift=2 - min(levels, default=2), at_hand=at_hand)
    return _made(element, converter, end_of_line="\\")


def comment(element: Tag, *, base: str) -> Markdown:
    """Return a comment's text, its headings as bold lines and its tables row by row."""
    tree.remove(*element.find_all(_is_unseen))
    return _made(element, CommentConverter(base), end_of_line="")


def _made(element: Tag, converter: "PostConverter", *, end_of_line: str) -> Markdown:
    _tidy(element)
    text = _joined(converter.convert_soup(element), end_of_line)
    plain = not _is_safe(text, {picture.mark for picture in converter.found})
    if plain:
        return Markdown(escaped(tree.words(element)), converter.pictures, converter.embedded, plain)
    return Markdown(text, converter.pictures, converter.embedded, plain, tuple(converter.found))


def _is_unseen(tag: Tag) -> bool:
    """Tell whether an element is left out; sets of names, as CSS selectors take ten times as long on a long page."""
    return (
        tag.name in UNSEEN_TAGS
        or not UNSEEN_CLASSES.isdisjoint(tree.classes(tag))
        or "hidden" in tag.attrs
        or tag.get("aria-hidden") == "true"
        or tag.get("id") == UNSEEN_ID
    )


def _tidy(element: Tag) -> None:
    """Keep elements, words and known attributes, and make every run of blanks one, as browsers do."""
    waiting = [(element, False)]
    while waiting:
        parent, verbatim = waiting.pop()
        parent.attrs = {name: value for name, value in parent.attrs.items() if name in ATTRIBUTES}
        parent.name = RAW.get(parent.name, parent.name if NAME.fullmatch(parent.name) else "span")
        if parent.name == "iframe":
            parent.clear()
        before = ""
        for child in list(parent.children):
            if isinstance(child, Tag):
                waiting.append((child, verbatim or child.name in ("pre", "xmp", "listing", "plaintext")))
                before = child.name
            elif isinstance(child, PreformattedString):  # comments, and what else is no text
                child.extract()
            else:
                child.replace_with(_tidy_text(str(child), verbatim=verbatim, after_break=before == "br"))
                before = ""


def _tidy_text(text: str, *, verbatim: bool, after_break: bool) -> str:
    text = re.sub(f"[{BREAK}{LINK}{CODE}{SHOWN}]", "", text)
    if verbatim:
        return text
    text = re.sub(r"[ \t\n\f\r]+", " ", text)
    return text.lstrip(" ") if after_break else text


def _joined(text: str, end_of_line: str) -> str:
    """Put the marks right: a break before nothing is none, two part paragraphs, and "!" makes no picture."""
    text = re.sub(f"([!^]){LINK}", r"\\\1", text).replace(f"`{CODE}", "` ")
    text = text.replace(LINK, "").replace(CODE, "").replace(SHOWN, "!")
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.endswith(BREAK):
            content = line.rstrip(BREAK).rstrip()
            below = lines[at + 1] if at + 1 < len(lines) else ""
            ends = not content.strip(" >") or not below.strip(f" >{BREAK}")
            lines[at] = content if ends else content + end_of_line
    return "\n".join(lines).replace(BREAK, "").strip("\n")


def _is_safe(text: str, marks: Collection[str] = ()) -> bool:
    """Tell that a post's renderer, which lets raw HTML and pictures pass, finds none but ours: escapes can err."""
    unsafe = {"html_block", "html_inline", "footnote_ref", "footnote_block_open"}
    return not any(
        each.type in unsafe or (each.type == "image" and each.attrs.get("src") not in marks)
        for token in _parser().parse(text)
        for each in (token, *(token.children or ()))
    )


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin)


class PostConverter(MarkdownConverter):
    """Say for each element what it is in Markdown; `convert_*` is called with what its children became."""

    def __init__(self, base: str, *, shift: int = 0, at_hand: Finder | None = None) -> None:
        super().__init__(heading_style="atx", bullets="-", strip_pre=None)
        self.base = base
        self.at_hand = at_hand
        self.found: list[Picture] = []
        self.shift = shift
        self.items: dict[int, int] = {}
        self.pictures = 0
        self.embedded = 0

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return in_link(text) if "a" in parent_tags else linked(text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a link that leads out of the page, else its words alone."""
        words = text.strip()
        href = tree.address(str(el.get("href") or ""), base=self.base, schemes=("http", "https", "mailto"))
        if "_noformat" in parent_tags or not words or not href or "\n\n" in words or LINK in words or SHOWN in words:
            return text
        if el.get_text().strip() in (href, href.removesuffix("/")) and not href.startswith("mailto:"):
            return _between(text, f"<{href}>")
        return _between(text, f"{LINK}[{words}]({_in_brackets(href)})")

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Make a link of a picture, words of one saved beside the page: no page of ours asks another site."""
        alt = " ".join(str(el.get("alt") or "").split())
        names = str(el.get("class") or "")
        if re.search(r"\b(?:emoji|wp-smiley)\b", names):
            return escaped(alt)
        if re.search(r"\bavatar\b", names):
            return ""
        if (picture := self._picture_of(el)) and "_noformat" not in parent_tags:
            self.found.append(picture)
            return f"{SHOWN}[{in_link(alt)}]({picture.mark})"
        self.pictures += 1
        src = next(
            (str(el[name]) for name in ("data-orig-file", "data-src", "data-lazy-src", "src") if el.get(name)),
            "",
        )
        href = "" if re.search(r"_files/[^/]*$", src) else tree.address(src, base=self.base)
        if "a" in parent_tags:
            return in_link(alt) or gettext("Picture")
        if not href or "_noformat" in parent_tags:
            return gettext("(Picture: {words})", words=escaped(alt)) if alt else ""
        return f"{LINK}[{in_link(alt) or gettext('Picture')}]({_in_brackets(href)})"

    def _picture_of(self, el: Tag) -> Picture | None:
        """Return the picture of an element whose file lies beside the page."""
        names = ("src", "data-src", "data-lazy-src", "data-orig-file")
        addresses = (str(el.get(name) or "") for name in names) if self.at_hand else ()
        return next((found for each in addresses if self.at_hand and (found := self.at_hand(each))), None)

    def convert_iframe(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Make a link of something embedded."""
        source = el if el.get("src") or el.get("data") else el.find("source")
        src = str(source.get("src") or source.get("data") or "") if isinstance(source, Tag) else ""
        self.embedded += 1
        href = tree.address(src, base=self.base)
        return f"\n\n<{href}>\n\n" if href else ""

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if "_inline" in parent_tags else f"{BREAK}\n"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Number an item by counting, not by looking back at all before it."""
        ordered = el.parent is not None and el.parent.name == "ol"
        self.items[id(el.parent)] = number = self.items.get(id(el.parent), _start(el.parent)) + 1
        if not text.strip():
            return "\n"
        marker = f"{number}. " if ordered else "- "
        lines = text.strip().split("\n")
        indented = [f"{' ' * len(marker)}{line}" if line else "" for line in lines[1:]]
        return "\n".join([f"{marker}{lines[0]}", *indented]) + "\n"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep the words of code, whatever stands in it; lines make a block."""
        code = _words_of_code(el)
        if "_noformat" in parent_tags or not code:
            return text
        if "\n" in code and not parent_tags & {"_inline", "a", "em", "strong", "b", "i"}:
            return _fenced(code, "")
        code = " ".join(code.split())
        ticks = _ticks(code, least=1)
        inner = f" {code} " if "`" in code else code
        if parent_tags & {"td", "th"}:
            inner = inner.replace("|", "\\|")
        return _between(text, f"{CODE}{ticks}{inner}{ticks}")

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = _words_of_code(el)
        if not code or "_inline" in parent_tags:
            return escaped(" ".join(code.split()))
        return _fenced(code, _language(el))

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        title = " ".join(text.replace(BREAK, " ").split())
        return f"\n\n{'#' * min(6, max(2, n + self.shift))} {title}\n\n" if title else ""

    def convert_block(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f" {text.strip()} " if "_inline" in parent_tags else f"\n\n{text.strip()}\n\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self._bold(text)

    def convert_q(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"“{text}”"

    def convert_title(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def _bold(self, text: str) -> str:
        words = " ".join(text.replace(BREAK, " ").split())
        return f"\n\n**{words}**\n\n" if words and "*" not in words.replace("\\*", "") else f"\n\n{words}\n\n"

    convert_kbd = convert_samp = convert_tt = convert_code
    convert_embed = convert_object = convert_video = convert_audio = convert_iframe
    convert_address = convert_aside = convert_center = convert_details = convert_figure = convert_block
    convert_header = convert_footer = convert_main = convert_hgroup = convert_dd = convert_block
    convert_summary = convert_caption = convert_dt


class CommentConverter(PostConverter):
    """The same for comments, which have no headings, tables and lines."""

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        return self._bold(text)

    def convert_hr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return "\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{text.strip()}, " if el.find_next_sibling(["td", "th"]) else text.strip()

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{text.strip()}{BREAK}\n"

    convert_th = convert_td


def _start(of: Tag | None) -> int:
    """Return the number before a list's first."""
    start = str(of.get("start") or "") if of is not None else ""
    return int(start) - 1 if re.fullmatch(r"[0-9]{1,9}", start) else 0


def _between(text: str, made: str) -> str:
    """Put what was made in the place of the text's words, and keep the blanks around them."""
    return f"{' ' if text[:1] == ' ' else ''}{made}{' ' if text[-1:] == ' ' else ''}"


def _in_brackets(href: str) -> str:
    return f"<{href}>" if re.search(r"[()]", href) else href


def _words_of_code(el: Tag) -> str:
    """Return what code says, with a line's end where the page breaks a line."""
    for br in el.find_all("br"):
        br.replace_with("\n")
    return el.get_text().strip("\n").rstrip()


def _fenced(code: str, language: str) -> str:
    ticks = _ticks(code, least=3)
    return f"\n\n{ticks}{language}\n{code}\n{ticks}\n\n"


def _ticks(code: str, *, least: int) -> str:
    """Return a run of backticks that is longer than any in the code."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    return "`" * max(least, longest + 1)


def _language(pre: Tag) -> str:
    """Return the language that highlighters note on a block of code, "" for none."""
    tags = (pre, *pre.find_all("code", limit=1))
    names = " ".join(str(name) for tag in tags for name in tag.get_attribute_list("class"))
    match = re.search(r"\b(?:language-|lang-|brush:\s*)([a-z][a-z0-9+#-]{0,19})", names)
    return match[1] if match else ""
