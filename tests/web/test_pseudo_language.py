"""A language made for the test: every sentence of the catalogue within ⟦…⟧, so that what stands outside is not in it.

Each kind of page, feed and refusal is rendered in it. All text that people see must be within the brackets, but for
what people wrote, what is the same in each language, dates, and marks. What is known to be left is listed in
untranslated.txt; a sentence that is put into the catalogue is taken off that list.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import version, wording
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories, translations
from tests.pseudo import catalogue, rest
from tests.pseudo import outside as said_outside

PSEUDO = "da"  # any language with rules of CLDR; its catalogue is the pseudo one
FROM_RIGHT = "he"  # another one, that is written from right to left
ACCEPT = {"accept": "application/json"}


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Wrap each sentence of the catalogue into brackets, with its places kept."""
    folder = tmp_path_factory.mktemp("locale")
    for language in (PSEUDO, FROM_RIGHT):
        path = folder / language / "LC_MESSAGES" / "afterword.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, catalogue(language))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "CATALOGUES", folder)
        forget_languages()
        yield
    forget_languages()


def forget_languages() -> None:
    for each in (wording._catalogue, wording.languages, wording.nearest):
        each.cache_clear()


# What people wrote.
WRITTEN = (
    "Test",
    "Judith",
    "A-post",
    "A post",
    "Later post",
    "ana",
    "Reader",
    "Thought",
    "words",
    "Words",
    "a-post",
    "reader",
    version(),
)


def outside(page: str) -> set[str]:
    return said_outside(page, WRITTEN)


def test_the_collected_sentences_are_up_to_date() -> None:
    written = translations.TEMPLATE.read_text("utf-8")
    assert written == translations.text(translations.collect()), "Run make translations."


def test_no_sentence_holds_html_or_a_blank_at_its_end() -> None:
    with translations.TEMPLATE.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    texts = [text for message in messages for text in (message.id if isinstance(message.id, tuple) else (message.id,))]
    assert [text for text in texts if re.search(r"<\w|&\w+;", text)] == []
    assert [text for text in texts if text != text.strip()] == []


READERS = (
    "/",
    "/a-post/",
    "/a-post/?replytocom=1",
    "/archive/",
    "/archive/2026/",
    "/tags/",
    "/authors/judith/",
    "/search",
    "/search?q=words",
    "/search?q=nothing",
    "/privacy/",
    "/nowhere/",
    "/page/0/",
    "/a-post/nothing.png",
    "/preview/x/",
    "/comments/feed.xml",
    "/a-post/feed.xml",
    "/search?q=" + 300 * "a",
)
DESK = (
    "/admin/",
    "/admin/comments",
    *(f"/admin/comments?status={status}" for status in ("approved", "spam", "trash", "all")),
    "/admin/comments?q=nothing",
    "/admin/comments?days=3&replied=1&rule=honeypot&author=x&domain=example.org",
    "/admin/comments/1",
    "/admin/comments/3",
    "/admin/posts",
    "/admin/posts/new",
    "/admin/log",
    "/admin/users",
    "/admin/account",
    "/admin/settings/discussion",
    "/admin/filter",
    "/admin/mentions",
    "/admin/webhooks",
    "/admin/settings/site",
    "/admin/system",
    "/admin/posts/new?kind=page",
    "/admin/confirmation",
    "/admin/nothing",
)


@pytest.fixture
def reader(site: Settings, db: Database, pseudo: None) -> Iterator[TestClient]:
    factories.post(db)
    factories.post(db, "later-post", published_at="2026-06-01T00:00:00.000Z")
    ids = [factories.submit(db, f"Thought {n}", n) for n in range(1, 4)]
    factories.decide(db, ids[:2], "approve")
    with TestClient(create_app(replace(site, language=PSEUDO)), base_url="http://127.0.0.1:8000") as spoken:
        yield spoken


@pytest.fixture
def desk(reader: TestClient, db: Database) -> Iterator[TestClient]:
    other = TestClient(reader.app, base_url="http://127.0.0.1:8000")
    with store.transaction(db):
        ana = factories.account(db, "ana")
    factories.sign_in(other, db, ana)
    yield other
    other.close()


def test_every_page_of_readers_is_in_the_catalogue(reader: TestClient) -> None:
    found = {path: outside(reader.get(path).text) for path in READERS}
    assert {path: rest for path, rest in found.items() if rest} == {}


def test_every_answer_to_a_comment_is_in_the_catalogue(reader: TestClient, db: Database) -> None:
    typed = {"author": "Reader", "email": "reader@example.org", "comment": "words"}
    answers = {
        "empty": reader.post("/a-post/comments", data={"comment": ""}),
        "wrong": reader.post("/a-post/comments", data={**typed, "email": "x", "url": "x y"}),
        "to nobody": reader.post("/a-post/comments", data={**typed, "comment_parent": "999"}),
        "preview": reader.post("/a-post/comments", data={**typed, "action": "preview"}),
        "held": reader.post("/a-post/comments", data=typed),
        "again": reader.post("/a-post/comments", data=typed),
        "elsewhere": reader.post("/a-post/comments", data=typed, headers={"origin": "https://example.org"}),
        "method": reader.delete("/a-post/"),
    }
    found = {name: outside(answer.text) for name, answer in answers.items()}
    assert {name: rest for name, rest in found.items() if rest} == {}
    detail = reader.post("/a-post/comments", data=typed, headers=ACCEPT).json()["detail"]
    assert rest(detail, WRITTEN) == ""


def test_every_page_of_the_desk_is_in_the_catalogue(desk: TestClient, reader: TestClient) -> None:
    found = {path: outside(desk.get(path).text) for path in DESK}
    found["login"] = outside(reader.get("/admin/login").text)
    found["wrong password"] = outside(reader.post("/admin/login", data={"username": "ana", "password": "x"}).text)
    assert {path: rest for path, rest in found.items() if rest} == {}


def test_what_is_done_at_the_desk_is_told_from_the_catalogue(desk: TestClient) -> None:
    answers = {
        "decided": desk.post("/admin/decisions", data={"decision": "spam", "id": "1"}),
        "conflict": desk.post("/admin/decisions", data={"decision": "approve", "id": "1", "seen": "1:pending:9"}),
        "no decision": desk.post("/admin/decisions", data={"decision": "x", "id": "1"}),
        "deletion": desk.post("/admin/decisions", data={"decision": "delete", "id": "1"}),
        "nothing to undo": desk.post("/admin/batches/999/reversal"),
        "no move": desk.post("/admin/comments/2/move", data={"parent": "x"}),
        "no note": desk.post("/admin/comments/2/note", data={"note": ""}),
        "closed": desk.post("/admin/posts/a-post/closure", data={"mode": "closed", "until": "2999-01-01"}),
        "until": desk.post("/admin/posts/a-post/closure", data={"mode": "closed", "until": "x"}),
        "setting": desk.post("/admin/settings/discussion", data={"comment_max_links": "x"}),
        "tried": desk.post("/admin/settings/discussion", data={"comment_max_links": "5", "try": "1"}),
        "closed site": desk.post("/admin/closure", data={"mode": "closed"}),
        "log": desk.get("/admin/log"),
    }
    found = {name: outside(answer.text) for name, answer in answers.items()}
    assert {name: rest for name, rest in found.items() if rest} == {}
