import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import publishing
from blog.errors import Conflict, Gone, NotFound
from blog.journal.events import moment
from blog.posts import find, path_of
from blog.publishing import Report
from blog.settings import Settings
from tests import factories
from tests.factories import NOON, write_post

THOUGHTS = """# A remark.

Author: Rosa Lindgren
Email: rosa@example.org
Date: 2026-05-02T09:31:00Z

Ours is kept by the *port*.
%%
Author: Tom Adeyemi
Url: https://tom.example.org/
Date: 2026-05-02T10:02:00Z
Reply-to: 1

Then who pays?
"""


def _publish(db: Database, site: Settings, *paths: Path) -> Report:
    return publishing.publish(db, site, list(paths) or None, by=factories.by())


def _done(report: Report) -> list[tuple[str, str, str]]:
    assert report.problems == []
    return report.done


def _beside(site: Settings, text: str | bytes, slug: str = factories.SLUG) -> None:
    path = site.posts / f"{slug}.comments.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def _comments(db: Database) -> list[tuple[object, ...]]:
    return db.conn.execute(
        "select id, parent_id, root_id, status, author, email, url, text_html, created_at, source from comments"
    ).fetchall()


# Files


def test_the_folder_is_published_and_then_unchanged(db: Database, site: Settings) -> None:
    write_post(site.root, "one")
    write_post(site.root, "essays/two")
    write_post(site.root, "three", front="status: draft\n")
    assert _done(_publish(db, site)) == [
        ("essays/two.md", "added", "two"),
        ("one.md", "added", "one"),
        ("three.md", "draft", "three"),
    ]
    changes = db.conn.total_changes
    report = _publish(db, site)
    assert (report.done, report.unchanged, db.conn.total_changes) == ([], 3, changes)


def test_files_come_folder_by_folder_with_their_paths_as_the_database_has_them(site: Settings) -> None:
    for slug in ("a-b", "a/x", "a/b/y", "a.b"):
        write_post(site.root, slug)
    site.pages.mkdir(exist_ok=True)
    (site.pages / "about.md").write_text("---\ntitle: About\n---\n", "utf-8")
    posts_there = sorted(site.posts.rglob("*.md"))
    assert [Path(file) for file in publishing.markdown_files(site.posts)] == posts_there
    assert publishing.list_files(site) == [
        (os.fspath(path), path_of(path, site.posts)) for path in (*posts_there, site.pages / "about.md")
    ]


def test_a_folder_that_is_not_there_publishes_nothing(db: Database, site: Settings) -> None:
    site.posts.rmdir()
    assert _publish(db, site) == Report()


def test_only_markdown_files_of_the_folder_are_posts(db: Database, site: Settings, tmp_path: Path) -> None:
    write_post(site.root, "fine")
    for name in (".hidden", "_draft", ".git/inside", "_drafts/inside"):
        write_post(site.root, name)
    write_post(site.root, "x.md/inside")
    (site.posts / "readme.txt").write_text("---\ntitle: T\n---\n", "utf-8")
    outside = tmp_path / "outside.md"
    outside.write_text("---\ntitle: Outside\ndate: 2026-05-01\n---\n", "utf-8")
    (site.posts / "leads-out.md").symlink_to(outside)
    (site.posts / "leads-nowhere.md").symlink_to(site.posts / "nothing.md")
    (site.posts / "leads-round.md").symlink_to(site.posts / "leads-round.md")
    (site.posts / "within.md").symlink_to(site.posts / "fine.md")
    (site.posts / "folder-out").symlink_to(tmp_path, target_is_directory=True)
    assert [slug for _, _, slug in _done(_publish(db, site))] == ["fine", "within", "inside"]
    assert publishing.problems(site, at=NOON) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(db: Database, site: Settings) -> None:
    write_post(site.root).chmod(0)
    assert [problem.problem for problem in _publish(db, site).problems] == [
        "The file cannot be read: Permission denied."
    ]


def test_a_broken_file_keeps_back_no_other(db: Database, site: Settings) -> None:
    write_post(site.root, "a-fine")
    write_post(site.root, "b-broken", front="tags: {a: b}\n")
    (site.posts / "c-broken.md").write_bytes(b"\xff\xfe")
    (site.posts / "d-deep.md").write_text("---\ntitle: " + "[" * 4_000 + "\n---\n", "utf-8")
    write_post(site.root, "e-late", front="updated: 0001-01-01T00:00+05:00\n")
    write_post(site.root, "f-fine")
    report = _publish(db, site)
    assert [slug for _, _, slug in report.done] == ["a-fine", "f-fine"]
    assert [(problem.path, problem.line) for problem in report.problems] == [
        ("b-broken.md", 4),
        ("c-broken.md", 1),
        ("d-deep.md", None),
        ("e-late.md", 4),
    ]
    assert [str(each) for each in publishing.problems(site, at=NOON)] == [str(each) for each in report.problems]


