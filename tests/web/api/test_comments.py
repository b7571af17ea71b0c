"""Comments by programs: through the rules, decided on in the journal, without anybody's address in public."""

from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.journal import acts, events, log
from blog.moderation.acts import ACTS
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests.factories import by
from tests.web.api.conftest import Programs

COMMENTS = "/wp-json/wp/v2/comments"
SENT = {"post": 5, "content": "A thought.", "author_name": "Bo", "author_email": "bo@example.org"}


@pytest.fixture
def database(wordpress: Settings) -> Any:
    opened = store.connect(wordpress.database)
    yield opened
    opened.conn.close()


def visitor(served: TestClient, number: int = 1) -> TestClient:
    """A program without a password, of another machine."""
    return TestClient(served.app, base_url="https://blog.example.org", client=(f"198.51.100.{number}", 50_000))


def change(database: Database, **values: str) -> None:
    with store.transaction(database):
        policy.change(database, values, by=by())


def test_a_visitor_s_comment_goes_through_the_rules(served: TestClient, database: Database) -> None:
    made = visitor(served).post(COMMENTS, json=SENT, headers={"user-agent": "a reader app"})
    assert (made.status_code, made.json()["status"]) == (201, "hold")
    assert made.headers["location"].endswith(f"{COMMENTS}/{made.json()['id']}")
    assert {"author_email", "author_ip", "author_user_agent"}.isdisjoint(made.json())
    row = next(iter(database.query("select * from comments order by id desc limit 1")))
    assert (row["source"], row["rule"], row["ip"]) == ("api", "comment_previously_approved", "198.51.100.1")
    assert row["user_agent"] == "a reader app"
    assert visitor(served).get(f"{COMMENTS}/{row['id']}").json()["code"] == "rest_cannot_read"


def test_without_the_rule_it_is_public_at_once_and_words_on_the_list_put_it_away(
    served: TestClient, database: Database
) -> None:
    change(database, comment_previously_approved="off", disallowed_keys="casino")
    assert visitor(served, 1).post(COMMENTS, json=SENT).json()["status"] == "approved"
    bad = {**SENT, "content": "Come to the casino", "author_email": "x@example.org"}
    assert visitor(served, 2).post(COMMENTS, json=bad).json()["status"] == "trash"


def test_a_setting_refuses_them(served: TestClient, programs: Programs, database: Database) -> None:
    change(database, api_anonymous_comments="off")
    refused = visitor(served).post(COMMENTS, json=SENT)
    assert (refused.status_code, refused.json()["code"]) == (401, "rest_comment_login_required")
    mine = served.post(COMMENTS, json={"post": 5, "content": "Mine"}, headers=programs["admin"])
    assert mine.json()["status"] == "approved"


def test_the_second_within_seconds_is_too_fast_and_the_same_is_a_duplicate(served: TestClient) -> None:
    who = visitor(served)
    assert who.post(COMMENTS, json=SENT).status_code == 201
    again = who.post(COMMENTS, json=SENT)
    assert (again.status_code, again.json()["code"]) == (409, "comment_duplicate")
    fast = who.post(COMMENTS, json={**SENT, "content": "Another thought."})
    assert (fast.status_code, fast.json()["code"]) == (400, "comment_flood")
    assert int(fast.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"content": "x" * 16_385}, "comment_content_column_length"),
        ({"author_name": "x" * 246}, "comment_author_column_length"),
        ({"author_url": "https://x.example/" + "x" * 200}, "comment_author_url_column_length"),
        ({"content": " \n "}, "rest_comment_content_invalid"),
        ({"content": ["a"]}, "rest_comment_content_invalid"),
        ({"author_name": ""}, "rest_comment_author_data_required"),
        ({"author_email": "no address"}, "rest_invalid_param"),
        ({"parent": 9_999}, "rest_invalid_param"),
        ({"post": 6}, "rest_comment_closed"),
        ({"post": 7}, "rest_comment_draft_post"),
        ({"post": 0}, "rest_comment_invalid_post_id"),
        ({"status": "approved"}, "rest_comment_invalid_status"),
        ({"author": 1}, "rest_comment_invalid_author"),
        ({"author_ip": "192.0.2.9"}, "rest_comment_invalid_author_ip"),
    ],
)
def test_what_cannot_be_taken_has_its_code_and_stores_nothing(
    served: TestClient, database: Database, given: dict[str, Any], code: str
) -> None:
    refused = visitor(served).post(COMMENTS, json={**SENT, **given})
    assert 400 <= refused.status_code < 500
    assert refused.json()["code"] == code
    assert database.conn.execute("select max(id) from comments").fetchone()[0] == 6


def test_html_becomes_markdown_and_code_stays(served: TestClient, programs: Programs) -> None:
    def raw(content: str) -> str:
        made = served.post(COMMENTS, json={"post": 5, "content": content}, headers=programs["admin"])
        return str(made.json()["content"]["raw"])

    assert raw("<p>Some <b>bold</b> words<script>x</script></p>") == "Some **bold** words"
    assert raw("A *thought* & `<b>` in code") == "A *thought* & `<b>` in code"


