"""The page of the settings: who reads and changes what, what differs from the defaults, and the search."""

import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.rules import policy
from blog.rules.policy_words import WORDINGS
from blog.storage import store
from tests import factories
from tests.factories import decide, submit

JSON = {"accept": "application/json"}
PAGE = "/admin/settings/discussion"


def names(page: str) -> list[str]:
    return re.findall(r'id="help-(\w+)"', page)


def colleague(client: TestClient, db: Database, role: str) -> TestClient:
    with store.transaction(db):
        account = factories.account(db, "mia", role=role)
    factories.sign_in(client, db, account)
    return client


@pytest.mark.parametrize("role", ["moderator", "editor"])
def test_every_moderator_reads_and_tries_but_does_not_change(client: TestClient, db: Database, role: str) -> None:
    mia = colleague(client, db, role)
    page = mia.get(PAGE).text
    assert "moderation_keys" in names(page)
    assert ">Save</button>" not in page
    assert mia.post(PAGE, data={"try": "1", "moderation_keys": "words"}).status_code == 200
    for data in ({"moderation_keys": "words"}, {"comment_max_links": "9"}):
        assert mia.post(PAGE, data=data).status_code == 403
    assert policy.load(db) == policy.Policy()


@pytest.mark.parametrize(
    ("allowed", "role", "code"),
    [
        ("moderator", "moderator", 303),
        ("editor", "editor", 303),
        ("editor", "moderator", 403),
        ("admin", "editor", 403),
    ],
)
def test_the_site_says_who_changes_the_lists(
    client: TestClient, db: Database, allowed: str, role: str, code: int
) -> None:
    with store.transaction(db):
        policy.change(db, {"word_list_role": allowed}, by=factories.by())
    mia = colleague(client, db, role)
    assert (">Save</button>" in mia.get(PAGE).text) == (code == 303)
    assert mia.post(PAGE, data={"rejection_reasons": "Late"}, follow_redirects=False).status_code == code
    assert (policy.load(db).rejection_reasons == "Late") == (code == 303)
    assert mia.post(PAGE, data={"comment_max_links": "9"}).status_code == 403
    assert (
        mia.post(PAGE, data={"word_list_role": "editor" if allowed == "moderator" else "moderator"}).status_code == 403
    )


def test_a_moderator_saves_the_lists_with_the_whole_form(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"word_list_role": "moderator"}, by=factories.by())
    current = policy.load(db)
    form = {name: policy.value_text(current, name) for name in WORDINGS}
    mia = colleague(client, db, "moderator")
    mia.post(PAGE, data={**form, "moderation_keys": "carpets"})
    assert policy.load(db).moderation_keys == "carpets"


def test_an_author_does_not_read_them(client: TestClient, db: Database) -> None:
    assert colleague(client, db, "author").get(PAGE).status_code == 403


def test_what_differs_from_the_default_is_shown_alone(moderator: TestClient, db: Database) -> None:
    assert names(moderator.get(f"{PAGE}?show=changed").text) == []
    moderator.post(PAGE, data={"comment_max_links": "5"})
    page = moderator.get(f"{PAGE}?show=changed").text
    assert names(page) == ["comment_max_links"]
    moderator.post(PAGE, data={"comment_max_links": "6"})  # the others stay as they are
    assert policy.load(db).comment_max_links == 6


def test_words_find_settings(moderator: TestClient) -> None:
    found = names(moderator.get(f"{PAGE}?q=links+hold").text)
    assert "comment_max_links" in found
    assert "comment_order" not in found
    assert "No settings match." in moderator.get(f"{PAGE}?q=zebra").text


def test_reset_puts_the_default_into_its_field_and_saves_nothing(moderator: TestClient, db: Database) -> None:
    moderator.post(PAGE, data={"comment_max_links": "5"})
    typed = {"comment_max_links": "5", "moderation_keys": "typed words", "reset": "comment_max_links"}
    page = moderator.post(PAGE, data=typed).text
    assert re.search(r'name="comment_max_links" value="2"', page)
    assert "typed words</textarea>" in page
    assert page.count("Not saved.") == 2
    assert policy.load(db).comment_max_links == 5


def test_the_bar_is_told_what_would_have_been_different(moderator: TestClient, db: Database) -> None:
    decide(db, [submit(db, "http://a.example/ http://b.example/")], "approve")
    answer = moderator.post(PAGE, data={"try": "1", "comment_max_links": "1"}, headers=JSON).json()
    assert answer["changes"] == 1
    assert answer["sentence"] == "1 change, not saved."
    assert "decided comment" in answer["summary"]
    refused = moderator.post(PAGE, data={"try": "1", "comment_max_links": "many"}, headers=JSON)
    assert refused.status_code == 422
    assert "comment_max_links" in refused.json()["errors"]


def test_a_rule_says_what_it_held_and_how_much_of_it_was_approved(moderator: TestClient, db: Database) -> None:
    decide(db, [submit(db, "http://a.example/ http://b.example/")], "approve")
    submit(db, "http://a.example/ http://c.example/", 2)
    assert "Decided on 2 comments so far; 1 of them approved now (50%)." in moderator.get(PAGE).text
