"""A real server in a process of its own, what is sent to it, and what it says that it did."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from blog import publishing, settings
from blog.cli import main
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import SLUG, by

ROOT = Path(__file__).parents[2]
HURRIED = {"comment_flood_seconds": "0", "comment_network_limit": "0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
LOST = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Comment:
    id: int
    author: str
    email: str
    text: str


@dataclass(frozen=True)
class Batch:
    id: int
    kind: str
    moved: int


@dataclass
class Acknowledged:
    """What the server said that it had done."""

    comments: list[Comment] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str
    seconds: float


class Server:
    """`python -m blog serve` in a process group of its own, on a free port.

    `before` are words that run the command, such as those of strace; `log` is where it writes what it prints; `well`
    tells that its start is over only when it can save. `port` is where it listens, 0 for any that is free.
    """

    def __init__(
        self,
        folder: Path,
        *options: object,
        before: Sequence[str] = (),
        log: Path | None = None,
        well: bool = True,
        port: int = 0,
        program: str = "blog",
    ) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            self.port = int(probe.getsockname()[1])
        words = [sys.executable, "-m", program, "--site", str(folder), "serve", "--port", str(self.port)]
        self.output = log or folder / "server.txt"
        began = time.monotonic()
        with self.output.open("ab") as sink:
            self.process = subprocess.Popen(
                [*before, *words, *map(str, options)],
                cwd=ROOT,
                env=environ(),
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_up((200,) if well else (200, 503))
        self.seconds = time.monotonic() - began

    def _wait_until_up(self, wanted: tuple[int, ...]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(*LOST):
                if self.get("/healthz")[0] in wanted:
                    return
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"The server did not start:\n{self.output.read_text('utf-8')}")

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str) -> tuple[int, str]:
        connection = self.connection()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask(self, path: str, typed: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """Ask for an address, or send a form to it; underscores in a header's name are hyphens."""
        connection = self.connection()
        began = time.monotonic()
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if typed is None:
                connection.request("GET", path, headers=named)
            else:
                named = {"Content-Type": "application/x-www-form-urlencoded", **named}
                connection.request("POST", path, urlencode(typed, doseq=True), named)
            answer = connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, answer.headers, text, time.monotonic() - began)
        finally:
            connection.close()

    def stamp(self) -> str:
        found = re.search(r'name="stamp" value="([^"]+)"', self.get(f"/{SLUG}/")[1])
        assert found is not None
        return found[1]

    def comment(self, text: str = "A thought.", n: int = 1, **more: str) -> Answer:
        """Send the n-th stranger's comment, as a script does: without the form's stamp."""
        typed = {"author": f"Reader {n}", "email": f"reader{n}@example.org", "comment": text}
        return self.ask(f"/{SLUG}/comments", typed, **more)

    def printed(self) -> str:
        return self.output.read_text("utf-8", "replace")

    def stop(self) -> None:
        """End it as a service manager does."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(folder: Path, *options: object, **more: Any) -> Iterator[Server]:
    server = Server(folder, *options, **more)
    try:
        yield server
    finally:
        server.kill()


def environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


LATER_VERSION = "tests.reliability.later_version"


def words(folder: Path, *command: object, program: str = "blog") -> list[str]:
    return [sys.executable, "-m", program, "--site", str(folder), *map(str, command)]


def run(
    folder: Path, *command: object, before: Sequence[str] = (), program: str = "blog"
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [*before, *words(folder, *command, program=program)],
        cwd=ROOT,
        env=environ(),
        capture_output=True,
        text=True,
        timeout=300,
    )


def command(folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    """Run a command in this process, which saves half a second: for what no process of its own has to show."""
    arguments = ["--site", str(folder), *map(str, words)]
    done = CliRunner(catch_exceptions=False).invoke(main, arguments)
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def refusal(folder: Path, *words: object) -> str:
    """Return the one sentence by which a command refuses; `serve` has a process of its own."""
    return sole_sentence((run if words[0] == "serve" else command)(folder, *words))


def sole_sentence(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the one sentence of a refusal: exit 1 (of serve also 78), nothing on standard output, no trace."""
    codes = (1, 78) if "serve" in done.args else (1,)
    assert (done.returncode in codes, done.stdout) == (True, ""), (done.returncode, done.stdout, done.stderr)
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


needs_mounts = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode != 0,
    reason="A file system of its own wants the right to mount one.",
)


@contextmanager
def looking(folder: Path) -> Iterator[Database]:
    db = store.connect(folder / "blog.db", readonly=True)
    yield db
    db.conn.close()


def make_site(folder: Path) -> None:
    """Make a site with one open post, one administrator, and nobody too fast."""
    (folder / "blog.toml").write_text('title = "Test"\nauthor = "Judith"\n', "utf-8")
    factories.write_post(folder)
    store.prepare(folder / "blog.db")
    db = store.connect(folder / "blog.db")
    publishing.publish(db, settings.load(folder, {}), by=by())
    with store.transaction(db):
        policy.change(db, HURRIED, by=by())
        factories.account(db, "ana")
    db.conn.close()


def sign_in(server: Server) -> str:
    """Return the session's cookie, which outlives every kill."""
    connection = server.connection()
    connection.request("POST", "/admin/login", urlencode({"username": "ana", "password": PASSWORD}), FORM)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 303
    return str(answer.headers["set-cookie"]).partition(";")[0]


def multipart(field: str, name: str, data: bytes) -> tuple[bytes, str]:
    """Return the body of a form with one file, and its content type."""
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    return b"--between\r\n" + head.encode() + data + b"\r\n--between--\r\n", "multipart/form-data; boundary=between"


def write(connection: http.client.HTTPConnection, stamp: str, name: str, number: int) -> Comment:
    typed = {
        "author": f"{name} Öztürk",
        "email": f"{name}@example.org",
        "comment": f"{name} writes for the {number}th time:\n\n> “Κάτι”, said *nobody*. " + "🌊" * (number % 7),
        "stamp": stamp,
    }
    connection.request("POST", f"/{SLUG}/comments", urlencode(typed), FORM)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 202, (answer.status, body)
    return Comment(json.loads(body)["id"], typed["author"], typed["email"], typed["comment"])


def decide(connection: http.client.HTTPConnection, cookie: str, path: str, form: dict[str, Any]) -> dict[str, Any]:
    connection.request("POST", path, urlencode(form, doseq=True), {**FORM, "Cookie": cookie})
    answer = connection.getresponse()
    body: dict[str, Any] = json.loads(answer.read())
    assert answer.status == 200, (answer.status, body)
    return body
