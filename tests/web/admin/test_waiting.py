"""What waits: the order of the queue, what was left for later, the promise, and the feed that tells without looking."""

import re
import xml.etree.ElementTree as ElementTree
from datetime import timedelta

from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.journal.events import moment, stamp
from blog.moderation import Selection
from blog.people import accounts
from blog.rules import policy
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import NOON, by, decide, hidden_fields, status, submit

ATOM = "{http://www.w3.org/2005/Atom}"


def _ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="c-(\d+)"', page)]


def _feed(moderator: TestClient) -> str:
    found = re.search(r'value="[^"]*(/admin/waiting/[\w-]+)"', moderator.get("/admin/").text)
    return found[1] if found else ""


def _promise(db: Database, hours: str) -> None:
    with store.transaction(db):
        policy.change(db, {"queue_promise_hours": hours}, by=by())


def test_what_was_left_for_later_stands_at_the_end_of_the_queue_on_its_last_page(
    moderator: TestClient, db: Database
) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 61)]
    left = [ids[59], ids[30], ids[3]]
    for each in left:
        moderator.post(f"/admin/comments/{each}/later", data={"later": "1"})
    turn = [each for each in reversed(ids) if each not in left] + left
    first = moderator.get("/admin/comments").text
    assert _ids(first) == turn[:50]
    following = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert following is not None
    second = moderator.get(following[1].replace("&amp;", "&")).text
    assert _ids(second) == turn[50:]
    assert second.count('<b class="later">later</b>') == 3
    assert _ids(moderator.get("/admin/comments?later=1").text) == left
    assert _ids(moderator.get(f"/admin/comments?after=later-{left[0]}").text) == left[1:]
    moderator.post(f"/admin/comments/{left[0]}/later", data={"later": "0"})
    assert _ids(moderator.get("/admin/comments").text)[0] == left[0]


def test_emptying_leaves_what_came_or_moved_after_the_page_was_made(moderator: TestClient, db: Database) -> None:
    old, moved, other = submit(db, n=1), submit(db, "Two.", n=2), submit(db, "Three.", n=3)
    decide(db, [old, moved, other], "spam")
    page = moderator.get("/admin/comments?status=spam").text
    assert "Empty spam" in page
    assert "Empty spam" not in moderator.get("/admin/comments?status=spam&q=Two").text
    form = {**hidden_fields(page), "empty": "1", "back": "/admin/comments?status=spam"}
    decide(db, moved, "approve")
    decide(db, moved, "spam")
    late = submit(db, "Four.", n=4)
    decide(db, late, "spam")
    answer = moderator.post("/admin/decisions", data=form).text
    assert "2 comments deleted. One comment was not changed" in answer
    assert [status(db, each) for each in (old, moved, other, late)] == ["deleted", "spam", "deleted", "spam"]
    factories.undo(db)
    assert [status(db, each) for each in (old, moved, other, late)] == ["spam"] * 4


