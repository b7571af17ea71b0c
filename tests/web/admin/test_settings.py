"""The settings page: what a change would have done before it is saved, and what each rule did."""

from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.rules import policy
from tests.factories import decide, submit


def test_a_change_is_tried_and_nothing_is_saved(moderator: TestClient, db: Database) -> None:
    good = submit(db, "About <b>casinos</b>, at length.", n=1)
    decide(db, good, "approve")
    decide(db, submit(db, "Shoes.", n=2), "spam")
    form = {"disallowed_keys": "casinos", "comment_max_links": "7", "try": "1"}
    page = moderator.post("/admin/settings/discussion", data=form).text
    assert "1 of the last 2 decided comments would change; 1 against a moderator" in page
    assert "Against a moderator:" in page
    assert "“casinos” is a disallowed word." in page
    assert f'href="/admin/comments/{good}"' in page
    assert "<b>casinos" not in page
    assert 'name="comment_max_links" value="7"' in page
    assert policy.load(db) == policy.Policy()


def test_a_comment_that_would_wait_for_another_reason_is_not_among_the_changes(
    moderator: TestClient, db: Database
) -> None:
    decide(db, submit(db, "About casinos."), "approve")
    form = {"moderation_keys": "casinos", "try": "1"}
    page = moderator.post("/admin/settings/discussion", data=form).text
    assert "The one decided comment would not change." in page
    assert "waits → waits" not in page
    assert '<th scope="row"><code>moderation_keys</code></th><td>1</td>' in page


def test_a_value_that_cannot_be_tried_is_refused_like_one_that_cannot_be_saved(moderator: TestClient) -> None:
    answer = moderator.post("/admin/settings/discussion", data={"comment_max_links": "several", "try": "1"})
    assert answer.status_code == 422
    assert "comment_max_links is a whole number" in answer.text


def test_each_rules_record_stands_beside_its_setting(moderator: TestClient, db: Database) -> None:
    decide(db, submit(db, n=1), "approve")
    submit(db, "Two.", n=2)
    page = moderator.get("/admin/settings/discussion").text
    assert "Decided on 2 comments so far; 1 of them approved now (50%)." in page