def test_a_file_that_breaks_leaves_its_page_as_it_was(db: Database, site: Settings) -> None:
    write_post(site.root)
    _publish(db, site)
    write_post(site.root, front="status: gone\n", title="Changed")
    assert len(_publish(db, site).problems) == 1
    assert find(db, factories.SLUG, at=NOON)["title"] == "A post"


def test_a_post_is_withdrawn_by_its_file(db: Database, site: Settings) -> None:
    write_post(site.root)
    _publish(db, site)
    write_post(site.root, front="status: withdrawn\n")
    assert _done(_publish(db, site)) == [("a-post.md", "withdrawn", "a-post")]
    with pytest.raises(Gone):
        find(db, factories.SLUG, at=NOON)


def test_a_file_that_is_gone_is_remarked_on_and_its_page_stays(db: Database, site: Settings) -> None:
    path = write_post(site.root)
    _publish(db, site)
    path.unlink()
    report = _publish(db, site)
    assert report.remarks == [
        "a-post.md is gone; its page 'a-post' stays. Bring it back to change the page, with `status: withdrawn` to take"
        " it down."
    ]
    assert find(db, factories.SLUG, at=NOON)["status"] == "published"


def test_a_file_that_moved_keeps_its_post_and_says_nothing_is_gone(db: Database, site: Settings) -> None:
    path = write_post(site.root)
    _publish(db, site)
    factories.decide(db, factories.submit(db), "approve")
    (site.posts / "essays").mkdir()
    path.rename(site.posts / "essays" / "2026-05-01-a-post.md")
    report = _publish(db, site)
    assert (_done(report), report.remarks) == ([("essays/2026-05-01-a-post.md", "changed", "a-post")], [])
    assert find(db, factories.SLUG, at=NOON)["approved"] == 1


def test_a_taken_or_reserved_address_is_remarked_on(db: Database, site: Settings) -> None:
    write_post(site.root, "one")
    write_post(site.root, "two", front="slug: one\n")
    write_post(site.root, "search")
    assert _publish(db, site).remarks == [
        "search.md: /search/ is an address of the site itself; it is published as 'search-2'.",
        "two.md: the address 'one' is taken; it is published as 'one-2'.",
    ]
    assert _publish(db, site).remarks == []


def test_another_author_of_the_site_publishes_its_posts_anew(db: Database, site: Settings) -> None:
    write_post(site.root, "one")
    write_post(site.root, "two", front="author: Bo\n")
    _publish(db, site)
    _publish(db, replace(site, author="Ana"))
    assert [find(db, slug, at=NOON)["author"] for slug in ("one", "two")] == ["Ana", "Bo"]


