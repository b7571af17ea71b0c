"""Counts, dates, durations and lists as people write them: CLDR's rules, by Babel.

A sentence is written whole, with named places: `plural(n, "One link.", "{n} links.")`. A sentence that is put together
from parts cannot be translated.
"""

import math
from collections.abc import Iterable
from datetime import date as calendar_day
from datetime import datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal

ENGLISH = Locale("en", "GB")
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def number(n: float, locale: Locale = ENGLISH) -> str:
    """Write a number with grouped digits: 1,234."""
    written: str = format_decimal(n, locale=locale)
    return written


def plural(n: int, one: str, many: str, *, locale: Locale = ENGLISH, **places: Any) -> str:
    """Return the sentence for a count, with the number at `{n}` and every other value at the place of its name."""
    sentence = one if locale.plural_form(n) == "one" else many
    return sentence.format(n=number(n, locale), **places)


def listed(words: Iterable[str], locale: Locale = ENGLISH) -> str:
    """Write a list: a, b and c."""
    return format_list(list(words), locale=locale)


def date(local: datetime, locale: Locale = ENGLISH) -> str:
    """Write a date: 7 May 2026."""
    return format_date(local, "long", locale=locale)


def month(local: datetime, locale: Locale = ENGLISH) -> str:
    """Write a month: May 2026."""
    return format_skeleton("yMMMM", local, locale=locale)


def day_and_month(day: calendar_day, locale: Locale = ENGLISH) -> str:
    """Write a day of this year in short: 7 May, 12 Sep."""
    return format_date(day, "d MMM", locale=locale)


def time(local: datetime, locale: Locale = ENGLISH) -> str:
    """Write a time of day: 09:31."""
    return format_time(local, "short", locale=locale)


def date_and_time(local: datetime, locale: Locale = ENGLISH) -> str:
    """Write a date and time: 7 May 2026, 09:31."""
    return str(get_datetime_format("medium", locale=locale)).format(time(local, locale), date(local, locale))


def about(seconds: float, locale: Locale = ENGLISH) -> str:
    """Write a duration as one says it: about 3 hours."""
    minutes, hours, days = (max(1, round(seconds / size)) for size in (MINUTE, HOUR, DAY))
    if minutes < 60:
        return plural(minutes, "about a minute", "about {n} minutes", locale=locale)
    if hours < 36:
        return plural(hours, "about an hour", "about {n} hours", locale=locale)
    return plural(days, "about a day", "about {n} days", locale=locale)


def ago(seconds: float, locale: Locale = ENGLISH) -> str:
    """Write how long ago something was, in the largest unit that fits: 3 min, 2 h, 5 d."""
    for size, written in ((DAY, "{n} d"), (HOUR, "{n} h"), (MINUTE, "{n} min")):
        if seconds >= size:
            return written.format(n=number(math.floor(seconds / size), locale))
    return "just now"
