"""The contract's table of answers to a sent comment, as pages and as JSON."""

import re
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.factories import by, form_on, send, submit

JSON = {"accept": "application/json"}


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def close(db: Database, slug: str | None = factories.SLUG, **more: Any) -> None:
    with store.transaction(db):
        closing.close(db, slug, by=by(), **more)


def rows(db: Database) -> int:
    return int(db.conn.execute("select count(*) from comments").fetchone()[0])


def test_a_comment_that_is_far_too_long_is_answered_with_a_way_back(client: TestClient) -> None:
    answer = client.post("/a-post/comments", data={"comment": "x" * 300_000})
    assert answer.status_code == 413
    assert '<a href="/a-post/#comment-form">Back to the discussion</a>' in answer.text


def test_a_held_comment_leads_to_where_its_author_sees_it(client: TestClient) -> None:
    answer = send(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/a-post/#comment-1")
    cookie = answer.headers["set-cookie"]
    assert re.match(r"reader=[\w-]{40,}; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax", cookie)
    own = client.get("/a-post/")
    assert "awaiting moderation" in own.text
    assert own.headers["cache-control"] == "private, no-store"
    assert "thoughts on" not in own.text
    client.cookies.clear()
    assert "A thought." not in client.get("/a-post/").text


def test_a_published_comment_leads_to_its_place(client: TestClient, db: Database) -> None:
    change(db, comment_previously_approved="off")
    answer = send(client)
    assert answer.headers["location"] == "/a-post/#comment-1"
    client.cookies.clear()
    page = client.get("/a-post/").text
    assert "One thought on “A post”" in page
    assert '<li id="comment-1" class="comment">' in page


@pytest.mark.parametrize(
    ("settings", "code", "status"), [({}, 202, "pending"), ({"comment_previously_approved": "off"}, 201, "approved")]
)
def test_json_says_whether_it_is_public(
    client: TestClient, db: Database, settings: dict[str, str], code: int, status: str
) -> None:
    change(db, **settings)
    answer = send(client, headers=JSON)
    assert (answer.status_code, answer.json()) == (code, {"id": 1, "status": status, "url": "/a-post/#comment-1"})


@pytest.mark.parametrize("fields", [{"homepage": "http://spam.example"}, {"text": "Buy casino chips."}])
def test_what_a_rule_takes_for_spam_or_trash_is_answered_like_what_is_held(
    client: TestClient, db: Database, fields: dict[str, str]
) -> None:
    change(db, disallowed_keys="casino")
    answer = send(client, headers=JSON, **fields)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert db.conn.execute("select status from comments").fetchone()[0] in ("spam", "trash")
    assert "awaiting moderation" in client.get("/a-post/").text


def test_a_closed_discussion_refuses_with_the_text_to_copy_before_it_looks_at_the_fields(
    client: TestClient, db: Database
) -> None:
    hidden = form_on(client, "/a-post/")
    close(db)
    answer = client.post("/a-post/comments", data={**hidden, "comment": "Typed <at> length."}, follow_redirects=False)
    assert answer.status_code == 403
    assert "Comments are closed." in answer.text
    assert "Typed &lt;at&gt; length.</textarea>" in answer.text
    assert rows(db) == 0


def test_replies_only_takes_replies(client: TestClient, db: Database) -> None:
    top = submit(db)
    factories.decide(db, top, "approve")
    close(db, mode="replies-only")
    hidden = form_on(client, f"/a-post/?replytocom={top}")
    assert hidden["comment_parent"] == str(top)
    typed = {"author": "Ana", "email": "ana@example.org", "comment": "A reply."}
    assert client.post("/a-post/comments", data={**hidden, **typed, "comment_parent": ""}).status_code == 403
    assert client.post("/a-post/comments", data={**hidden, **typed}, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"author": ""}, "author"),
        ({"email": ""}, "email"),
        ({"email": "a@b"}, "email"),
        ({"text": " \n "}, "comment"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"author": "x" * 246}, "author"),
        ({"text": "x" * 16_385}, "comment"),
    ],
)
def test_a_bad_field_is_named_beside_it_and_nothing_typed_is_lost(
    client: TestClient, db: Database, fields: dict[str, str], field: str
) -> None:
    typed = {
        "text": "My <long> text.",
        "author": "Ana",
        "email": "ana@example.org",
        "url": "https://example.org",
    } | fields
    answer = send(client, **typed)
    assert answer.status_code == 422
    assert f'id="why-{field}"' in answer.text
    assert f'aria-describedby="why-{field}' in answer.text
    for value in typed.values():
        if value.strip():
            assert value.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert rows(db) == 0
    problem = send(client, headers=JSON, **typed)
    assert (problem.status_code, problem.headers["content-type"]) == (422, "application/problem+json")
    assert list(problem.json()["errors"]) == [field]
    assert problem.json()["comment"] == typed["text"]


