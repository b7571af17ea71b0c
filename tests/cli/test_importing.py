"""The import commands: one report for all, and a kill in the middle that leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog.comments import import_undo
from blog.settings import Settings
from blog.upkeep import integrity
from tests import factories
from tests.cli.conftest import Run, everything, refused
from tests.importing import exports
from tests.importing.exports import comment, item, wxr


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.xml"
    path.write_text(wxr(item("One.", comment(1), comment(2, parent=1), comment(3, approved="spam"))), "utf-8")
    return path


def test_an_import_reports_stores_and_is_undone(blog: Run, site: Settings, db: Database, old: Path) -> None:
    before = everything(db)
    dry = json.loads(blog("import", "wordpress", old, "--dry-run", "--json").stdout)
    assert everything(db) == before
    wet = json.loads(blog("import", "wordpress", old, "--json").stdout)
    assert {**dry, "batch": 1} == wet
    assert wet == {
        "posts": 1, "pages": 0, "comments": {"approved": 2, "pending": 0, "spam": 1, "trash": 0}, "replies": 1,
        "pings": 0, "media": 0, "redirects": 2, "skipped": [], "unsure": [], "batch": 1,
    }  # fmt: skip
    assert blog("import", "wordpress", old).stdout.splitlines()[-1] == "Nothing was added: all of it is here already."
    assert (site.posts / "post-11.md").is_file()
    assert blog("publish").stdout == "Nothing changed.\n"
    assert blog("log").stdout.count("Imported 4 posts and comments.") == 1
    assert blog("undo").exit_code == 0
    assert not (site.posts / "post-11.md").exists()
    assert blog("check").exit_code == 0


def test_the_report_is_sentences(blog: Run, old: Path) -> None:
    assert blog("import", "wordpress", old, "--dry-run").stdout.splitlines() == [
        "New: one post, 0 pages, 3 comments, one of them a reply, 0 pings, 0 pictures and 2 old addresses.",
        "Comments: 2 approved, 0 pending, 1 spam, 0 in the trash.",
        "Nothing was changed.",
    ]


def test_a_map_says_where_a_discussion_belongs_now(blog: Run, db: Database, tmp_path: Path) -> None:
    factories.post(db, "new-place")
    path = exports.isso(tmp_path / "isso.db", [(1, None, 1400000000, 1, "one", "Ana")])
    assert json.loads(blog("import", "isso", path, "--json").stdout)["skipped"][0]["what"] == "A post"
    (tmp_path / "map.csv").write_text("/a-post/,https://new.example/new-place/\n", "utf-8")
    report = json.loads(blog("import", "isso", path, "--map", tmp_path / "map.csv", "--json").stdout)
    assert report["comments"]["approved"] == 1


def test_a_file_of_another_kind_is_refused_and_nothing_is_done(blog: Run, db: Database, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<!DOCTYPE rss [<!ENTITY a 'b'>]><rss/>", "utf-8")
    before = everything(db)
    sentence = "x.xml has a document type (<!DOCTYPE>), which no export needs; it is not read."
    assert refused(blog("import", "wordpress", path)) == sentence
    assert refused(blog("import", "isso", path)) == "x.xml is no SQLite database, as Isso keeps one."
    assert everything(db) == before


def test_a_folder_of_another_generator_comes_in(blog: Run, site: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "jekyll"
    (folder / "_posts").mkdir(parents=True)
    (folder / "_config.yml").write_text("permalink: pretty\n", "utf-8")
    (folder / "_posts/2019-05-07-a-thing.markdown").write_text(
        "---\nlayout: post\ntitle: A thing\n---\n\n{% highlight ruby %}\nputs 1\n{% endhighlight %}\n\n{{ site.x }}\n",
        "utf-8",
    )
    report = json.loads(blog("import", "markdown", folder, "--json").stdout)
    assert (report["posts"], report["redirects"]) == (1, 1)
    assert report["unsure"] == [
        {
            "what": "_posts/2019-05-07-a-thing.markdown, line 10",
            "why": "{{ site.x }} means nothing here and stands in the text.",
        }
    ]
    text = (site.posts / "a-thing.md").read_text("utf-8")
    assert "redirect_from:\n- /2019/05/07/a-thing\n" in text
    assert "```ruby\nputs 1\n```" in text


def test_a_killed_import_leaves_nothing_that_anybody_sees_and_the_next_one_is_whole(
    blog: Run, site: Settings, db: Database, tmp_path: Path
) -> None:
    path = tmp_path / "old.xml"
    path.write_text(wxr(item("One.", *(comment(number) for number in range(1, 3_001)))), "utf-8")
    command = [sys.executable, "-m", "blog", "--site", str(site.root), "import", "wordpress", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and process.poll() is None:
        if db.conn.execute("select count(*) from comments").fetchone()[0] > 500:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert import_undo.is_hiding(db)
    assert blog("queue", "--status", "all", "--count").stdout.strip() == "0"
    assert json.loads(blog("posts", "--json").stdout) == []
    assert json.loads(blog("log", "--json").stdout) == []
    assert not (site.posts / "post-11.md").exists()
    assert json.loads(blog("import", "wordpress", path, "--json").stdout)["comments"]["approved"] == 3_000
    assert integrity.check(db) == []
    assert db.conn.execute("select min(id), max(id), count(*) from comments").fetchone() == (1, 3_000, 3_000)
