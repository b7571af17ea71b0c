"""Sites in other languages, in a real browser: a made language with long words, and a German, an Arabic and a Japanese
site, visited as readers and moderators do. Nothing may be English, be cut, or lie over something else.
"""

import calendar
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from blog import publishing, settings, wording
from blog.storage import store
from tests import pseudo, translations
from tests.browser import running, seeding
from tests.browser.conftest import Stage, Windows, people_in, signed_in, visitor_of
from tests.browser.fitting import unreadable
from tests.browser.running import Running
from tests.browser.states import NAMES, STATES, State
from tests.browser.test_every_page import (
    OVER,
    TAB_STOPS,
    at_each_width,
    check_axe_finds_nothing_in_both_colour_schemes,
    sticking_out,
)

WIDTHS = (320, 1280)
LANGUAGES = ("de", "ar", "ja")
# Of each kind of page one is visited by every run; all of them are among the slow tests.
QUICK = (
    *("the home page", "a form with errors", "one's own comments", "a mailed link to approve a comment", "the login"),
    *("the overview", "the queue with a selection", "one comment that waits", "the posts", "the log"),
    *("the settings", "the page to write on", "bringing in another blog"),
)
# What people wrote on the sample site.
WRITTEN = (
    *("Goodbye and Good Riddance to “Enhanced Cooperation”", "Welcome: please answer back", "internet governance"),
    *("institutions", "essays", "essay", "about", "Essays, and what their readers make of them", "Note", "Broken"),
    *("Tove Lindqvist", "Marek Dvořák", "Efua Mensah", "Ludwig Ames", "Follow Me", "Feedpost", "Sparkle & Sons"),
    *("Noor Haddad", "Jun Watanabe", "Imogen Hale", "Anneke Vos", "ana", "Ida", "tove@", "ida@", "follow@"),
    *("WordPress", "Disqus", "Isso", "Remark42", "Commento", "Ghost", "Blogger", "blog export jsonl"),
    *("Chromium", "Linux", "localhost", "Sept", *calendar.month_name[1:], *calendar.month_abbr[1:]),
)
TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


@contextmanager
def staged(folder: Path, browser: Browser, language: str, *, made: bool = False) -> Iterator[Stage]:
    """Serve the sample site in a language, or, `made`, with the made one in its place; and one without an account."""
    with ExitStack() as stack:
        served: list[Running] = []
        for name in ("seeded", "first"):
            site = running.copy_site(folder / name)
            if made:
                pseudo.write_own_words(site, language)
            _speak(site, language)
            db = store.connect(site / "blog.db")
            publishing.publish(db, settings.load(site, {}), by=running.by())
            if name == "seeded":
                seeding.seed(db)
            db.conn.close()
            served.append(stack.enter_context(running.serve(site)))
            served[-1].stays = True
        yield Stage(served[0], served[1], signed_in(served[0], browser))


def _speak(site: Path, language: str) -> None:
    """Write the language of a site into its settings; its posts stay English, and say so."""
    path = site / "blog.toml"
    path.write_text(path.read_text("utf-8").replace('language = "en"', f'language = "{language}"'), "utf-8")
    for post in (site / "posts").rglob("*.md"):
        text = post.read_text("utf-8")
        if "\nlanguage:" not in text:
            post.write_text(text.replace("---\n", "---\nlanguage: en\n", 1), "utf-8")


def visited(stage: Stage, chromium: Browser, windows: Windows, states: list[State]) -> Iterator[tuple[State, Page]]:
    """Yield each state with its page; none may have met an error."""
    for state in states:
        with people_in(chromium, windows) as (come, _):
            yield state, visitor_of(come, stage)(state)[0]


def misfits(page: Page, widths: tuple[int, ...] = WIDTHS) -> dict[int, list[str]]:
    """Return what is cut, sticks out or lies over something else, by the width of the window."""

    def look(page: Page) -> list[str]:
        over = [f"pressed over another: {pair}" for pair in page.evaluate(OVER, TAB_STOPS)]
        return [*sticking_out(page), *unreadable(page), *over]

    return at_each_width(page, widths, look)