@pytest.mark.parametrize("parent", ["pending", "elsewhere", "-1", "abc", "99999"])
def test_a_reply_to_what_is_not_there_is_refused(client: TestClient, db: Database, parent: str) -> None:
    factories.post(db, "other")
    there = {"pending": submit(db), "elsewhere": submit(db, "x", n=2, slug="other")}
    factories.decide(db, there["elsewhere"], "approve")
    answer = send(client, comment_parent=str(there.get(parent, parent)))
    assert answer.status_code == 422
    assert "Reader 1" not in answer.text


def test_the_same_twice_is_refused_with_its_time(client: TestClient, db: Database) -> None:
    send(client)
    answer = send(client)
    assert answer.status_code == 409
    assert re.search(r"You sent this already, at \d\d:\d\d\.", answer.text)
    assert send(client, headers=JSON).json()["status"] == 409


def test_too_fast_says_how_long_to_wait(client: TestClient, db: Database) -> None:
    send(client)
    answer = send(client, text="Another thought.")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 15
    assert f"Please wait {answer.headers['retry-after']} seconds" in answer.text
    assert "Another thought.</textarea>" in answer.text


def test_the_network_limit_counts_a_minute(client: TestClient, db: Database) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="3")
    codes = []
    for n in range(5):
        client.cookies.clear()
        codes.append(send(client, text=f"Thought {n}.", email=f"r{n}@example.org").status_code)
    assert codes == [303, 303, 303, 429, 429]


def test_a_forwarded_header_moves_no_limit(client: TestClient, db: Database) -> None:
    send(client)
    client.cookies.clear()
    spoofed = {"x-forwarded-for": "203.0.113.9", "x-real-ip": "203.0.113.9", "forwarded": "for=203.0.113.9"}
    assert send(client, text="Again.", email="b@example.org", headers=spoofed).status_code == 429


@pytest.mark.parametrize("path", ["/nope/comments", "/draft/comments", "/future/comments"])
def test_what_is_not_public_takes_no_comment_and_tells_nothing(client: TestClient, db: Database, path: str) -> None:
    factories.post(db, "draft", status="draft", title="Hidden title")
    factories.post(db, "future", published_at="2999-01-01T00:00:00.000Z", title="Hidden title", comments="closed")
    answer = client.post(path, data={"author": "Ana", "email": "ana@example.org", "comment": "Words."})
    assert answer.status_code == 404
    assert "Hidden title" not in answer.text


def test_a_withdrawn_post_is_gone_for_its_comments_too(client: TestClient, db: Database) -> None:
    factories.post(db, "gone", status="withdrawn")
    assert client.post("/gone/comments", data={"comment": "Words."}).status_code == 410
    assert client.get("/gone/").status_code == 410


def test_a_preview_shows_and_stores_nothing(client: TestClient, db: Database) -> None:
    answer = send(client, text="Some *stress* here.", action="preview")
    assert answer.status_code == 200
    assert "Some <em>stress</em> here." in answer.text
    assert "Some *stress* here.</textarea>" in answer.text
    assert rows(db) == 0
    assert send(client, text="", action="preview").status_code == 422
    close(db)
    assert client.post("/a-post/comments", data={"comment": "x", "action": "preview"}).status_code == 403


@pytest.mark.parametrize("stamp", [None, "forged", "of another post"])
def test_a_scripts_post_is_held_with_that_reason(client: TestClient, db: Database, stamp: str | None) -> None:
    change(db, comment_previously_approved="off")
    factories.post(db, "other")
    stamps = {"of another post": form_on(client, "/other/")["stamp"], "forged": "forged"}
    data = {
        "author": "Ana",
        "email": "ana@example.org",
        "comment": "Words.",
        **({"stamp": stamps[stamp]} if stamp else {}),
    }
    assert client.post("/a-post/comments", data=data, follow_redirects=False).status_code == 303
    assert tuple(db.conn.execute("select status, rule from comments").fetchone()) == ("pending", "no_form")


