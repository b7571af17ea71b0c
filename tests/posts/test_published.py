import json
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, posts, reserved
from blog.errors import Gone, NotFound
from blog.posts import PostFile
from blog.rules.policy import Policy
from blog.storage import store
from tests.factories import NOON, decide, submit
from tests.statements import heard_on

FILE = PostFile("a-post.md", "a-post", "A post", "Words.", published_at="2026-05-01T00:00:00.000Z", hash="1")


def _publish(db: Database, file: PostFile = FILE, *, present: tuple[str, ...] = ()) -> tuple[str, int, str]:
    with store.transaction(db):
        return posts.publish(db, file, others=posts.OtherFiles(present))


def _rows(db: Database) -> list[Any]:
    return db.conn.execute("select * from posts order by id").fetchall()


def _versions(db: Database) -> tuple[Any, ...]:
    row = db.conn.execute("select (select sum(version) from posts), version, posts_version from site").fetchone()
    return tuple(row)


def test_a_post_is_stored_with_all_that_its_file_says(db: Database) -> None:
    file = replace(
        FILE,
        body="A *word* and a <b>tag</b>.",
        author="Ana",
        summary="In short.",
        tags=("rivers", "größe"),
        language="de",
        updated_at="2026-05-02T00:00:00.000Z",
        comments="replies-only",
        closing_note="Thanks.",
    )
    assert _publish(db, file) == ("added", 1, "a-post")
    row = posts.find(db, "a-post", at=NOON)
    assert row["body_html"] == "<p>A <em>word</em> and a <b>tag</b>.</p>\n"
    assert (row["author"], row["summary"], json.loads(row["tags"])) == ("Ana", "In short.", ["rivers", "größe"])
    assert (row["language"], row["updated_at"]) == ("de", "2026-05-02T00:00:00.000Z")
    state = closing.state(closing.facts(row), Policy(), NOON)
    assert (state.mode, state.cause, state.note) == ("replies-only", "front matter", "Thanks.")


def test_an_unchanged_file_writes_nothing(db: Database) -> None:
    _publish(db)
    before = (_rows(db), _versions(db), db.conn.total_changes)
    assert _publish(db) == ("unchanged", 1, "a-post")
    assert (_rows(db), _versions(db), db.conn.total_changes) == before


def test_a_changed_file_keeps_its_post_and_its_comments(db: Database) -> None:
    _publish(db)
    decide(db, submit(db), "approve")
    versions = _versions(db)
    assert _publish(db, replace(FILE, title="Another title", hash="2")) == ("changed", 1, "a-post")
    row = posts.find(db, "a-post", at=NOON)
    assert (row["title"], row["approved"]) == ("Another title", 1)
    assert all(after > before for before, after in zip(versions, _versions(db), strict=True) if before != versions[1])


@pytest.mark.parametrize(("hash", "statements"), [("1", 1), ("2", 2)])
def test_publishing_takes_two_statements_and_one_when_nothing_changed(db: Database, hash: str, statements: int) -> None:
    _publish(db)
    with heard_on(db) as heard:
        _publish(db, replace(FILE, hash=hash))
    assert len(heard.statements) == statements


def test_publishing_makes_no_batch_and_no_event(db: Database) -> None:
    _publish(db)
    _publish(db, replace(FILE, hash="2"))
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 0
    assert db.conn.execute("select count(*) from events").fetchone()[0] == 0


# Addresses


def test_a_taken_slug_gets_a_number(db: Database) -> None:
    _publish(db)
    slugs = [_publish(db, replace(FILE, path=f"{n}.md"), present=("a-post.md",))[2] for n in range(1, 12)]
    assert slugs == [f"a-post-{n}" for n in range(2, 13)]
    assert _publish(db, replace(FILE, path="3.md", hash="2"), present=("a-post.md",)) == ("changed", 4, "a-post-4")
    assert _publish(db, replace(FILE, path="like.md", slug="a-post-2", hash="3"), present=("a-post.md", "1.md"))[2] == (
        "a-post-2-2"
    )


@pytest.mark.parametrize("slug", sorted(reserved.WORDS))
def test_an_address_of_the_engine_is_never_a_posts(db: Database, slug: str) -> None:
    assert _publish(db, replace(FILE, slug=slug)) == ("added", 1, f"{slug}-2")
    assert _publish(db, replace(FILE, slug=slug, hash="2")) == ("changed", 1, f"{slug}-2")


