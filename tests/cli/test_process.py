"""Some commands in a process of their own, with the pipes, the environment and the terminal that a shell gives them."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import version
from blog.cli import serving
from blog.settings import Settings
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import write_post


def _run(*words: object, folder: Path, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
    command = [sys.executable, "-m", "blog", *map(str, words)]
    where = {"PYTHONPATH": str(Path(__file__).parent.parent.parent), "PYTHONWARNINGS": "error", **environ}
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env=kept | where, timeout=60)


def test_the_program_tells_its_version_and_its_commands(tmp_path: Path) -> None:
    assert _run("--version", folder=tmp_path).stdout.decode() == f"Afterword, version {version()}\n"
    told = _run("--help", folder=tmp_path)
    assert told.returncode == 0
    assert b"approve" in told.stdout
    assert _run(folder=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_the_site_is_this_folder_or_what_blog_site_says(site: Settings, db: Database, tmp_path: Path) -> None:
    factories.post(db)
    factories.submit(db)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for result in (
        _run("queue", "--count", folder=site.root),
        _run("queue", "--count", folder=elsewhere, BLOG_SITE=str(site.root)),
        _run("--site", "..", "queue", "--count", folder=elsewhere, BLOG_SITE="/nowhere"),
    ):
        assert (result.returncode, result.stdout, result.stderr) == (0, b"1\n", b"")
    assert _run("queue", "--count", folder=elsewhere).returncode == 1


def test_a_site_is_made_published_moderated_and_checked(tmp_path: Path) -> None:
    assert _run("init", "site", folder=tmp_path).returncode == 0
    folder = tmp_path / "site"
    assert _run("publish", folder=folder).stdout.decode() == "added: posts/hello.md → hello\n"
    words = ("user", "add", "ana", "--password-stdin")
    assert _run(*words, folder=folder, stdin=PASSWORD.encode()).returncode == 0
    refused = _run("approve", 1, folder=folder)
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, b"", b"There is no comment 1.\n")
    assert json.loads(_run("close", "--site", "--json", folder=folder).stdout) == {"batch": 1, "moved": 1}
    assert _run("check", folder=folder).returncode == 0


def test_a_server_that_reloads_starts_again_for_the_settings_alone_and_stops_when_told(site: Settings) -> None:
    path = write_post(site.root)
    port = _free_port()
    kept = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    command = [sys.executable, "-m", "blog", "--site", str(site.root), "serve", "--reload", "--port", str(port)]
    log = site.root / "server.log"  # what it says into its own folder is no change
    with log.open("wb") as sink, subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, env=kept) as server:
        try:
            assert _shows(b"Words.", port, seconds=40)
            saved = [
                (path, path.read_text("utf-8").replace("Words.", "Other words."), b"Other words."),
                (site.root / "blog.toml", 'title = "Another name"\n', b"Another name"),
            ]
            for each, text, shown in saved:
                # The first change may come before the server has begun to watch.
                assert any(each.write_text(text, "utf-8") and _shows(shown, port, seconds=10) for _ in range(4))
        finally:
            server.send_signal(signal.SIGTERM)
        server.wait(timeout=8)
    assert server.returncode == 0
    assert b"WARNING" not in log.read_bytes()


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        ("{site}/blog.toml", True),
        ("{engine}/app.py", True),
        ("{engine}/templates/post.html", True),
        ("{engine}/__pycache__/app.cpython-311.pyc", False),
        ("{site}/server.log", False),
        ("{site}/posts/blog.toml", False),
        ("{site}/blog.db-wal", False),
        ("{site}/blog.toml.swp", False),
        ("{engine}-notes/app.py", False),
    ],
)
def test_the_engine_and_the_settings_are_what_a_server_that_reloads_starts_again_for(
    site: Settings, path: str, starts: bool
) -> None:
    lets_through = serving._engine_and_settings(site)()
    assert lets_through(1, path.format(site=site.root.resolve(), engine=serving.ENGINE)) is starts


@pytest.mark.timeout(30)
def test_a_server_that_is_told_to_stop_just_when_it_begins_to_wait_hears_it() -> None:
    told = serving.ReentrantEvent()
    with told._cond:  # as the thread has it that is interrupted
        told.set()
    assert told.wait(0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="The children of a process are listed on Linux alone.")
def test_a_server_that_is_told_to_stop_while_its_worker_starts_does_not_wait_for_it(site: Settings) -> None:
    kept = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "blog", "--site", str(site.root), "serve", "--port", str(_free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=kept) as server:
        assert server.stdout is not None
        assert any(b"its desk at" in line for line in server.stdout)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        preparing = children.read_text("ascii")
        while children.read_text("ascii") in ("", preparing) and server.poll() is None:
            time.sleep(0.001)
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=8)
    assert server.returncode == 0
    assert b"refused to gracefully stop" not in said


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _shows(words: bytes, port: int, *, seconds: float) -> bool:
    """Ask for the post until its page holds the words."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/a-post/")
            if words in connection.getresponse().read():
                return True
        except OSError:  # not there yet, or just starting again
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return False


def test_a_reader_who_stops_reading_gets_no_trace(site: Settings, db: Database) -> None:
    factories.post(db)
    for n in range(1, 30):
        factories.submit(db, f"Thought {n}. " + "x" * 5_000, n=n)
    kept = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    command = f"{sys.executable} -m blog --site {site.root} queue --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, env=kept, timeout=60)
    assert (done.stdout, done.stderr) == (b'[{"id": 29', b"")


def test_on_a_terminal_the_queue_is_a_table_with_its_heads(site: Settings, db: Database) -> None:
    factories.post(db)
    assert "No comments wait." in _on_terminal("queue", site=site)
    factories.submit(db, "[b]A[/b] \x9b2J thought.", n=7)
    shown = _on_terminal("queue", site=site)
    assert [word in shown for word in ("words", "why", "Reader 7", "[b]A[/b]")] == [True] * 4
    assert "\x9b" not in shown
    assert "comment_max_links" in _on_terminal("settings", site=site)


def _on_terminal(*words: str, site: Settings) -> str:
    ours, theirs = pty.openpty()
    kept = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent), "COLUMNS": "200", "TERM": "dumb"}
    command = [sys.executable, "-m", "blog", "--site", str(site.root), *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=kept) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        os.close(ours)
        assert process.wait(60) == 0
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""
