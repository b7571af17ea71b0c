"""I: a comment is approved, pending, spam or in the trash, and decisions lead nowhere else."""

from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.errors import NotFound
from blog.moderation import Selection
from blog.storage import store
from tests import factories
from tests.factories import SLUG, decide, send, status, submit
from tests.wordpress.acting import JSON, heading, parsed, standing, stranger


def post_decision(moderator: TestClient, decision: str, *ids: object, **more: Any) -> Any:
    form = {"decision": decision, "id": [str(each) for each in ids], **more}
    return moderator.post("/admin/decisions", data=form, headers=JSON)


@pytest.mark.parametrize(
    ("says", "words"),
    [
        pytest.param("A word that is no decision.", ["read", "", "APPROVE"], id="I1"),
        pytest.param("One with a blank, one too long, a list.", ["spam ", "a b", "x" * 21, "['spam']"], id="I2"),
        pytest.param("A word that means something elsewhere.", ["approved", "moderated", "all", "unspam"], id="I3"),
        pytest.param("The engine's own.", ["deleted", "pending", "post-trashed"], id="I3 own"),
    ],
)
def test_what_is_no_decision_is_refused_and_nothing_moves(
    moderator: TestClient, db: Database, says: str, words: list[str]
) -> None:
    comment = submit(db)
    for word in words:
        answer = post_decision(moderator, word, comment)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["decision"]), says
        assert moderator.post("/admin/decisions", data={"decision[]": word, "id": "1"}).status_code == 422
    assert status(db, comment) == "pending"


@pytest.mark.parametrize("word", ["read", "post-trashed", "", "spam ", "Approved"])
def test_i1_the_database_itself_knows_no_other_status(db: Database, word: str) -> None:
    factories.post(db)
    comment = submit(db)
    with pytest.raises(store.DatabaseError, match="CHECK constraint"):
        db.conn.execute("update comments set status = ? where id = ?", [word, comment])


@pytest.mark.parametrize("field", ["status", "comment_status", "status[]"])
@pytest.mark.parametrize("word", ["invalid-status", "['spam']", "approved"])
def test_i4_a_status_in_the_form_of_an_edit_is_ignored_and_the_rest_is_saved(
    moderator: TestClient, db: Database, field: str, word: str
) -> None:
    comment = submit(db)
    form = {"author": "Ida", "url": "", "comment": "Other words.", field: word}
    assert moderator.post(f"/admin/comments/{comment}/revision", data=form, headers=JSON).status_code == 200
    assert db.conn.execute("select status, author, text from comments").fetchall() == [
        ("pending", "Ida", "Other words.")
    ]


def test_i5_the_same_decision_twice_moves_one_and_then_none(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    answers = [post_decision(moderator, "approve", comment).json() for _ in range(2)]
    assert [(answer["batch"], answer["moved"], answer["missing"]) for answer in answers] == [(1, 1, []), (None, 0, [])]
    assert status(db, comment) == "approved"


def test_i6_a_comment_or_post_of_a_number_below_nought_is_refused(moderator: TestClient, db: Database) -> None:
    submit(db)
    assert post_decision(moderator, "approve", -1).status_code == 422
    assert post_decision(moderator, "approve", 0).status_code == 404
    with pytest.raises(NotFound, match="no comment -1"):
        decide(db, -1, "approve")
    assert moderator.post("/admin/posts/-1/closure", headers=JSON).status_code == 404
    assert decide(db, Selection("all", post="-1"), "trash")["moved"] == 0
    assert standing(db) == {"pending": 1, "all": 1}


@pytest.mark.parametrize("gone", ["withdrawn", "draft"])
def test_i7_comments_of_a_post_that_is_not_public_any_more_can_still_be_decided_on(
    moderator: TestClient, db: Database, gone: str
) -> None:
    comment = submit(db, "Still here.")
    factories.post(db, hash="again", status=gone)
    assert "Still here." in moderator.get("/admin/comments?status=pending").text
    assert moderator.get(f"/admin/comments/{comment}").status_code == 200
    for decision in ("approve", "spam", "restore", "trash", "delete"):
        assert post_decision(moderator, decision, comment).json()["moved"] == 1


def test_i8_a_comment_moves_to_another_post_and_the_counts_of_both_follow(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    factories.post(db, "other", title="Another")
    ids = [submit(db, f"Words {n}.", n) for n in range(1, 4)]
    decide(db, ids, "approve")
    moderator.post(f"/admin/comments/{ids[0]}/move", data={"post": "other"})
    assert heading(client.get(f"/{SLUG}/")) == "2 thoughts on “A post”"
    assert heading(client.get("/other/")) == "One thought on “Another”"
    posts = db.conn.execute("select slug, approved from posts order by id").fetchall()
    assert posts == [(SLUG, 2), ("other", 1)]


def test_i9_the_new_state_is_what_everybody_reads_next(moderator: TestClient, client: TestClient, db: Database) -> None:
    submit(db, "Look for me.")
    leads = {"approve": "approved", "trash": "trash", "restore": "approved", "spam": "spam", "delete": None}
    for decision, expected in leads.items():
        assert post_decision(moderator, decision, 1).json()["moved"] == 1
        assert ("Look for me." in client.get(f"/{SLUG}/").text) == (expected == "approved")
        assert heading(client.get(f"/{SLUG}/")) == ("One thought on “A post”" if expected == "approved" else "")
        listed = {name for name in moderation.STATUSES if _listed(moderator, name)}
        assert listed == ({expected} if expected else set())


def _listed(moderator: TestClient, name: str) -> bool:
    return "Look for me." in moderator.get(f"/admin/comments?status={name}").text


@pytest.mark.parametrize(
    ("says", "decision", "expected"),
    [
        pytest.param("What was approved comes out of the trash approved.", "trash", "approved", id="I10"),
        pytest.param("And out of spam.", "spam", "approved", id="I11"),
    ],
)
def test_restoring_gives_back_what_it_was(
    moderator: TestClient, client: TestClient, db: Database, says: str, decision: str, expected: str
) -> None:
    comment = submit(db)
    for step in ("approve", decision, "restore"):
        assert post_decision(moderator, step, comment).json()["moved"] == 1
    assert status(db, comment) == expected, says
    assert heading(client.get(f"/{SLUG}/")) == "One thought on “A post”"


def test_i12_a_strangers_comment_that_an_administrator_edits_is_cleaned_like_any_other(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    typed = '<a href=x disallowed=attribute>one</a> and [two](https://example.org "t")'
    form = {"author": "Ida", "url": "", "comment": typed}
    assert moderator.post(f"/admin/comments/{comment}/revision", data=form, headers=JSON).status_code == 200
    said = parsed(stranger(client).get(f"/{SLUG}/")).select_one(f"#comment-{comment} .said")
    links = {link["href"]: link.get("rel") for link in said.find_all("a")}
    assert set(links) == {"https://example.org"}
    assert {"nofollow", "ugc"} <= set(links["https://example.org"])
    assert "<a href=x disallowed=attribute>one</a>" in said.get_text()


def test_i13_an_administrators_image_is_the_text_that_it_is_like_anybodys(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    image = '<img src=x onerror=alert(1)> and [words](https://example.org "t" onclick=x)'
    assert send(moderator, text=image, headers=JSON).status_code == 201
    said = parsed(stranger(client).get(f"/{SLUG}/")).select_one("#comment-1 .said")
    assert said.get_text(strip=True).startswith("<img src=x onerror=alert(1)>")
    assert {tag.name for tag in said.find_all()} <= {"p", "a"}
    assert all(set(tag.attrs) <= {"href", "rel"} for tag in said.find_all())
