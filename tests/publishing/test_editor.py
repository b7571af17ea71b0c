"""A post's text as fields and as text, saved whole, and never over what somebody else wrote."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import publishing
from blog.errors import BadPost, Invalid, NotFound
from blog.publishing import editor, post_text
from blog.settings import Settings
from blog.storage import store
from tests.factories import NOON, by, write_post

FRONT = "title: 'Lamps: a look'\ndate: 2026-05-01\n# a remark\ntags:\n  - oil\n  - light\nclosing_note: Thanks.\n"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("title", "Plain words", "title: Plain words"),
        ("title", "Lamps: a look", "title: 'Lamps: a look'"),
        ("title", 'Ana\'s "lamp"', "title: 'Ana''s \"lamp\"'"),
        ("title", "# no heading", "title: '# no heading'"),
        ("title", "- no list", "title: '- no list'"),
        ("title", "[no list]", "title: '[no list]'"),
        ("title", "two\nlines", "title: two lines"),
        ("title", "Пример", "title: Пример"),
        ("date", "2026-05-07 09:30", "date: 2026-05-07 09:30"),
        ("summary", "New: words", "summary: 'New: words'"),
        ("tags", "oil, a b,  ,c: d", "tags: [oil, a b, 'c: d']"),
        ("comments", "replies-only", "comments: replies-only"),
    ],
)
def test_a_field_is_put_into_the_front_matter_and_read_back(name: str, value: str, line: str, site: Settings) -> None:
    front = post_text.put(FRONT, name, value)
    assert line in front.split("\n")
    assert "# a remark" in front
    assert "closing_note: Thanks." in front
    read = post_text.fields(front)[name]
    parts = [part.strip() for part in value.split(",") if part.strip()]
    assert read == (", ".join(parts) if name == "tags" else " ".join(value.split()))
    assert editor.check(site, "lamps/index.md", post_text.join({}, front, "Words.")).title


def test_a_value_of_several_lines_is_replaced_as_a_whole() -> None:
    assert post_text.put(FRONT, "tags", "oil").count("oil") == 1
    assert "- light" not in post_text.put(FRONT, "tags", "oil")
    assert (
        post_text.put(FRONT, "tags", "")
        == "title: 'Lamps: a look'\ndate: 2026-05-01\n# a remark\nclosing_note: Thanks."
    )


def test_a_text_is_split_and_joined_without_a_loss() -> None:
    text = f"---\n{FRONT}---\n\nWords.\n\n---\n\nMore.\n"
    front, body = post_text.split(text)
    assert (front, body) == (FRONT, "Words.\n\n---\n\nMore.\n")
    assert post_text.join({}, front, body) == text
    assert post_text.split("No front matter.") == ("", "No front matter.")
    assert post_text.split("---\ntitle: open") == ("", "---\ntitle: open")
    assert post_text.fields("a: b: c") == {}
    assert post_text.fields("- a") == {}


def test_words_and_minutes_are_counted() -> None:
    assert post_text.measure("") == {"words": 0, "minutes": 0}
    assert post_text.measure("One's well-being, twice.") == {"words": 3, "minutes": 1}
    assert post_text.measure("word " * 690)["minutes"] == 3


def test_a_draft_begins_in_a_folder_of_its_own(site: Settings, db: Database) -> None:
    now = datetime(2026, 5, 7, 9, 30, tzinfo=UTC)
    assert editor.begin(site, "  Lamps: a   look ", now=now) == "lamps-a-look/index.md"
    assert editor.begin(site, "Lamps, a look", now=now) == "lamps-a-look-2/index.md"
    assert editor.begin(site, "…", now=now) == "post/index.md"
    (site.posts / "taken.md").write_text("x", "utf-8")
    assert editor.begin(site, "Taken", now=now) == "taken-2/index.md"
    report = publishing.publish(db, site, [site.posts / "lamps-a-look" / "index.md"], by=by())
    assert report.done == [("lamps-a-look/index.md", "draft", "lamps-a-look")]
    for title in ("", " ", "x" * 301):
        with pytest.raises(Invalid, match="A title has 1 to 300 characters"):
            editor.begin(site, title, now=now)


def _post(site: Settings) -> tuple[str, editor.Source]:
    write_post(site.root)
    return "a-post.md", editor.source(site, "a-post.md")


def test_a_file_is_saved_whole(site: Settings) -> None:
    path, before = _post(site)
    saved = editor.save(site, path, before.text.replace("Words.", "Other words."), base=before.digest)
    assert editor.source(site, path) == saved
    assert "Other words." in (site.posts / path).read_text("utf-8")
    assert [each.name for each in site.posts.iterdir()] == ["a-post.md"]


def test_a_file_that_was_changed_meanwhile_is_left_as_it_is(site: Settings) -> None:
    path, before = _post(site)
    (site.posts / path).write_text(before.text + "Theirs.\n", "utf-8")
    with pytest.raises(editor.Changed, match="Nothing was written") as changed:
        editor.save(site, path, before.text + "Mine.\n", base=before.digest)
    assert changed.value.theirs.text.endswith("Theirs.\n")
    assert editor.source(site, path) == changed.value.theirs
    editor.save(site, path, before.text + "Both.\n", base=changed.value.theirs.digest)


@pytest.mark.parametrize("text", ["Words without a head.", "---\ntitle: T\ndate: soon\n---\n\nWords.\n", "---\n---\n"])
def test_a_text_that_could_not_be_published_is_not_saved(site: Settings, text: str) -> None:
    path, before = _post(site)
    with pytest.raises(BadPost):
        editor.save(site, path, text, base=before.digest)
    assert editor.source(site, path) == before


def test_a_file_that_is_gone_is_said_and_then_written_anew(site: Settings) -> None:
    _, before = _post(site)
    (site.posts / "a-post.md").rename(site.posts / "other.md")
    with pytest.raises(NotFound, match=r"posts/a-post\.md is not there any more"):
        editor.source(site, "a-post.md")
    for path in ("a-post.md", "folder/index.md"):
        with pytest.raises(editor.Vanished, match="is not there any more; the next Save writes it anew"):
            editor.save(site, path, before.text, base=before.digest)
        assert editor.save(site, path, before.text, base="") == before
        with pytest.raises(editor.Changed):
            editor.save(site, path, before.text, base="")


def test_a_file_that_cannot_be_read_is_not_taken_for_gone(site: Settings) -> None:
    _, before = _post(site)
    (site.posts / "folder.md").mkdir()
    with pytest.raises(NotFound):
        editor.save(site, "folder.md", before.text, base="")


def test_a_preview_writes_nothing_and_waits_for_nobody_who_writes(site: Settings, db: Database) -> None:
    path, before = _post(site)
    publishing.publish(db, site, by=by())
    rows = db.conn.execute("select * from posts").fetchall()
    db.conn.execute("begin immediate")
    reader = store.connect(site.database, readonly=True)
    text = before.text.replace("Words.", "*Words.*")
    with editor.preview(reader, site, path, text, at=NOON) as slug:
        row = reader.conn.execute("select body_html, status from posts where slug = ?", [slug]).fetchone()
        assert row == ("<p><em>Words.</em></p>\n", "published")
    reader.conn.close()
    db.conn.execute("rollback")
    assert db.conn.execute("select * from posts").fetchall() == rows
    assert editor.source(site, path) == before


@pytest.mark.timeout(120)
def test_whoever_reads_while_it_is_saved_finds_one_of_both(site: Settings, tmp_path: Path) -> None:
    """A process that is killed at any moment of saving leaves the old file or the new one."""
    path, before = _post(site)
    old, new = before.text, before.text + "x" * 200_000 + "\n"
    for turn in range(20):
        base = editor.source(site, path).digest
        wanted = new if turn % 2 == 0 else old
        child = os.fork()
        if not child:
            editor.save(site, path, wanted, base=base)
            os._exit(0)
        if turn % 3:
            os.kill(child, 9)
        os.waitpid(child, 0)
        assert editor.source(site, path).text in (old, new)
