"""On every page, what is read aloud and how it runs: `lang` and `dir` around each text, of the program and of people.

The program speaks a language made for tests, within ⟦…⟧: from the right for readers, from the left at the desk. What
people wrote are words that no sentence has.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.people import accounts
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.web.test_pseudo_language import DESK, FROM_RIGHT, PSEUDO, READERS, pseudo

__all__ = ["pseudo"]
SKIPPED = ("script", "style", "title", "svg", "textarea", "code", "kbd")
# Words of people, and the language that is known of them; of names and titles none is.
WORDS = {"Bodytext": "en", "Opinion": "en", "דעה": "he", "Unlikely": "und-Latn"}
# Titles of posts run as the post does; a heading is the program's sentence with a title, or a tag or a name.
OF_SEVERAL = {"p-name", "comments-title", "quoted", "long"}
NAMES = re.compile("Nadia|Headline|Blogname")


@pytest.fixture
def reader(site: Settings, db: Database, pseudo: None) -> Iterator[TestClient]:
    factories.post(db, title="Headline A", body="טקסט", author="Nadia A")
    factories.post(db, "b-post", title="Headline B", body="Bodytext.", language="en", author="Nadia B")
    texts = (("Unlikely", "a-post"), ("Opinion", "b-post"), ("דעה", "b-post"), ("Unlikely, too", "a-post"))
    ids = [
        factories.submit(db, text, n, slug=slug, author=f"Nadia {n}") for n, (text, slug) in enumerate(texts, start=1)
    ]
    factories.decide(db, ids[:3], "approve")
    factories.decide(db, factories.submit(db, "Opinion two", 8, slug="b-post", author="Nadia 8"), "trash", reason="So")
    answered = factories.submit(db, "Opinion three", 9, slug="b-post", author="Nadia 9", comment_parent="2")
    factories.decide(db, answered, "approve")
    settings = replace(site, language=FROM_RIGHT, title="Blogname")
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as spoken:
        yield spoken


@pytest.fixture
def desk(reader: TestClient, db: Database) -> Iterator[TestClient]:
    other = TestClient(reader.app, base_url="http://127.0.0.1:8000")
    with store.transaction(db):
        ana = factories.account(db, "ana")
        accounts.set_language(db, ana, PSEUDO)
    factories.sign_in(other, db, ana)
    yield other
    other.close()


def faults(page: str, language: str) -> set[str]:
    """Return the texts of a page that have the wrong language or direction around them."""
    root: Any = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page)
    assert (root.get("lang"), root.get("dir", "ltr")) == (language, "rtl" if language == FROM_RIGHT else "ltr")
    body, main = root.find("body"), next(root.iter("main"))
    turned = main.get("dir", root.get("dir", "ltr")) != root.get("dir", "ltr")  # it runs as its post does
    found = set(_in(body, root.get("lang"), root.get("dir", "ltr"), language))
    return {each for each in found if not (turned and each.startswith("direction"))}


def _in(element: Element, lang: str, direction: str, language: str) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in SKIPPED:
        return
    lang = element.get("lang", lang)
    direction = element.get("dir", "auto" if element.tag == "bdi" else direction)
    if set(element.get("class", "").split()) & OF_SEVERAL:
        direction = "any"
    for text in (element.text, *(child.tail for child in element)):
        if text and (fault := _fault(text, lang, direction, language)):
            yield f"{fault} in {element.tag}: {' '.join(text.split())[:80]} ({lang}, {direction})"
    for child in element:
        yield from _in(child, lang, direction, language)


def _fault(text: str, lang: str, direction: str, language: str) -> str:
    if "⟦" in text:
        if lang != language:
            return "language"
        if direction not in ("any", "rtl" if language == FROM_RIGHT else "ltr"):
            return "direction"
        return ""
    for word, known in WORDS.items():
        if word in text and lang != known:
            return f"not {known}"
    by_itself = direction in ("auto", "any") or lang == "en" != language
    return "no direction of its own" if NAMES.search(text) and not by_itself else ""


def test_every_text_of_readers_pages_has_its_language_and_direction(reader: TestClient) -> None:
    paths = [path.replace("judith", "nadia-a") for path in READERS if not path.endswith(".xml")]
    paths += ["/b-post/", "/b-post/?replytocom=2", "/b-post/comments/2/report"]
    found = {path: faults(reader.get(path).text, FROM_RIGHT) for path in paths}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_every_text_of_the_desk_has_its_language_and_direction(desk: TestClient) -> None:
    paths = [*DESK, "/admin/comments/2", "/admin/comments/6", "/admin/people", "/admin/posts/b-post/versions"]
    paths = [path for path in paths if "waiting/" not in path]
    found = {path: faults(desk.get(path).text, PSEUDO) for path in paths}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_a_refusal_at_the_desk_is_in_the_language_of_the_account(desk: TestClient) -> None:
    for answer in (desk.get("/admin/nothing"), desk.get("/admin/comments/999"), desk.post("/admin/users", data={})):
        assert answer.status_code >= 400
        assert faults(answer.text, PSEUDO) == set()


def test_a_feed_says_the_language_of_each_comment(reader: TestClient) -> None:
    feed = reader.get("/comments/feed.xml").text
    assert f'xml:lang="{FROM_RIGHT}">\n<title>' in feed
    contents = dict(re.findall(r'<content type="html"(?: xml:lang="([\w-]+)")?>&lt;p&gt;(\w+)', feed))
    assert {text: lang for lang, text in contents.items()} == {"Opinion": "en", "Unlikely": "und-Latn", "דעה": ""}