def test_a_named_file_is_found_from_here_from_the_site_and_from_its_posts(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_post(site.root, "essays/one")
    monkeypatch.chdir(tmp_path)
    for name in (path, Path("posts/essays/one.md"), Path("essays/one.md")):
        assert publishing.find_file(site, name) == path
    for name in ("posts", "one.md", "blog.toml", "../posts/essays/one.txt"):
        with pytest.raises(NotFound, match="is no Markdown file in"):
            publishing.find_file(site, Path(name))


def test_a_file_is_written_whole_and_over_no_other(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.md"
    publishing.write(path, "Wörds\n")
    assert path.read_bytes() == "Wörds\n".encode()
    with pytest.raises(Conflict):
        publishing.write(path, "Others")
    assert path.read_bytes() == "Wörds\n".encode()
    assert [each.name for each in path.parent.iterdir()] == ["file.md"]


# The discussion beside a post


def test_the_discussion_beside_a_post_is_loaded_once(db: Database, site: Settings) -> None:
    write_post(site.root, front="comments: closed\n")
    _beside(site, THOUGHTS)
    _publish(db, site)
    loaded = _comments(db)
    assert loaded == [
        (
            *(1, None, None, "approved", "Rosa Lindgren", "rosa@example.org", ""),
            *("<p>Ours is kept by the <em>port</em>.</p>", "2026-05-02T09:31:00.000Z", "import"),
        ),
        (
            *(2, 1, 1, "approved", "Tom Adeyemi", "", "https://tom.example.org/"),
            *("<p>Then who pays?</p>", "2026-05-02T10:02:00.000Z", "import"),
        ),
    ]
    assert find(db, factories.SLUG, at=NOON)["approved"] == 2
    factories.decide(db, 2, "delete")
    write_post(site.root, front="comments: closed\n", body="Other words.")
    _beside(site, THOUGHTS.replace("port", "sea") + "%%\nAuthor: X\nDate: 2026-05-03\n\nMore.\n")
    assert _done(_publish(db, site)) == [("a-post.md", "changed", "a-post")]
    assert [row[3] for row in _comments(db)] == ["approved", "deleted"]


def test_a_discussion_that_comes_later_than_its_post_is_not_loaded(db: Database, site: Settings) -> None:
    write_post(site.root)
    _publish(db, site)
    _beside(site, THOUGHTS)
    _publish(db, site)
    assert _comments(db) == []


def test_a_loaded_discussion_makes_no_batch_and_a_clean_check(db: Database, site: Settings) -> None:
    from blog.upkeep import integrity

    write_post(site.root)
    _beside(site, THOUGHTS)
    _publish(db, site)
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 0
    assert integrity.check(db) == []


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("", []),
        ("# Only a remark.\n", []),
        ("%%\n%%\n\n", []),
        (f"\ufeff{THOUGHTS}", ["Rosa Lindgren", "Tom Adeyemi"]),
        (THOUGHTS.replace("\n", "\r\n"), ["Rosa Lindgren", "Tom Adeyemi"]),
        (THOUGHTS.replace("%%\n", " %% \n\n\n"), ["Rosa Lindgren", "Tom Adeyemi"]),
        (THOUGHTS + "%%\n", ["Rosa Lindgren", "Tom Adeyemi"]),
        ("author:Ana\nDATE: 2026-05-02\n\n# a text, and no remark\n", ["Ana"]),
    ],
)
def test_a_discussion_file_is_read_as_it_comes(db: Database, site: Settings, text: str, authors: list[str]) -> None:
    write_post(site.root)
    _beside(site, text)
    _done(_publish(db, site))
    assert [row[4] for row in _comments(db)] == authors


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("Just words.\n", 1, "'Just words.' is no header. Write Author:, Date: ..., then an empty line."),
        ("# r\n\nAuthor: A\nNote: x\n\nW.\n", 4, "'Note: x' is no header."),
        ("Author: A\nDate: 2026-05-02\n", 1, "Comment 1 has no author or no text."),
        ("Date: 2026-05-02\n\nWords.\n", 1, "Comment 1 has no author or no text."),
        (THOUGHTS + "%%\n\n\nDate: 2026-05-02\n\nWords.\n", 18, "Comment 3 has no author or no text."),
        ("Author: A\n\nWords.\n", 1, "Date is ''; write it like 2018-03-04T21:12:00Z."),
        ("Author: A\nDate: May\n\nWords.\n", 2, "Date is 'May'; write it like 2018-03-04T21:12:00Z."),
        ("Author: A\nDate: 0001-01-01T00:00+05:00\n\nWords.\n", 2, "Date is '0001-01-01T00:00+05:00'; write it like"),
        ("Author: A\nReply-to: 1\nDate: 2026-05-02\n\nW.\n", 2, "Reply-to is '1'; write the number of an earlier"),
        (THOUGHTS.replace("Reply-to: 1", "Reply-to: 2"), 12, "Reply-to is '2'; write the number of an earlier"),
        (THOUGHTS.replace("Reply-to: 1", "Reply-to: Rosa"), 12, "Reply-to is 'Rosa'; write the number of an earlier"),
        (b"Author: Jos\xe9\nDate: 2026-05-02\n\nW.\n", None, "This is not UTF-8 text. Save the file as UTF-8."),
    ],
)
def test_a_broken_discussion_is_told_with_its_line_and_keeps_back_only_its_post(
    db: Database, site: Settings, text: str | bytes, line: int | None, problem: str
) -> None:
    write_post(site.root)
    write_post(site.root, "other")
    _beside(site, text)
    report = _publish(db, site)
    assert [slug for _, _, slug in report.done] == ["other"]
    (found,) = report.problems
    assert (found.path, found.line) == ("a-post.comments.txt", line)
    assert found.problem.startswith(problem)
    assert [str(each) for each in publishing.problems(site, at=NOON)] == [str(found)]
    assert _comments(db) == []
    _beside(site, THOUGHTS)
    assert _done(_publish(db, site)) == [("a-post.md", "added", "a-post")]
    assert len(_comments(db)) == 2