def made_language_faults(stage: Stage, chromium: Browser, windows: Windows, states: list[State]) -> dict[str, object]:
    """Return by state what does not fit, from the left and from the right, and what is not in the made language."""
    found: dict[str, object] = {}
    for state, page in visited(stage, chromium, windows, states):
        if english := pseudo.outside(TITLE.sub("", page.content()), WRITTEN):
            found[f"{state.name}: English"] = english
        for direction in ("ltr", "rtl"):
            page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
            if misfit := misfits(page):
                found[f"{state.name}: {direction}"] = misfit
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("made"), chromium, "en", made=True) as stage:
        yield stage


@pytest.mark.slow
def test_long_words_fit_from_the_left_and_from_the_right(made: Stage, chromium: Browser, windows: Windows) -> None:
    chosen = [state for state in STATES if state.name in QUICK]
    assert len(chosen) == len(QUICK)
    assert made_language_faults(made, chromium, windows, chosen) == {}


@pytest.mark.slow
def test_long_words_fit_on_every_page(made: Stage, chromium: Browser, windows: Windows) -> None:
    others = [state for state in STATES if state.name not in QUICK]
    assert made_language_faults(made, chromium, windows, others) == {}


@pytest.fixture(scope="module", params=LANGUAGES)
def spoken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[Stage]:
    """A site in a real language; its pages say which."""
    with staged(tmp_path_factory.mktemp(request.param), chromium, request.param) as stage:
        yield stage


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES, ids=NAMES)
def test_a_site_in_another_language_is_so_on_every_page(
    spoken: Stage, state: State, chromium: Browser, windows: Windows
) -> None:
    """Visit a page; axe, the console, the words and the layout find nothing."""
    for _, page in visited(spoken, chromium, windows, [state]):
        language = page.evaluate("document.documentElement.lang")
        assert page.evaluate("document.documentElement.dir || 'ltr'") == ("rtl" if language == "ar" else "ltr")
        assert english_on(page, language) == set()
        assert misfits(page) == {}
        check_axe_finds_nothing_in_both_colour_schemes(page)


def english_on(page: Page, language: str) -> set[str]:
    """Return the sentences of a page that are those of the program in English, where the language has others."""
    texts = pseudo.Texts()
    texts.feed(page.content())
    english = sentences_but_in(language)
    shown = {text for text in texts.found if text not in pseudo.KNOWN}
    return {text for text in shown if any(each.fullmatch(text) for each in english.get(first_word(text), []))}


def sentences_but_in(language: str) -> dict[str, list[re.Pattern[str]]]:
    """Return the English sentences that a language says otherwise, by their first words, as regular expressions."""
    found: dict[str, list[re.Pattern[str]]] = {}
    path = translations.TEMPLATE.parent / language / "LC_MESSAGES" / "afterword.po"
    messages = list(translations.read(path))
    said = {text for each in messages for text in (each.string if isinstance(each.string, tuple) else (each.string,))}
    for message in messages:
        for sentence in map(str, (message.id,) if isinstance(message.id, str) else message.id):
            words = pseudo.PLACE.sub("", sentence)
            enough = 1 if words == sentence else 2  # “Spam {n}” may begin a sentence of another language, too
            few = len(re.findall("[A-Za-z]{3,}", words)) < enough
            if not few and sentence not in said and not pseudo.PLACE.match(sentence):
                parts = pseudo.PLACE.split(sentence)
                pattern = "".join(".+" if place % 2 else re.escape(part) for place, part in enumerate(parts))
                found.setdefault(first_word(sentence), []).append(re.compile(pattern))
    return found


def first_word(text: str) -> str:
    return re.split(r"[^\w’]", text, maxsplit=1)[0]


def test_english_is_found_where_it_stands() -> None:
    english = sentences_but_in("de")
    for text in ("Skip to content", "On the server, blog queue prints how many comments wait."):
        assert any(each.fullmatch(text) for each in english[first_word(text)])
    with wording.language("de"):
        said = wording.gettext("Skip to content")
    assert not any(each.fullmatch(said) for each in english.get(first_word(said), []))
