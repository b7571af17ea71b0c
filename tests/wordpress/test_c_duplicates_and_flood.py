"""C: the same again, and too fast."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.errors import Duplicate
from tests import factories
from tests.factories import decide, send, submit
from tests.wordpress.acting import JSON, after, change, rows, stranger


def test_c1_the_same_words_under_another_email_are_another_comment(client: TestClient, db: Database) -> None:
    assert send(client, headers=JSON).status_code == 202
    assert send(stranger(client), headers=JSON, email="other@example.org").status_code == 202
    assert rows(db) == 2


def test_c2_the_same_words_by_the_same_name_and_email_under_the_same_parent_are_not(db: Database) -> None:
    factories.post(db)
    parent = submit(db, "The first.", n=1)
    decide(db, parent, "approve")
    sent = {"author": "Mel", "email": "mel@example.org"}
    submit(db, "Me too.", n=2, **sent, at=after(60))
    submit(db, "Me too.", n=3, **sent, comment_parent=str(parent), at=after(120))
    for answered in ("", str(parent)):
        with pytest.raises(Duplicate) as refusal:
            submit(db, "Me too.", n=4, **sent, comment_parent=answered, at=after(180))
        assert refusal.value.sent_at == after(120 if answered else 60)
    assert rows(db) == 3


def test_c3_the_second_of_two_equal_submissions_is_409(client: TestClient, db: Database) -> None:
    assert [send(client, headers=JSON).status_code for _ in range(2)] == [202, 409]
    assert rows(db) == 1


def test_c4_a_second_thought_within_the_window_is_429_and_says_how_long_to_wait(
    client: TestClient, db: Database
) -> None:
    send(client, text="One.")
    answer = send(client, text="Two.", headers=JSON)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 15
    change(db, comment_flood_seconds="0")
    assert send(client, text="Two.", headers=JSON).status_code == 202


def test_c5_who_may_moderate_may_write_as_fast_as_they_can(moderator: TestClient, db: Database) -> None:
    assert [send(moderator, text=text, headers=JSON).status_code for text in ("One.", "Two.")] == [201, 201]


@pytest.mark.parametrize(("decision", "code"), [("trash", 202), ("delete", 202), ("spam", 409), ("approve", 409)])
def test_c6_what_lies_in_the_trash_may_be_said_again(
    client: TestClient, db: Database, decision: str, code: int
) -> None:
    change(db, comment_flood_seconds="0")
    send(client)
    decide(db, 1, decision)
    assert send(client, headers=JSON).status_code == code
