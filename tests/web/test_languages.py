"""A site in another language: what readers meet, and the desk in the language of each account."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.people import accounts
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.web.admin.test_versions import shown

LANG = re.compile(r'<(\w+)[^>]* lang="([\w-]+)"')


@pytest.fixture
def german(site: Settings, db: Database) -> Iterator[TestClient]:
    factories.post(db)
    with TestClient(create_app(replace(site, language="de-AT")), base_url="http://127.0.0.1:8000") as opened:
        yield opened


def test_readers_meet_their_language_and_no_other(german: TestClient, db: Database) -> None:
    factories.decide(db, [factories.submit(db, f"Gedanke {n}", n) for n in (1, 2)], "approve")
    page = german.get("/a-post/").text
    assert set(LANG.findall(page)) == {("html", "de-AT")}
    assert "2 Kommentare zu „A post“" in shown(page)
    assert "2 thoughts" not in page


def test_a_post_in_another_language_has_the_interface_in_the_sites(german: TestClient, db: Database) -> None:
    factories.post(db, "in-english", language="en")
    found = LANG.findall(german.get("/in-english/").text)
    assert ("article", "en") in found
    assert ("p", "de") not in found  # the discussion stands outside of the article, in the site's language
    assert {tag for _, tag in found} <= {"de-AT", "en", "de"}


def test_a_refusal_is_in_the_readers_language(german: TestClient) -> None:
    answer = german.post("/a-post/comments", data={"author": "Ida", "email": "ida@example.org", "comment": ""})
    assert answer.status_code == 422
    assert "Your comment is missing" not in answer.text
    assert "Kommentar" in shown(answer.text)
    problem = german.post("/a-post/comments", data={"comment": ""}, headers={"accept": "application/json"}).json()
    assert "missing" not in str(problem["errors"])


def test_the_desk_speaks_the_language_of_the_account(german: TestClient, db: Database) -> None:
    with store.transaction(db):
        ana = factories.account(db, "ana")
    factories.sign_in(german, db, ana)
    assert '<html lang="de">' in german.get("/admin/account").text
    assert german.post("/admin/account/language", data={"language": "ar"}).status_code == 200
    assert '<html lang="ar" dir="rtl">' in german.get("/admin/account").text
    assert accounts.language(db, ana) == "ar"
    refused = german.post("/admin/account/language", data={"language": "tlh"})
    assert (refused.status_code, accounts.language(db, ana)) == (422, "ar")
    assert '<html lang="de-AT">' in german.get("/a-post/").text


def test_where_there_is_no_catalogue_english_words_are_marked(site: Settings, db: Database) -> None:
    factories.post(db)
    with TestClient(create_app(replace(site, language="eo")), base_url="http://127.0.0.1:8000") as reader:
        page = reader.get("/a-post/").text
    assert '<html lang="eo">' in page
    assert '<footer class="colophon" lang="en" dir="ltr">' in page