def test_a_page_may_take_the_place_of_the_privacy_page_and_a_post_may_not(db: Database) -> None:
    assert _publish(db, replace(FILE, slug="privacy"))[2] == "privacy-2"
    assert _publish(db, replace(FILE, path="../pages/privacy.md", slug="privacy", kind="page"))[2] == "privacy"


def test_published_posts_at_an_address_of_the_site_are_named(db: Database) -> None:
    _publish(db, replace(FILE, slug="feed-1"))
    _publish(db, replace(FILE, path="../pages/privacy.md", slug="privacy", kind="page"), present=("a-post.md",))
    assert posts.clashes(db) == []
    db.conn.execute("update posts set slug = 'feed' where slug = 'feed-1'")  # as an earlier version published it
    assert posts.clashes(db) == [("a-post.md", "feed")]
    _publish(db, replace(FILE, slug="feed", title="Changed", hash="2"))  # it keeps its address until somebody decides
    assert posts.clashes(db) == [("a-post.md", "feed")]


def test_a_slug_with_the_signs_of_a_pattern_is_compared_as_it_is(db: Database) -> None:
    _publish(db, replace(FILE, slug="ü"))
    _publish(db, replace(FILE, path="b.md", slug="u"), present=("a-post.md",))
    assert [row[1] for row in _rows(db)] == ["ü", "u"]


def test_a_file_that_moved_keeps_its_post(db: Database) -> None:
    _publish(db)
    decide(db, submit(db), "approve")
    moved = replace(FILE, path="essays/a-post.md")
    assert _publish(db, moved, present=("essays/a-post.md",)) == ("changed", 1, "a-post")
    assert posts.find(db, "a-post", at=NOON)["approved"] == 1
    assert _publish(db, moved, present=("essays/a-post.md",))[0] == "unchanged"


def test_a_second_file_of_the_same_slug_is_another_post(db: Database) -> None:
    _publish(db)
    assert _publish(db, replace(FILE, path="essays/a-post.md"), present=("a-post.md", "essays/a-post.md")) == (
        "added",
        2,
        "a-post-2",
    )


def test_a_file_that_changes_its_slug_takes_its_comments_along(db: Database) -> None:
    _publish(db)
    decide(db, submit(db), "approve")
    assert _publish(db, replace(FILE, slug="better", hash="2")) == ("changed", 1, "better")
    assert posts.find(db, "better", at=NOON)["approved"] == 1
    with pytest.raises(NotFound):
        posts.find(db, "a-post", at=NOON)


# Who sees what


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"status": "draft"}, NotFound),
        ({"status": "draft", "published_at": ""}, NotFound),
        ({"published_at": "2026-05-07T12:00:00.001Z"}, NotFound),
        ({"status": "withdrawn"}, Gone),
        ({"status": "withdrawn", "published_at": ""}, Gone),
        ({"status": "withdrawn", "published_at": "2030-01-01T00:00:00.000Z"}, NotFound),
    ],
)
def test_what_is_not_published_is_found_by_nobody(db: Database, changes: dict[str, str], error: type) -> None:
    _publish(db, replace(FILE, **changes))
    with pytest.raises(error):
        posts.find(db, "a-post", at=NOON)
    listed = posts.recent(db, at=NOON, page=1, size=10)
    assert (listed["posts"], listed["total"]) == ([], 0)


def test_a_post_appears_in_the_second_for_which_it_is_dated(db: Database) -> None:
    _publish(db, replace(FILE, published_at=NOON))
    assert posts.recent(db, at="2026-05-07T11:59:59.999Z", page=1, size=10)["next_at"] == NOON
    assert posts.find(db, "a-post", at=NOON)["slug"] == "a-post"
    listed = posts.recent(db, at=NOON, page=1, size=10)
    assert ([row["slug"] for row in listed["posts"]], listed["next_at"]) == (["a-post"], None)


def test_a_withdrawn_post_comes_back_with_its_comments(db: Database) -> None:
    _publish(db)
    decide(db, submit(db), "approve")
    _publish(db, replace(FILE, status="withdrawn", hash="2"))
    with pytest.raises(Gone):
        posts.find(db, "a-post", at=NOON)
    _publish(db, replace(FILE, hash="3"))
    assert posts.find(db, "a-post", at=NOON)["approved"] == 1


