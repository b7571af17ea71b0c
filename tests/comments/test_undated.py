"""Imported comments whose source gave no date: shown in their place, without a time, and left out where age counts."""

import json
import re

import feedparser
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments, moderation
from blog.comments import context, imported_comments
from blog.comments.imported_comments import ImportedComment
from blog.comments.reading import ARRIVED
from blog.moderation import Selection, purging
from blog.rules.policy import Policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import NOON, SLUG, by, decide, submit

IMPORTED_AT = "2026-05-01T08:00:00.000Z"
DATED = "2019-03-02T10:00:00.000Z"


@pytest.fixture
def post(db: Database) -> int:
    """A post with two imported comments, of which the first, number 1, has no date, and a reply to it by a reader."""
    number = factories.post(db)
    with store.transaction(db):
        came = [
            ImportedComment(1, None, "Olga", "", None, "An undated thought."),
            ImportedComment(2, None, "Ivan", "", DATED, "A dated one."),
        ]
        imported_comments.add(db, number, came, by=by(IMPORTED_AT, source="import"), source="page")
    decide(db, submit(db, "A reply.", comment_parent="1"), "approve")
    return number


def test_on_the_page_it_has_its_place_and_its_address_but_no_time(client: TestClient, post: int) -> None:
    page = client.get(f"/{SLUG}/").text
    assert re.findall(r'<li id="comment-(\d)"', page) == ["1", "3", "2"]
    own, other = page.partition('<li id="comment-2"')[0].partition('<li id="comment-3"')[0], page
    own = own.partition('<li id="comment-1"')[2]
    assert "<time" not in own
    assert f'<a class="u-url" href="/{SLUG}/comment/1/">no date</a>' in own
    assert f'datetime="{DATED}"' in other
    linked = json.loads(page.partition('application/ld+json">')[2].partition("</script>")[0])
    dates = {each["@id"][-1]: each.get("dateCreated") for each in linked["comment"]}
    assert dates == {"1": None, "2": DATED, "3": NOON}


@pytest.mark.parametrize("path", ["/comments/feed.xml", f"/{SLUG}/feed.xml"])
def test_in_feeds_it_is_as_new_as_its_import_and_says_not_when_it_was_written(
    client: TestClient, post: int, path: str
) -> None:
    read = feedparser.parse(client.get(path).content)
    entries = {entry.link.strip("/").rpartition("/")[2]: entry for entry in read.entries}
    assert (entries["1"].updated, "published" in entries["1"]) == (IMPORTED_AT, False)
    assert (entries["2"].updated, entries["2"].published) == (DATED, DATED)


def test_the_desk_shows_it_without_a_time(moderator: TestClient, db: Database, post: int) -> None:
    for path in ("/admin/comments?status=approved", "/admin/comments/1", "/admin/comments/3", "/admin/"):
        assert moderator.get(path).status_code == 200
    assert "No date, Approved" in moderator.get("/admin/comments/1").text
    decide(db, 1, "unapprove")
    assert moderator.get("/admin/").status_code == 200
    assert moderation.oldest_waiting(db) is None  # it waits, but nobody knows for how long


def test_where_age_counts_it_is_left_out(db: Database, post: int) -> None:
    old = moderation.queue(db, Selection(status="approved", days=30, now=NOON))
    assert [row["id"] for row in old] == [2]
    assert dict(db.conn.execute("select day, n from day_counts where n > 0").fetchall()) == {
        DATED[:10]: 1,
        NOON[:10]: 1,
    }
    known = context.gather(db, post, factories.draft("And one more.", n=2), Policy(), at=NOON)
    assert json.loads(known["arrivals_json"]) == [2, 1, DATED]


def test_decisions_on_it_and_its_removal_leave_all_counts_right(db: Database, post: int) -> None:
    for decision in ("spam", "restore", "trash", "delete"):
        decide(db, 1, decision)
    assert integrity.check(db) == []
    with store.transaction(db):
        assert moderation.purge(db, Policy(), at="2026-06-30T00:00:00.000Z") == 1
    assert integrity.check(db) == []


def test_what_its_sender_left_goes_by_the_time_of_the_import(db: Database, post: int) -> None:
    db.conn.execute("update comments set ip = '192.0.2.1' where id = 1")
    with store.transaction(db):
        assert purging.forget_machines(db, Policy(keep_ip_days=90), at="2026-06-01T00:00:00.000Z") == 0
        assert purging.forget_machines(db, Policy(keep_ip_days=90), at="2026-09-01T00:00:00.000Z") == 2
    assert db.conn.execute("select ip from comments where id = 1").fetchone() == ("",)
    assert db.conn.execute(f"select {ARRIVED} from comments c where id = 1").fetchone() == (IMPORTED_AT,)


def test_a_row_for_the_command_line_is_blank_there(db: Database, post: int) -> None:
    (row,) = (each for each in moderation.queue(db, Selection(status="approved")) if each["id"] == 1)
    assert (row["created_at"], row["arrived_at"]) == (None, IMPORTED_AT)
    assert comments.place(db, 1, at=NOON)[1:] == (1, 0)
