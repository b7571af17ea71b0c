"""Dates as English-language blogs print them, to ISO 8601 in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
TIME = (
    r"(?:(?:\s*[,@|·–—-]\s*|\s+at\s+|\s+|t)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?)?"
)
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
SHAPES = tuple(
    re.compile(WEEKDAY + shape + TIME, re.IGNORECASE)
    for shape in (
        rf"{MONTH}\s+{DAY},?\s+(?P<year>\d{{4}})",
        rf"{DAY}\s+(?:of\s+)?{MONTH},?\s+(?P<year>\d{{4}})",
        r"(?P<year>\d{4})(?P<between>[-/.])(?P<month>\d{1,2})(?P=between)(?P<day>\d{1,2})",
    )
)


@dataclass(frozen=True)
class When:
    """`at` is ISO 8601 in UTC; `assumed` tells that no time zone stood there and UTC was taken."""

    at: str
    assumed: bool


def when(text: str) -> When | None:
    """Read one whole date, with or without a time ("March 4, 2018 at 9:12 pm"); None for all else.

    03/04/2018 is none: it is a day in March here and in April there.
    """
    squeezed = " ".join(text.split())
    if len(squeezed) > 80:
        return None
    date = next((match for shape in SHAPES if (match := shape.fullmatch(squeezed))), None)
    try:
        return _moment(date) if date else None
    except (ValueError, OverflowError):
        return None


def _moment(date: re.Match[str]) -> When:
    month = date["month"].lower()
    if int(date["year"]) < 1970:
        raise ValueError(f"No blog is from {date['year']}.")
    at = datetime(
        int(date["year"]),
        int(month) if month.isdecimal() else MONTHS.index(month[:3]) + 1,
        int(date["day"]),
        _hour(int(date["hour"] or 0), (date["half"] or "").lower()),
        int(date["minute"] or 0),
        int(date["second"] or 0),
        tzinfo=_zone((date["zone"] or "").lower()),
    )
    return When(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), assumed=date["zone"] is None)


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"There is no hour {hour} {half}.")
    return hour % 12 + (12 if half.startswith("p") else 0)


def _zone(offset: str) -> timezone:
    if offset[:1] not in ("+", "-"):
        return UTC
    digits = offset[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-distance if offset[0] == "-" else distance)
