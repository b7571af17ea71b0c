"""`blog serve` as a service manager runs it: exit codes, SIGHUP, priorities of what it prints."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from blog.people import accounts
from blog.storage import store
from tests.conftest import PASSWORD
from tests.factories import SLUG, by
from tests.reliability.serving import ROOT, Server, environ, make_site, running, words


def _until(what: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


def _serve(site: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    command = words(site, "serve", "--port", "8999")
    return subprocess.run(command, env=environ() | more, capture_output=True, text=True, timeout=60)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


@pytest.mark.parametrize("broken", ["no site", "a wrong setting", "a newer database", "a damaged database"])
def test_what_only_a_person_can_put_right_ends_the_service_with_78(tmp_path: Path, broken: str) -> None:
    if broken != "no site":
        make_site(tmp_path)
    if broken == "a wrong setting":
        (tmp_path / "blog.toml").write_text('titel = "Test"\n', "utf-8")
    if broken == "a newer database":
        db = store.connect(tmp_path / "blog.db")
        db.conn.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('blog', '9999_future', '2030')"
        )
        db.conn.close()
    if broken == "a damaged database":
        (tmp_path / "blog.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    done = _serve(tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (78, "", 1)


def test_a_second_server_ends_with_1_for_it_may_be_started_again(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path):
        done = _serve(tmp_path)
    assert done.returncode == 1
    assert "A server runs on" in done.stderr


def test_the_setup_address_is_the_public_one(tmp_path: Path) -> None:
    make_site(tmp_path)
    _remove_all_accounts(tmp_path)
    (tmp_path / "blog.toml").write_text('url = "https://blog.example.org/"\n', "utf-8")
    with running(tmp_path) as server:
        assert "\n  https://blog.example.org/admin/setup?token=" in server.printed()


def test_a_site_with_authors_only_still_offers_the_setup_address(tmp_path: Path) -> None:
    make_site(tmp_path)
    _remove_all_accounts(tmp_path)
    db = store.connect(tmp_path / "blog.db")
    with store.transaction(db):
        accounts.add(db, "eva", PASSWORD, role="author", by=by())
    db.conn.close()
    with running(tmp_path) as server:
        assert "There is no administrator yet." in server.printed()
        token = server.printed().partition("/admin/setup?token=")[2].split()[0]
        assert server.get(f"/admin/setup?token={token}")[0] == 200


def _remove_all_accounts(site: Path) -> None:
    db = store.connect(site / "blog.db")
    db.conn.execute("update accounts set removed_at = '2026-01-01'")
    db.conn.close()


def test_a_changed_blog_toml_is_noted_and_taken_up_by_sighup(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path) as server:
        time.sleep(1.5)  # until it watches
        (tmp_path / "blog.toml").write_text('author = "Another name"\n', "utf-8")
        assert _until(lambda: "blog.toml was changed. Reload or restart the server" in server.printed())
        assert "Another name" not in server.get(f"/{SLUG}/")[1]
        os.kill(server.process.pid, signal.SIGHUP)
        assert _until(lambda: "Another name" in server.get(f"/{SLUG}/")[1])


@pytest.mark.slow
def test_a_reload_with_a_mistake_in_blog_toml_leaves_the_site_as_it_is(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path) as server:
        (tmp_path / "blog.toml").write_text('titel = "Another name"\n', "utf-8")
        os.kill(server.process.pid, signal.SIGHUP)
        assert _until(lambda: "The server goes on as before: " in server.printed())
        time.sleep(5)
        assert (server.process.poll(), server.get(f"/{SLUG}/")[0]) == (None, 200)
        (tmp_path / "blog.toml").write_text('author = "Another name"\n', "utf-8")
        os.kill(server.process.pid, signal.SIGHUP)
        assert _until(lambda: "Another name" in server.get(f"/{SLUG}/")[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Children are listed on Linux alone.")
def test_a_worker_that_is_killed_during_a_reload_is_no_crash_loop(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server:
        before = _children(server.process.pid)
        os.kill(server.process.pid, signal.SIGHUP)
        assert _until(lambda: bool(set(_children(server.process.pid)) - set(before)))
        time.sleep(4.5)  # the first worker has been replaced, the second one is under way
        fresh = next(each for each in _children(server.process.pid) if each not in before)
        os.kill(fresh, signal.SIGKILL)
        assert not _until(lambda: server.process.poll() is not None, seconds=12)
        assert "crash loop" not in server.printed()
        assert _until(lambda: len(_children(server.process.pid)) == 2)
        assert server.get(f"/{SLUG}/")[0] == 200


def test_in_a_service_errors_and_warnings_have_their_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _serve(tmp_path, JOURNAL_STREAM="8:1").stderr.startswith(f"<3>{tmp_path} is not a site")
    assert _serve(tmp_path).stderr.startswith(f"{tmp_path} is not a site")
    make_site(tmp_path)
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    server = Server(tmp_path)
    try:
        (tmp_path / "posts" / "broken.md").write_text("---\ntitle: [\n---\n", "utf-8")
        assert _until(lambda: "\n<4>posts/broken.md" in server.printed())
        os.rename(tmp_path / "blog.db", tmp_path / "moved.db")
        server.comment()
        assert _until(lambda: "\n<3>Nothing can be saved" in server.printed())
    finally:
        server.kill()


@pytest.mark.slow
def test_a_reload_does_not_mix_two_versions(tmp_path: Path) -> None:
    site, engine = tmp_path / "site", tmp_path / "engine"
    site.mkdir()
    make_site(site)
    shutil.copytree(ROOT / "blog", engine / "blog", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "static", engine / "static")
    command = [sys.executable, "-m", "blog", "--site", str(site), "serve", "--port", "8998"]
    log = tmp_path / "log.txt"
    with log.open("wb") as sink:
        server = subprocess.Popen(command, cwd=engine, env=environ() | {"PYTHONPATH": str(engine)}, stderr=sink)
    try:
        assert _until(lambda: _answers(8998))
        workers = _children(server.pid)
        os.utime(engine / "blog" / "__init__.py")
        os.kill(server.pid, signal.SIGHUP)
        assert _until(
            lambda: "another version was installed since it was started. Restart it." in log.read_text("utf-8")
        )
        assert (_children(server.pid), server.poll()) == (workers, None)
    finally:
        server.terminate()
        server.wait(30)
