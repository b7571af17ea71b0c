"""What decisions say about the settings: a limit that holds mostly what is approved should be raised."""

import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.journal import events
from blog.moderation import suggestions
from blog.rules import policy
from blog.rules.policy import Policy
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import NOON, by, decide, submit

LINKS = "http://a{n}.example/ http://b{n}.example/"


def held(db: Database, approved: int, spam: int, at: str = NOON) -> None:
    """Decide on comments that were held for their links."""
    numbers = [submit(db, LINKS.format(n=n), n, at=at) for n in range(1, approved + spam + 1)]
    decide(db, numbers[:approved], "approve")
    decide(db, numbers[approved:], "spam")


@pytest.fixture
def desk(db: Database) -> Database:
    factories.post(db)
    with store.transaction(db):
        policy.change(db, {"comment_network_limit": "0", "near_duplicates": "0", "comment_burst": "0"}, by=by())
    return db


@pytest.mark.parametrize(
    ("approved", "spam", "suggested"), [(20, 0, True), (18, 3, True), (19, 0, False), (15, 10, False)]
)
def test_a_limit_is_to_be_raised_when_most_of_many_are_approved(
    desk: Database, approved: int, spam: int, suggested: bool
) -> None:
    held(desk, approved, spam)
    found = suggestions.suggestions(desk, Policy(), at=NOON)
    assert [(each.setting, each.raised) for each in found] == ([("comment_max_links", 3)] if suggested else [])
    if found:
        assert (found[0].held, found[0].approved, found[0].still) == (approved + spam, approved, 0)
    assert suggestions.suggestions(desk, Policy(comment_max_links=0), at=NOON) == []
    assert suggestions.suggestions(desk, Policy(), at="2026-09-01T00:00:00.000Z") == []


def test_not_now_keeps_a_suggestion_away_for_four_weeks(moderator: TestClient, desk: Database) -> None:
    now = sites.now()
    held(desk, 20, 0, at=events.earlier(now, seconds=60))
    assert "Not now" in moderator.get("/admin/").text
    answer = moderator.post("/admin/suggestions/refusal", data={"setting": "comment_max_links", "value": "3"})
    assert "Not now" not in answer.text
    assert desk.conn.execute("select count(*) from batches where kind <> 'approve'").fetchone()[0] == 0
    wanted = Policy(comment_max_links=3)
    assert suggestions.suggestions(desk, wanted, at=now) == []  # with this limit nothing would have been held
    desk.conn.execute(
        "update declined_suggestions set at = ?", [events.earlier(now, days=suggestions.PAUSE, seconds=1)]
    )
    assert [each.raised for each in suggestions.suggestions(desk, Policy(), at=now)] == [3]
    assert moderator.post("/admin/suggestions/refusal", data={"setting": "no_such", "value": "3"}).status_code == 422


def test_the_overview_asks_and_the_replay_is_one_click_away(moderator: TestClient, db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_network_limit": "0", "near_duplicates": "0", "comment_burst": "0"}, by=by())
    held(db, 20, 1, at=sites.now())
    page = moderator.get("/admin/").text
    assert "Raise “Hold at this many links” from 2 to 3?" in page
    assert "“Links” held 21 comments in the last 30 days; 20 of those decided were approved." in page
    form = page.partition('class="suggestion"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert fields == {"comment_max_links": "3"}
    tried = moderator.post("/admin/settings/discussion", data={**fields, "try": "1"}).text
    assert "Effect of these settings" in tried
    assert policy.load(db).comment_max_links == 2
    moderator.post("/admin/settings/discussion", data=fields)
    assert policy.load(db).comment_max_links == 3
    assert "Raise “Hold at this many links”" not in moderator.get("/admin/").text  # it would not hold them any more
