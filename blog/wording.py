"""Every sentence that people read, in their language (gettext), and how CLDR writes numbers, dates and lists (Babel).

English is the source: a sentence stands where it is used, whole, with named places, and `make translations` collects
all of them in `locale/afterword.pot`. A sentence that is put together from parts cannot be translated.

    gettext("Comments with {limit} links or more wait for a moderator.", limit=2)
    ngettext("One link.", "{n} links.", count)
    LABEL = N_("Queue")  # a constant: marked here, translated by `gettext(LABEL)` where it is shown
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date as calendar_day
from datetime import datetime
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

CATALOGUES = Path(__file__).with_name("locale")
SOURCE = "en"
# Each language's name in itself. Babel knows them, too, but loads a mebibyte for each.
NAMES = {
    "en": "English",
    "ar": "العربية",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "he": "עברית",
    "it": "Italiano",
    "ja": "日本語",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt-BR": "Português (Brasil)",
    "ru": "Русский",
    "tr": "Türkçe",
    "zh-Hans": "中文（简体）",
}
COMMAS = {"ar": "، ", "ja": "、", "zh-Hans": "，"}  # where a comma looks otherwise
MINUTE, HOUR, DAY = 60, 3_600, 86_400
TRADITIONAL_CHINESE = {"hant", "tw", "hk", "mo"}  # the catalogue of Chinese has the simplified signs
_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_of_texts: ContextVar[str] = ContextVar("language_of_texts", default="")

# Sentences of a site's own, by context and original; a counted one has all forms of the language.
Words = Mapping[tuple[str | None, str], str | tuple[str, ...]]
_own_words: ContextVar[Mapping[str, Words]] = ContextVar("own_words", default={})  # noqa: B039  nothing is put into it


@contextmanager
def language(tag: str, *, own_words: Mapping[str, Words] | None = None) -> Iterator[None]:
    """Write all sentences within in a language (a BCP 47 tag); what has no translation is written in English.

    `own_words` are the site's own sentences by language, which come before the catalogue's.
    """
    before, before_of_texts = _language.set(tag), _of_texts.set("")
    before_words = _own_words.set(_own_words.get() if own_words is None else own_words)
    try:
        yield
    finally:
        _language.reset(before)
        _of_texts.reset(before_of_texts)
        _own_words.reset(before_words)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue, English first, each as a BCP 47 tag."""
    folders = (path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/afterword.mo"))
    return (SOURCE, *sorted(folder.replace("_", "-") for folder in folders))


def names() -> list[tuple[str, str]]:
    """Return the languages with a catalogue, each with its name in itself: ("de", "Deutsch")."""
    return [(tag, NAMES.get(tag, tag)) for tag in languages()]


@cache
def nearest(wanted: str) -> str:
    """Return the language with a catalogue that comes nearest to a wanted one: `de` for `de-AT`; else English."""
    first, *rest = wanted.lower().replace("_", "-").split("-")
    if first == "zh" and TRADITIONAL_CHINESE & set(rest):
        return SOURCE
    return next((each for each in languages() if each.split("-")[0] == first), SOURCE)


def gettext(message: str, /, **places: Any) -> str:
    """Return a sentence in the reader's language, with each value at the place of its name: `{limit}`."""
    sentence = _own(None, message) or (_catalogue(_language.get()).gettext(message) if message else "")
    return sentence.format(**places) if places else sentence


def pgettext(context: str, message: str, /) -> str:
    """Return a word that English uses for several things; the context says for which: `pgettext("verb", "Spam")`."""
    return _own(context, message) or _catalogue(_language.get()).pgettext(context, message)


def _own(context: str | None, message: str) -> str:
    """Return the site's own sentence for one of the program, "" where it has none."""
    words = _own_words.get()
    return str(words.get(_language.get(), {}).get((context, message), "")) if words else ""


def ngettext(one: str, many: str, n: int, /, **places: Any) -> str:
    """Return the sentence for a count, with the number at `{n}` and every other value at the place of its name."""
    return plural_form(one, many, n).format(n=number(n), **places)


def plural_form(one: str, many: str, n: int) -> str:
    """Return the sentence for a count, its places still empty."""
    catalogue = _catalogue(_language.get())
    if forms := _own_words.get().get(_language.get(), {}).get((None, one)):
        return forms[_plural(catalogue, n)]
    return catalogue.ngettext(one, many, n)


def _plural(catalogue: NullTranslations, n: int) -> int:
    """Return which form of a counted sentence a number takes; English, which has no catalogue, has two."""
    if isinstance(catalogue, GNUTranslations):
        return int(catalogue.plural(n))  # type: ignore[attr-defined]  # typeshed leaves it out
    return int(n != 1)


def N_(message: str) -> str:  # noqa: N802  the name that gettext's tools know
    """Mark a constant sentence for the catalogue, and return it as it is."""
    return message


@cache
def _catalogue(tag: str) -> NullTranslations:
    if tag == SOURCE:  # the sentences themselves
        return NullTranslations()
    return translation("afterword", CATALOGUES, [tag.replace("-", "_")], fallback=True)


@cache
def _locale(tag: str) -> Locale:
    return Locale("en", "GB") if tag == SOURCE else Locale.parse(tag, sep="-")


def locale() -> Locale:
    """Return CLDR's rules for the reader's language."""
    return _locale(_language.get())


def tag() -> str:
    """Return the reader's language, as a key for what is stored in it."""
    return _language.get()


def go_on_in(tag: str) -> None:
    """Write all further sentences within a block of `language` in another one; readers' texts keep theirs."""
    _of_texts.set(of_texts())
    _language.set(tag)


def of_texts() -> str:
    """Return the language of what readers write: it decides about their quotation marks."""
    return _of_texts.get() or _language.get()


def number(n: float) -> str:
    """Write a number with grouped digits: 1,234."""
    return _number(n, _language.get())


@lru_cache(4_096)
def _number(n: float, tag: str) -> str:
    written: str = format_decimal(n, locale=_locale(tag))
    return written


def percent(share: float, digits: int = 0) -> str:
    """Write a share: 42%."""
    return format_percent(share, f"#,##0.{'0' * digits}%" if digits else None, locale=locale())


def size(n: float) -> str:
    """Write a number of bytes in the largest unit that fits: 1.2 GB."""
    for unit, power in (("terabyte", 12), ("gigabyte", 9), ("megabyte", 6), ("kilobyte", 3)):
        if n >= 10**power:
            value = n / 10**power
            return format_unit(round(value, 1 if value < 10 else 0), f"digital-{unit}", "short", locale=locale())
    return format_unit(n, "digital-byte", "short", locale=locale())


def listed(words: Iterable[str]) -> str:
    """Write a list: a, b and c."""
    return format_list(list(words), locale=locale())


def one_of(words: Iterable[str]) -> str:
    """Write a choice: a, b or c."""
    return format_list(list(words), style="or", locale=locale())


def facts(words: Iterable[str]) -> str:
    """Write facts about one thing side by side: a, b, c."""
    return COMMAS.get(_language.get(), ", ").join(words)


def date(local: datetime) -> str:
    """Write a date: 7 May 2026."""
    return format_date(local, "long", locale=locale())


def month(local: datetime) -> str:
    """Write a month: May 2026."""
    return format_skeleton("yMMMM", local, locale=locale())


def day_and_month(day: calendar_day) -> str:
    """Write a day of this year in short: 7 May, 12 Sep."""
    return format_skeleton("MMMd", day, locale=locale())


def time(local: datetime) -> str:
    """Write a time of day: 09:31."""
    return format_time(local, "short", locale=locale())


def date_and_time(local: datetime) -> str:
    """Write a date and time: 7 May 2026, 09:31."""
    return str(get_datetime_format("medium", locale=locale())).format(time(local), date(local))


def day_and_time(local: datetime) -> str:
    """Write a date of a year that is known, and the time: 7 May, 09:31."""
    day = format_skeleton("MMMMd", local, locale=locale())
    return str(get_datetime_format("medium", locale=locale())).format(time(local), day)


def about(seconds: float) -> str:
    """Write a duration as one says it: about 3 hours."""
    minutes, hours, days = (max(1, round(seconds / size)) for size in (MINUTE, HOUR, DAY))
    if minutes < 60:
        return ngettext("about a minute", "about {n} minutes", minutes)
    if hours < 36:
        return ngettext("about an hour", "about {n} hours", hours)
    return ngettext("about a day", "about {n} days", days)


def ago(seconds: float) -> str:
    """Write how long ago something was, in the largest unit that fits: 3 min, 2 h, 5 d."""
    for size, written in ((DAY, N_("{n} d")), (HOUR, N_("{n} h")), (MINUTE, N_("{n} min"))):
        if seconds >= size:
            return gettext(written, n=number(math.floor(seconds / size)))
    return gettext("just now")
