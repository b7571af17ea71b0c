"""What programs and screen readers find a page by is the same in every language: ids, classes, names and data."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import wording
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories

PATHS = ("/", "/a-post/", "/closed/", "/archive/", "/search?q=words", "/nowhere/", "/admin/login")
DESK = ("/admin/comments", "/admin/comments/3", "/admin/", "/admin/posts", "/admin/settings/discussion")
LANDMARK = re.compile(r'<([a-z]\w*)|\b(id|class|name|role|rel|data-[\w-]+(?==))="?([\w -]*)')
# What a language needs and another does not: its own fonts' elements, and titles that are set apart.
OWN = {"bdi", "br"}


def landmarks(page: str) -> Counter[str]:
    """Return the elements of a page, and their attributes that are no words, each with how often it is there."""
    page = re.sub(r"<!--.*?-->|<script.*?</script>|<datalist.*?</datalist>", "", page, flags=re.DOTALL)
    found: Counter[str] = Counter()
    for element, attribute, value in LANDMARK.findall(page):
        if element and element not in OWN:
            found[f"<{element}>"] += 1
        elif attribute:
            found[attribute if attribute.startswith("data-") else f"{attribute}={value}"] += 1
    return found


@pytest.fixture
def posts(site: Settings, db: Database) -> Settings:
    factories.post(db)
    factories.post(db, "closed", comments="closed")
    ids = [factories.submit(db, f"Words {n}", n) for n in range(1, 4)]
    factories.decide(db, [ids[0], ids[1]], "approve")
    factories.submit(db, "An answer.", 4, comment_parent=str(ids[0]))
    with store.transaction(db):
        factories.account(db, "ana")
    return site


def pages(settings: Settings, db: Database, language: str) -> dict[str, Counter[str]]:
    with TestClient(create_app(replace(settings, language=language)), base_url="http://127.0.0.1:8000") as client:
        found = {path: landmarks(client.get(path).text) for path in PATHS}
        factories.sign_in(client, db, 1)
        return found | {path: landmarks(client.get(path).text) for path in DESK}


@pytest.mark.parametrize("language", [tag for tag in wording.NAMES if tag != wording.SOURCE])
def test_the_landmarks_are_the_same_in_every_language(posts: Settings, db: Database, language: str) -> None:
    english, other = pages(posts, db, "en"), pages(posts, db, language)
    assert "id=comments" in english["/a-post/"]
    for path, found in english.items():
        assert (found - other[path], other[path] - found) == (Counter(), Counter()), path


def test_only_the_catalogues_in_use_are_loaded(posts: Settings, db: Database) -> None:
    wording._catalogue.cache_clear()
    pages(posts, db, "de-AT")
    assert wording._catalogue.cache_info().currsize <= 2  # that of the site, and English, which is no file
