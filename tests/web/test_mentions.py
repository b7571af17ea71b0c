"""Where mentions are sent, that posts say so while they take them, and how they are shown."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, comments
from blog.app import create_app
from blog.federation import received
from blog.federation.received import Mention
from blog.federation.sources import Said
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide
from tests.federation.world import TARGET, URL

SOURCE = "https://alice.example/1"
PATH = f"/{SLUG}/"


@pytest.fixture
def reader(site: Settings, db: Database) -> Iterator[TestClient]:
    """A reader of a site that knows its address."""
    factories.post(db)
    with TestClient(create_app(replace(site, url=URL)), base_url="http://127.0.0.1:8000") as opened:
        yield opened


def says_so(client: TestClient, path: str = PATH) -> tuple[bool, bool]:
    """Tell whether a page names the endpoint in its header, and in its head."""
    answer = client.get(path)
    return 'rel="webmention"' in answer.headers.get(
        "link", ""
    ), '<link rel="webmention" href="/webmention">' in answer.text


def mention(db: Database, type: str, author: str, text: str = "", source: str = SOURCE) -> int:
    """Store an approved mention."""
    with store.transaction(db):
        settings = Settings(root=None, url=URL)  # type: ignore[arg-type]
        draft = received.prepare(Mention(source, TARGET), Said(type, author, text), settings, host="alice.example")
        number = comments.submit(db, SLUG, draft, at=NOON)["id"]
        db.conn.execute(
            """
            insert into mentions_received (post_id, source, target, comment_id, type, state, received_at)
            values (1, ?, ?, ?, ?, 'stored', ?)
            """,
            [source, TARGET, number, type, NOON],
        )
    decide(db, number, "approve")
    return number


def test_a_page_says_where_mentions_are_sent_while_it_takes_them(reader: TestClient, db: Database) -> None:
    assert says_so(reader) == (True, True)
    assert says_so(reader) == (True, True)  # from the cache
    reader.cookies.set("reader", "x" * 43)
    assert says_so(reader) == (True, True)
    reader.cookies.clear()
    for mode, there in (("replies-only", False), ("moderated", True), ("closed", False)):
        with store.transaction(db):
            closing.close(db, SLUG, mode=mode, by=by())
        assert says_so(reader) == (there, there)
    assert says_so(reader, "/") == (False, False)


def test_a_page_says_nothing_where_no_mentions_are_taken(reader: TestClient, db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"default_ping_status": "closed"}, by=by())
    assert says_so(reader) == (False, False)


def test_a_valid_mention_is_taken_with_202_and_no_location(reader: TestClient, db: Database) -> None:
    answer = reader.post("/webmention", data={"source": SOURCE, "target": TARGET, "vouch": "https://x.example/"})
    assert (answer.status_code, "location" in answer.headers) == (202, False)
    assert db.conn.execute("select kind from outbox").fetchall() == [("webmention",)]
    page = {"Origin": "https://telegraph.example", "Sec-Fetch-Site": "cross-site", "Accept": "application/json"}
    answer = reader.post("/webmention", data={"source": f"{SOURCE}2", "target": TARGET}, headers=page)
    assert (answer.status_code, answer.json()["status"]) == (202, 202)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"source": SOURCE},
        {"target": TARGET},
        {"source": "alice.example", "target": TARGET},
        {"source": "ftp://alice.example/", "target": TARGET},
        {"source": SOURCE, "target": "https://elsewhere.example/"},
        {"source": SOURCE, "target": f"{URL}/not-there/"},
        {"source": TARGET, "target": TARGET},
        {"source": "x" * 5_000, "target": TARGET},
        {"source": SOURCE, "target": f"{URL}/draft/"},
    ],
)
def test_anything_else_is_400(reader: TestClient, db: Database, fields: dict[str, str]) -> None:
    factories.post(db, "draft", status="draft")
    answer = reader.post("/webmention", data=fields)
    assert answer.status_code == 400
    assert answer.text.strip().endswith(".")
    assert db.conn.execute("select count(*) from outbox").fetchone()[0] == 0


def test_a_site_that_does_not_know_its_address_takes_mentions_of_where_they_are_sent(client: TestClient) -> None:
    assert says_so(client) == (True, True)
    for host, status in (("127.0.0.1:8000", 202), ("127.0.0.1:8001", 400), ("blog.example", 400)):
        fields = {"source": SOURCE, "target": f"http://{host}{PATH}"}
        assert client.post("/webmention", data=fields).status_code == status


def test_a_closed_post_takes_none(reader: TestClient, db: Database) -> None:
    fields = {"source": SOURCE, "target": TARGET}
    with store.transaction(db):
        closing.close(db, SLUG, by=by())
    answer = reader.post("/webmention", data=fields)
    assert (answer.status_code, answer.text) == (400, "Comments are closed.\n")


def test_another_method_or_body_is_refused(reader: TestClient) -> None:
    assert reader.get("/webmention").status_code == 404
    assert reader.post("/webmention", json={"source": SOURCE, "target": TARGET}).status_code == 400
    assert reader.post("/webmention", content=b"x" * 300_000).status_code == 413


def test_a_network_sends_only_so_many(reader: TestClient) -> None:
    answers = [reader.post("/webmention", data={}).status_code for _ in range(70)]
    assert answers[0] == 400
    assert 429 in answers


def test_replies_and_mentions_stand_among_the_thoughts_as_what_they_are(reader: TestClient, db: Database) -> None:
    mention(db, "reply", "Alice", "Well said.")
    mention(db, "mention", "Bea", "Links of May", f"{SOURCE}2")
    html = reader.get(PATH).text
    assert "2 thoughts on" in html
    for words in ("replied on alice.example", "mentioned this on alice.example", "Well said.", "Links of May"):
        assert words in html
    assert f'<a href="{SOURCE}" rel="nofollow ugc noopener"><bdi>Alice</bdi></a>' in html


def test_likes_and_reposts_are_a_line_of_names_that_nobody_counts(reader: TestClient, db: Database) -> None:
    for number, name in enumerate(("Alice", "<b>Bea</b>", "Cem")):
        mention(db, "like", name, source=f"{SOURCE}{number}")
    mention(db, "repost", "Dan", source=f"{SOURCE}9")
    html = reader.get(PATH).text
    assert "comments-title" not in html
    lines = [re.sub("<[^>]*>", "", line) for line in re.findall(r'<p class="fine reactions".*?</p>', html, re.DOTALL)]
    assert lines == ["Liked by Alice, &lt;b&gt;Bea&lt;/b&gt; and Cem.", "Shared by Dan."]
    decide(db, 4, "trash")
    assert "Shared by" not in reader.get(PATH).text  # the page is made anew
    assert "comment-1" not in html
    for path in ("/comments/feed.xml", f"{PATH}feed.xml"):
        assert "Alice" not in reader.get(path).text


def test_very_many_likes_are_shortened(reader: TestClient, db: Database) -> None:
    for number in range(23):
        mention(db, "like", f"Reader {number}", source=f"{SOURCE}/{number}")
    line = re.sub("<[^>]*>", "", re.findall(r'<p class="fine reactions".*?</p>', reader.get(PATH).text, re.DOTALL)[0])
    assert line.endswith("Reader 19 and 3 others.")
