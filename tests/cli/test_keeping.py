"""`blog backup` and `blog restore-backup`, as a shell has them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from blog.operation import records
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.cli.conftest import Run, refused
from tests.factories import submit


@pytest.fixture
def filled(site: Settings) -> Settings:
    factories.write_post(site.root)
    db = store.connect(site.database)
    factories.post(db)
    submit(db)
    db.conn.close()
    return site


def test_a_site_is_copied_and_brought_back(blog: Run, filled: Settings, tmp_path: Path) -> None:
    done = blog("backup", tmp_path / "copy.db")
    assert done.exit_code == 0
    assert re.fullmatch(
        rf"{re.escape(str(tmp_path))}/copy\.db contains 1 comment, 1 post, 2 files; 0\.\d MB, verified\.",
        done.stdout.strip(),
    )
    filled.database.unlink()
    for path in (filled.root / "blog.toml", *filled.posts.iterdir()):
        path.unlink()
    filled.posts.rmdir()
    done = blog("restore-backup", tmp_path / "copy.db", "--force")
    assert (done.exit_code, done.stderr) == (
        1,
        f"{filled.root} contains files and is not a site. Name a site or an empty folder with --site.\n",
    )  # the copy itself is in it
    os.rename(tmp_path / "copy.db", tmp_path.parent / "copy.db")
    done = blog("restore-backup", tmp_path.parent / "copy.db")
    assert done.stdout.startswith(f"{filled.database} was restored from {tmp_path.parent}/copy.db: 1 comment, 1 post")
    assert "Erase it again" in done.stdout
    assert blog("check").exit_code == 0
    assert blog("queue", "--count").stdout == "1\n"


def test_a_row_of_copies_is_kept(blog: Run, filled: Settings, tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"row-2026010{n + 1}T000000Z.db").write_text("old", "utf-8")
    done = blog("backup", tmp_path / "row.db", "--keep", 2)
    assert done.exit_code == 0
    assert done.stdout.count("Removed: ") == 2
    assert len([name for name in os.listdir(tmp_path) if name.startswith("row-")]) == 2


def test_refusals_are_one_sentence(blog: Run, filled: Settings, tmp_path: Path) -> None:
    blog("backup", tmp_path / "copy.db")
    assert "is there already" in refused(blog("backup", tmp_path / "copy.db"))
    blog("settings", "comment_max_links", "7")
    assert "With --force the copy takes its place" in refused(blog("restore-backup", tmp_path / "copy.db"))
    (tmp_path / "text.db").write_text("Dear diary", "utf-8")
    assert "text.db cannot be opened" in refused(blog("restore-backup", tmp_path / "text.db"))
    done = blog("restore-backup", tmp_path / "copy.db", "--force")
    assert (done.exit_code, "The earlier files are in" in done.stdout) == (0, True)


def test_while_a_server_runs_nobody_starts_a_second_one_or_restores(filled: Settings, tmp_path: Path) -> None:
    """Also under another name of the same folder; once it ended, both work."""
    other = tmp_path.parent / f"{tmp_path.name}-link"
    other.symlink_to(filled.root)
    copy = tmp_path.parent / f"{tmp_path.name}-copy.db"
    assert _run(filled.root, "backup", copy).returncode == 0
    server, port = _serve(filled.root)
    try:
        for folder, *words in ((other, "serve", "--port", _free()), (filled.root, "restore-backup", copy, "--force")):
            done = _run(folder, *words)
            assert (done.returncode, done.stdout) == (1, "")
            assert (
                f"A server runs on {filled.root}/blog.db already (process {server.pid}). Stop it first." in done.stderr
            )
        assert _run(filled.root, "backup", tmp_path / "second.db").returncode == 0
        assert _asked(port) == 200
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    assert _run(filled.root, "restore-backup", copy, "--force").returncode == 0


def _run(folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(_words(folder, *words), env=_environ(), capture_output=True, text=True, timeout=60)


def _words(folder: Path, *words: object) -> list[str]:
    return [sys.executable, "-m", "blog", "--site", str(folder), *map(str, words)]


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2])}


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(folder: Path) -> "tuple[subprocess.Popen[bytes], int]":
    port = _free()
    server = subprocess.Popen(
        _words(folder, "serve", "--port", port), env=_environ(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if _asked(port) == 200:
            return server, port
        time.sleep(0.05)
    server.kill()
    server.wait()
    raise AssertionError("The server did not start.")


def _asked(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def test_the_desk_is_told_how_the_last_backup_and_the_last_check_went(
    blog: Run, filled: Settings, tmp_path: Path
) -> None:
    before = filled.database.read_bytes()
    blog("backup", tmp_path / "copy.db")
    blog("check")
    told = records.read(filled.database)
    assert told["backup"].good
    assert told["backup"].facts == {"size": (tmp_path / "copy.db").stat().st_size, "path": str(tmp_path / "copy.db")}
    assert (told["check"].good, told["check"].facts) == (True, {"problems": 0})
    assert blog("backup", tmp_path / "copy.db").exit_code == 1
    failed = records.read(filled.database)["backup"]
    assert (failed.good, failed.good_at) == (False, told["backup"].at)
    assert "is there already" in failed.facts["error"]
    (filled.posts / "broken.md").write_text("---\ntitle: x\ndate: so\n---\n", "utf-8")
    blog("check")
    assert records.read(filled.database)["check"].facts == {"problems": 1}
    assert filled.database.read_bytes() == before


def test_a_record_that_nobody_can_read_is_no_record(site: Settings) -> None:
    for text in ("", "{", "[]", '{"backup": 1}', '{"backup": {"when": 2}}'):
        records.path_of(site.database).write_text(text, "utf-8")
        assert records.read(site.database) == {}
        records.note(site.database, "check", at=factories.NOON, good=True, facts={})
        assert list(records.read(site.database)) == ["check"]
