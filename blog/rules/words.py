"""Word lists: an entry matches whole words, `*` widens it, letters are compared case-folded.

Entries that are one plain word cost nothing each: they are a set. Only entries with `*` or with other signs in them
are looked at one by one, and matched without regular expressions that a hostile line could make slow.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import nh3

from blog.rules.verdict import Submission

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class WordList:
    words: frozenset[str]
    # By one whole word that a text must have for it ("" where there is none): (entry, literal, starts, ends at a word)
    phrases: dict[str, list[tuple[int, str, str, bool, bool]]]
    wild: tuple[tuple[str, tuple[str, ...]], ...]  # (entry, the parts between its stars)


@lru_cache(maxsize=8)
def compiled(lines: str) -> WordList:
    """Turn a setting's lines into something quick to ask."""
    words: set[str] = set()
    phrases: dict[str, list[tuple[int, str, str, bool, bool]]] = {}
    wild: list[tuple[str, tuple[str, ...]]] = []
    for number, line in enumerate(lines.splitlines()):
        entry = line.strip().casefold()
        if not entry.strip("*"):
            continue
        if WORD.fullmatch(entry):
            words.add(entry)
        elif "*" in entry.strip("*"):
            wild.append((entry, tuple(entry.split("*"))))
        else:
            starts, ends, literal = not entry.startswith("*"), not entry.endswith("*"), entry.strip("*")
            phrase = (number, entry, literal, starts, ends)
            phrases.setdefault(_anchor(literal, starts, ends), []).append(phrase)
    return WordList(frozenset(words), phrases, tuple(wild))


def _anchor(literal: str, starts: bool, ends: bool) -> str:
    """Return the longest word of an entry that can only be matched by that whole word, "" when it has none."""
    whole = [
        match[0]
        for match in WORD.finditer(literal)
        if (starts or match.start() > 0) and (ends or match.end() < len(literal))
    ]
    return max(whole, key=len, default="")


def found(lines: str, submission: Submission) -> str | None:
    """Return the first entry of the list that the submission holds, in any of its fields."""
    if not lines:
        return None
    listed, texts = compiled(lines), _texts(submission)
    tokens = {token for text in texts for token in WORD.findall(text)}
    if hits := listed.words & tokens:
        return min(hits)
    for _, entry, literal, starts, ends in sorted(
        phrase for word in listed.phrases.keys() & {*tokens, ""} for phrase in listed.phrases[word]
    ):
        if any(_holds(text, literal, starts, ends) for text in texts):
            return entry
    pieces = {piece for text in texts for piece in text.split()} | tokens if listed.wild else set()
    return next((entry for entry, parts in listed.wild if any(_fits(piece, parts) for piece in pieces)), None)


def _texts(submission: Submission) -> tuple[str, ...]:
    """Return the fields to look in: the text raw, without markup, and as HTML that a browser would have made of it."""
    raw = submission.text
    fields = [
        raw,
        submission.plain,
        submission.author,
        submission.email,
        submission.url,
        submission.ip,
        submission.user_agent,
    ]
    if "<" in raw:
        fields += [re.sub(r"<[^<>]*>", "", raw), nh3.clean(raw, link_rel=None)]
    return tuple(field.casefold() for field in fields if field)


def _holds(text: str, literal: str, starts: bool, ends: bool) -> bool:
    """Tell whether `literal` stands in `text`, at word boundaries where its own edge is a letter or digit."""
    at = text.find(literal)
    while at >= 0:
        end = at + len(literal)
        inside = starts and at > 0 and _joined(text[at - 1], literal[0])
        inside = inside or (ends and end < len(text) and _joined(literal[-1], text[end]))
        if not inside:
            return True
        at = text.find(literal, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    return bool(WORD.match(left) and WORD.match(right))


def _fits(piece: str, parts: tuple[str, ...]) -> bool:
    """Match one run of letters against the parts between stars, leftmost first: linear in the text."""
    first, *middle, last = parts
    if not piece.startswith(first) or not piece.endswith(last) or len(piece) < len(first) + len(last):
        return False
    at, end = len(first), len(piece) - len(last)
    for part in middle:
        at = piece.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
