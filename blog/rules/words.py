"""Word lists: an entry matches whole words, `*` widens it, and letters are compared as readers see them.

Entries of one plain word form a set, and so do networks. Every other entry is indexed by a few letters that a text must
contain for it. So a list may have tens of thousands of lines. Entries are not regular expressions, so none is slow by
backtracking.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import nh3

from blog.rules.verdict import Submission
from blog.text import fold

WORD = re.compile(r"\w+")
GRAMS = (6, 4, 3, 2, 1)  # letters of an entry's longest part that index it, as many as it has
EDGED = "\x01\\g<0>\x02"
OPEN_EDGE = re.compile("\x02?\\*+\x01?")  # a star is next to it: the word may go on


@dataclass(frozen=True)
class WordList:
    """A compiled list: plain words, networks, and `patterns` for all other entries.

    `patterns` finds an entry by letters that a text must contain for it: their number first, then the letters. An entry
    is its line number, its text, and its parts, which follow each other without a blank between them.
    """

    words: frozenset[str]
    patterns: dict[int, dict[str, list[tuple[int, str, tuple[str, ...]]]]]
    networks: dict[tuple[int, int], dict[int, str]]  # (version, bits) -> network -> entry


@lru_cache(maxsize=8)
def compiled(lines: str) -> WordList:
    """Compile a setting's lines."""
    words: set[str] = set()
    patterns: dict[int, dict[str, list[tuple[int, str, tuple[str, ...]]]]] = {}
    networks: dict[tuple[int, int], dict[int, str]] = {}
    for number, line in enumerate(lines.splitlines()):
        entry = line.strip().casefold()
        literal = fold(entry)
        if not literal.strip("*"):
            continue
        if (network := _network(entry)) is not None:
            size = (network.version, network.prefixlen)
            networks.setdefault(size, {}).setdefault(int(network.network_address), entry)
        if _words(literal) == [literal]:
            words.add(literal)
            continue
        parts = tuple(part for part in OPEN_EDGE.sub("*", _edged(literal)).split("*") if part)
        longest = max(parts, key=len)
        length = next(length for length in GRAMS if len(longest) >= length)
        patterns.setdefault(length, {}).setdefault(longest[:length], []).append((number, entry, parts))
    return WordList(frozenset(words), patterns, networks)


def first_match(lines: str, submission: Submission) -> str | None:
    """Return the first entry of the list that any field of the submission contains."""
    if not lines:
        return None
    listed, texts = compiled(lines), _texts(submission)
    if listed.words and (hits := listed.words & {word for text in texts for word in _words(text)}):
        return min(hits)
    if (network := _network_of(listed, submission.ip)) is not None:
        return network
    if not listed.patterns:
        return None
    return min((hit for text in texts for hit in _hits(listed, _edged(text))), default=(0, None))[1]


def _hits(listed: WordList, text: str) -> Iterator[tuple[int, str]]:
    for length, grams in listed.patterns.items():
        held = {text[at : at + length] for at in range(len(text) - length + 1)}
        for gram in grams.keys() & held:
            for number, entry, parts in grams[gram]:
                if parts[0] in text and parts[-1] in text and (len(parts) == 1 or _holds(text, parts)):
                    yield number, entry


def _texts(submission: Submission) -> tuple[str, ...]:
    """Return the texts to search: every field, and the text also without tags and as a browser would read its HTML."""
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
    return tuple(dict.fromkeys(fold(field) for field in fields if field))


@lru_cache(maxsize=4096)
def _mark(sign: str) -> bool:
    """Tell whether a character belongs to the letter before it, like accents, or the vowels of Hindi and Thai."""
    return unicodedata.category(sign) in ("Mn", "Mc")


def _words(text: str) -> list[str]:
    if text.isascii():
        return WORD.findall(text)
    return re.findall(_word_of(text), text)


def _word_of(text: str) -> str:
    """Return the regular expression for a word of this text: letters, digits, and the combining marks that it has."""
    return rf"[\w{re.escape(''.join(sorted(sign for sign in set(text) if _mark(sign))))}]+"


def _edged(text: str) -> str:
    """Mark the beginning and the end of each word, so that entries can match them."""
    if text.isascii():
        return WORD.sub(EDGED, text)
    return re.sub(_word_of(text), EDGED, text)


def _holds(text: str, parts: tuple[str, ...]) -> bool:
    """Tell whether the parts follow each other without a blank: the leftmost place of each, without going back."""
    at = text.find(parts[0])
    while at >= 0:
        at, fits = at + len(parts[0]), True
        for part in parts[1:]:
            blank = text.find(" ", at)
            place = text.find(part, at, (len(text) if blank < 0 else blank) + len(part))
            if place < 0:
                fits = False
                break
            at = place + len(part)
        if fits:
            return True
        # A star spans all to the next blank, so a later beginning before it would find no more.
        blank = text.find(" ", at)
        at = text.find(parts[0], blank) if blank >= 0 else -1
    return False


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Read an entry like 203.0.113.0/24 or 2001:db8::7; None for what is no address."""
    if not entry[:1].isalnum() and entry[:1] != ":":
        return None
    if "." not in entry and ":" not in entry:
        return None
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _network_of(listed: WordList, ip: str) -> str | None:
    """Return the entry whose network an address belongs to."""
    if not listed.networks:
        return None
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    for (version, bits), networks in listed.networks.items():
        if version == address.version:
            network = networks.get(int(address) >> (address.max_prefixlen - bits) << (address.max_prefixlen - bits))
            if network is not None:
                return network
    return None
