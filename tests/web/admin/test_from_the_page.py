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
