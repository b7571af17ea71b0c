"""The features of a comment: words, pairs of words, letter groups, links, shape and the sender's names.

They come from the comment alone; nothing is looked up. A feature is a number, the CRC-32 of its name; the same text
gives the same numbers in the same order on every machine.
"""

from __future__ import annotations

import html
import re
import unicodedata
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zlib import crc32

from blog.rules.signals import coded

GROUPS = ("word", "pair", "letters", "link", "shape", "sender")
TEXT_READ = (6000, 2000)  # characters at the beginning and the end of a longer text, where spam states its purpose
WORDS_READ = 400
LETTERS_READ = (700, 300)
SHORTEST, LONGEST = 2, 5  # letters in a group
LONGEST_DOMAIN = 200

TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,15})\b[^<>]{0,1000}>", re.IGNORECASE)
HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
BLOCKS = frozenset({"br", "p", "div", "li", "blockquote"})
ADDRESS = re.compile(r"""(?:https?://|www\.)[^\s<>"')\]]+""", re.IGNORECASE)
DOMAIN = re.compile(r"[^\w]*((?:[a-z0-9-]+\.)+([a-z]{2,6})(/[^\s<>\"')\]]*)?)[^\w]*", re.IGNORECASE)
TOPS = re.compile(
    "com|net|org|info|biz|edu|gov|io|co|me|tv|us|uk|eu|de|fr|es|it|nl|ru|cn|jp|in|br|au|ca|ch|at|pl|se|no|xyz|top|site"
    "|online|shop|club|store|app|dev|blog|live|pro|win|bid|ly|gl|be|tk|ml|ga|cf|cc|to|ws",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Features:
    """The features of one comment by group: their numbers and, except for letter groups, their names.

    `spans` gives for each letter group (in the order of `numbers["letters"]`) the words of the text that contain it.
    """

    numbers: dict[str, array[int]]
    names: dict[int, str] = field(default_factory=dict)
    spans: list[list[int]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def of(fields: Mapping[str, str | None]) -> Features:
    """Return the features of a comment: `text`, and where known `author`, `email` and `url`."""
    body, links = _plain(_ends(fields.get("text") or "", TEXT_READ))
    tokens, found = _tokens(body)
    links = list(dict.fromkeys([*links, *found]))[:20]
    words = WORD.findall(DIGIT.sub("0", " ".join(tokens).casefold()))
    read = words[:WORDS_READ]
    letters, spans, owners = _letters(DIGIT.sub("0", body.casefold()))
    groups: dict[str, dict[str, str]] = {
        "word": {word: word for word in read},
        "pair": _pairs(read),
        "letters": dict.fromkeys(letters, ""),
        "link": _links(links),
        "shape": _shape(body, words, links),
        "sender": _sender(fields),
    }
    numbers: dict[str, array[int]] = {}
    names: dict[int, str] = {}
    for group in GROUPS:
        mark = group[0] if group != "sender" else "n"
        numbers[group] = array("I", (crc32(f"{mark} {name}".encode("utf-8", "replace")) for name in groups[group]))
        if group != "letters":
            names.update(zip(numbers[group], groups[group].values(), strict=True))
    return Features(numbers, names, spans, owners)


def _ends(text: str, most: tuple[int, int]) -> str:
    """Return the beginning and the end of a longer text, a shorter one whole."""
    first, last = most
    return text if len(text) <= first + last else f"{text[:first]} {text[-last:]}"


def _plain(text: str) -> tuple[str, list[str]]:
    """Return a text without markup and invisible characters, and the addresses that its markup links to."""
    raw = html.unescape(text)
    bare = TAG.sub(lambda found: " " if found[2].lower() in BLOCKS else "", raw)
    body = unicodedata.normalize("NFKC", bare)
    if not body.isascii():
        body = "".join(each for each in body if unicodedata.category(each) != "Cf")
    return body, HREF.findall(raw)


def _tokens(body: str) -> tuple[list[str], list[str]]:
    """Return the tokens of a text, with an arrow for each address, and the addresses."""
    tokens, links = [], []
    for token in body.split():
        link = ADDRESS.search(token) if "http" in token.lower() or "www" in token.lower() else None
        bare = DOMAIN.fullmatch(token) if link is None and "." in token and len(token) <= LONGEST_DOMAIN else None
        if link is not None:
            links.append(link[0])
            tokens.append(f"{token[: link.start()]} → {token[link.end() :]}")
        elif bare is not None and (bare[3] or TOPS.fullmatch(bare[2])):
            links.append(bare[1])
            tokens.append("→")
        else:
            tokens.append(token)
    return tokens, links


def _pairs(words: list[str]) -> dict[str, str]:
    if not words:
        return {"^ $": coded("empty")}
    pairs: dict[str, str] = {}
    for left, right in zip(["^", *words], [*words, "$"], strict=True):
        if left == "^":
            pairs[f"^ {right}"] = coded("begins", right)
        elif right == "$":
            pairs[f"{left} $"] = coded("ends", left)
        else:
            pairs[f"{left} {right}"] = f"{left} {right}"
    return pairs


def _letters(folded: str) -> tuple[dict[str, None], list[list[int]], list[str]]:
    """Return the letter groups, for each the positions of the words that contain it, and those words."""
    words = _ends(" ".join(folded.split()), LETTERS_READ).split()
    line = f" {' '.join(words)} " if words else ""
    owner = [0]
    for place, word in enumerate(words):
        owner += [place] * (len(word) + 1)
    spans: dict[str, list[int]] = {}
    for size in range(SHORTEST, LONGEST + 1):
        half = size // 2
        for start in range(len(line) - size + 1):
            spans.setdefault(line[start : start + size], []).append(owner[start + half])
    return dict.fromkeys(spans), list(spans.values()), words


def _links(links: list[str], prefix: str = "") -> dict[str, str]:
    found = {f"count {min(len(links), 4)}": coded("links", len(links))}
    for link in links:
        address = link.casefold()
        try:
            parts = urlsplit(address if "//" in address else f"//{address}")
        except ValueError:
            continue
        host = parts.netloc.removeprefix("www.")
        top = host.rsplit(".", 1)[-1]
        found[f"host {host}"] = coded(f"{prefix}host", host)
        found[f"top {top}"] = coded(f"{prefix}top", top)
        for word in re.findall(r"[a-z]+", parts.path + " " + parts.query)[:8]:
            found[f"path {word}"] = coded(f"{prefix}path", word)
        shape = re.sub(r"[a-z]+", "a", re.sub(r"\d+", "0", parts.path))[:12]
        found[f"shape {shape}"] = coded(f"{prefix}shape", shape) if shape else coded(f"{prefix}bare")
    return found


SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8)


def _shape(body: str, words: list[str], links: list[str]) -> dict[str, str]:
    length = len(body) or 1
    letters = [each for each in body if each.isalpha()]
    kinds = [unicodedata.category(each) for each in body[:4000]]
    shares = {
        "capitals": sum(each.isupper() for each in letters) / (len(letters) or 1),
        "digits": sum(kind == "Nd" for kind in kinds) / length,
        "punctuation": sum(kind[0] == "P" for kind in kinds) / length,
        "emoji": sum(kind in ("So", "Sk") for kind in kinds) / length,
        "different words": len(set(words)) / (len(words) or 1),
    }
    shape = {f"{what} {_step(share)}": coded(what.split(" ")[0], round(share * 100)) for what, share in shares.items()}
    exclamations, breaks = body.count("!"), body.count("\n")
    shape |= {
        f"length {len(body).bit_length()}": coded("characters", len(body)),
        f"words {len(words).bit_length()}": coded("words", len(words)),
        f"exclamations {exclamations.bit_length()}": coded("exclamations", exclamations),
        f"lines {breaks.bit_length()}": coded("lines", breaks + 1),
    }
    return shape | {f"script {script}": coded("script", script) for script in _scripts(letters[:400])}


def _step(share: float) -> int:
    return next((step for step, most in enumerate(SHARES) if share <= most), len(SHARES))


def _scripts(letters: Iterable[str]) -> list[str]:
    return sorted({unicodedata.name(each, "unknown").split(" ", 1)[0].lower() for each in set(letters)})


def _sender(fields: Mapping[str, str | None]) -> dict[str, str]:
    author, email, url = (fields.get(name) or "" for name in ("author", "email", "url"))
    found: dict[str, str] = {}
    for word in WORD.findall(author.casefold())[:6]:
        found[f"name {DIGIT.sub('0', word)}"] = coded("name", word)
    if author:
        words = len(author.split())
        found[f"name words {min(words, 4)}"] = coded("name-words", words)
        found[f"name digits {any(each.isdigit() for each in author)}"] = (
            coded("name-digits") if DIGIT.search(author) else coded("name-no-digits")
        )
    local, _, host = email.casefold().rpartition("@")
    if host:
        top = host.rsplit(".", 1)[-1]
        found[f"email at {host}"] = coded("email-host", host)
        found[f"email top {top}"] = coded("email-top", top)
        digits = len(DIGIT.findall(local))
        found[f"email digits {min(digits, 4)}"] = coded("email-digits", digits)
    if url:
        found |= {f"site {name}": signal for name, signal in list(_links([url], "site-").items())[1:]}
    return found
