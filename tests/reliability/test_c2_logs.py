"""C2. A log belongs to one database: alone the file is older but whole, and no way of ours puts two together."""

import shutil
from pathlib import Path

from blog.storage import store
from tests.reliability.serving import Server, command, make_site


def killed(folder: Path) -> Path:
    """Return a site whose server was killed, so that the newest comments lie in the log alone."""
    folder.mkdir()
    make_site(folder)
    server = Server(folder)
    for n in range(20):
        assert server.comment(f"Words {n}.", n).status == 303
    server.kill()
    return folder


def count(folder: Path) -> str:
    done = command(folder, "queue", "--count")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_c2_the_three_files_together_have_it_all_and_the_first_alone_is_older_and_whole(tmp_path: Path) -> None:
    site = killed(tmp_path / "site")
    alone, together = tmp_path / "alone", tmp_path / "together"
    for folder, names in ((alone, ["blog.db"]), (together, [path.name for path in site.glob("blog.db*")])):
        folder.mkdir()
        (folder / "posts").mkdir()
        for name in names:
            shutil.copy(site / name, folder / name)
    assert count(together) == "20"
    assert int(count(alone)) <= 20
    assert command(alone, "check").returncode == 0


def test_c2_a_restored_database_never_meets_the_log_of_the_one_before(tmp_path: Path) -> None:
    site = killed(tmp_path / "site")
    assert count(site) == "20"
    assert command(site, "backup", tmp_path / "copy.db").returncode == 0
    server = Server(site)
    for n in range(30, 45):
        assert server.comment(f"Words {n}.", n).status == 303
    server.kill()
    done = command(site, "restore-backup", tmp_path / "copy.db", "--force")
    assert done.returncode == 0, done.stderr
    assert count(site) == "20"
    assert command(site, "check").returncode == 0
    aside = next(site.glob("before-restore-*"))
    db = store.connect(aside / "blog.db")
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 35  # its log was written back first
    db.conn.close()


def test_c2_the_docs_say_that_it_is_three_files() -> None:
    from tests.reliability.serving import ROOT

    text = (ROOT / "docs" / "production.md").read_text("utf-8")
    assert all(f"`blog.db{ending}`" in text for ending in ("", "-wal", "-shm"))
