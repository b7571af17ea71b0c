"""A site's own words: `translations/LANGUAGE.po` says single sentences otherwise."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.errors import BadLook
from blog.settings import Settings
from blog.web.theme import own_words
from tests import factories
from tests.web.admin.test_versions import shown

COUNTED = 'msgid "One thought on “{title}”"\nmsgid_plural "{n} thoughts on “{title}”"\n'
COMMENTS = COUNTED + 'msgstr[0] "One comment on “{title}”"\nmsgstr[1] "{n} comments on <b>“{title}”</b>"\n'
Served = Callable[..., TestClient]


@pytest.fixture
def served(site: Settings, db: Database) -> Iterator[Served]:
    """Serve the site with a file of own words: `served("en", text)`."""
    factories.post(db)
    factories.decide(db, [factories.submit(db, f"Thought {n}", n) for n in (1, 2)], "approve")
    opened: list[TestClient] = []

    def serve(language: str, text: str) -> TestClient:
        written(site, language, text)
        client = TestClient(create_app(replace(site, language=language)), base_url="http://127.0.0.1:8000")
        opened.append(client.__enter__())
        return client

    yield serve
    for each in opened:
        each.__exit__()


def written(site: Settings, language: str, text: str) -> None:
    folder = site.root / "translations"
    folder.mkdir(exist_ok=True)
    (folder / f"{language}.po").write_text(text, "utf-8")


def test_a_sentence_of_the_site_is_said_and_escaped(served: Served) -> None:
    page = served("en", COMMENTS).get("/a-post/").text
    assert "2 comments on <b>“A post”</b>" in shown(page)
    assert "<b>“A" not in page
    assert "Reply" in page  # what the site does not say otherwise stays


def test_a_translation_is_replaced_too(served: Served) -> None:
    german = COUNTED + 'msgstr[0] "Ein Gedanke zu „{title}“"\nmsgstr[1] "{n} Gedanken zu „{title}“"\n'
    page = shown(served("de", german).get("/a-post/").text)
    assert "2 Gedanken zu „A post“" in page
    assert "Antworten" in page


def test_a_changed_file_is_read_without_a_restart(served: Served, site: Settings) -> None:
    client = served("en", COMMENTS)
    render = client.app.state.site.render  # type: ignore[attr-defined]
    assert not render.refresh()
    written(site, "en", COMMENTS.replace("comments", "answers"))
    assert render.refresh()
    client.app.state.site.pages.forget()  # type: ignore[attr-defined]
    assert "2 answers on" in shown(client.get("/a-post/").text)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("en", 'msgid "Replyy"\nmsgstr "x"\n', "has no sentence “Replyy”"),
        ("en", 'msgid "Reply to {name}"\nmsgstr "Reply"\n', "“Reply” has other places than the original: {name}."),
        ("en", 'msgid "Reply to {name}"\nmsgstr "Reply {name} {x}"\n', "other places than the original: {x}."),
        ("en", 'msgid "Reply to {name}"\nmsgstr "Reply {name"\n', "other places than the original"),
        ("pl", f'{COUNTED}msgstr[0] "{{n}} {{title}}"\n', "needs 3 forms in this language."),
        ("tlh", COMMENTS, "tlh is no language. Name the file like de.po."),
        ("en", "msgid 3\n", "This is no file of gettext"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line_and_the_rest_is_used(
    site: Settings, name: str, text: str, problem: str
) -> None:
    written(site, name, text)
    written(site, "de", COMMENTS)
    found = own_words.read(site)
    assert [problem in str(each) for each in found.problems] == [True]
    assert str(found.problems[0]).startswith(f"../translations/{name}.po")
    assert len(found.words["de"]) == 1
    assert not found.words.get(name)


def test_a_sentence_about_braces_and_a_singular_without_the_places_of_its_plural_can_be_said_otherwise(
    site: Settings,
) -> None:
    braces = "A { of this line is never closed. Add the missing }."
    one, many = "{name} wrote one comment here.", "{name} wrote {n} comments here."
    known: own_words.Known = {(None, braces): braces, (None, one): (one, many)}
    path = site.translations / "en.po"
    path.parent.mkdir()
    path.write_text(
        f'msgid "{braces}"\nmsgstr "Close your {{."\n\n'
        f'msgid "{one}"\nmsgid_plural "{many}"\nmsgstr[0] "Once: {{name}}."\nmsgstr[1] "{{n}} times: {{name}}."\n',
        "utf-8",
    )
    problems: list[BadLook] = []
    said = dict(own_words._sentences(path, "en", known, problems))
    assert problems == []
    assert said == {(None, braces): "Close your {.", (None, one): ("Once: {name}.", "{n} times: {name}.")}
