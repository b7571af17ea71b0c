"""F17. Everything lost: one command brings a site back from its copy, row by row the same, within a minute."""

import shutil
import time
from pathlib import Path

import pytest

from blog.storage import store
from tests.reliability.serving import command, make_site, run
from tests.test_budgets import many
from tests.upkeep.test_backups import rows

SIZES = [1_000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]


@pytest.mark.parametrize("comments", SIZES)
def test_f17_a_site_is_back_within_a_minute_and_row_by_row_the_same(tmp_path: Path, comments: int) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    db = store.connect(site / "blog.db")
    many(db, comments)
    db.conn.close()
    began = time.monotonic()
    assert run(site, "backup", tmp_path / "copy.db").returncode == 0
    copied = time.monotonic() - began
    before = rows(site / "blog.db", "sessions")
    texts = {path.name: path.read_bytes() for path in (site / "posts").iterdir()}
    shutil.rmtree(site)
    began = time.monotonic()
    done = run(site, "restore-backup", tmp_path / "copy.db")
    restored = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    print({"comments": comments, "copied in s": round(copied, 1), "restored in s": round(restored, 1)})
    assert restored < 60
    assert rows(site / "blog.db", "sessions") == before
    assert {path.name: path.read_bytes() for path in (site / "posts").iterdir()} == texts
    assert command(site, "check").returncode == 0
