import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.storage import store
from tests import factories
from tests.factories import by, decide, form_on, status, submit


def test_an_answer_approves_what_it_answers_and_undo_takes_both_back(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    comment = submit(db, "A question.")
    page = moderator.post(f"/admin/comments/{comment}/answer", data={"comment": "An *answer*.", "approve": "1"})
    assert "Replied to one comment." in page.text
    public = client.get("/a-post/").text
    assert "2 thoughts on" in public
    assert "An <em>answer</em>." in public
    undo = re.search(r'action="(/admin/batches/\d+/reversal)"', page.text)
    assert undo is not None
    moderator.post(undo[1])
    assert "A question." not in client.get("/a-post/").text
    assert status(db, comment) == "pending"


def test_an_answer_works_when_the_discussion_is_closed(moderator: TestClient, client: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    with store.transaction(db):
        closing.close(db, "a-post", by=by())
    moderator.post(f"/admin/comments/{comment}/answer", data={"comment": "Late, but here."})
    assert "Late, but here." in client.get("/a-post/").text


@pytest.mark.parametrize(("data", "code"), [({"comment": "x"}, 422), ({"comment": " ", "approve": "1"}, 422)])
def test_an_answer_that_nobody_would_see_is_refused(
    moderator: TestClient, db: Database, data: dict[str, str], code: int
) -> None:
    comment = submit(db)
    assert moderator.post(f"/admin/comments/{comment}/answer", data=data).status_code == code
    assert status(db, comment) == "pending"


@pytest.mark.parametrize(
    ("way", "part", "data", "kept"),
    [
        ("answer", "answer", {"comment": "<b> " + "x" * 16_385, "approve": "1"}, "&lt;b&gt; xxx"),
        ("answer", "answer", {"comment": "Nobody sees it."}, "Nobody sees it."),
        ("revision", "edit", {"author": "Ana", "comment": "y" * 17_000, "reason": "Long."}, 'value="Long."'),
        ("move", "move", {"parent": "abc", "reason": "Astray."}, "<option selected>abc</option>"),
        ("standing", "sender", {"kind": "email", "standing": "banned", "until": "2020-01-01", "reason": "R."}, "R."),
        (
            "standing",
            "sender",
            {"kind": "email", "standing": "banned", "until": "<i>"},
            'type="text" value="&lt;i&gt;"',
        ),
    ],
)
def test_what_is_refused_comes_back_on_the_comments_page_as_it_was_typed(
    moderator: TestClient, db: Database, way: str, part: str, data: dict[str, str], kept: str
) -> None:
    comment = submit(db)
    page = moderator.post(f"/admin/comments/{comment}/{way}", data=data)
    assert page.status_code == 422
    assert "Not done." in page.text
    assert kept in page.text
    opened = {"answer": '<form id="answer"', "sender": "<details open>"}.get(part, f'<details id="{part}" open>')
    assert opened in page.text
    assert f'name="back" value="/admin/comments/{comment}"' in page.text
    assert status(db, comment) == "pending"
    json = moderator.post(f"/admin/comments/{comment}/{way}", data=data, headers={"Accept": "application/json"})
    assert (json.status_code, json.headers["content-type"]) == (422, "application/problem+json")


def hidden(page: str, name: str, form: str) -> str:
    found = re.search(rf'<(?:details|form) id="{form}".*?name="{name}" value="([^"]*)"', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_an_answer_does_not_publish_what_a_colleague_took_for_spam_meanwhile(
    moderator: TestClient, db: Database
) -> None:
    comment = submit(db)
    seen = hidden(moderator.get(f"/admin/comments/{comment}").text, "seen", "answer")
    decide(db, comment, "spam")
    data = {"comment": "My answer.", "approve": "1", "seen": seen}
    page = moderator.post(f"/admin/comments/{comment}/answer", data=data)
    assert page.status_code == 409
    assert "Somebody moved this to spam while you wrote" in page.text
    assert "My answer." in page.text
    assert status(db, comment) == "spam"
    data["seen"] = hidden(page.text, "seen", "answer")
    assert "Replied to one comment." in moderator.post(f"/admin/comments/{comment}/answer", data=data).text
    assert status(db, comment) == "approved"


def test_an_edit_does_not_write_over_a_colleagues(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    edited = hidden(moderator.get(f"/admin/comments/{comment}").text, "edited", "edit")
    form = {"author": "Reader 1", "edited": edited}
    path = f"/admin/comments/{comment}/revision"
    assert "One comment edited." in moderator.post(path, data={**form, "comment": "Theirs."}).text
    page = moderator.post(path, data={**form, "comment": "Mine."})
    assert page.status_code == 409
    assert "Somebody edited this while you wrote." in page.text
    assert "Mine.</textarea>" in page.text
    text = "select text from comments where id = ?"
    assert db.conn.execute(text, [comment]).fetchone()[0] == "Theirs."
    again = {**form, "comment": "Mine.", "edited": hidden(page.text, "edited", "edit")}
    assert "One comment edited." in moderator.post(path, data=again).text
    assert db.conn.execute(text, [comment]).fetchone()[0] == "Mine."


def test_an_edit_is_shown_as_a_difference_and_to_readers_as_made(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    comment = submit(db, "My number is 555.")
    decide(db, comment, "approve")
    form = {"author": "Reader 1", "url": "", "comment": "My number is gone.", "reason": "Private."}
    page = moderator.post(f"/admin/comments/{comment}/revision", data=form).text
    assert "One comment edited." in page
    assert "<del>555.</del><ins>gone.</ins>" in page
    assert "Private." in page
    public = client.get("/a-post/").text
    assert "edited by a moderator" in public
    assert "555" not in public


def test_notes_and_later_are_for_colleagues_only(moderator: TestClient, client: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    page = moderator.post(f"/admin/comments/{comment}/note", data={"note": "Ask Judith first."})
    assert "Ask Judith first." in page.text
    waiting = submit(db, "Another thought.", 2)
    assert "Not later" in moderator.post(f"/admin/comments/{waiting}/later", data={"later": "1"}).text
    assert "Ask Judith" not in client.get("/a-post/").text
    assert moderator.post(f"/admin/comments/{comment}/note", data={"note": " "}).status_code == 422


def test_a_locked_thread_takes_no_reply_and_shows_no_way_to_one(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    hidden = form_on(client, f"/a-post/?replytocom={comment}")
    assert "replytocom" in client.get("/a-post/").text
    page = moderator.post(f"/admin/comments/{comment}/lock", data={"locked": "1"})
    assert "Locked a thread." in page.text
    assert "replytocom" not in client.get("/a-post/").text
    typed = {**hidden, "author": "Ana", "email": "ana@example.org", "comment": "A reply."}
    answer = client.post("/a-post/comments", data=typed)
    assert answer.status_code == 403
    assert "A reply.</textarea>" in answer.text
    assert "locked" in answer.text
    factories.undo(db)
    assert client.post("/a-post/comments", data=typed, follow_redirects=False).status_code == 303


def test_a_sender_is_banned_from_the_comments_page(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    page = moderator.post(
        f"/admin/comments/{comment}/standing",
        data={"kind": "reader", "standing": "banned", "reason": "Rude.", "take_back": "1"},
    ).text
    assert "Banned a sender and moved one comment to trash." in page
    assert "Banned by ana: Rude." in page
    assert status(db, comment) == "trash"
    assert (
        moderator.post(f"/admin/comments/{comment}/standing", data={"kind": "x", "standing": "banned"}).status_code
        == 404
    )


def test_single_letter_keys_can_be_turned_off_for_an_account(moderator: TestClient) -> None:
    assert 'data-keys="on"' in moderator.get("/admin/comments").text
    page = moderator.post("/admin/keys", data={"on": "0", "back": "/admin/comments?status=spam"})
    assert page.url.query == b"status=spam"
    assert 'data-keys="off"' in page.text
    assert 'data-keys="on"' in moderator.post("/admin/keys", data={"on": "1"}).text


def test_piles_stand_above_the_queue_and_lead_to_their_comments(moderator: TestClient, db: Database) -> None:
    submit(db, "First.", n=1)
    submit(db, "http://a.example http://b.example", n=2)
    page = moderator.get("/admin/comments").text
    assert (
        'href="/admin/comments?status=pending&amp;rule=comment_max_links"><kbd aria-hidden="true">2</kbd>Links <b>1</b>'
        in page
    )
    pile = moderator.get("/admin/comments?status=pending&rule=comment_max_links").text
    assert "1 comment with these filters" in pile
    assert "First.</p>" not in pile
    assert 'name="rule" value="comment_max_links"' in pile