def test_a_moderator_sends_for_somebody_else_without_waiting_and_says_the_status(
    served: TestClient, programs: Programs, database: Database
) -> None:
    for number in range(3):
        made = served.post(
            COMMENTS,
            json={**SENT, "content": f"Old words {number}", "status": "approved"},
            headers=programs["editor"],
        ).json()
        assert (made["status"], made["author"], made["author_name"]) == ("approved", 0, "Bo")
    history = events.on_comment(database, made["id"])
    assert [(each["kind"], acts.who(each)) for each in history] == [
        ("submit", "editor by “seed”"),
        ("approve", "editor by “seed”"),
    ]


def test_decisions_are_batches_of_the_program_that_undo_takes_back(
    served: TestClient, programs: Programs, database: Database
) -> None:
    answer = served.put(f"{COMMENTS}/4", json={"status": "approved"}, headers=programs["editor"])
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    entry = log.log(database, ACTS)[0]
    assert (acts.who(entry), entry["source"], acts.sentence(ACTS, entry)) == (
        "editor by “seed”",
        "api",
        "One comment approved.",
    )
    again = served.put(f"{COMMENTS}/4", json={"status": "approved"}, headers=programs["editor"])
    assert again.status_code == 200
    assert log.log(database, ACTS)[0]["batch"] == entry["batch"]
    with store.transaction(database):
        moderation.undo(database, None, ACTS, by=by())
    assert served.get(f"{COMMENTS}/4", headers=programs["editor"]).json()["status"] == "hold"


def test_an_edit_keeps_the_text_before_it_and_shows_as_edited(
    served: TestClient, programs: Programs, database: Database
) -> None:
    answer = served.patch(f"{COMMENTS}/2", json={"content": "Other *words*"}, headers=programs["editor"])
    assert answer.json()["content"]["raw"] == "Other *words*"
    assert database.conn.execute("select text from revisions").fetchall() == [("First! See my page.",)]


def test_a_comment_is_moved_under_another_and_to_another_post(served: TestClient, programs: Programs) -> None:
    made = served.post(COMMENTS, json={"post": 5, "content": "Mine"}, headers=programs["admin"]).json()
    moved = served.put(f"{COMMENTS}/{made['id']}", json={"parent": 2}, headers=programs["admin"]).json()
    assert (moved["post"], moved["parent"]) == (5, 2)
    other = served.put(f"{COMMENTS}/{made['id']}", json={"post": 6}, headers=programs["admin"]).json()
    assert (other["post"], other["parent"]) == (6, 0)


def test_a_deleted_comment_is_gone_and_its_replies_stand_in_its_place(served: TestClient, programs: Programs) -> None:
    assert served.delete(f"{COMMENTS}/2", headers=programs["admin"]).json()["status"] == "trash"
    assert served.delete(f"{COMMENTS}/2", headers=programs["admin"]).status_code == 410
    deleted = served.delete(f"{COMMENTS}/2?force=true", headers=programs["admin"]).json()
    assert (deleted["deleted"], deleted["previous"]["id"]) == (True, 2)
    assert served.get(f"{COMMENTS}/2", headers=programs["admin"]).json()["code"] == "rest_comment_invalid_id"
    assert served.get(f"{COMMENTS}/3").json()["parent"] == 0


def test_nobody_s_address_is_public(served: TestClient) -> None:
    for path in (COMMENTS, f"{COMMENTS}/2?_embed", "/wp-json/wp/v2/posts/5?_embed", "/wp-json/wp/v2/users"):
        page = served.get(path).text
        assert "@example" not in page
        assert "192.0.2.1" not in page
        assert "gravatar" not in page
    assert served.get(f"{COMMENTS}?search=ann@example.net").json() == []
    assert [each["id"] for each in served.get(f"{COMMENTS}?search=page").json()] == [2]
    avatar = served.get(COMMENTS).json()[0]["author_avatar_urls"]["48"]
    assert served.get(avatar.removeprefix("https://blog.example.org")).headers["content-type"] == "image/svg+xml"


def test_the_total_is_right_with_drafts_trash_and_other_kinds(
    served: TestClient, programs: Programs, database: Database
) -> None:
    def total() -> tuple[str, int]:
        answer = served.get(COMMENTS)
        return answer.headers["x-wp-total"], len(answer.json())

    assert total() == ("2", 2)
    with store.transaction(database):
        database.conn.execute(
            """
            insert into comments (kind, post_id, status, author, email, url, text, text_html, text_hash, ip, network,
              user_agent, verdict, rule, created_at, source)
            values ('pingback', 5, 'approved', 'A site', '', '', 'x', 'x', 'x', '', '', '', 'allow', '',
              '2026-03-04T00:00:00.000Z', 'import')
            """
        )
    assert total() == ("2", 2)
    served.delete("/wp-json/wp/v2/posts/5", headers=programs["admin"])
    assert total() == ("0", 0)
    served.post("/wp-json/wp/v2/posts/5", json={"status": "draft"}, headers=programs["admin"])
    assert total() == ("0", 0)
    served.post("/wp-json/wp/v2/posts/5", json={"status": "publish"}, headers=programs["admin"])
    assert total() == ("2", 2)
