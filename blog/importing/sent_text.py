"""HTML that a program sends for a post or a comment, as the Markdown that says the same."""

import re

from bs4 import BeautifulSoup

from blog.importing import comment_text, markup, tree

TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>|<!--")
CODE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)|(`+)[^`].*?\1", re.DOTALL | re.MULTILINE)


def holds_html(text: str) -> bool:
    """Tell whether a text has HTML in it that is no code."""
    return bool(TAG.search(CODE.sub("", text)))


def post(text: str) -> str:
    """Return the text of a post without HTML: as it is, where it has none."""
    if not holds_html(text):
        return text
    body = BeautifulSoup(text, tree.PARSER, multi_valued_attributes=None).body
    return markup.post(body, base="").text if body else ""


def comment(text: str) -> str:
    """Return the text of a comment without HTML: as it is, where it has none. A line's end stays one."""
    return comment_text.from_html(text, breaks=True) if holds_html(text) else text
