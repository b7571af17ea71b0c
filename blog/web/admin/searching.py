"""The search of the desk: what is typed into the one field of every page, its hits, and the marks in what it finds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

from blog import comments
from blog.moderation import Selection, hits, operators
from blog.web.admin import verdicts

PART = re.compile(r"(<[^>]*>|&[a-z0-9#]+;)", re.IGNORECASE)  # of HTML, what is no text to mark in


def narrowed(chosen: Selection, typed: str) -> Selection:
    """Return a selection narrowed by what was typed; a rule may be named by the heading of its pile."""
    chosen = operators.narrowed(chosen, typed) if typed else chosen
    domain = comments.host_of(f"//{chosen.domain}") or chosen.domain.lower()
    return replace(chosen, domain=domain, rule=verdicts.rule_named(chosen.rule))


def query_of(chosen: Selection) -> dict[str, str]:
    """Return what an address has of a search, and of the filters that it could set, but did not."""
    typed = operators.parse(chosen.typed).values
    filters = {name: getattr(chosen, name) for name in ("post", "rule", "domain") if name not in typed}
    return {"q": chosen.typed, **filters}


def load(db: Any, chosen: Selection, *, everywhere: bool) -> dict[str, Any]:
    """Return the hits of a search in each status, and the status to show; of one that names none (`everywhere`), the
    first with hits.
    """
    if not chosen.typed:
        return {"hits": None, "status": chosen.status}
    found = hits.hits(db, chosen)
    return {"hits": found, "status": hits.first_with_hits(found) if everywhere else chosen.status}


def with_marks(row: dict[str, Any], chosen: Selection) -> dict[str, Any]:
    """Return a row with the words that were looked for marked in its text."""
    words = chosen.question.words
    return {**row, "text_html": mark(row["text_html"], words)} if words else row


def mark(html: str, words: Iterable[str]) -> str:
    """Mark words in the text of rendered HTML, whatever their capitals; tags and character references stay whole."""
    wanted = sorted({escape(word, quote=False) for word in words}, key=len, reverse=True)
    if not wanted:
        return html
    pattern = re.compile("|".join(re.escape(word) for word in wanted), re.IGNORECASE)
    parts = PART.split(html)
    return "".join(part if n % 2 else pattern.sub(r"<mark>\g<0></mark>", part) for n, part in enumerate(parts))


def completions(posts: Iterable[Mapping[str, Any]], piles: Iterable[tuple[str, int]]) -> list[str]:
    """Return the posts and rules of this list, as they are typed into the search."""
    rules = [f"rule:{_quoted(verdicts.pile(rule))}" for rule, _ in piles]
    return [*rules, *(f"post:{post['slug']}" for post in posts)]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
