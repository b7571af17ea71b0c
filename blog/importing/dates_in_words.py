"""Dates in the languages of most blogs, and relative ones, read by the library dateparser."""

import re
import warnings
from datetime import UTC, datetime
from functools import lru_cache

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
LONGEST = 80
EARLIEST = 1990  # before it there was no blog: such a year is a misreading
# A day, or a number of units ago; without a digit there is none of both.
DIGIT = re.compile(r"\d")
# 03/04/2018 is a day in March here and in April there.
AMBIGUOUS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2,4})\b.*")
MONTH = re.compile(
    r"\b(?:jan|ene|gen|f[eé]v|feb|febr|m[aä]r|maa|mrt|apr|avr|abr|ma[iyj]|mei|mag|ju[inl]|giu|lug|aug|ago|ao[uû]|sept?|set"
    r"|o[ckt]t|ott|out|nov|d[eé][cz]|dic)\w*",
    re.IGNORECASE,
)
NUMBERS = re.compile(r"\b\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b")
MOST_WORDS = 10
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
RELATIVE = re.compile(
    r"\b(?:ago|vor|il y a|hace|fa|há|atrás|geleden|yesterday|gestern|hier|ayer|ieri|ontem|gisteren)\b", re.IGNORECASE
)
# What stands around a date: “Posted on”, “um 21:07 Uhr”, “par Jean”.
BEFORE = re.compile(
    r"^(?:(?:posted|published|on|am|le|el|il(?! y a)|em|op|dit|said|says|geschrieben|veröffentlicht|publié|publicado)\b"
    r"[:,]?\s*)+",
    re.IGNORECASE,
)
AFTER = re.compile(r"\s*(?:\bUhr\b|[|·–—,-])\s*$", re.IGNORECASE)


@lru_cache(4_096)
def read(text: str, *, language: str = "", now: datetime | None = None) -> tuple[str, bool] | None:
    """Return the moment that a text names, in UTC, and whether its time zone was assumed; None for all else.

    `language` is the page's, which tells days from months in numbers. Relative dates count from `now`, the time when
    the page was saved; without it they are none.
    """
    text = AFTER.sub("", BEFORE.sub("", " ".join(text.split())))
    text = re.sub(r"(?<=\d)\.(?=\d\d(?:\s*Uhr)?$)", ":", text)
    if not 4 < len(text) <= LONGEST or not (DIGIT.search(text) or RELATIVE.search(text)):
        return None
    relative = RELATIVE.search(text) is not None
    if len(text.split()) > MOST_WORDS or not (relative or NUMBERS.search(text) or MONTH.search(text)):
        return None  # before the library, which takes a while to say so
    if (now is None) if relative else not _has_year(text):
        return None
    numbers = AMBIGUOUS.fullmatch(text)
    main = language.lower()[:2]
    if numbers and int(numbers[1]) <= 12 and int(numbers[2]) <= 12 and numbers[1] != numbers[2] and main in ("", "en"):
        return None
    found = _parsed(text, main, now)
    if found is None or not EARLIEST <= found.year <= 2100:
        return None
    zone = re.search(r"(?:\b(?:UTC|GMT|Z)\b|[+-]\d\d:?\d\d)\s*$", text) is not None
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), not zone and not relative


def _has_year(text: str) -> bool:
    return YEAR.search(text) is not None or re.match(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b", text) is not None


def _parsed(text: str, language: str, now: datetime | None) -> datetime | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library, about dates without a year
        import dateparser

        order = [language] if language in LANGUAGES else []
        found: datetime | None = dateparser.parse(
            text,
            languages=[*order, *(each for each in LANGUAGES if each not in order)],
            settings={
                "TIMEZONE": "UTC",
                "RETURN_AS_TIMEZONE_AWARE": True,
                "REQUIRE_PARTS": ["day", "month", "year"],
                "DATE_ORDER": "DMY",
                "RELATIVE_BASE": (now or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None),
                "PARSERS": ["relative-time", "absolute-time"],
            },
        )
        return found
