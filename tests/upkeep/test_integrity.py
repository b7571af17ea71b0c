"""What `blog check` finds wrong, and what it puts right: only what can be derived from the rest."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from blog import publishing
from blog.cli import main
from blog.comments import search
from blog.publishing import lint
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import by, decide, submit, write_post


@pytest.fixture
def filled(db: Database) -> Database:
    factories.post(db)
    first = submit(db, "First.")
    decide(db, first, "approve")
    decide(db, submit(db, "Second.", n=2, comment_parent=str(first)), "approve")
    submit(db, "Third.", n=3)
    assert integrity.check(db) == []
    while search.feed(db):
        pass
    return db


DERIVED = {
    "update comment_counts set n = n + 1": "counts of comments differ",
    "delete from comment_counts": "groups of comments are not counted",
    "update rule_counts set n = n + 1 where n > 0": "counts of comments by rule",
    "delete from rule_counts": "counts of comments by rule",
    "update day_counts set n = 0": "counts of comments by day",
    "insert into day_counts (day, status, n) values ('2020-01-01', 'spam', 3)": "count of comments by day differs",
    "update posts set approved = approved + 5": "wrong number of approved comments",
    "update comments set replies = replies + 1": "wrong number of replies",
    "update comments set approved_in_thread = 9": "threads have a wrong number",
    "update batches set moved = 0": "batches have a wrong number",
    "insert into comments_search (comments_search) values ('delete-all')": "search index does not say",
    "insert into comments_search (comments_search, rowid, text, author, email, url, ip)"
    " values ('delete', 1, 'First.', 'Reader 1', 'reader1@example.org', '', '10.0.0.2')": "search index does not say",
}


@pytest.mark.parametrize("harm", DERIVED)
def test_what_can_be_derived_is_found_and_put_right(filled: Database, harm: str) -> None:
    filled.conn.execute(harm)
    assert any(DERIVED[harm] in problem for problem in integrity.check(filled))
    assert integrity.repair(filled) != []
    assert integrity.check(filled) == []
    assert integrity.repair(filled) == []


def test_a_repair_is_seen_by_readers_at_once(filled: Database) -> None:
    def versions() -> list[int]:
        return list(
            filled.conn.execute("select p.version, s.version + s.posts_version from posts p, site s").fetchone()
        )

    filled.conn.execute("update posts set approved = 7")
    before = versions()
    integrity.repair(filled)
    assert all(now > then for now, then in zip(versions(), before, strict=True))


def test_an_index_that_cannot_be_asked_while_another_writes_is_not_called_wrong(
    filled: Database, site: Settings
) -> None:
    other = store.connect(site.database)
    other.conn.execute("begin immediate")
    filled.conn.execute("pragma busy_timeout = 0")
    with pytest.raises(store.DatabaseError, match="locked"):
        integrity.check(filled)
    other.conn.close()
    assert integrity.check(filled) == []


def test_search_finds_again_what_a_repair_gave_back(filled: Database) -> None:
    filled.conn.execute("insert into comments_search (comments_search) values ('delete-all')")
    question = "select count(*) from comments_search where comments_search match 'Third'"
    assert filled.conn.execute(question).fetchone()[0] == 0
    assert integrity.repair(filled) == [integrity.SEARCH_DONE]
    assert filled.conn.execute(question).fetchone()[0] == 1


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        ("update comments set status = 'spam' where id = 3", "not in the state that the journal says"),
        ("update comments set root_id = 3 where id = 2", "in another thread"),
    ],
)
def test_what_cannot_be_derived_is_told_and_left_alone(filled: Database, harm: str, problem: str) -> None:
    filled.conn.execute(harm)
    assert any(problem in each for each in integrity.check(filled))
    integrity.repair(filled)
    assert any(problem in each for each in integrity.check(filled))


def test_a_reference_that_leads_nowhere_is_told(filled: Database) -> None:
    filled.conn.execute("pragma foreign_keys = off")
    filled.conn.execute("insert into notes (comment_id, at, text) values (99, '2026', 'x')")
    assert integrity.check(filled) == ["Row 1 of notes refers to a row of comments that is not there."]
    assert integrity.repair(filled) == []


def test_in_a_damaged_file_nothing_is_touched(filled: Database, site: Settings) -> None:
    """An index with a row missing is damage of the kind that only reading all of it finds."""
    filled.conn.execute("pragma writable_schema = on")
    filled.conn.execute("update sqlite_master set sql = replace(sql, 'email', 'email || 1') where name = 'nothing'")
    filled.conn.execute(
        "update sqlite_master set rootpage = (select rootpage from sqlite_master where name ="
        " 'comments_queue') where name = 'comments_of_post'"
    )
    filled.conn.execute("pragma writable_schema = off")
    filled.conn.close()
    done = CliRunner().invoke(main, ["--site", str(site.root), "check", "--repair"])
    assert done.exit_code == 1
    assert "damaged" in done.stderr
    assert "blog restore-backup FILE" in done.stderr


def image(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG")
    return path


def test_files_and_pages_that_parted_are_noted(site: Settings, db: Database) -> None:
    write_post(site.root, "one", body="![A lamp](/static/shown.png) and ![A lamp](/static/gone.png)")
    write_post(site.root, "two")
    write_post(site.root, "three")
    publishing.publish(db, site, by=by())
    assert lint.remarks(db, site, at=factories.NOON) == [
        f"The post 'one' shows /static/{name}.png, and there is no such file." for name in ("gone", "shown")
    ]
    image(site.static / "shown.png")
    image(site.static / "gone.png")
    image(site.static / "idle.png")
    image(site.static / "background.png")
    (site.static / "custom.css").write_text("body { background: url(background.png) }", "utf-8")
    write_post(site.root, "two", body="Other words.")
    (site.posts / "three.md").unlink()
    write_post(site.root, "four")
    assert lint.remarks(db, site, at=factories.NOON) == [
        "posts/four.md is not published yet.",
        "posts/two.md was changed since it was published.",
        publishing.missing_file("posts/three.md", "three", "published", "2026-05-01", at=factories.NOON),
        "static/idle.png is an image that no post shows.",
    ]


def test_a_page_has_parted_from_its_file_as_a_post_has(site: Settings, db: Database) -> None:
    site.pages.mkdir()
    for name in ("about", "terms"):
        (site.pages / f"{name}.md").write_text("---\ntitle: A page\n---\n\nWho.\n", "utf-8")
    assert lint.remarks(db, site, at=factories.NOON) == [
        f"pages/{name}.md is not published yet." for name in ("about", "terms")
    ]
    publishing.publish(db, site, by=by())
    assert lint.remarks(db, site, at=factories.NOON) == []
    (site.pages / "about.md").unlink()
    (site.pages / "terms.md").write_text("---\ntitle: A page\n---\n\nWhat.\n", "utf-8")
    assert lint.remarks(db, site, at=factories.NOON) == [
        "pages/terms.md was changed since it was published.",
        publishing.missing_file("pages/about.md", "about", "published", "2026-05-01", at=factories.NOON),
    ]


def test_a_picture_is_shown_in_every_size(site: Settings, db: Database) -> None:
    write_post(site.root, "one", body="![A lamp](/static/lamp.1600x800.webp)")
    publishing.publish(db, site, by=by())
    image(site.static / "lamp.1600x800.webp")
    image(site.static / "lamp.800x400.webp")
    assert lint.remarks(db, site, at=factories.NOON) == []


def test_a_picture_that_is_missing_beside_its_post_is_noted(site: Settings, db: Database) -> None:
    body = "![A lamp](a%20lamp.png) ![A lamp](gone.png) ![A lamp](./in/lamp.png) ![A lamp](https://example.org/x.png)"
    body += " [a](#b.png) [b](b.html)"
    body += f" ![A lamp]({'x' * 300}.png)"
    write_post(site.root, "pics/index", body=body)
    write_post(site.root, "single", body="![A lamp](pics/lamp.png) ![A lamp](../up.png)")
    image(site.posts / "pics" / "a lamp.png")
    image(site.posts / "pics" / "in" / "lamp.png")
    publishing.publish(db, site, by=by())
    assert lint.remarks(db, site, at=factories.NOON) == [
        "posts/pics/index.md, line 6: The picture https://example.org/x.png is on another site, and is not shown.",
        "The post 'pics' shows gone.png, and there is no such file beside it.",
        f"The post 'pics' shows {'x' * 300}.png, and there is no such file beside it.",
        "The post 'single' shows pics/lamp.png, and there is no such file beside it.",
    ]


def test_notes_leave_the_exit_code_alone(site: Settings, db: Database) -> None:
    write_post(site.root, "one")
    done = CliRunner().invoke(main, ["--site", str(site.root), "check"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert (
        done.stdout
        == "Note: posts/one.md is not published yet.\nNo problems found in database, counts, journal and posts.\n"
    )


def test_the_commands_own_repair_ends_well(site: Settings, filled: Database) -> None:
    filled.conn.execute("update posts set approved = 9")
    done = CliRunner().invoke(main, ["--site", str(site.root), "check"])
    assert (done.exit_code, done.stderr) == (1, "One post has a wrong number of approved comments.\n")
    done = CliRunner().invoke(main, ["--site", str(site.root), "check", "--repair"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Counted the approved comments of each post again.\n" in done.stdout


def test_a_whole_style_sheet_of_the_sites_own_is_remarked_on(db: Database, site: Settings) -> None:
    site.static.mkdir()
    (site.static / "custom.css").write_text("p {}", "utf-8")
    assert lint.remarks(db, site, at=factories.NOON) == []
    (site.static / "site.css").write_text("p {}", "utf-8")
    [remark] = lint.remarks(db, site, at=factories.NOON)
    assert remark.startswith("static/site.css replaces the engine's whole style sheet, so new versions")
