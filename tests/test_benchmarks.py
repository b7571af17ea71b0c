"""The report of the benchmarks: everything that was measured is in it, and can be read."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks import data, filter, report, tables, wordpress
from benchmarks.figures import Figure, Table
from benchmarks.options import Options
from blog import moderation
from blog.moderation import Selection
from blog.storage import store
from blog.upkeep import integrity


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: Any) -> Path:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "KEPT", tmp_path / "figures.json")
    return tmp_path


def test_the_report_has_each_bar_each_figure_and_each_table(folder: Path) -> None:
    figure = Figure("pages", "a second", {"ours": [10.0, 30.0, 20.0], "theirs": [20.0, 20.0, 20.0]})
    figure.bars, figure.taken = [("theirs", "at least", 1.0), ("", "at most", 25.0)], "Begun at noon."
    written = report.write([figure, Table("words", "one two\nthree", "Begun at one.")]).read_text("utf-8")
    assert "| pages | at least 1 times theirs | 1.00 | yes |" in written
    assert "| pages | at most 25 a second | 20.0 | yes |" in written
    assert "| theirs | 20.0 | 20.0 to 20.0 | 1.00 |" in written
    assert "### Words\n\n```\none two\nthree\n```\n\nBegun at one." in written
    assert "Begun at noon." in written
    assert (folder / "charts" / "pages.svg").exists()


def test_a_run_of_some_points_keeps_what_others_measured(folder: Path) -> None:
    first = report.keep([Figure("pages", "a second", {"ours": [1.0]}), Table("words", "old")], others=False)
    again = report.keep([Table("words", "new")], others=True)
    assert again == [first[0], Table("words", "new")]
    assert report.keep([Table("words", "newest")], others=False) == [Table("words", "newest")]


def test_where_the_labelled_comments_are_missing_the_report_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(filter, "HERE", tmp_path)
    (said,) = tables.filtering(Options())
    assert isinstance(said, Table)
    assert said.text.startswith("Not measured: ../shared/data/spam has no CSV files.")


@pytest.mark.parametrize(
    ("missing", "said"),
    [("apt-get", "WordPress is taken from Debian"), ("root", "Run this as root once: nginx, php-fpm,")],
)
def test_where_wordpress_cannot_be_installed_a_sentence_says_so(monkeypatch: Any, missing: str, said: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == missing else f"/usr/bin/{name}")
    monkeypatch.setattr(wordpress, "_version", lambda name: "")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    with pytest.raises(SystemExit, match=said):
        wordpress._install()


def test_a_site_that_is_measured_is_whole_and_can_be_searched(tmp_path: Path) -> None:
    data._build(tmp_path / "site", 300)
    db = store.connect(tmp_path / "site" / "blog.db")
    assert integrity.check(db) == []
    assert len(moderation.page(db, Selection("all", search="Number"))["rows"]) == 51
    waiting = db.conn.execute("select count(*) from comments where status = 'pending'").fetchone()[0]
    old = moderation.page(db, Selection("pending", days=30, now="2026-11-26T00:00:00.000Z"))["rows"]
    assert len(old) == min(waiting, 51) > 0
    db.conn.close()