def test_posts_are_listed_newest_first_in_pages_with_their_first_words(db: Database) -> None:
    for day in range(1, 6):
        _publish(
            db,
            replace(
                FILE, path=f"{day}.md", slug=f"day-{day}", published_at=f"2026-05-0{day}T00:00:00.000Z", hash=str(day)
            ),
        )
    decide(db, submit(db, "First *words* of a thread.", slug="day-5"), "approve")
    submit(db, "Held.", 2, slug="day-4")
    first, second = (posts.recent(db, at=NOON, page=page, size=2) for page in (1, 2))
    assert [row["slug"] for row in first["posts"]] == ["day-5", "day-4"]
    assert [row["slug"] for row in second["posts"]] == ["day-3", "day-2"]
    assert first["total"] == 5
    assert [row["first_html"] for row in first["posts"]] == ["<p>First <em>words</em> of a thread.</p>", None]
    assert [row["approved"] for row in first["posts"]] == [1, 0]


def test_the_admin_sees_all_posts_with_how_many_comments_wait(db: Database) -> None:
    _publish(db)
    _publish(db, replace(FILE, path="b.md", slug="draft", status="draft", published_at=""), present=("a-post.md",))
    submit(db)
    submit(db, n=2)
    rows = [(row["slug"], row["status"], row["waiting"]) for row in posts.all_posts(db)]
    assert rows == [("draft", "draft", 0), ("a-post", "published", 2)]


# Drafts and addresses


def test_a_draft_that_was_never_published_gives_its_address_to_a_page_that_wants_it(db: Database) -> None:
    draft = replace(FILE, path="about.md", slug="about", status="draft", published_at="")
    page = replace(FILE, path="../pages/about.md", slug="about", kind="page", hash="2")
    _publish(db, draft)
    assert _publish(db, page, present=("about.md",)) == ("added", 2, "about")
    assert _publish(db, replace(draft, status="published", published_at=NOON, hash="3"), present=("about.md",)) == (
        "changed",
        1,
        "about-2",
    )
    assert posts.find(db, "about", at=NOON)["kind"] == "page"


def test_a_draft_holds_no_address_after_its_file_is_deleted(db: Database) -> None:
    _publish(db, replace(FILE, path="about.md", slug="about", status="draft", published_at=""))
    page = replace(FILE, path="../pages/about.md", slug="about", kind="page", hash="2")
    assert _publish(db, page, present=("../pages/about.md",))[2] == "about"


@pytest.mark.parametrize("changes", [{}, {"status": "withdrawn"}, {"published_at": "2030-01-01T00:00:00.000Z"}])
def test_a_post_that_was_published_keeps_its_address_as_a_draft(db: Database, changes: dict[str, str]) -> None:
    _publish(db, replace(FILE, **changes))
    _publish(db, replace(FILE, status="draft", hash="2"))
    other = replace(FILE, path="other.md", hash="3")
    assert _publish(db, other, present=("a-post.md",))[2] == "a-post-2"


def test_two_drafts_have_two_addresses_and_the_first_to_be_published_gets_the_better(db: Database) -> None:
    first = replace(FILE, path="1.md", status="draft", published_at="", hash="1")
    second = replace(first, path="2.md", hash="2")
    present = ("1.md", "2.md")
    assert [_publish(db, file, present=present)[2] for file in (first, second)] == ["a-post", "a-post-2"]
    assert _publish(db, replace(second, status="published", published_at=NOON, hash="3"), present=present) == (
        "changed",
        2,
        "a-post",
    )
    assert db.conn.execute("select count(*) from old_addresses").fetchone()[0] == 0
    assert [row[1] for row in _rows(db)] == ["a-post-3", "a-post"]


def test_a_redirect_may_name_the_address_of_a_draft(db: Database) -> None:
    _publish(db, replace(FILE, path="about.md", slug="about", status="draft", published_at=""))
    page = replace(FILE, redirect_from=("about",), hash="2")
    assert _publish(db, page, present=("about.md", "a-post.md"))[0] == "added"
    moved = posts.moved(db, ["about"], at=NOON)
    assert moved is not None
    assert moved["slug"] == "a-post"
