"""Read a saved blog page, plain text or HTML, into a post and its comments; fetch and store nothing."""

import re

from blog.importing import plain, wordpress_page
from blog.importing.decoding import text_of
from blog.importing.markup import Finder
from blog.importing.model import Page, Unreadable
from blog.wording import gettext, number

__all__ = ["LARGEST", "Page", "Unreadable", "read"]

LARGEST = 20 * 1024 * 1024  # bytes; a saved page with its pictures inside reaches 10 MB
MARKUP = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<article[\s>]|<div[\s>]|<p[\s>]", re.IGNORECASE)
FEED = re.compile(r"<\?xml[^>]*>\s*(?:<!--.*?-->\s*)*<(?:rss|feed|opml)\b|<(?:rss|feed|opml)\b", re.DOTALL)
MHTML = re.compile(r"(?:^|\n)content-type:\s*multipart/related", re.IGNORECASE)


def read(source: str | bytes, *, name: str, at_hand: Finder | None = None) -> Page:
    """Return what the page holds; `name` is the file's, for messages and, at need, for the title.

    `at_hand` finds the pictures whose files lie beside the page.

    Raises Unreadable, with a sentence, for what is too large, no text, or holds no post.
    """
    if len(source) > LARGEST:
        raise Unreadable(
            gettext(
                "{name} is {size} MB; at most {most} MB can be read.",
                name=name,
                size=number(round(len(source) / 1024**2)),
                most=number(LARGEST // 1024**2),
            )
        )
    text, doubts = text_of(source, name=name)
    start = text.lstrip()[:4096]
    if not start:
        raise Unreadable(gettext("{name} is empty.", name=name))
    if MHTML.search(start):
        raise Unreadable(
            gettext("{name} is a web archive (MHTML). Save the page as HTML or as text instead.", name=name)
        )
    if start.startswith("<") and (FEED.match(start) or not MARKUP.search(start)):
        raise Unreadable(gettext("{name} is XML, perhaps a feed or an export, and no saved page.", name=name))
    if start.startswith("<"):
        return wordpress_page.read(text, name=name, doubts=doubts, at_hand=at_hand)
    return plain.read(text, name=name, doubts=doubts)
