"""Characters that are invisible, or that no page can hold; and texts compared as people see them.

Capitals, styled letters, invisible characters and look-alikes make no difference then.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@.,;:<>()\[\]\\\"]+(\.[^\s@.,;:<>()\[\]\\\"]+)+")
LOOK_ALIKES = Path(__file__).parent / "confusables.txt"
# Unicode's Default_Ignorable_Code_Point, and the other format characters that are not drawn. For a class of `re`.
UNDRAWN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
ASCII_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"  # but for tab, line feed and carriage return
LATIN_CONTROLS = r"\x80-\x9f"
DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
NO_CHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
RARE_NO_CHARACTERS = "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17))
REFUSED = re.compile(f"[{ASCII_CONTROLS}{NO_CHARACTERS}{RARE_NO_CHARACTERS}]")  # in a comment
UNFIT = re.compile(f"[{ASCII_CONTROLS}{LATIN_CONTROLS}{NO_CHARACTERS}{RARE_NO_CHARACTERS}]")  # for HTML and XML
# The same for a whole page, without the rare ones, which XML allows and files and comments do not bring: with them a
# page of 120,000 characters takes 6 ms, without them half a millisecond.
UNFIT_IN_PAGE = re.compile(f"[{ASCII_CONTROLS}{LATIN_CONTROLS}{NO_CHARACTERS}]")
UNPRINTABLE = re.compile(rf"[{ASCII_CONTROLS}\r{LATIN_CONTROLS}{DIRECTIONS}]")  # they would control a terminal
SURROGATES = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")
# Format characters that most fonts draw, or draw as a mark above their neighbours.
FORMAT = re.compile(r"[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
DOTTED = "i\u0307"  # the small letter of the Turkish İ; with I and ı it makes four that nobody types alike
BLANK = r"\s\x00-\x1f\x7f-\xa0\u2800"
INVISIBLE = re.compile(f"[{UNDRAWN}]")
BLANKS = re.compile(f"[{BLANK}]+")
VISIBLE = re.compile(f"[^{BLANK}{UNDRAWN}]")


def has_all(text: str, wanted: str) -> bool:
    """Tell whether a text holds each line of what is wanted, which comes folded; SQL asks it too (storage/store.py)."""
    folded = text.casefold()
    return all(part in folded for part in wanted.split("\n"))


def fit(text: str) -> str:
    """Return a text without what no page can hold; a character that was written as its two surrogates is joined."""
    joined = SURROGATES.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return UNFIT.sub("", joined)


def printable(text: str) -> str:
    """Return a text that a terminal shows as it is, with a mark in place of what would control it."""
    return UNPRINTABLE.sub("\ufffd", text)


def visible(text: str) -> str:
    """Return a text without invisible signs, on one line, with single blanks."""
    return BLANKS.sub(" ", INVISIBLE.sub("", text)).strip()


def fold(text: str) -> str:
    """Return a text as it is compared: without capitals, styled letters, invisible signs and more than one blank."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", visible(unicodedata.normalize("NFKC", text)).casefold())
    return " ".join(folded.replace(DOTTED, "i").replace("ı", "i").split())


def alphabetical(text: str) -> tuple[str, str]:
    """Return the key by which names are sorted: Ä beside A, capitals beside small letters."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)), text


def skeleton(text: str) -> str:
    """Return what a text looks like (UTS #39): texts with the same skeleton are hard to tell apart by eye."""
    looks = unicodedata.normalize("NFD", text).translate(_look_alikes())
    return unicodedata.normalize("NFD", INVISIBLE.sub("", looks))


@lru_cache(maxsize=1024)
def name_keys(name: str) -> tuple[str, ...]:
    """Return the keys of a name; two names that share one are the same to a reader.

    Capitals may hide a look-alike (“OIga” with a capital I), and a look-alike may hide a capital. So one key is folded
    before it becomes a skeleton, and one after; and among capitals a small l is taken for an I as well (“JUDlTH”).
    Blanks do not count: a reader does not see how many there are, or whether a filler is one.
    """
    plain = visible(FORMAT.sub("", unicodedata.normalize("NFKC", name)))
    looks = skeleton(plain)
    keys = [skeleton(fold(plain)), skeleton(fold(looks))]
    capitals = looks.replace("l", "")
    if len(capitals) > 1 and capitals.isupper():
        keys.append(skeleton(fold(looks.replace("l", "I"))))
    return tuple(dict.fromkeys(key for key in (BLANKS.sub("", each) for each in keys) if key))


@lru_cache(maxsize=1)
def _look_alikes() -> dict[int, str]:
    """Read the table: what each character looks like."""
    table: dict[int, str] = {}
    for line in LOOK_ALIKES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            looks, _, characters = line.partition(";")
            seen = "".join(chr(int(code, 16)) for code in looks.split())
            table.update((int(code, 16), seen) for code in characters.split())
    return table
