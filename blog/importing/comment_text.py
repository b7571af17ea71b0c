"""The texts of comments in exports, HTML or plain words, to the Markdown that a comment may hold."""

import html
import re

from bs4 import BeautifulSoup

from blog.comments.drafts import LIMITS
from blog.importing import markup, tree
from blog.importing.literal import linked
from blog.text import UNFIT

TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
LARGEST_HTML = 500_000
DEEPEST = 100


def from_html(source: str, *, breaks: bool = False) -> str:
    """Return HTML as Markdown; with `breaks` a line's end is one and an empty line a paragraph, as in WordPress."""
    source = UNFIT.sub("", source.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not TAG.search(source):
        words = html.unescape(source)
        return linked(words if breaks else " ".join(words.split()))
    if len(source) > LARGEST_HTML or tree.open_at_once(source) > tree.MAX_OPEN:
        return linked(html.unescape(TAG.sub("", source)))
    if breaks:
        source = "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in PARAGRAPHS.split(source))
    soup = BeautifulSoup(source, tree.PARSER, multi_valued_attributes=None)
    body = soup.body
    if body is None:
        return ""
    if tree.depth(body) > DEEPEST:
        return linked(tree.words(body))
    return squeezed(markup.comment(body, base="").text)


def squeezed(text: str) -> str:
    """Return Markdown with one empty line where there were several, unless there is code in it."""
    return text if "```" in text else re.sub(r"\n{3,}", "\n\n", text)


def from_markdown(source: str) -> str:
    """Return a text that was Markdown there already."""
    return UNFIT.sub("", source.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def name(value: str) -> str:
    """Return a name on one line, no longer than names are."""
    return " ".join(UNFIT.sub("", html.unescape(value)).split())[: LIMITS["author"]]
