"""From a public page to the desk and back: “Moderate” beside each comment, and the thread around a waiting one."""

import re

from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.storage import store
from tests import factories
from tests.factories import SLUG, decide, submit


def links(page: str) -> list[str]:
    return re.findall(r'<a href="(/admin/comments/[0-9]+)" aria-label="Moderate the comment by', page)


def test_each_comment_leads_a_moderator_to_the_desk(moderator: TestClient, client: TestClient, db: Database) -> None:
    first = submit(db, "First.", 1)
    decide(db, [first], "approve")
    reply = submit(db, "Reply.", 2, comment_parent=str(first))
    decide(db, [reply], "approve")
    page = moderator.get(f"/{SLUG}/").text
    assert links(page) == [f"/admin/comments/{first}", f"/admin/comments/{reply}"]
    assert [moderator.get(each).status_code for each in links(page)] == [200, 200]
    assert "Moderate the comment" not in client.get(f"/{SLUG}/").text


def test_an_author_moderates_own_posts_alone(client: TestClient, db: Database) -> None:
    factories.post(db, "of-ida", author="ida")
    for n, slug in enumerate((SLUG, "of-ida"), 1):
        decide(db, [submit(db, "Here.", n, slug=slug)], "approve")
    with store.transaction(db):
        ida = factories.account(db, "ida", role="author")
    factories.sign_in(client, db, ida)
    assert links(client.get(f"/{SLUG}/").text) == []
    assert links(client.get("/of-ida/").text) == ["/admin/comments/2"]


MARK = "Waits for a moderator. Readers do not see it."


def test_what_waits_is_in_its_thread_for_moderators_alone(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    first = submit(db, "First.", 1)
    decide(db, first, "approve")
    answer = submit(db, "The other side waits.", 2, comment_parent=str(first))
    later = submit(db, "The answer to it is public.", 3, comment_parent=str(first))
    decide(db, later, "approve")
    alone = submit(db, "A new thread that waits.", 4)
    spam = submit(db, "Only spam.", 5, homepage="http://spam.example/")
    public = client.get(f"/{SLUG}/")
    page = moderator.get(f"/{SLUG}/")
    order = [page.text.index(f'id="comment-{number}"') for number in (first, answer, later, alone)]
    assert order == sorted(order)
    assert page.text.count(MARK) == 2
    assert f"/admin/comments/{answer}" in links(page.text)
    assert f'id="comment-{spam}"' not in page.text
    assert "private" in page.headers["cache-control"]
    again = client.get(f"/{SLUG}/")
    assert (again.text, again.headers["etag"]) == (public.text, public.headers["etag"])
    assert "waits" not in again.text
    assert MARK not in again.text


def test_what_waits_for_its_address_to_be_confirmed_is_not_there_unasked(moderator: TestClient, db: Database) -> None:
    number = submit(db, "Not yet in the queue.")
    with store.transaction(db):
        db.conn.execute(
            "insert into unconfirmed_comments (comment_id, address, reader_hash) values (?, 'ana@example.org', 'x')",
            [number],
        )
    assert f'id="comment-{number}"' not in moderator.get(f"/{SLUG}/").text
    assert f'id="comment-{number}"' in moderator.get(f"/admin/comments/{number}/place").text


def test_an_author_sees_what_waits_on_own_posts_alone(client: TestClient, db: Database) -> None:
    factories.post(db, "of-ida", author="ida")
    for n, slug in enumerate((SLUG, "of-ida"), 1):
        submit(db, "Waits here.", n, slug=slug)
    with store.transaction(db):
        ida = factories.account(db, "ida", role="author")
    factories.sign_in(client, db, ida)
    assert MARK not in client.get(f"/{SLUG}/").text
    assert MARK in client.get("/of-ida/").text


def test_the_desk_leads_to_a_waiting_comment_in_its_thread(moderator: TestClient, db: Database) -> None:
    first = submit(db, "First.", 1)
    decide(db, first, "approve")
    for n in range(8):
        decide(db, submit(db, f"Reply {n}.", n + 10, comment_parent=str(first)), "approve")
    waiting = submit(db, "Waits.", 2, comment_parent=str(first))
    for n in range(60):  # more than are shown unasked
        submit(db, f"Waits too, {n}.", n + 100)
    assert f'"/admin/comments/{waiting}/place"' in moderator.get("/admin/comments?q=Waits.").text
    assert "In its thread on the site" in moderator.get(f"/admin/comments/{waiting}").text
    answer = moderator.get(f"/admin/comments/{waiting}/place", follow_redirects=False)
    assert answer.headers["location"] == f"/{SLUG}/?unfold={waiting}#comment-{waiting}"
    page = moderator.get(answer.headers["location"]).text
    assert f'id="comment-{waiting}"' in page
    assert '<details class="fold" open' in page
    assert page.count(MARK) == 51
    assert f'id="comment-{waiting}"' not in moderator.get(f"/{SLUG}/").text


def test_a_waiting_comment_with_replies_stands_where_readers_see_a_tombstone(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    first = submit(db, "First.", 1)
    decide(db, first, "approve")
    decide(db, submit(db, "Reply.", 2, comment_parent=str(first)), "approve")
    decide(db, first, "unapprove")
    assert "This comment is not shown." in client.get(f"/{SLUG}/").text
    page = moderator.get(f"/{SLUG}/").text
    assert "This comment is not shown." not in page
    assert page.index("First.") < page.index("Reply.")


def test_a_waiting_comment_is_shown_with_both_sides(moderator: TestClient, db: Database) -> None:
    parent = 0
    numbers = []
    for n, words in enumerate(("The first word.", "Against it.", "Waits in the middle.", "Spam beneath it."), 1):
        parent = submit(db, words, n, author=f"Side {n}", **({"comment_parent": str(parent)} if parent else {}))
        numbers.append(parent)
        if n < 4:
            decide(db, [parent], "approve")
    decide(db, [numbers[3]], "spam")
    decide(db, [numbers[2]], "unapprove")
    page = moderator.get(f"/admin/comments/{numbers[2]}").text
    places = [page.index(words) for words in ("The first word.", "Against it.", "Waits in the middle.", "Spam beneath")]
    assert places == sorted(places)
    assert "One reply" in page
    assert f'<a href="/admin/comments/{numbers[0]}"><bdi>Side 1</bdi></a> Approved' in page
    assert f'<a href="/admin/comments/{numbers[3]}"><bdi>Side 4</bdi></a> Spam' in page
