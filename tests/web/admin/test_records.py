"""What stands beside a name on the desk: what this browser, this email, this account did, each for itself."""

import html
import itertools
import re
from datetime import timedelta

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.journal.events import moment, stamp
from blog.people import accounts
from blog.rules import policy
from blog.storage import store
from tests.factories import NOON, by, decide, sender, submit

MINUTES = itertools.count()


@pytest.fixture(autouse=True)
def _unhurried(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0"}, by=by())


def send(db: Database, n: int, email: str = "", **more: str) -> int:
    at = stamp(moment(NOON) + timedelta(minutes=next(MINUTES)))
    return submit(db, f"Sent at {at}.", n, at=at, **({"email": email} if email else {}), **more)


def record(moderator: TestClient, comment: int) -> str:
    page = moderator.get(f"/admin/comments/{comment}").text
    return html.unescape(re.findall(r'<p class="truth">(.*?)</p>', page)[0])


def test_one_browser_under_four_names_is_not_a_first_comment(moderator: TestClient, db: Database) -> None:
    ids = [send(db, 1, f"{name}@example.org", author=name) for name in ("ana", "bo", "cleo", "dan", "Dan")]
    for comment in ids:
        assert record(moderator, comment) == "This browser: 5 comments under 4 names."
    decide(db, ids[:2], "approve")
    decide(db, ids[2], "trash")
    assert record(moderator, ids[4]) == "This browser: 5 comments under 4 names, 2 approved, 1 in the trash."


def test_a_typed_address_makes_nobody_look_known(moderator: TestClient, db: Database) -> None:
    decide(db, send(db, 1, "ana@example.org"), "approve")
    stranger = send(db, 2, "Ana@example.org")
    said = "First comment from this browser. This email: approved once, from another browser."
    assert record(moderator, stranger) == said
    row = moderation.comment(db, stranger)
    assert (row["status"], row["rule"]) == ("pending", "comment_previously_approved")
    assert said in html.unescape(moderator.get("/admin/comments").text)


def test_the_emails_comments_elsewhere_are_counted_by_where_they_stand(moderator: TestClient, db: Database) -> None:
    others = [send(db, n, "ana@example.org") for n in (1, 2, 2, 3)]
    mine = send(db, 4, "ana@example.org")
    first = "First comment from this browser. This email: "
    decide(db, others, "approve")
    assert record(moderator, mine) == f"{first}approved 4 times, from other browsers."
    decide(db, others[0], "unapprove")
    decide(db, others[1], "spam")
    assert record(moderator, mine) == f"{first}4 comments from other browsers, 2 approved, 1 in spam."
    decide(db, others, "delete")
    assert record(moderator, mine) == "First comment from this browser."


def test_what_was_imported_is_called_so(moderator: TestClient, db: Database) -> None:
    old = send(db, 1, "ana@example.org")
    with store.transaction(db):
        db.conn.execute("update comments set source = 'import', reader_hash = null where id = ?", [old])
    decide(db, old, "approve")
    assert record(moderator, send(db, 2, "ana@example.org")).endswith("This email: approved once, imported.")
    assert record(moderator, old) == "Unknown browser. This email: 1 comment from another browser."


def test_who_is_of_the_site_is_counted_by_account(moderator: TestClient, db: Database) -> None:
    who = sender(9, account=accounts.find(db, "ana")["id"], account_name="ana", account_email="ana@example.org")
    ids = [submit(db, f"Answer {n}.", 9, who=who) for n in range(2)]
    decide(db, send(db, 1, "ana@example.org"), "approve")
    assert record(moderator, ids[0]) == "Member of this site. This account: 2 comments, 2 approved."


def test_no_more_than_a_hundred_are_counted(moderator: TestClient, db: Database) -> None:
    ids = [send(db, 1) for _ in range(101)]
    assert record(moderator, ids[0]) == "This browser: 100 or more comments."
