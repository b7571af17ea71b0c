"""A real WordPress, with its own importer, takes what we export, and we take what it exports.

`make check-wordpress` says what it needs. Without that, the tests are skipped.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, settings
from blog.exporting import wordpress
from blog.importing import landing, wordpress_export
from blog.settings import Settings
from blog.storage import store
from tests.exporting import leaving_site
from tests.factories import by

HERE = Path(__file__).parent / "wordpress"
NEEDED = ("WORDPRESS", "WORDPRESS_SQLITE", "WORDPRESS_IMPORTER")
MISSING = [name for name in NEEDED if not os.environ.get(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not set: see make check-wordpress"),
]
STATUSES = {"1": "approved", "0": "pending", "spam": "spam", "trash": "trash"}


class WordPress:
    """A WordPress on SQLite in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        core, sqlite, importer = (Path(os.environ[name]) for name in NEEDED)
        shutil.copytree(core, folder, ignore=shutil.ignore_patterns("wp-config.php", "database"))
        plugins = folder / "wp-content" / "plugins"
        shutil.copytree(sqlite, plugins / "sqlite-database-integration", dirs_exist_ok=True)
        shutil.copytree(importer, plugins / "wordpress-importer", dirs_exist_ok=True)
        drop_in = (plugins / "sqlite-database-integration" / "db.copy").read_text("utf-8")
        place = str(plugins / "sqlite-database-integration")
        drop_in = drop_in.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", place)
        drop_in = drop_in.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php")
        (folder / "wp-content" / "db.php").write_text(drop_in, "utf-8")
        for file in HERE.glob("*.php"):
            shutil.copy(file, folder)
        self.ask("install")

    def ask(self, *words: object) -> str:
        done = subprocess.run(
            ["php", "judge.php", *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        return dict(json.loads(self.ask("facts")))

    def counts(self) -> dict[str, int]:
        return dict(Counter(STATUSES[each["status"]] for each in self.facts()["comments"]))


@pytest.fixture
def judge(tmp_path: Path) -> WordPress:
    return WordPress(tmp_path / "wordpress")


@pytest.fixture
def exported(site: Settings, db: Database) -> Path:
    leaving_site.fill(site, db)
    path = site.root / "export.xml"
    wordpress.export(replace(site, url="https://ours.example"), path, at=leaving_site.LATER)
    return path


@pytest.fixture
def empty(tmp_path: Path, migrated: Path) -> Settings:
    root = tmp_path / "empty"
    (root / "posts").mkdir(parents=True)
    (root / "blog.toml").write_text('title = "Empty"\n', "utf-8")
    shutil.copyfile(migrated, root / "blog.db")
    return settings.load(root, {})


def test_wordpress_takes_all_of_it_and_a_second_import_adds_nothing(judge: WordPress, exported: Path) -> None:
    judge.ask("import", exported)
    facts = judge.facts()
    assert {each["slug"]: (each["kind"], each["status"], each["discussion"]) for each in facts["posts"]} == {
        "size": ("post", "publish", "open"),
        "closed": ("post", "publish", "closed"),
        "switched": ("post", "publish", "closed"),
        "draft": ("post", "draft", "open"),
        "about": ("page", "publish", "open"),
    }
    assert {each["title"] for each in facts["posts"]} >= {"Größe & Maß"}
    assert judge.counts() == {"approved": 6, "pending": 2, "spam": 1, "trash": 1}
    assert {(each["text"][:8], (each["parent"] or "")[:8]) for each in facts["comments"]} == {
        ("First ]]", ""),
        ("The same", ""),
        ("Waits.", ""),
        ("Buy.", ""),
        ("Rude.", ""),
        ("Elsewher", ""),
        ("A reply.", "First ]]"),
        ("Deeper.", "A reply."),
        ("Held rep", "A reply."),
        ("Below it", "First ]]"),  # what it answered was removed
    }
    judge.ask("import", exported)
    assert judge.facts() == facts


def test_what_wordpress_exports_comes_back_the_same_but_for_spam(
    judge: WordPress, exported: Path, empty: Settings, db: Database
) -> None:
    judge.ask("import", exported)
    back = empty.root / "back.xml"
    judge.ask("export", back)
    other = store.connect(empty.database)
    try:
        landing.bring_in(other, empty, wordpress_export.read(back), landing.Wishes(), by=by(leaving_site.LATER))
        before, after = leaving_site.counts(db), leaving_site.counts(other)
        assert after == {status: n for status, n in before.items() if status not in ("spam", "deleted")}
        gone = {("Buy.", ""), ("Below it", "To be re")}
        assert leaving_site.parents(other) == (leaving_site.parents(db) - gone) | {("Below it", "First ]]")}
        closed = {slug: state.mode for slug, state, _ in closing.listed(other, at=leaving_site.LATER)}
        assert closed == {slug: state.mode for slug, state, _ in closing.listed(db, at=leaving_site.LATER)}
        times = "select author, created_at from comments where status = 'approved'"
        new = set(other.conn.execute(times).fetchall()) - set(db.conn.execute(times).fetchall())
        assert new == {("READER 2", leaving_site.at(2))}  # the second of that name in a second
    finally:
        other.conn.close()
