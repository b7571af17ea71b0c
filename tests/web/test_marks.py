"""Picks on the page; thanks and reports of readers."""

import html
import re

import pytest
from bs4 import BeautifulSoup
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments
from blog.rules import policy
from blog.storage import store
from tests.factories import SLUG, by, decide, status, submit, undo


@pytest.fixture
def comment(db: Database, client: TestClient) -> int:
    number = submit(db, "First sentence. Second sentence.")
    decide(db, number, "approve")
    return number


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def counts(db: Database, comment: int) -> tuple[int, int]:
    row = db.conn.execute("select thanks, reports from comments where id = ?", [comment]).fetchone()
    return row[0], row[1]


def test_what_is_picked_stands_at_the_head_and_is_marked_in_its_place(
    moderator: TestClient, client: TestClient, db: Database, comment: int
) -> None:
    answer = moderator.post(f"/admin/comments/{comment}/pick", headers={"accept": "application/json"})
    assert answer.json()["batch"]
    page = BeautifulSoup(client.get(f"/{SLUG}/").text, "html5lib")
    picks = page.select_one(".picks")
    assert picks is not None
    assert "First sentence. Second sentence." in picks.get_text()
    assert [link["href"] for link in picks.select("a")] == [f"/{SLUG}/comment/{comment}/"]
    assert "picked by the author" in page.select(f"#comment-{comment} .by")[0].get_text()
    moderator.post(f"/admin/comments/{comment}/unpick")
    assert 'class="picks"' not in client.get(f"/{SLUG}/").text


def test_whoever_may_close_the_discussion_picks_on_its_page(
    moderator: TestClient, client: TestClient, comment: int
) -> None:
    assert f"/admin/comments/{comment}/pick" in moderator.get(f"/{SLUG}/").text
    assert f"/admin/comments/{comment}/pick" not in client.get(f"/{SLUG}/").text


def test_thanks_are_off_until_the_setting_turns_them_on(client: TestClient, db: Database, comment: int) -> None:
    address = f"/{SLUG}/comments/{comment}/thanks"
    assert "Thank you" not in client.get(f"/{SLUG}/").text
    assert client.post(address).status_code == 404
    change(db, comment_marks="thanks")
    assert f'formaction="{address}">Thank you' in client.get(f"/{SLUG}/").text
    answer = client.post(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/comment/{comment}/")
    change(db, comment_marks="mind")
    assert "This changed my mind" in client.get(f"/{SLUG}/").text


def test_a_browser_thanks_once_and_its_pages_still_come_from_the_cache(
    client: TestClient, db: Database, comment: int
) -> None:
    change(db, comment_marks="thanks")
    for _ in range(2):
        client.post(f"/{SLUG}/comments/{comment}/thanks")
    assert counts(db, comment) == (1, 0)
    assert list(client.cookies) == ["mark"]
    assert client.get(f"/{SLUG}/").headers["cache-control"] == "public, max-age=0, must-revalidate"
    client.cookies.clear()
    client.post(f"/{SLUG}/comments/{comment}/thanks")
    assert counts(db, comment) == (2, 0)


def test_a_report_is_one_click_with_a_reason_and_shows_on_the_desk(
    moderator: TestClient, client: TestClient, db: Database, comment: int
) -> None:
    page = client.get(f"/{SLUG}/comments/{comment}/report").text
    assert "First sentence." in page
    assert '<button name="reason" value="Unkind">' in page
    answer = client.post(
        f"/{SLUG}/comments/{comment}/report", data={"reason": "Unkind", "more": "to <all>"}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert "A moderator will look at it." in client.get(answer.headers["location"]).text
    assert (counts(db, comment), status(db, comment)) == ((0, 1), "approved")
    assert "Reported by one reader." in moderator.get("/admin/comments?status=approved").text
    assert "Unkind to &lt;all&gt;" in moderator.get(f"/admin/comments/{comment}").text


def test_what_readers_reported_is_a_pile_until_a_moderator_settles_it(
    moderator: TestClient, client: TestClient, db: Database, comment: int
) -> None:
    pile = "/admin/comments?status=approved&amp;reported=1"
    assert pile not in moderator.get("/admin/comments").text
    client.post(f"/{SLUG}/comments/{comment}/report", data={"reason": "Unkind"})
    assert f'<a href="{pile}">Reported by readers <b>1</b></a>' in re.sub(
        "<kbd.*?</kbd>", "", moderator.get("/admin/comments").text
    )
    assert f'id="c-{comment}"' in moderator.get(html.unescape(pile)).text

    moderator.post(f"/admin/comments/{comment}/settle")
    assert (counts(db, comment), status(db, comment)) == ((0, 0), "approved")
    assert pile not in moderator.get("/admin/comments").text
    assert "Settled one report of a comment." in moderator.get("/admin/log").text
    client.post(f"/{SLUG}/comments/{comment}/report", data={"reason": "Unkind"})
    assert counts(db, comment) == (0, 0), "the same browser reports once"
    client.cookies.clear()
    client.post(f"/{SLUG}/comments/{comment}/report", data={"reason": "Advertising"})
    assert counts(db, comment) == (0, 1)
    undo(db)
    assert counts(db, comment) == (0, 2), "the report that came since counts too"


def test_reports_hold_a_comment_only_at_the_limit_of_the_setting(
    client: TestClient, db: Database, comment: int
) -> None:
    change(db, comment_reports="2")
    client.post(f"/{SLUG}/comments/{comment}/report", data={"reason": "Unkind"})
    assert status(db, comment) == "approved"
    client.cookies.clear()
    client.post(f"/{SLUG}/comments/{comment}/report", data={"reason": "Unkind"})
    assert status(db, comment) == "pending"
    batch = db.conn.execute("select kind, source, reason from batches order by id desc limit 1").fetchone()
    assert tuple(batch) == ("unapprove", "rule", "Reported by 2 readers.")
    assert counts(db, comment) == (0, 0), "what has held it counts no more"


@pytest.mark.parametrize("decision", ["unapprove", "trash"])
def test_what_is_not_public_takes_no_marks(client: TestClient, db: Database, comment: int, decision: str) -> None:
    decide(db, comment, decision)
    change(db, comment_marks="thanks")
    for path in ("report", "thanks"):
        assert client.post(f"/{SLUG}/comments/{comment}/{path}").status_code == 404
    assert client.get(f"/{SLUG}/comments/{comment}/report").status_code == 404
    assert counts(db, comment) == (0, 0)


def test_marks_are_limited_by_network(client: TestClient, comment: int) -> None:
    address = f"/{SLUG}/comments/{comment}/report"
    answers = [client.post(address, follow_redirects=False).status_code for _ in range(25)]
    assert answers[0] == 303
    assert answers[-1] == 429


def test_a_reason_that_is_too_long_is_refused_in_words(client: TestClient, db: Database, comment: int) -> None:
    answer = client.post(f"/{SLUG}/comments/{comment}/report", data={"more": "x" * 501})
    assert answer.status_code == 422
    assert "at most 500 characters" in answer.text
    assert comments.public(db, 1, comment) is not None
