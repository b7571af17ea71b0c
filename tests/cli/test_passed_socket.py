"""`blog serve` on a socket that a service manager opened (socket activation)."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from blog.cli import passed_socket
from blog.errors import Unusable
from tests.factories import SLUG
from tests.reliability.serving import FORM, environ, looking, make_site, words

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Files are passed on where there is fork.")
# Become the server with the socket as its third file, as systemd does.
START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])
"""


class Connection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("blog.example", timeout=60)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self._path)


@contextmanager
def served(site: Path, listening: socket.socket, *options: str, count: str = "1") -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", START, str(listening.fileno()), count, *words(site, "serve", *options)]
    process = subprocess.Popen(
        command,
        env=environ(),
        pass_fds=[listening.fileno()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def ask(connection: http.client.HTTPConnection, path: str, typed: dict[str, str] | None = None, **more: str) -> int:
    body = urlencode(typed) if typed else None
    connection.request("POST" if typed else "GET", path, body, {**(FORM if typed else {}), **more})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_unix_socket_is_served_and_its_proxy_is_believed(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    path = tmp_path / "blog.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(64)
        with served(site, listening, "--workers", "2"):
            assert ask(Connection(path), f"/{SLUG}/") == 200  # it waited until the server was there
            typed = {"author": "Ana", "email": "ana@example.org", "comment": "By a socket."}
            status = ask(
                Connection(path), f"/{SLUG}/comments", typed, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
            )
            assert status in (201, 202)
    with looking(site) as db:
        assert db.conn.execute("select ip from comments where text = 'By a socket.'").fetchone()[0] == "198.51.100.7"


@pytest.mark.slow
def test_no_request_is_refused_while_the_server_starts_again(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    statuses: list[int] = []
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        port = listening.getsockname()[1]

        def read() -> None:
            while not stop.is_set():
                try:
                    statuses.append(ask(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "/healthz"))
                except OSError as error:
                    statuses.append(-(error.errno or 1))

        threads = [threading.Thread(target=read) for _ in range(4)]
        with served(site, listening):
            assert ask(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "/") == 200
            for thread in threads:
                thread.start()
            time.sleep(1)
        with served(site, listening):
            assert ask(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "/") == 200
            time.sleep(1)
            stop.set()
            for thread in threads:
                thread.join()
    assert set(statuses) == {200}
    assert len(statuses) > 20


def test_more_than_one_socket_is_refused_with_the_code_for_a_person(tmp_path: Path) -> None:
    make_site(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening, served(tmp_path, listening, count="2") as process:
        out, _ = process.communicate(timeout=60)
        assert (process.returncode, out.strip()) == (78, "The service manager passes 2 sockets; one is served.")


def test_what_is_meant_for_another_process_is_left_alone() -> None:
    assert passed_socket.take({}) is None
    variables = {"LISTEN_PID": str(os.getppid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x"}
    assert passed_socket.take(variables) is None
    assert variables == {}


def test_what_is_no_listening_socket_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    with (tmp_path / "file").open("wb") as file:
        monkeypatch.setattr(passed_socket, "FIRST", file.fileno())
        with pytest.raises(Unusable, match="is no socket"):
            passed_socket.take(dict(own))
    quiet = socket.socket()
    monkeypatch.setattr(passed_socket, "FIRST", quiet.detach())
    with pytest.raises(Unusable, match="takes no connections"):
        passed_socket.take(dict(own))
