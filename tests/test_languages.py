"""The catalogues of all languages: whole places, all plural forms, up to date, and compiled as they are written."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from blog import wording
from tests import translations

CATALOGUES = {path.parent.parent.name.replace("_", "-"): path for path in translations.catalogues()}
LANGUAGES = pytest.mark.parametrize("language", CATALOGUES)
PLACES = re.compile(r"\{\w*(![rs])?(:\w+)?\}|%\(\w+\)s")
COUNTS = (0, 1, 2, 3, 5, 11, 21, 100)


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    return translations.collect()


def places(text: str) -> list[str]:
    """Return the places of a sentence, in Python's form and in that of templates, in the order of the alphabet."""
    return sorted(found[0] for found in PLACES.finditer(text))


def has_translation(message: Message) -> bool:
    return any(message.string) if isinstance(message.string, tuple) else bool(message.string)


def translated(path: Path) -> list[Message]:
    return [message for message in translations.read(path) if message.id and has_translation(message)]


def test_every_language_has_its_name_in_itself() -> None:
    assert set(wording.NAMES) == {wording.SOURCE, *CATALOGUES}


@LANGUAGES
def test_a_catalogue_is_up_to_date_and_compiled_as_it_is_written(language: str, sentences: Catalog) -> None:
    path = CATALOGUES[language]
    po, mo = translations.written(translations.up_to_date(translations.read(path), sentences))
    assert path.read_bytes() == po, "Run make translations."
    assert path.with_suffix(".mo").read_bytes() == mo, "Run make translations."


@LANGUAGES
def test_every_translation_has_the_places_of_its_sentence(language: str) -> None:
    catalogue = translations.read(CATALOGUES[language])
    choose = gettext.c2py(catalogue.plural_expr)  # type: ignore[attr-defined]
    numbers: dict[int, list[int]] = {}
    for n in range(1_001):
        numbers.setdefault(choose(n), []).append(n)
    wrong = []
    for message in translated(CATALOGUES[language]):
        if isinstance(message.id, str):
            if places(message.id) != places(str(message.string)):
                wrong.append(message.string)
            continue
        wanted = set(places(message.id[1]))
        for form, text in enumerate(message.string):
            is_one = len(numbers.get(form, [0])) == 1  # which may say it in a word
            needed = set(places(message.id[0])) - {"{n}", "%(n)s"} if is_one else wanted
            missing = needed - set(places(text))
            if missing or set(places(text)) - wanted:
                wrong.append(text)
    assert wrong == []


@LANGUAGES
def test_every_form_of_a_counted_sentence_is_there(language: str) -> None:
    catalogue = translations.read(CATALOGUES[language])
    short = [
        message.id
        for message in translated(CATALOGUES[language])
        if not isinstance(message.id, str) and (len(message.string) != catalogue.num_plurals or not all(message.string))
    ]
    assert short == []


@LANGUAGES
def test_what_readers_meet_is_translated(language: str) -> None:
    """The rooms whose sentences readers see; of what they share with the desk there is none without a translation."""
    rooms = ("blog/web/templates/comments/", "blog/web/templates/posts/", "blog/web/templates/errors/")
    rooms += ("blog/web/templates/layout.html", "blog/web/templates/privacy.html", "blog/web/templates/your_comments/")
    rooms += ("blog/web/your_comments/", "blog/comments/admission.py", "blog/notifications/to_readers.py")
    left = [
        message.id
        for message in translations.read(CATALOGUES[language])
        if message.id and not has_translation(message) and any(file.startswith(rooms) for file, _ in message.locations)
    ]
    assert left == []


@LANGUAGES
def test_every_count_has_a_sentence_of_its_own(language: str) -> None:
    with wording.language(language):
        said = {n: wording.ngettext("One thought", "{n} thoughts", n) for n in COUNTS}
        dates = [wording.about(seconds) for seconds in (30, 600, 7_200, 200_000)]
    assert all(str(n) in text for n, text in said.items() if n > 2)
    assert len(set(said.values())) == len(COUNTS)
    assert all(dates)


def test_the_nearest_language_is_chosen() -> None:
    wanted = {"de-AT": "de", "DE": "de", "pt": "pt-BR", "pt-PT": "pt-BR", "zh-CN": "zh-Hans", "zh-TW": "en", "eo": "en"}
    assert {tag: wording.nearest(tag) for tag in wanted} == wanted
    assert dict(wording.names())["de"] == "Deutsch"
