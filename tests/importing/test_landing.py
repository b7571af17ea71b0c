"""Where imports land: once, whole or not at all, with their threads, their statuses and their old addresses."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.app import create_app
from blog.comments import bulk, import_undo, search
from blog.errors import Conflict, Invalid
from blog.importing import disqus_export, isso_database, landing, unfinished, wordpress_export
from blog.importing.imported import ImportedComment, ImportedPost, ImportedThread, Item, Picture
from blog.importing.landing import Wishes
from blog.importing.report import ImportReport
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from blog.web import imports
from tests import factories
from tests.cli.conftest import everything
from tests.importing import exports
from tests.importing.exports import comment, item, wxr


def post(key: str = "p", **changes: Any) -> ImportedPost:
    values = {
        "title": f"Post {key}",
        "body": "Words.",
        "slug": f"post-{key}",
        "published_at": "2019-05-07T10:00:00.000Z",
    }
    return ImportedPost(key=key, **{**values, **changes})


def said(key: str, parent: str = "", **changes: Any) -> ImportedComment:
    return ImportedComment(key=key, parent=parent, **{"post": "p", "text": f"Text {key}.", "author": "Ana", **changes})


def land(db: Database, site: Settings, items: Sequence[Item], **wishes: Any) -> ImportReport:
    return landing.bring_in(db, site, iter(items), Wishes(**wishes), by=factories.by())


def threads(db: Database) -> list[tuple[str, str | None, str]]:
    """Return text, text of the parent and status of each comment, in the order of a page."""
    rows = db.conn.execute(
        "select c.text, p.text, c.status from comments c left join comments p on p.id = c.parent_id order by c.id"
    ).fetchall()
    return [tuple(row) for row in rows]


def whys(remarks: list[dict[str, str]]) -> list[str]:
    return [each["why"] for each in remarks]


def test_parents_come_before_their_replies_whatever_the_order_of_the_file(db: Database, site: Settings) -> None:
    items = [said("c", "b"), said("b", "a"), post(), said("a"), said("d", "a")]
    report = land(db, site, items)
    assert threads(db) == [
        ("Text a.", None, "approved"),
        ("Text b.", "Text a.", "approved"),
        ("Text d.", "Text a.", "approved"),
        ("Text c.", "Text b.", "approved"),
    ]
    assert (report.comments["approved"], report.replies) == (4, 3)
    assert integrity.check(db) == []


def test_threads_stand_in_the_order_of_their_dates_and_one_without_stays_in_its_place(
    db: Database, site: Settings
) -> None:
    days = {"a": 3, "b": None, "c": 1, "d": 5}
    items = [said(key, published_at=day and f"2019-06-0{day}T00:00:00.000Z") for key, day in days.items()]
    land(db, site, [post(), *items])
    assert [text for text, _, _ in threads(db)] == ["Text c.", "Text a.", "Text b.", "Text d."]


def test_an_unknown_parent_puts_a_comment_to_the_top_and_into_the_report(db: Database, site: Settings) -> None:
    report = land(db, site, [post(), said("a", "nobody"), post("q"), said("b", post="q"), said("c", "b")])
    assert [parent for _, parent, _ in threads(db)] == [None, None, None]
    assert whys(report.unsure) == [
        "The comment that it answers is not in the file; it begins a thread of its own.",
        "The comment that it answers is on another post; it begins a thread of its own.",
    ]


def test_a_circle_of_answers_is_broken_and_told_and_nothing_is_lost(db: Database, site: Settings) -> None:
    items = [
        said("a", "c"),
        said("b", "a"),
        said("c", "b"),
        said("d", "c"),
        said("e", "e"),
        said("f", "f2"),
        said("f2", "f"),
    ]
    report = land(db, site, [post(), *items])
    assert len(threads(db)) == 7
    assert sum("circle" in why for why in whys(report.unsure)) == 2
    assert integrity.check(db) == []


def test_a_deleted_comment_keeps_its_place_for_its_replies_only(db: Database, site: Settings) -> None:
    gone = {"status": "deleted", "text": "", "author": ""}
    land(db, site, [post(), said("a", **gone), said("b", "a"), said("c", **gone), said("d", "c", **gone)])
    assert threads(db) == [("", None, "deleted"), ("Text b.", "", "approved")]
    assert integrity.check(db) == []


def test_statuses_are_kept_and_pings_are_kept_and_not_counted(db: Database, site: Settings) -> None:
    statuses = [said(status, status=status) for status in ("approved", "pending", "spam", "trash")]
    report = land(db, site, [post(), *statuses, said("ping", kind="pingback")])
    assert report.comments == {"approved": 1, "pending": 1, "spam": 1, "trash": 1}
    assert report.pings == 1
    assert db.conn.execute("select approved, threads from posts").fetchall() == [(1, 1)]
    assert db.conn.execute("select kind from comments where text = 'Text ping.'").fetchone()[0] == "pingback"
    assert integrity.check(db) == []


def test_two_comments_of_the_same_second_by_the_same_person_are_two(db: Database, site: Settings) -> None:
    at = "2019-05-08T10:00:00.000Z"
    land(db, site, [post(), said("a", text="Same.", published_at=at), said("b", text="Same.", published_at=at)])
    assert len(threads(db)) == 2


def test_again_adds_nothing_and_a_later_file_adds_what_is_new(db: Database, site: Settings) -> None:
    land(db, site, [post(), said("a"), said("b", "a")])
    before = everything(db)
    again = land(db, site, [post(), said("a"), said("b", "a")])
    assert (again.batch, again.is_empty) == (None, True)
    assert everything(db) == before
    more = land(db, site, [post(), said("a"), said("b", "a"), said("c", "b"), said("d", "c")])
    assert (more.posts, more.comments["approved"], more.replies) == (0, 2, 2)
    assert [(text, parent) for text, parent, _ in threads(db)][2:] == [("Text c.", "Text b."), ("Text d.", "Text c.")]
    assert integrity.check(db) == []


def test_a_dry_run_says_the_same_and_changes_not_one_byte(db: Database, site: Settings) -> None:
    items = [post(addresses=("/old/", "/?p=1")), said("a"), said("b", "x")]
    db.conn.execute("pragma wal_checkpoint(truncate)")
    digest = hashlib.sha256(site.database.read_bytes()).hexdigest()
    dry = land(db, site, items, dry_run=True)
    assert hashlib.sha256(site.database.read_bytes()).hexdigest() == digest
    assert sorted(path.name for path in site.posts.iterdir()) == []
    wet = land(db, site, items)
    assert {**dry.as_dict(), "batch": 1} == wet.as_dict()


def test_a_thread_goes_to_the_post_with_its_address_and_others_are_listed(
    db: Database, site: Settings, tmp_path: Path
) -> None:
    factories.post(db, "a-post")
    path = tmp_path / "d.xml"
    path.write_text(exports.DISQUS, "utf-8")
    report = landing.bring_in(db, site, disqus_export.read(path), Wishes(), by=factories.by())
    assert report.skipped == [
        {
            "what": "Other",
            "why": "No post has its address; its one comment is left out (--create makes one, --map names one).",
        }
    ]
    assert threads(db) == [
        ("", None, "deleted"),
        ("A **reply** & more.", "", "approved"),
        ("Buy.", None, "spam"),
    ]
    assert integrity.check(db) == []


def test_a_map_names_the_post_of_a_thread(db: Database, site: Settings) -> None:
    factories.post(db, "a-post")
    items = [ImportedThread("t", ("https://old.example/elsewhere/",), "T"), said("a", post="t")]
    assert land(db, site, items, changed={"/elsewhere": "/a-post"}).comments["approved"] == 1
    assert db.conn.execute("select approved from posts").fetchone()[0] == 1


def test_create_makes_a_post_with_the_title_of_its_thread(db: Database, site: Settings) -> None:
    items = [
        ImportedThread("t", ("https://old.example/2012/a-thing.html",), "A thing", closed=True),
        said("a", post="t", published_at="2012-03-04T00:00:00.000Z"),
    ]
    report = land(db, site, items, create=True)
    assert (report.posts, report.comments["approved"]) == (1, 1)
    row = db.conn.execute("select title, slug, published_at, comments_mode from posts").fetchone()
    assert tuple(row) == ("A thing", "a-thing", "2012-03-04T00:00:00.000Z", "closed")
    assert land(db, site, items, create=True).is_empty


def test_a_post_whose_address_is_taken_gets_another_and_the_one_that_was_there_stays(
    db: Database, site: Settings
) -> None:
    first = factories.post(db, "post-p", title="Mine")
    report = land(db, site, [post(), said("a")])
    assert [tuple(row) for row in db.conn.execute("select slug, title from posts order by id")] == [
        ("post-p", "Mine"),
        ("post-p-2", "Post p"),
    ]
    assert whys(report.unsure) == ["Its address post-p is taken; it has post-p-2."]
    assert db.conn.execute("select post_id from comments").fetchone()[0] != first


def test_an_import_that_fails_in_the_middle_leaves_nothing(
    db: Database, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(db)
    monkeypatch.setattr(landing, "COMMENTS_AT_ONCE", 2)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(unfinished, "reveal", fail)
    with pytest.raises(RuntimeError):
        land(db, site, [post(), *(said(f"c{number}") for number in range(9))])
    assert {**everything(db), "site": []} == {**before, "site": []}
    assert db.conn.execute("select count(*) from unfinished_import").fetchone()[0] == 0
    assert sorted(path.name for path in site.posts.iterdir()) == []
    assert integrity.check(db) == []


def test_what_a_killed_import_left_is_removed_by_the_next(db: Database, site: Settings) -> None:
    written = unfinished.begin(db, 5, by=factories.by(), reason="")
    assert written.last - written.first == 4
    report = land(db, site, [post(), said("a")])
    assert report.comments["approved"] == 1
    assert db.conn.execute("select id from comments").fetchall() == [(1,)]
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 1
    assert integrity.check(db) == []


def test_files_of_an_import_that_was_whole_are_named_at_the_next_start(db: Database, site: Settings) -> None:
    waiting = unfinished.folder_of(site) / "posts"
    waiting.mkdir(parents=True)
    (waiting / "a.md").write_text("x", "utf-8")
    unfinished.discard(db, site)
    assert (site.posts / "a.md").read_text("utf-8") == "x"
    assert not unfinished.folder_of(site).exists()


def test_a_wordpress_export_lands_with_its_posts_comments_and_redirects(
    db: Database, site: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "old.xml"
    path.write_text(
        wxr(
            item("Hello *you*.", comment(3, parent=9), comment(9), comment(4, approved="0"), comments="closed"),
            item("<p>Me.</p>", number=12, type="page", link="https://www.old.example/about-us/", slug="about"),
        ),
        "utf-8",
    )
    report = landing.bring_in(db, site, wordpress_export.read(path), Wishes(), by=factories.by())
    assert {**report.as_dict(), "unsure": []} == {
        "posts": 1, "pages": 1, "comments": {"approved": 2, "pending": 1, "spam": 0, "trash": 0}, "replies": 1,
        "pings": 0, "media": 0, "redirects": 4, "skipped": [], "unsure": [], "batch": 1,
    }  # fmt: skip
    assert (
        (site.posts / "post-11.md")
        .read_text("utf-8")
        .startswith("---\ntitle: Post 11\ndate: 2019-05-07 10:00:00+00:00\n")
    )
    assert (site.pages / "about.md").is_file()
    assert integrity.check(db) == []


def test_an_isso_database_lands_on_the_posts_of_its_uris(db: Database, site: Settings, tmp_path: Path) -> None:
    factories.post(db, "a-post")
    path = exports.isso(
        tmp_path / "isso.db", [(1, None, 1400000000, 1, "one", "Ana"), (2, 1, 1400000100, 2, "two", None)]
    )
    report = landing.bring_in(db, site, isso_database.read(path), Wishes(), by=factories.by())
    assert (report.comments["approved"], report.comments["pending"], report.replies) == (1, 1, 1)
    assert [name for (name,) in db.conn.execute("select author from comments order by id")] == ["Ana", "Anonymous"]


@pytest.fixture(autouse=True)
def no_lock_is_left(site: Settings) -> Iterator[None]:
    yield
    with unfinished.claim(site):
        pass


def test_undo_takes_all_of_an_import_back_and_nothing_else(db: Database, site: Settings, tmp_path: Path) -> None:
    mine = factories.post(db, "mine")
    factories.submit(db, "My reader's words.", slug="mine")
    picture = tmp_path / "lamp.png"
    Image.new("RGB", (20, 10)).save(picture)
    shown = post("q", body="![A lamp](picture:lamp.png#)", pictures=(Picture("picture:lamp.png#", picture),))
    before = everything(db)
    with_thread = [ImportedThread("t", ("/mine/",), "T"), said("x", post="t"), said("y", "x", post="t")]
    report = land(db, site, [post(addresses=("/old/",)), said("a"), said("b", "a"), shown, *with_thread])
    assert (report.posts, report.media, report.comments["approved"]) == (2, 1, 4)
    assert len(list((site.posts / "post-q").iterdir())) == 2
    undone = factories.undo(db, report.batch)
    assert publishing.remove_files(site, undone["files"]) == []
    assert list(site.posts.iterdir()) == []
    after = everything(db)
    for table in ("posts", "comments", "closures"):
        assert [row[:4] for row in after[table]] == [row[:4] for row in before[table]]
    assert db.conn.execute("select approved, threads from posts where id = ?", [mine]).fetchone() == (0, 0)
    assert db.conn.execute("select count(*) from old_addresses").fetchone()[0] == 0
    assert integrity.check(db) == []
    assert land(db, site, [post(), said("a"), *with_thread]).comments["approved"] == 3


def large(site: Settings, db: Database) -> tuple[ImportReport, dict[str, Any]]:
    """Land an import that is removed in pieces, half of it on a post that was there before; return that state too."""
    factories.post(db, "mine")
    factories.submit(db, "My reader's words.", slug="mine")
    before = everything(db)
    on_mine = [said(f"m{n}", f"m{n - 1}" if n % 3 else "", post="t") for n in range(200)]
    on_others = [
        said(f"{n}", f"{n - 1}" if n % 4 else "", status="spam" if n % 9 == 8 else "approved") for n in range(200)
    ]
    report = land(db, site, [post(), post("q"), *on_others, ImportedThread("t", ("/mine/",), "T"), *on_mine])
    assert report.comments["approved"] + report.comments["spam"] == 400
    return report, before


def test_a_large_import_is_hidden_by_its_undo_and_removed_afterwards(
    client: TestClient, db: Database, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "LOOK_SECONDS", 3_600)  # the server waits
    report, before = large(site, db)
    number = db.conn.execute("select min(comment_id) from imported_comments where source_key = 'm1'").fetchone()[0]
    while search.feed(db):
        pass
    undone = factories.undo(db, report.batch)
    assert len(undone["files"]) == 2
    assert "Text m" not in client.get("/mine/").text
    assert client.get("/post-p/").status_code == 404
    assert "Text" not in client.get("/comments/feed.xml").text
    with pytest.raises(Invalid, match="not there any more"):
        factories.submit(db, "An answer to what is gone.", 2, slug="mine", comment_parent=str(number))
    with store.transaction(db):
        assert unfinished.discard_piece(db)  # and here the process is killed
    factories.submit(db, "A reader's words meanwhile.", 3, slug="mine")
    unfinished.finish_removal(db, site)
    assert list(site.posts.iterdir()) == []
    assert [row[0] for row in db.conn.execute("select text from comments order by id")] == [
        "My reader's words.",
        "A reader's words meanwhile.",
    ]
    after = everything(db)
    assert [row[:4] for row in after["posts"]] == [row[:4] for row in before["posts"]]
    moved = dict(db.conn.execute("select id, moved from batches").fetchall())
    assert moved[undone["batch"]] == moved[report.batch] == 402
    assert integrity.check(db) == []
    assert land(db, site, [post(), said("a")]).comments["approved"] == 1


def test_an_import_is_not_undone_under_a_reply_that_would_be_lost(db: Database, site: Settings) -> None:
    report = land(db, site, [post(), said("a")])
    factories.submit(db, "An answer.", slug="post-p", comment_parent="1")
    with pytest.raises(Conflict, match="one comment was written on what it brought in"):
        factories.undo(db, report.batch)


def test_nobody_sees_an_import_that_is_being_written(
    client: TestClient, moderator: TestClient, db: Database, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> list[str]:
        return [
            client.get("/a-post/").text.split("<form")[0],
            client.get("/comments/feed.xml").text,
            client.get("/a-post/feed.xml").text,
            client.get("/post-p/").text,
            moderator.get("/admin/comments?status=all").text,
            moderator.get("/admin/comments?status=all&q=Hidden").text,
            moderator.get("/admin/posts").text,
            moderator.get("/admin/log").text,
            moderator.get("/admin/").text,
        ]

    seen: list[list[str]] = []
    reveal = unfinished.reveal
    before = [page.count("Hidden") for page in look()]

    def look_and_reveal(*arguments: Any) -> None:
        seen.append(look())
        while search.feed(db):
            pass
        reveal(*arguments)

    monkeypatch.setattr(unfinished, "reveal", look_and_reveal)
    thread = [ImportedThread("t", ("/a-post/",), "T"), said("x", post="t", text="Hidden one.", author="Hidden")]
    land(
        db, site, [post(title="Hidden post"), said("a", text="Hidden two.", status="pending", author="Hidden"), *thread]
    )
    assert [page.count("Hidden") for page in seen[0]] == before
    assert "Hidden one." in client.get("/a-post/").text
    assert "Hidden one." in client.get("/comments/feed.xml").text
    assert "Hidden two." in moderator.get("/admin/comments?status=all").text
    assert integrity.check(db) == []


def test_a_reader_writes_while_an_import_is_written(
    db: Database, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.post(db, "a-post")
    reveal = unfinished.reveal

    def write_and_reveal(*arguments: Any) -> None:
        factories.submit(db, "Meanwhile.")
        reveal(*arguments)

    monkeypatch.setattr(unfinished, "reveal", write_and_reveal)
    thread = [ImportedThread("t", ("/a-post/",), "T"), said("x", post="t"), said("y", post="t")]
    land(db, site, thread)
    assert [row[0] for row in db.conn.execute("select text from comments order by id")] == [
        "Text x.",
        "Text y.",
        "Meanwhile.",
    ]
    while search.feed(db):
        pass
    assert integrity.check(db) == []


def test_the_server_removes_what_a_killed_import_left(db: Database, site: Settings) -> None:
    factories.post(db)
    written = unfinished.begin(db, 3, by=factories.by(), reason="x")
    arrival = bulk.Arrival(
        **dict.fromkeys(("author", "email", "url", "ip"), ""), id=written.first, key="k", post=1, parent=None,
        root=None, status="approved", kind="comment", text="Left.", created_at=None, edited_at=None,
    )  # fmt: skip
    with store.transaction(db):
        bulk.insert(db, [bulk.prepare(arrival)], batch=written.batch, by=factories.by())
    (unfinished.folder_of(site) / "posts").mkdir(parents=True)
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as client:
        for _ in range(100):
            if not import_undo.is_hiding(db):
                break
            client.get("/healthz")
            time.sleep(0.05)
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 0
    assert not unfinished.folder_of(site).exists()
    assert integrity.check(db) == []


def test_files_of_the_uploads_lie_beside_their_post(db: Database, site: Settings, tmp_path: Path) -> None:
    uploads = tmp_path / "uploads" / "2019"
    uploads.mkdir(parents=True)
    (uploads / "Paper One.pdf").write_bytes(b"%PDF-1.4 x")
    (uploads / "talk.mp3").write_bytes(b"sound")
    base = "https://www.old.example/wp-content/uploads/2019"
    audio = f'[audio mp3="{base}/talk.mp3"]'
    text = f'<a href="{base}/Paper%20One.pdf">The paper</a>\n\n{audio}\n\n<a href="{base}/no.pdf">No</a>'
    path = tmp_path / "old.xml"
    path.write_text(wxr(item(text)), "utf-8")
    options = wordpress_export.Options(tmp_path / "uploads")
    report = landing.bring_in(db, site, wordpress_export.read(path, options), Wishes(), by=factories.by())
    folder = site.posts / "post-11"
    assert sorted(each.name for each in folder.iterdir()) == ["index.md", "paper-one.pdf", "talk.mp3"]
    text = (folder / "index.md").read_text("utf-8")
    assert "[The paper](paper-one.pdf)" in text
    assert f"[No]({base}/no.pdf)" in text
    assert "[talk.mp3](talk.mp3)" in text
    assert report.media == 2
    assert publishing.remove_files(site, factories.undo(db)["files"]) == []
    assert not folder.exists()