# What is not read again


def _at_last(path: Path, seconds: int) -> None:
    """Let a file be as old as the tests' noon less some seconds."""
    at = moment(NOON).timestamp() - seconds
    os.utime(path, (at, at))


def test_a_file_of_the_same_size_and_time_is_not_read_again(db: Database, site: Settings) -> None:
    path = write_post(site.root, body="First words.")
    _at_last(path, 60)
    _publish(db, site)
    path.write_text(path.read_text("utf-8").replace("First", "Other"), "utf-8")
    _at_last(path, 60)
    assert (_publish(db, site).unchanged, _body(db)) == (1, "<p>First words.</p>\n")
    broken = path.read_text("utf-8").replace("title:", "titel:")
    path.write_text(broken, "utf-8")
    _at_last(path, 60)
    assert publishing.problems(site, db, at=NOON) == []
    assert len(publishing.problems(site, at=NOON)) == 1  # the missing title
    path.write_text(broken.replace("titel:", "title:"), "utf-8")
    _at_last(path, 59)
    assert _publish(db, site).done == [("a-post.md", "changed", "a-post")]
    assert _body(db) == "<p>Other words.</p>\n"


def test_a_file_written_just_now_is_read_again(db: Database, site: Settings) -> None:
    path = write_post(site.root, body="First words.")
    _at_last(path, 1)
    _publish(db, site)
    path.write_text(path.read_text("utf-8").replace("First", "Other"), "utf-8")
    _at_last(path, 1)
    assert _publish(db, site).done == [("a-post.md", "changed", "a-post")]


def test_a_touched_file_is_read_once_more_and_found_unchanged(db: Database, site: Settings) -> None:
    path = write_post(site.root)
    _at_last(path, 60)
    _publish(db, site)
    before = db.conn.execute("select version, source_stat from posts").fetchone()
    _at_last(path, 50)
    assert (_publish(db, site).unchanged, _publish(db, site).done) == (1, [])
    after = db.conn.execute("select version, source_stat from posts").fetchone()
    assert (after[0], after[1] != before[1]) == (before[0], True)


def test_what_a_page_is_made_of_besides_its_file_has_it_read_again(db: Database, site: Settings) -> None:
    path = write_post(site.root, body='"Words"')
    _at_last(path, 60)
    _publish(db, site)
    assert _publish(db, replace(site, language="de")).done == [("a-post.md", "changed", "a-post")]
    assert _body(db) == "<p>„Words“</p>\n"


def test_those_who_watch_are_told_how_far_it_is(db: Database, site: Settings) -> None:
    for n in range(60):
        write_post(site.root, f"post-{n}")
    told: list[tuple[int, int]] = []
    publishing.publish(db, site, by=factories.by(), watch=lambda done, total: told.append((done, total)))
    assert told == [(25, 60), (50, 60), (60, 60)]


@pytest.mark.slow
def test_ten_thousand_posts_are_published_within_a_minute_and_skipped_within_two_seconds(
    db: Database, site: Settings
) -> None:
    words = ("lamp sea light keeper port ship river map " * 70).strip()
    for n in range(10_000):
        path = write_post(
            site.root, f"post-{n}", front="tags: [a, b]\n", body=f'{words} "{n}" *x*\n\n## Head\n\n- one\n'
        )
        _at_last(path, 60)
    began = time.monotonic()
    assert len(_publish(db, site).done) == 10_000
    published = time.monotonic()
    assert _publish(db, site).unchanged == 10_000
    assert published - began < 60
    assert time.monotonic() - published < 2


def _body(db: Database) -> str:
    return str(find(db, factories.SLUG, at=NOON)["body_html"])


def test_a_long_post_is_rendered_before_anybody_has_to_wait_for_it(site: Settings, db: Database) -> None:
    """The lock is held for the writing alone: less than a fifth of the time in which everything is done."""
    for n in range(5):
        factories.write_post(
            site.root, f"long-{n}", body="Some *words* with a [link](https://example.org/).\n\n" * 2_000
        )
    moments: dict[str, float] = {}
    db.conn.set_trace_callback(lambda sql: moments.setdefault(sql.split()[0].lower(), time.monotonic()))
    began = time.monotonic()
    report = publishing.publish(db, site, by=factories.by())
    whole = time.monotonic() - began
    db.conn.set_trace_callback(None)
    assert len(report.done) == 5
    assert moments["commit"] - moments["begin"] < whole / 5
