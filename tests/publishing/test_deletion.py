"""A post that is deleted on the desk: gone for readers, and back as it was by an undo, with every comment."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import posts, publishing
from blog.errors import Conflict, NotFound
from blog.exporting import jsonl
from blog.journal.events import Actor
from blog.publishing import editor, lint, restoration
from blog.publishing.restoration import Wish
from blog.settings import Settings
from blog.upkeep import integrity
from tests.factories import NOON, by, decide, submit, undo, write_post


@pytest.fixture
def post(site: Settings, db: Database) -> dict[str, object]:
    path = write_post(site.root, body="Words that were dear to somebody.")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    publishing.publish(db, site, by=by())
    decide(db, [submit(db), submit(db, "Another.", 2)], "approve")
    submit(db, "It waits.", 3)
    return editor.find(db, "a-post")


def delete(db: Database, site: Settings) -> int:
    base = editor.present(site, "a-post.md").digest
    return editor.delete(db, site, editor.find(db, "a-post"), base=base, by=Actor(NOON, None, "web"))


def rows(db: Database) -> tuple[list[object], list[object]]:
    names = "slug, path, title, status, published_at, body_html, source_hash, approved, threads, deleted_at"
    return (
        db.conn.execute(f"select {names} from posts").fetchall(),
        db.conn.execute("select id, status, text, post_id from comments order by id").fetchall(),
    )


def test_a_deleted_post_comes_back_byte_for_byte_with_its_comments(
    site: Settings, db: Database, client: TestClient, post: dict[str, object]
) -> None:
    path = site.posts / "a-post.md"
    before, file = rows(db), path.read_bytes()
    assert client.get("/a-post/").status_code == 200
    batch = delete(db, site)
    assert not path.exists()
    assert (client.get("/a-post/").status_code, posts.all_posts(db)) == (410, [])
    assert "Words that were dear" not in client.get("/").text + client.get("/feed.xml").text
    assert rows(db)[1] == before[1]
    assert not publishing.publish(db, site, by=by()).remarks
    assert not [remark for remark in lint.remarks(db, site, at=NOON) if "a-post" in remark]
    assert integrity.check(db) == []
    back = undo(db, batch)
    assert publishing.write_again(site, back["back"]) == []
    assert (path.read_bytes(), rows(db)) == (file, before)
    assert publishing.publish(db, site, by=by()).done == []
    assert client.get("/a-post/").text.count('class="comment') >= 2
    again = undo(db, back["batch"])
    assert publishing.remove_files(site, again["files"]) == []
    assert (path.exists(), client.get("/a-post/").status_code) == (False, 410)


def test_a_file_that_was_changed_in_between_is_not_deleted(
    site: Settings, db: Database, post: dict[str, object]
) -> None:
    path = site.posts / "a-post.md"
    seen = editor.present(site, "a-post.md").digest
    path.write_text("Another program was here, and left no head.", "utf-8")
    with pytest.raises(editor.Changed):
        editor.delete(db, site, editor.find(db, "a-post"), base=seen, by=by())
    assert posts.all_posts(db)
    batch = delete(db, site)
    publishing.write_again(site, undo(db, batch)["back"])
    assert path.read_text("utf-8") == "Another program was here, and left no head."


def test_a_new_post_of_the_same_name_is_another_one(site: Settings, db: Database, post: dict[str, object]) -> None:
    batch = delete(db, site)
    write_post(site.root, "a-post/index", title="A post", body="New words.")
    publishing.publish(db, site, by=by())
    new = editor.find(db, "a-post-2")
    assert (new["path"], new["id"] != post["id"]) == ("a-post/index.md", True)
    assert db.conn.execute("select approved from posts where id = ?", [new["id"]]).fetchone() == (0,)
    publishing.write_again(site, undo(db, batch)["back"])
    publishing.publish(db, site, by=by())
    assert [row["slug"] for row in posts.all_posts(db)] == ["a-post-2", "a-post"]


def test_a_file_that_comes_back_is_the_post_again(
    site: Settings, db: Database, client: TestClient, post: dict[str, object]
) -> None:
    path = site.posts / "a-post.md"
    file = path.read_bytes()
    batch = delete(db, site)
    path.write_bytes(file)
    publishing.publish(db, site, by=by())
    assert client.get("/a-post/").status_code == 200
    assert [row["approved"] for row in posts.all_posts(db)] == [2]
    with pytest.raises(Conflict, match="back already"):
        undo(db, batch)


def test_a_version_brings_a_deleted_post_back(site: Settings, db: Database, post: dict[str, object]) -> None:
    delete(db, site)
    gone = editor.find(db, "a-post")
    restoration.restore(db, site, Wish(gone, 1, ""), by=by())
    assert [(row["slug"], row["status"]) for row in posts.all_posts(db)] == [("a-post", "published")]
    delete(db, site)
    with pytest.raises(NotFound, match="deleted already"):
        editor.delete(db, site, editor.find(db, "a-post"), base="", by=by())


def test_what_nobody_has_seen_answers_as_if_it_never_was(site: Settings, db: Database, client: TestClient) -> None:
    write_post(site.root, "later", front="status: draft\n")
    write_post(site.root, "soon").write_text("---\ntitle: Soon\ndate: 2999-01-01\n---\n\nWords.\n", "utf-8")
    publishing.publish(db, site, by=by())
    for slug in ("later", "soon"):
        found = editor.find(db, slug)
        editor.delete(db, site, found, base=editor.present(site, found["path"]).digest, by=by())
        assert client.get(f"/{slug}/").status_code == 404


def test_an_export_leaves_deleted_posts_out(site: Settings, db: Database, post: dict[str, object]) -> None:
    delete(db, site)
    target = site.root / "all.jsonl"
    report = jsonl.export(site, target, at=NOON)
    assert "One deleted post is left out, with its comments." in report.notes[0]
    assert "dear to somebody" not in target.read_text("utf-8")