def test_only_spam_and_the_trash_can_be_emptied(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    for asked in ("pending", "approved", "all", ""):
        form = {"empty": "1", "status": asked}
        assert moderator.post("/admin/decisions", data=form).status_code == 422
    assert status(db, comment) == "pending"


def test_what_a_sender_wrote_is_one_click_away(moderator: TestClient, db: Database) -> None:
    one, two = submit(db, n=1), submit(db, "Two.", n=1, at="2026-05-07T13:00:00.000Z")
    submit(db, "Three.", n=2)
    decide(db, one, "approve")
    page = moderator.get(f"/admin/comments/{two}").text
    assert "usually decided after" in page
    links = re.findall(r'href="(/admin/comments\?status=all&amp;sender=[^"]+)"', page)
    assert [link.rpartition("=")[2] for link in links] == [f"reader%3A{two}", f"email%3A{two}", f"network%3A{two}"]
    for link in links:
        found = moderator.get(link.replace("&amp;", "&")).text
        assert _ids(found) == [two, one]
    assert f"From the browser of comment {two}." in moderator.get(links[0].replace("&amp;", "&")).text
    assert moderator.get("/admin/comments?sender=name:1").status_code == 200
    assert _ids(moderator.get("/admin/comments?sender=email:999").text) == []


def test_the_row_says_who_decided_last_and_why(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    form = {"decision": "trash", "id": str(comment), "reason": "Off <b>topic</b>"}
    moderator.post("/admin/decisions", data=form)
    page = moderator.get("/admin/comments?status=trash").text
    assert "Moved to the trash by ana, just now." in page
    assert '<q dir="auto">Off &lt;b&gt;topic&lt;/b&gt;</q>' in page


def test_the_reasons_to_choose_from_are_the_sites_own(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    for address in ("/admin/comments", f"/admin/comments/{comment}"):
        assert "<option>Off topic</option>" in moderator.get(address).text
    moderator.post("/admin/settings/discussion", data={"rejection_reasons": "Not <here>\n\n Not now "})
    for address in ("/admin/comments", f"/admin/comments/{comment}"):
        page = moderator.get(address).text
        offered = page.partition('id="reason-list"')[2].partition("</datalist>")[0]
        assert re.findall(r"<option>([^<]*)</option>", offered) == ["Not &lt;here&gt;", "Not now"]


def test_the_overview_warns_when_the_oldest_waits_longer_than_promised(moderator: TestClient, db: Database) -> None:
    now = sites.now()
    assert "that this site promises" not in moderator.get("/admin/").text
    submit(db, at=stamp(moment(now) - timedelta(hours=23)))
    assert "that this site promises" not in moderator.get("/admin/").text
    _promise(db, "20")
    assert (
        "The oldest comment has waited 3 h longer than the 20 hours that this site promises."
        in moderator.get("/admin/").text
    )
    _promise(db, "0")
    assert "that this site promises" not in moderator.get("/admin/").text


def test_the_feed_tells_what_waits_and_nothing_private(moderator: TestClient, client: TestClient, db: Database) -> None:
    db.conn.execute("update posts set title = ?", ["A \x0bpost"])
    submit(db, "A secret thought.", n=1, author="Ana & <Eva>", email="ana@example.org")
    submit(db, "http://a.example http://b.example", n=2)
    assert _feed(moderator) == ""
    moderator.post("/admin/waiting")
    address = _feed(moderator)
    answer = client.get(address)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert "no-store" in answer.headers["cache-control"]
    feed = ElementTree.fromstring(answer.content)
    assert feed.findtext(f"{ATOM}title") == "2 comments wait · Test"
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Reader 2 on “A post”", "Ana & <Eva> on “A post”"]
    assert entries[0].findtext(f"{ATOM}summary") == "2 links; 2 or more are held."
    assert {entry.findtext(f"{ATOM}updated") for entry in entries} == {NOON}
    ids = [feed.findtext(f"{ATOM}id"), *(entry.findtext(f"{ATOM}id") for entry in entries)]
    assert len(set(ids)) == 3
    assert client.get(address).text == answer.text
    for private in ("secret thought", "ana@example.org", "198.51.100"):
        assert private not in answer.text


def test_the_feed_of_an_empty_queue_is_a_feed(moderator: TestClient, client: TestClient) -> None:
    moderator.post("/admin/waiting")
    feed = ElementTree.fromstring(client.get(_feed(moderator)).content)
    assert feed.findtext(f"{ATOM}title") == "0 comments wait · Test"
    assert feed.findtext(f"{ATOM}updated")


def test_a_feeds_address_is_renewed_and_taken_back(moderator: TestClient, client: TestClient, db: Database) -> None:
    moderator.post("/admin/waiting")
    first = _feed(moderator)
    moderator.post("/admin/waiting")
    second = _feed(moderator)
    assert [client.get(each).status_code for each in (first, second)] == [404, 200]
    moderator.post("/admin/waiting", data={"on": "0"})
    assert _feed(moderator) == ""
    assert [client.get(f"/admin/waiting/{key}").status_code for key in (second.rpartition("/")[2], "x")] == [404] * 2
    moderator.post("/admin/waiting")
    last = _feed(moderator)
    with store.transaction(db):
        factories.account(db, "eva")
        accounts.remove(db, "ana", by=by())
    assert client.get(last).status_code == 404


def test_a_comment_is_moved_with_its_answers_and_put_back(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    factories.post(db, "other", title="Another")
    one = submit(db, "A question.", n=1)
    decide(db, one, "approve")
    two = submit(db, "An answer.", n=2, comment_parent=str(one))
    decide(db, two, "approve")
    page = moderator.post(f"/admin/comments/{one}/move", data={"post": "other", "reason": "Belongs there."}).text
    assert "Moved a comment and its " in page
    assert "2 thoughts on" in client.get("/other/").text
    assert "A question." not in client.get("/a-post/").text
    assert "Moved here." in moderator.get(f"/admin/comments/{one}").text
    undo = re.search(r'action="(/admin/batches/\d+/reversal)"', page)
    assert undo is not None
    moderator.post(undo[1])
    assert "2 thoughts on" in client.get("/a-post/").text
    assert "A question." not in client.get("/other/").text


def test_a_place_that_does_not_suit_is_refused_with_a_sentence(moderator: TestClient, db: Database) -> None:
    one, two = submit(db, n=1), submit(db, "Two.", n=2)
    for form in ({"parent": "x"}, {"parent": "999"}, {"parent": str(two)}, {"post": "nowhere"}):
        answer = moderator.post(f"/admin/comments/{one}/move", data=form)
        assert answer.status_code == 422
        assert next(iter(form.values())) in answer.text
    assert [row["parent"] for row in moderation.queue(db, Selection())] == [None, None]
