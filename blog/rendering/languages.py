"""The language of a reader's text, judged by its letters; and the region that CLDR gives for a language."""

import re
from functools import lru_cache

from babel.core import get_global

LETTER = re.compile(r"[^\W\d_]")
TAG = re.compile("<[^<>]*>")
HAN = re.compile("[々〆\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
KANA = re.compile("[\u3040-\u30ff]")
# Scripts by their codes in ISO 15924, the most usual first; what is in none of them counts as Latin.
LETTERS = {
    "Cyrl": re.compile("[\u0400-\u052f]"),
    "Arab": re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]"),
    "Hebr": re.compile("[\u0590-\u05ff]"),
    "Grek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "Hang": re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Deva": re.compile("[\u0900-\u097f]"),
}
# One look tells most texts to be Latin; a page has a hundred of them.
NOT_LATIN = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2ddf\u3005-\ua4cf\ua8e0-\ud7ff\uf900-\ufefc\U00020000-\U0003ffff]"
)
# Which scripts a language is written in, where CLDR's code for it stands for several.
WRITTEN_IN = {"Jpan": {"Jpan", "Hani"}, "Kore": {"Hang", "Hani"}, "Hans": {"Hani"}, "Hant": {"Hani"}}


def language_of(text: str, *guesses: str) -> str:
    """Return the language tag for what a stranger wrote: the first of the guesses that is written in its letters.

    Where none is, only the script is known: `und-Cyrl`. A text without letters is in whatever is guessed first.
    The text may be rendered HTML.
    """
    script = script_of(text)
    fitting = (each for each in guesses if not script or script in _scripts(each))
    return next(fitting, f"und-{script}")


def attribute(text: str, around: str, *guesses: str) -> str:
    """Return the `lang` that an element with a stranger's text needs within a page in a language; "" for none."""
    language = language_of(text, *guesses)
    return "" if language.lower().split("-")[0] == around.lower().split("-")[0] else language


def script_of(text: str) -> str:
    """Return the script of most letters of a text or of HTML, as the code of ISO 15924; "" for one without letters."""
    if text.isascii() or not NOT_LATIN.search(text):
        return "Latn" if LETTER.search(text) else ""
    text = TAG.sub("", text)
    half = len(LETTER.findall(text)) / 2
    han, kana = len(HAN.findall(text)), len(KANA.findall(text))
    if han + kana > half:
        return "Jpan" if 10 * kana > han else "Hani"
    found = (script for script, letters in LETTERS.items() if len(letters.findall(text)) > half)
    return next(found, "Latn" if half else "")


@lru_cache(64)
def _scripts(language: str) -> set[str]:
    script = _likely(language)[0]
    return WRITTEN_IN.get(script, {script})


def with_territory(language: str) -> str:
    """Return a language as OpenGraph writes it, with the land where most speak it: `de` is de_DE."""
    territory = _likely(language)[1]
    return f"{language.split('-')[0].lower()}_{territory}" if territory else language.split("-")[0].lower()


@lru_cache(64)
def _likely(language: str) -> tuple[str, str]:
    """Return the script and the territory of a language tag: what it names, else what is likely."""
    first, *rest = language.split("-")
    scripts = [part.title() for part in rest if len(part) == 4 and part.isalpha()]
    territories = [part.upper() for part in rest if len(part) == 2 or (len(part) == 3 and part.isdigit())]
    first = first.lower()
    known = get_global("likely_subtags")
    named = ["_".join((first, *part)) for part in ((*scripts, *territories), scripts, territories, ())]
    likely = next((known[each] for each in named if each in known), f"{first}_Latn_").split("_")
    territory = territories[0] if territories else likely[2]
    return scripts[0] if scripts else likely[1], "" if territory == "001" else territory
