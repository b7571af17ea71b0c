"""A language made for tests: every sentence of the catalogue with accents, 40 % longer, within ⟦…⟧.

What people see outside of the brackets was not in the catalogue, and what is cut or lies over something else would
also be so in a language with long words.
"""

import math
import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from blog.rules.policy_words import WORDINGS
from tests import translations

LONGER = 1.4
ACCENTS = str.maketrans("aceiknosuyzACEIKNOSUYZ", "àçéïķñöšûýžÀÇÉÏĶÑÖŠÛÝŽ")
VOWEL = re.compile("[àéïöûýÀÉÏÖÛÝ]")
PLACE = re.compile(r"(\{\w*(?:![rs])?(?::\w+)?\}|%\(\w+\)s|%%)")
ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")


def spoken(sentence: str) -> str:
    """Return a sentence as the made language says it: its places are kept, its words grow by their vowels."""
    parts = PLACE.split(sentence)
    words = [part.translate(ACCENTS) for part in parts[::2]]
    vowels = sum(len(VOWEL.findall(part)) for part in words)
    wanted = math.ceil((LONGER - 1) * len(sentence))
    more = math.ceil(wanted / vowels) if vowels else 0
    for at, part in enumerate(words):
        grown = ""
        for letter in part:
            repeated = min(more, wanted) if VOWEL.match(letter) else 0
            grown += letter * (1 + repeated)
            wanted -= repeated
        words[at] = grown
    parts[::2] = words
    return f"⟦{''.join(parts)}⟧"


def catalogue(locale: str) -> Catalog:
    """Return all sentences of the program in the made language, with the plural forms of a real one."""
    made = Catalog(locale=locale, fuzzy=False)
    with translations.TEMPLATE.open("rb") as file:
        source = read_po(file)
    for message in source:
        if isinstance(message.id, str) and message.id:
            made.add(message.id, spoken(message.id), context=message.context)
        elif message.id:
            forms = (*map(spoken, message.id[:1]), *[spoken(message.id[1])] * (made.num_plurals - 1))
            if made.num_plurals == 1 or made.plural_expr not in ("(n != 1)", "(n > 1)"):
                forms = (spoken(message.id[1]),) * made.num_plurals
            made.add(message.id, forms, context=message.context)
    return made


def write_own_words(folder: Path, language: str) -> None:
    """Let a site speak the made language in place of another, whose direction and rules of CLDR it keeps."""
    path = folder / "translations" / f"{language}.po"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue(language))


class Texts(HTMLParser):
    """The texts of a page that people see or hear, without what they wrote (`USERS`)."""

    OWN = ("code", "kbd", "bdi", "time", "textarea", "script", "style", "svg", "blockquote", "q")
    USERS = re.compile(r"\b(words|said|site-name|home|prose|summary|closing-note|context|catchword|mail)\b")
    VOID = ("meta", "link", "input", "img", "br", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self._open and self._open[-1][1]:
            attrs = []  # a label within what people wrote is a part of it
        self.found += [values[name] or "" for name in ATTRIBUTES if dict(attrs).get(name) and tag != "link"]
        if tag not in self.VOID:
            skipped = (
                tag in self.OWN
                or (tag == "option" and "lang" in values)
                or bool(self.USERS.search(values.get("class") or ""))
            )
            self._open.append((tag, skipped or (bool(self._open) and self._open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self._open and self._open[-1][1]):
            self.found.append(" ".join(data.split()))


def outside(page: str, known: tuple[str, ...] = ()) -> set[str]:
    """Return what stands outside of all brackets; `known` is what people wrote."""
    texts = Texts()
    texts.feed(page)
    return {found for text in _joined(texts.found) if (found := rest(text, known))}


def _joined(parts: list[str]) -> list[str]:
    """Join a sentence again that has an element at one of its places."""
    joined: list[str] = []
    for part in parts:
        if joined and joined[-1].count("⟦") > joined[-1].count("⟧"):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def rest(text: str, known: tuple[str, ...] = ()) -> str:
    """Return a text without what is within brackets, dates and what is known; "" when no word is left."""
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = inner
    for each in sorted((*known, *KNOWN), key=len, reverse=True):
        text = text.replace(each, "")
    text = " ".join(re.sub(r"\d[\d.]*", "0", DATES.sub("", text)).split())
    return text if re.search(r"[A-Za-z]{2}", text) else ""


# What is the same in every language.
KNOWN = (
    "Afterword",
    "example.org",
    "Markdown",
    "Atom",
    "Esc",
    "Ctrl",
    "Shift",
    "SQLite",
    "url",  # the setting in blog.toml
    "#bf1d14",
    *("kB", "MB", "GB"),  # units that CLDR writes
    *("Advertising", "Off topic", "Said already", "Unkind"),  # the site's own list of reasons
    *(choice for setting in WORDINGS.values() for choice in setting.choices),  # values of settings
)
DATES = re.compile(
    r"(januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
    r"|og|(jan|feb|mar|apr|jun|jul|aug|sep|okt|nov|dec)\.?)\b|urn:uuid:[0-9a-f-]+|https?://\S*",
    re.I,
)
