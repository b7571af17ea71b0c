"""Mentions at the desk: those that came and were sent, with what went wrong, and sending them again."""

import re

from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments
from blog.federation import received, sent
from blog.federation.received import Mention
from blog.federation.sources import Said
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG


def failed(db: Database) -> None:
    with store.transaction(db):
        sent.announce(db, 1, ["https://a.example/1", "https://b.example/"], at=NOON)
        db.conn.execute("delete from outbox")
        db.conn.execute(
            "update mentions_sent set state = 'failed', error = 'It was a teapot.' where target like '%a.ex%'"
        )
        db.conn.execute(
            """
            insert into mentions_received (post_id, source, target, state, error, received_at)
            values (1, 'https://c.example/', 'https://blog.example/a-post/', 'refused', 'It says nothing.', ?)
            """,
            [NOON],
        )


def test_the_desk_lists_mentions_with_what_went_wrong(moderator: TestClient, db: Database) -> None:
    assert "None yet." in moderator.get("/admin/mentions").text
    failed(db)
    page = moderator.get("/admin/mentions").text
    for words in (
        "https://a.example/1",
        "It was a teapot.",
        "not sent",
        "https://c.example/",
        "It says nothing.",
        "refused",
    ):
        assert words in page
    assert "url is set" in page  # this site has none


def test_a_posts_page_has_its_log_and_sends_all_again(moderator: TestClient, db: Database, site: Settings) -> None:
    (site.posts / f"{SLUG}.md").write_text("---\ntitle: A post\ndate: 2026-05-01\n---\nWords.\n", "utf-8")
    assert 'id="mentions"' not in moderator.get(f"/admin/posts/{SLUG}/edit").text
    failed(db)
    page = moderator.get(f"/admin/posts/{SLUG}/edit").text
    assert "It was a teapot." in page
    answer = moderator.post(f"/admin/posts/{SLUG}/mentions", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/posts/{SLUG}/edit?done=mentions#mentions")
    assert "sent again soon" in moderator.get(answer.headers["location"]).text
    assert db.conn.execute("select count(*) from outbox where kind = 'webmention'").fetchone()[0] == 2


def test_an_author_sees_the_mentions_of_own_posts_only(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        mia = factories.account(db, "mia", role="author")
    factories.sign_in(client, db, mia)
    assert client.get("/admin/mentions").status_code == 403
    assert client.post(f"/admin/posts/{SLUG}/mentions").status_code in (403, 404)


def test_the_queue_says_what_came_and_by_which_host(moderator: TestClient, db: Database) -> None:
    for number, type in enumerate(("reply", "like")):
        mention = Mention(f"https://alice.example/{number}", "https://blog.example/a-post/")
        settings = Settings(root=None, url="https://blog.example")  # type: ignore[arg-type]
        draft = received.prepare(mention, Said(type, "Alice", "Words."), settings, host="alice.example")
        with store.transaction(db):
            comments.submit(db, SLUG, draft, at=NOON)
    page = moderator.get("/admin/comments").text
    for words in (
        "<b>Mention</b>",
        "<b>Like</b>",
        "A mention by alice.example",
        "No mention by alice.example was approved",
    ):
        assert words in page
    assert "browser" not in re.findall(r'<p class="facts">(.*?)</p>', page)[0]
    assert "This host: 2 comments" in moderator.get("/admin/comments/1").text
