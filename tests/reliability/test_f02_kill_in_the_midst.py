"""F02. kill -9 during a migration, an import, a copy, a large decision: all or nothing, and a second run ends it."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from blog.storage import migrations, store
from blog.upkeep import integrity
from tests.factories import submit
from tests.reliability.serving import ROOT, command, environ, make_site, run, words

POINTS = [4, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(1_800)])]
COMMENTS = 400


@pytest.fixture(scope="module")
def unmade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose database the next command makes."""
    folder = tmp_path_factory.mktemp("new")
    (folder / "posts").mkdir()
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with some hundred comments that wait."""
    folder = tmp_path_factory.mktemp("filled")
    make_site(folder)
    db = store.connect(folder / "blog.db")
    for n in range(COMMENTS):
        submit(db, f"Thought {n}.", n)
    db.conn.execute("pragma journal_mode = delete")
    db.conn.close()
    return folder


def killed(source: Path, into: Path, points: int, *act: object) -> Iterator[Path]:
    """Run a command on copies of a site and kill it, each time at another moment; yield what it leaves behind.

    `SITE` in a word is the copy's folder.
    """
    chance = random.Random(points)
    shutil.copytree(source, into / "whole")
    began = time.monotonic()
    assert run(into / "whole", *_in(into / "whole", act)).returncode == 0
    usual = time.monotonic() - began
    for n in range(points):
        folder = into / str(n)
        shutil.copytree(source, folder)
        process = subprocess.Popen(
            words(folder, *_in(folder, act)),
            cwd=ROOT,
            env=environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(usual * chance.uniform(0.4, 1.0))  # before that it only imports modules
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        yield folder
        shutil.rmtree(folder)


def _in(folder: Path, act: tuple[object, ...]) -> list[str]:
    return [str(word).replace("SITE", str(folder)) for word in act]


def asked(folder: Path, question: str) -> object:
    db = store.connect(folder / "blog.db")
    try:
        return db.conn.execute(question).fetchone()[0]
    finally:
        db.conn.close()


def sound(folder: Path) -> None:
    assert command(folder, "check").returncode == 0
    db = store.connect(folder / "blog.db")
    assert integrity.check(db) == []
    db.conn.close()


@pytest.mark.parametrize("points", POINTS)
def test_f02_a_migration_is_whole_or_not_begun(tmp_path: Path, unmade: Path, points: int) -> None:
    known = {migration.name for migration in migrations.migrations._migrations}
    for folder in killed(unmade, tmp_path, points, "queue", "--count"):
        if (folder / "blog.db").exists():
            db = store.connect(folder / "blog.db")
            assert {row[0] for row in db.conn.execute("select name from _sqlite_migrations").fetchall()} == known
            db.conn.close()
        assert command(folder, "queue", "--count").stdout == "0\n"
        sound(folder)


@pytest.mark.parametrize("points", POINTS)
def test_f02_an_import_is_whole_or_not_begun_and_never_twice(tmp_path: Path, filled: Path, points: int) -> None:
    page = ROOT / "tests" / "importing" / "pages" / "comment_list.html"
    before = asked(filled, "select count(*) from comments")
    after = None
    for folder in killed(filled, tmp_path, points, "import", "page", page):
        after = after or asked(tmp_path / "whole", "select count(*) from comments")
        assert asked(folder, "select count(*) from comments") in (before, after)
        assert command(folder, "import", "page", page).returncode == 0
        assert asked(folder, "select count(*) from comments") == after
        assert asked(folder, "select count(*) from posts") == 2
        sound(folder)


@pytest.mark.parametrize("points", POINTS)
def test_f02_a_copy_is_whole_or_not_there(tmp_path: Path, filled: Path, points: int) -> None:
    for folder in killed(filled, tmp_path, points, "backup", "SITE/copy.db"):
        if (folder / "copy.db").exists():
            assert command(folder, "restore-backup", folder / "copy.db", "--force").returncode == 0
        assert command(folder, "backup", folder / "again.db").returncode == 0
        assert [path.name for path in folder.iterdir() if ".part" in path.name] == []
        sound(folder)


@pytest.mark.parametrize("points", POINTS)
def test_f02_a_large_decision_is_whole_or_not_begun(tmp_path: Path, filled: Path, points: int) -> None:
    ids = list(range(1, COMMENTS + 1))
    for folder in killed(filled, tmp_path, points, "delete", *ids):
        assert asked(folder, "select count(*) from comments where status = 'deleted'") in (0, COMMENTS)
        sound(folder)
        assert command(folder, "delete", *ids).returncode == 0
        assert asked(folder, "select count(*) from comments where status = 'deleted'") == COMMENTS
        assert asked(folder, "select count(*) from batches where kind = 'delete'") == 1
