"""F: whether a discussion takes comments, and what the form is where it does."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, posts
from blog.journal.events import stamp
from blog.rules import policy
from tests import factories
from tests.factories import NOON, SLUG, decide, form_on, send, submit
from tests.wordpress.acting import JSON, change, close, parsed, rows, stored, stranger

A_DAY = {"close_comments_for_old_posts": "on", "close_comments_days_old": "1"}


def published(hours_ago: int) -> dict[str, str]:
    return {"published_at": stamp(datetime.now(UTC) - timedelta(hours=hours_ago))}


def is_open(client: TestClient, slug: str) -> bool:
    """Ask the page and the door: they must agree."""
    typed = {"author": "Mel", "email": "mel@example.org", "comment": "Is it open?"}
    form = parsed(client.get(f"/{slug}/")).find(id="comment-form") is not None
    answer = client.post(f"/{slug}/comments", data=typed, headers=JSON)
    assert form == (answer.status_code == 202)
    return form


@pytest.mark.parametrize(
    ("says", "post", "settings", "expected"),
    [
        pytest.param("A post that is not there is not open.", None, {}, False, id="F1"),
        pytest.param("One whose file says open is open.", {"comments": "open"}, {}, True, id="F2"),
        pytest.param("So is one whose file says nothing.", {}, {}, True, id="F2 by default"),
        pytest.param("One whose file says closed is closed.", {"comments": "closed"}, {}, False, id="F3"),
        pytest.param("A day and an hour old is older than a day.", published(25), A_DAY, False, id="F4"),
        pytest.param("A fresh one is not.", published(1), A_DAY, True, id="F5"),
        pytest.param("Nor is one of 25 hours where no age closes.", published(25), {}, True, id="F5 off"),
    ],
)
def test_a_discussion_is_open_or_closed(
    client: TestClient, db: Database, says: str, post: dict[str, Any] | None, settings: dict[str, str], expected: bool
) -> None:
    change(db, **settings)
    if post is not None:
        factories.post(db, "another", **post)
    assert is_open(client, "another") is expected, says


def test_f3_a_switch_closes_and_the_page_says_so(client: TestClient, db: Database) -> None:
    close(db)
    assert not is_open(client, SLUG)
    notice = parsed(client.get(f"/{SLUG}/")).select_one("p.no-comments")
    assert notice is not None
    assert notice.get_text() == "Comments are closed."


def test_f6_a_draft_without_a_date_does_not_count_as_old(moderator: TestClient, db: Database) -> None:
    change(db, **A_DAY)
    factories.post(db, "undated", status="draft", published_at="")
    states = {row["slug"]: closing.state(closing.facts(row), policy.load(db), NOON) for row in posts.all_posts(db)}
    assert (states["undated"].mode, states["undated"].turns_at) == ("open", None)
    assert (states[SLUG].mode, states[SLUG].cause) == ("closed", "age")
    assert moderator.get("/admin/posts").status_code == 200


@pytest.mark.parametrize("path", ["/99999/", "/0/", "/-1/", "/nope/"])
def test_f7_no_form_is_offered_for_a_post_that_is_not_there(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert not parsed(page).select("form, [name=comment], [name=stamp]")
    assert form_on(client, f"/{SLUG}/?p=99999")["stamp"] == form_on(client, f"/{SLUG}/")["stamp"]


def test_f8_a_form_belongs_to_its_post_and_to_no_other(client: TestClient, db: Database) -> None:
    change(db, comment_previously_approved="off", comment_flood_seconds="0")
    factories.post(db, "other")
    for slug in (SLUG, "other"):
        form = parsed(client.get(f"/{slug}/")).find(id="comment-form")
        assert form["action"] == f"/{slug}/comments"
    assert send(client, "other", headers=JSON).status_code == 201
    assert send(client, "other", text="Again.", headers=JSON, stamp=form_on(client, f"/{SLUG}/")["stamp"]).is_success
    assert stored(db, "rule", 2) == ("no_form",)


@pytest.mark.parametrize("depth", ["1", "5"])
def test_f9_a_form_that_is_no_reply_offers_no_way_out_of_one(client: TestClient, db: Database, depth: str) -> None:
    change(db, thread_comments_depth=depth)
    decide(db, submit(db), "approve")
    for query, offered in (("", False), ("?replytocom=1", True)):
        cancel = parsed(client.get(f"/{SLUG}/{query}")).select_one("a.cancel")
        assert cancel is not None
        assert cancel.has_attr("hidden") is not offered


def dangling(page: Any) -> list[str]:
    """Return what labels, descriptions and links within the page name that is not there."""
    soup = parsed(page)
    named = [
        name
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage")
        for tag in soup.find_all(attrs={attribute: True})
        for name in str(tag[attribute]).split()
    ]
    named += [link["href"][1:] for link in soup.select('a[href^="#"]')]
    assert named
    return [name for name in named if soup.find(id=name) is None]


def test_f10_nothing_on_any_page_points_at_what_is_not_there(client: TestClient, db: Database) -> None:
    change(db, comment_flood_seconds="0")
    plain = client.get(f"/{SLUG}/")
    decide(db, submit(db), "approve")
    visitor = stranger(client)
    pages = [
        plain,
        client.get(f"/{SLUG}/"),
        client.get(f"/{SLUG}/?replytocom=1"),
        send(client, author="", email="x", url="ftp:x", text=""),
        send(client, action="preview"),
        send(client, comment_parent="99"),
        client.get(send(client).headers["location"]),
        send(client),
    ]
    change(db, require_name_email="off")
    pages += [visitor.get(f"/{SLUG}/")]
    typed = form_on(visitor, f"/{SLUG}/")
    close(db, note="Thanks.")
    pages += [visitor.get(f"/{SLUG}/"), visitor.post(f"/{SLUG}/comments", data={**typed, "comment": "Late."})]
    assert [page.status_code for page in pages] == [200, 200, 200, 422, 200, 422, 200, 409, 200, 200, 403]
    assert [dangling(page) for page in pages] == [[]] * len(pages)
    assert rows(db) == 2
    assert re.search('aria-describedby="why-email"', pages[3].text)
