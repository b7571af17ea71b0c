"""What was changed between showing a comment and deciding on it: nobody decides on words that they did not read."""

import re

from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.storage import store
from tests import factories
from tests.factories import by, decide, status, submit

JSON = {"accept": "application/json"}


def edit(db: Database, comment: int, text: str, author: str = "Reader 1") -> None:
    with store.transaction(db):
        factories.edit(db, comment, author=author, url="", text=text, by=by("2026-05-07T13:00:00.000Z"))


def seen_on(page: str, comment: int) -> str:
    found = re.search(rf'name="seen" value="({comment}:[^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_edit_between_showing_and_deciding_is_a_conflict_that_shows_the_change(
    moderator: TestClient, db: Database
) -> None:
    comment = submit(db, "Nice essay.")
    seen = seen_on(moderator.get("/admin/comments").text, comment)
    assert seen == f"{comment}:pending:1"
    edit(db, comment, "Buy shoes.", author="Eve")
    form = {"decision": "approve", "id": str(comment), "seen": seen}
    answer = moderator.post("/admin/decisions", data=form, headers=JSON)
    assert answer.status_code == 409
    conflict = answer.json()["conflicts"][0]
    assert (conflict["id"], conflict["status"], conflict["revision"], conflict["edited"]) == (
        comment,
        "pending",
        2,
        True,
    )
    assert conflict["at"] == "2026-05-07T13:00:00.000Z"
    assert "".join(words for kind, words in conflict["difference"] if kind != "new") == "Nice essay."
    assert "".join(words for kind, words in conflict["difference"] if kind != "gone") == "Buy shoes."
    page = moderator.post("/admin/decisions", data=form)
    assert page.status_code == 409
    assert "Somebody edited this at 13:00, while you were reading it. Your “Approve” was not applied." in page.text
    assert "The name was <bdi>Reader 1</bdi>." in page.text
    assert "<del>Nice</del>" in page.text
    assert "<ins>Buy</ins>" in page.text
    assert status(db, comment) == "pending"
    again = {**form, "seen": seen_on(page.text, comment)}
    assert moderator.post("/admin/decisions", data=again, headers=JSON).json()["moved"] == 1


def test_of_many_only_the_edited_one_is_left(moderator: TestClient, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 4)]
    edit(db, ids[1], "Buy shoes.", author="Reader 2")
    form = {"decision": "approve", "id": [*map(str, ids)], "seen": [f"{each}:pending:1" for each in ids]}
    answer = moderator.post("/admin/decisions", data=form, headers=JSON).json()
    assert answer["moved"] == 2
    assert [each["id"] for each in answer["conflicts"]] == [ids[1]]
    assert [status(db, each) for each in ids] == ["approved", "pending", "approved"]


def test_an_undone_edit_is_a_change_too(moderator: TestClient, db: Database) -> None:
    comment = submit(db, "Nice essay.")
    edit(db, comment, "Buy shoes.")
    seen = seen_on(moderator.get("/admin/comments").text, comment)
    factories.undo(db)
    form = {"decision": "approve", "id": str(comment), "seen": seen}
    conflict = moderator.post("/admin/decisions", data=form, headers=JSON).json()["conflicts"][0]
    assert conflict["revision"] == 3
    assert "".join(words for kind, words in conflict["difference"] if kind != "new") == "Buy shoes."


def test_a_status_alone_is_taken_as_before(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    edit(db, comment, "Other words.")
    form = {"decision": "approve", "id": str(comment), "seen": f"{comment}:pending"}
    assert moderator.post("/admin/decisions", data=form, headers=JSON).json()["moved"] == 1


def test_what_stands_as_wanted_already_is_no_conflict(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    edit(db, comment, "Other words.")
    form = {"decision": "approve", "id": str(comment), "seen": f"{comment}:pending:1"}
    answer = moderator.post("/admin/decisions", data=form, headers=JSON)
    assert (answer.status_code, answer.json()["moved"]) == (200, 0)


def test_an_answer_does_not_approve_words_that_were_edited_meanwhile(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    seen = seen_on(moderator.get(f"/admin/comments/{comment}").text, comment)
    edit(db, comment, "Buy shoes.")
    form = {"comment": "Thank you.", "approve": "1", "seen": seen}
    page = moderator.post(f"/admin/comments/{comment}/answer", data=form)
    assert page.status_code == 409
    assert "Somebody edited this while you wrote" in page.text
    assert "Thank you." in page.text
    assert status(db, comment) == "pending"
    form["seen"] = seen_on(page.text, comment)
    moderator.post(f"/admin/comments/{comment}/answer", data=form)
    assert status(db, comment) == "approved"


def test_after_an_erasure_the_conflict_has_no_old_words(moderator: TestClient, db: Database) -> None:
    comment = submit(db, "Nice essay.")
    edit(db, comment, "Buy shoes.")
    db.conn.execute("delete from revisions")
    form = {"decision": "approve", "id": str(comment), "seen": f"{comment}:pending:1"}
    conflict = moderator.post("/admin/decisions", data=form, headers=JSON).json()["conflicts"][0]
    assert (conflict["edited"], conflict["difference"]) == (True, [])
    assert "edited this" in moderator.post("/admin/decisions", data=form).text
