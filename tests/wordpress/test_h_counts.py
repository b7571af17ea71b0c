"""H: how many comments stand where, and which of them a reader sees."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments, moderation
from blog.comments import imported_comments, sidecar
from blog.importing import landing
from blog.importing.imported import ImportedComment, ImportedPost
from blog.importing.landing import Wishes
from blog.moderation import Selection
from blog.rules.policy import Policy
from blog.storage import store
from blog.upkeep.integrity import check
from tests import factories
from tests.factories import NOON, SLUG, by, decide, submit, undo
from tests.statements import heard_on
from tests.wordpress.acting import heading, parsed, standing

TWO = "Author: Mel\nDate: 2018-03-04\n\nOne.\n%%\nAuthor: Kim\nDate: 2018-03-05\nReply-to: 1\n\nTwo."


@pytest.mark.parametrize(
    ("says", "steps", "expected"),
    [
        pytest.param("Nothing is there.", None, {}, id="H1"),
        pytest.param("One is approved.", ["approve"], {"approved": 1, "all": 1}, id="H2"),
        pytest.param("One waits.", [], {"pending": 1, "all": 1}, id="H3"),
        pytest.param("One is spam, and of “all” spam is no part.", ["spam"], {"spam": 1}, id="H4"),
        pytest.param("One is in the trash, which is no part either.", ["trash"], {"trash": 1}, id="H5"),
        pytest.param("One that was deleted is nowhere.", ["delete"], {}, id="H9"),
        pytest.param("Nor is one that went through the trash.", ["approve", "trash", "delete"], {}, id="H9 trash"),
    ],
)
def test_a_comment_is_counted_where_it_stands(
    db: Database, says: str, steps: list[str] | None, expected: dict[str, int]
) -> None:
    factories.post(db)
    if steps is not None:
        submit(db)
    for step in steps or []:
        decide(db, 1, step)
    assert standing(db) == expected, says
    assert standing(db, 1) == expected, says


def test_h6_withdrawing_a_post_moves_none_of_its_comments(client: TestClient, db: Database) -> None:
    decide(db, submit(db), "approve")
    factories.post(db, hash="again", status="withdrawn")
    assert standing(db, 1) == {"approved": 1, "all": 1}
    assert client.get(f"/{SLUG}/").status_code == 410
    factories.post(db, hash="once more")
    assert heading(client.get(f"/{SLUG}/")) == "One thought on “A post”"


WAY = {"approve": {"approved": 1, "all": 1}, "spam": {"spam": 1}, "trash": {"trash": 1}, "restore": {"spam": 1}}


def test_h7_what_comes_out_of_the_trash_goes_where_it_came_from(db: Database) -> None:
    factories.post(db)
    submit(db)
    for step, expected in WAY.items():
        decide(db, 1, step)
        assert standing(db) == expected
    for step in ("approve", "trash", "restore"):
        decide(db, 1, step)
    assert standing(db) == {"approved": 1, "all": 1}


def test_h8_the_posts_count_and_the_sites_are_equal_at_each_step_and_the_page_follows(
    client: TestClient, db: Database
) -> None:
    submit(db)
    for step, expected in WAY.items():
        decide(db, 1, step)
        assert standing(db) == standing(db, 1) == expected
        assert heading(client.get(f"/{SLUG}/")) == ("One thought on “A post”" if step == "approve" else "")
        assert ("One thought" in client.get("/").text) == (step == "approve")
        assert check(db) == []


def test_h10_a_post_that_goes_takes_its_count_with_it(client: TestClient, db: Database) -> None:
    post = ImportedPost("p", "Old", "Words.", published_at=NOON, slug="old")
    items = [post, ImportedComment("a", "p", "One."), ImportedComment("b", "p", "Two.", parent="a")]
    batch = landing.bring_in(db, client.app.state.settings, iter(items), Wishes(), by=by()).batch
    assert heading(client.get("/old/")) == "2 thoughts on “Old”"
    assert standing(db) == standing(db, 2) == {"approved": 2, "all": 2}
    undo(db, batch)
    assert client.get("/old/").status_code == 404
    assert standing(db) == standing(db, 2) == {}


@pytest.mark.parametrize("post", [100, -1])
def test_h11_asking_for_the_count_of_a_post_that_is_not_there_writes_nothing(db: Database, post: int) -> None:
    factories.post(db)
    submit(db)
    before = db.conn.total_changes
    assert standing(db, post) == {}
    assert moderation.matching(db, Selection("all", post="nope")) == 0
    assert db.conn.total_changes == before
    assert db.conn.execute("select count(*) from comment_counts where post_id = ?", [post]).fetchone()[0] == 0


def test_h12_all_counts_are_one_statement(db: Database) -> None:
    factories.post(db)
    for n in range(5):
        submit(db, f"Thought {n}.", n=n)
    with heard_on(db) as heard:
        assert moderation.counts(db)["pending"] == 5
    assert len(heard.statements) == 1


@pytest.fixture
def four(client: TestClient, db: Database) -> list[int]:
    """Two comments and two replies to the first, all approved."""
    first, second = submit(db, "First.", n=1), submit(db, "Second.", n=2)
    decide(db, [first, second], "approve")
    replies = [submit(db, f"Reply {n}.", n=n, comment_parent=str(first)) for n in (3, 4)]
    decide(db, replies, "approve")
    return [first, second, *replies]


def test_h13_replies_count_like_any_comment(client: TestClient, four: list[int]) -> None:
    assert heading(client.get(f"/{SLUG}/")) == "4 thoughts on “A post”"


@pytest.mark.parametrize(
    ("says", "decision", "tombstone"),
    [
        pytest.param("Replies to a removed comment stay and count.", "trash", "This comment was removed.", id="H14"),
        pytest.param("And so to one that waits again.", "unapprove", "This comment is not shown.", id="H15"),
    ],
)
def test_a_hidden_comment_leaves_its_place_and_its_replies_which_count_without_it(
    client: TestClient, db: Database, four: list[int], says: str, decision: str, tombstone: str
) -> None:
    decide(db, four[0], decision)
    page = client.get(f"/{SLUG}/")
    assert heading(page) == "3 thoughts on “A post”", says
    assert parsed(page).select_one("#comment-1 > p.gone").get_text() == tombstone
    assert "First." not in page.text
    assert "Reader 1" not in page.text
    assert len(parsed(page).select("#comment-1 > ol.children > li.comment .said")) == 2
    assert standing(db, 1)["approved"] == 3


def test_h16_a_reader_sees_what_is_approved_whatever_way_it_came(client: TestClient, db: Database) -> None:
    decisions = ["approve", "", "spam", "trash", "delete"]
    for n, decision in enumerate(decisions, 1):
        submit(db, f"Thought {n}.", n=n)
        if decision:
            decide(db, n, decision)
    with store.transaction(db):
        imported_comments.add(db, 1, sidecar.read(TWO, path="beside"), by=by(source="import"), source="beside")
    shown = comments.on_post(db, 1, Policy(), page=1)
    assert sorted((row["id"], row["status"]) for row in shown) == [(1, "approved"), (6, "approved"), (7, "approved")]
    page = client.get(f"/{SLUG}/")
    assert heading(page) == "3 thoughts on “A post”"
    assert [str(item["id"]) for item in parsed(page).select("li.comment")] == ["comment-1", "comment-6", "comment-7"]


def test_h17_there_is_no_post_0_and_nothing_on_it(client: TestClient, db: Database, four: list[int]) -> None:
    assert comments.on_post(db, 0, Policy(), page=1) == []
    assert client.get("/0/").status_code == 404