def test_of_a_field_given_twice_the_first_counts_and_strange_fields_are_ignored(
    client: TestClient, db: Database
) -> None:
    body = "author=Ana&author=Eve&email=ana%40example.org&comment=First.&comment=Second.&status=approved&id=77"
    body += "&account_id=1"
    answer = client.post(
        "/a-post/comments",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    stored = db.conn.execute("select id, status, author, text, account_id from comments").fetchone()
    assert tuple(stored) == (1, "pending", "Ana", "First.", None)


def test_semicolons_part_no_fields(client: TestClient, db: Database) -> None:
    body = "author=Ana&email=ana%40example.org&comment=hi;status=approved;author=admin"
    client.post("/a-post/comments", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert db.conn.execute("select author, text from comments").fetchone()[1] == "hi;status=approved;author=admin"


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        ("{}", "application/json", 415),
        ("x", "text/plain", 415),
        ("comment=" + "x" * 300_000, "application/x-www-form-urlencoded", 413),
        ("a=1&" * 1_500, "application/x-www-form-urlencoded", 400),
    ],
)
def test_bodies_that_are_no_form_or_too_much_are_refused(
    client: TestClient, content: str, kind: str, code: int
) -> None:
    assert client.post("/a-post/comments", content=content, headers={"content-type": kind}).status_code == code


def test_reloading_the_answer_to_a_sent_form_leads_back_to_the_form(client: TestClient) -> None:
    answer = client.get("/a-post/comments", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/a-post/#comment-form")


def test_the_form_comes_filled_for_who_asked_to_be_remembered(client: TestClient) -> None:
    send(client, remember="1", url="https://ana.example")
    page = client.get("/a-post/").text
    assert 'value="ana@example.org"' in page
    assert 'value="https://ana.example"' in page


def test_a_signed_in_person_answers_under_the_accounts_name_also_when_closed(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    close(db)
    page = moderator.get("/a-post/").text
    assert 'name="author"' not in page
    assert "ana" in page
    hidden = form_on(moderator, "/a-post/")
    answer = moderator.post("/a-post/comments", data={**hidden, "comment": "From the house."}, follow_redirects=False)
    assert answer.status_code == 303
    client.cookies.clear()
    public = client.get("/a-post/").text
    assert "From the house." in public
    assert "from this site" in public
    for _ in range(2):
        assert (
            moderator.post(
                "/a-post/comments", data={**hidden, "comment": f"More {_}."}, follow_redirects=False
            ).status_code
            == 303
        )


def test_a_visitor_who_signs_as_somebody_of_the_site_is_held(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    change(db, comment_previously_approved="off")
    send(client, author="Judith")
    assert db.conn.execute("select status, rule from comments").fetchone()[1] == "owner_name"


@pytest.mark.parametrize("name", ["TEST", "Τest", "\u2067Test\u2069", "Tеst\u3164", "Juditһ"])
def test_a_visitor_who_signs_as_the_site_or_its_author_is_held(client: TestClient, db: Database, name: str) -> None:
    change(db, comment_previously_approved="off")
    send(client, author=name)
    assert db.conn.execute("select status, rule from comments").fetchall() == [("pending", "owner_name")]


def test_the_desk_says_whose_name_a_comment_resembles_whatever_held_it(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    change(db, comment_moderation="on")
    send(client, author="Јudith")  # the first letter is Cyrillic
    page = moderator.get("/admin/comments").text
    assert "Every comment on this site is held." in page
    assert "The name looks like “Judith”, a name used by this site." in page


def test_trust_belongs_to_the_browser_and_never_to_a_typed_name(client: TestClient, db: Database) -> None:
    change(db, comment_flood_seconds="0")
    send(client, headers=JSON)
    factories.decide(db, 1, "approve")
    assert send(client, text="Second.", headers=JSON).json()["status"] == "approved"
    client.cookies.clear()
    assert send(client, text="Third.", headers=JSON).json()["status"] == "pending"


@pytest.mark.parametrize("cookie", ["", "short", "x" * 9_000, "a b", "é"])
def test_a_garbage_cookie_is_no_reader_and_no_error(client: TestClient, cookie: str) -> None:
    header = {"cookie": f"reader={cookie}; session={cookie}".encode()}
    assert client.get("/a-post/", headers=header).status_code == 200


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("comment=Größe, mehr".encode(), "Größe, mehr"),  # curl --data sends it so
        (b"comment=Gr%C3%B6%C3%9Fe+%26+mehr", "Größe & mehr"),
        ("comment=Größe+%26+m%C3%A4hr".encode(), "Größe & mähr"),
        (b"comment=Gr\xf6sse%21", "Gr\ufffdsse!"),
    ],
)
def test_letters_arrive_as_they_were_typed_however_they_were_sent(
    client: TestClient, db: Database, body: bytes, text: str
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    who = b"author=Ana&email=ana%40example.org&"
    assert client.post("/a-post/comments", content=who + body, headers=headers).status_code == 202
    assert db.execute("select text from comments").fetchone()[0] == text
