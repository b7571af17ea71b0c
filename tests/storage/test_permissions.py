"""What commands that root runs leave behind: the files belong to the site's owner, and the database is private."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from blog import settings
from blog.storage import outage, store
from blog.upkeep import backups
from tests.factories import NOON
from tests.reliability.serving import ROOT, environ, make_site, run

NOBODY = 65_534
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="Only root gives files away.")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_is_private(tmp_path: Path) -> None:
    make_site(tmp_path)
    assert mode(tmp_path / "blog.db") == 0o600


def test_a_restored_site_has_its_modes_and_a_private_database(tmp_path: Path) -> None:
    site, fresh = tmp_path / "site", tmp_path / "fresh"
    site.mkdir()
    make_site(site)
    (site / "blog.toml").chmod(0o640)
    (site / "blog.db").chmod(0o644)
    made = backups.make(settings.load(site, {}), tmp_path / "copy.db", at=NOON)
    assert run(fresh, "restore-backup", made.path).returncode == 0
    assert (mode(fresh / "blog.db"), mode(fresh / "blog.toml"), mode(fresh)) == (0o600, 0o640, 0o750)


def test_a_restored_database_is_for_those_who_had_the_one_before_but_not_for_all(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    made = backups.make(settings.load(site, {}), tmp_path / "copy.db", at=NOON)
    (site / "blog.db").chmod(0o664)
    assert run(site, "restore-backup", made.path).returncode == 0
    assert mode(site / "blog.db") == 0o660


@as_root
def test_what_root_restores_belongs_to_the_owner_of_the_sites_folder(tmp_path: Path) -> None:
    site, fresh = tmp_path / "site", tmp_path / "fresh"
    site.mkdir()
    make_site(site)
    (site / "posts" / "deep" / "er").mkdir(parents=True)
    (site / "posts" / "deep" / "er" / "one.txt").write_text("1", "utf-8")
    made = backups.make(settings.load(site, {}), tmp_path / "copy.db", at=NOON)
    fresh.mkdir()
    (fresh / "posts").mkdir()
    make_site(fresh)  # another site, as `blog init` makes one
    for path in (fresh, *fresh.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    (fresh / "blog.toml").write_text('title = "Other"\n', "utf-8")
    done = run(fresh, "restore-backup", made.path, "--force")
    assert done.returncode == 0, done.stderr
    strange = [path for path in fresh.rglob("*") if (path.stat().st_uid, path.stat().st_gid) != (NOBODY, NOBODY)]
    assert strange == []
    (aside,) = fresh.glob("before-restore-*")
    assert {path.name for path in aside.iterdir()} >= {"blog.db", "blog.toml"}


@as_root
def test_a_database_that_root_makes_belongs_to_the_owner_of_the_sites_folder(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    os.chown(tmp_path, NOBODY, NOBODY)
    assert run(tmp_path, "settings").returncode == 0
    assert (tmp_path / "blog.db").stat().st_uid == NOBODY


@as_root
def test_a_database_of_somebody_else_is_named_with_the_cure() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / "blog.db"
        store.prepare(path)
        path.chmod(0o644)
        assert outage.hindrance(path) == ""
        script = (
            f"import os; from pathlib import Path; from blog.storage import outage; os.setuid({NOBODY});"
            f" print(outage.hindrance(Path({str(path)!r})))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environ(), capture_output=True, text=True, timeout=60
        )
    said = f"{path} can only be read by nobody, for it belongs to root. As root: chown nobody: {path}\n"
    assert done.stdout == said, done.stderr
