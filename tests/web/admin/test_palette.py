"""“Go to”: what it finds, for whom; as a page and as JSON."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import submit

JSON = {"accept": "application/json"}


def found(browser: TestClient, query: str) -> dict[str, list[str]]:
    """Return the labels of what a query finds, by group."""
    answer = browser.get("/admin/go", params={"q": query}, headers=JSON).json()
    return {group["label"]: [each["label"] for each in group["results"]] for group in answer["groups"]}


def test_a_query_finds_pages_posts_settings_and_acts(moderator: TestClient, db: Database) -> None:
    factories.post(db, "the-missing-link")
    submit(db, "http://a.example/ http://b.example/")
    assert found(moderator, "link") == {
        "Comments": ["Search all comments for “link”", "Held because: Links"],
        "Posts": ["The missing link"],
        "Discussions": ["Close, moderate or open “The missing link”"],
        "Settings": ["Hold at this many links", "Hold links to a domain in this many spam comments"],
    }
    assert found(moderator, "post new")["Do"] == ["Write a new post"]
    assert found(moderator, "LOG")["Pages"] == ["Log"]


def test_without_a_query_pages_and_acts_are_listed(moderator: TestClient) -> None:
    groups = found(moderator, "")
    assert list(groups) == ["Pages", "Do"]
    assert "Overview" in groups["Pages"]
    assert "Undo my last act" not in groups["Do"]


def test_the_last_act_can_be_undone_from_here(moderator: TestClient, db: Database) -> None:
    number = submit(db, "Here.")
    moderator.post("/admin/decisions", data={"decision": "approve", "id": str(number)})
    answer = moderator.get("/admin/go?q=undo", headers=JSON).json()
    result = next(each for group in answer["groups"] for each in group["results"] if each["key"] == "z")
    page = moderator.get(result["url"]).text
    assert "Undo this?" in page
    assert factories.status(db, number) == "approved"  # a link alone changes nothing


def test_every_address_answers(moderator: TestClient, site: Settings) -> None:
    factories.write_post(site.root)
    for query in ("", "keep", "post", "comment"):
        for group in moderator.get("/admin/go", params={"q": query}, headers=JSON).json()["groups"]:
            for each in group["results"]:
                assert moderator.get(each["url"]).status_code == 200, each


@pytest.mark.parametrize("role", ["author", "moderator", "editor"])
def test_nobody_is_sent_where_they_may_not_go(client: TestClient, db: Database, site: Settings, role: str) -> None:
    factories.post(db, "of-ida", author="ida")
    for slug in ("of-ida", factories.SLUG):
        factories.write_post(site.root, slug)
    with store.transaction(db):
        ida = factories.account(db, "ida", role=role)
    factories.sign_in(client, db, ida)
    for query in ("", "post", "comment", "of", "judith", "setting"):
        for group in client.get("/admin/go", params={"q": query}, headers=JSON).json()["groups"]:
            for each in group["results"]:
                assert client.get(each["url"]).status_code == 200, each
    posts = found(client, "a").get("Posts", []) + found(client, "of").get("Posts", [])
    assert "Of ida" in posts
    assert ("A post" in posts) == (role != "author")


def test_without_a_script_it_is_a_page(moderator: TestClient, db: Database) -> None:
    page = moderator.get("/admin/go?q=log").text
    assert '<a href="/admin/log"><bdi>Log</bdi></a>' in page
    assert "Nothing found" not in page
    assert moderator.get("/admin/go?q=%00%22%3Cb%3E").status_code == 200
    assert '<a class="go wide" href="/admin/go">' in moderator.get("/admin/log").text


def test_nobody_else_is_answered(client: TestClient) -> None:
    assert client.get("/admin/go", headers=JSON).status_code == 401
    assert client.get("/admin/go", follow_redirects=False).status_code == 303
