"""kill -9 under load: whatever was acknowledged is there after the next start, and nothing is there by half."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlite_utils import Database

from blog import accounts, checking, policy, publishing, settings, store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import SLUG, by

ROOT = Path(__file__).parents[1]
CLIENTS = 8
HURRIED = {"comment_flood_seconds": "0", "comment_network_limit": "0"}
STATUS = {"approve": "approved", "unapprove": "pending", "spam": "spam", "trash": "trash"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
START_SECONDS = 10.0  # two are promised; tests share their machine
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


class Server:
    """`python -m blog serve` in a process group of its own, on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = [sys.executable, "-m", "blog", "--site", str(folder), "serve", "--port", str(self.port)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}
        self.output = folder / "server.txt"
        began = time.monotonic()
        with self.output.open("ab") as sink:
            self.process = subprocess.Popen(
                words, cwd=ROOT, env=kept, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._wait_until_healthy()
        self.seconds = time.monotonic() - began

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(*LOST):
                if self.get("/healthz")[0] == 200:
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

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


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
        accounts.add(db, "ana", PASSWORD, by=by())
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


def keep_writing(server: Server, done: Acknowledged, stamp: str, name: str, stop: threading.Event) -> None:
    connection = server.connection()
    with suppress(*LOST):
        for number in range(1, 100_000):
            done.comments.append(write(connection, stamp, name, number))
            if stop.is_set():
                break
    connection.close()


def decide(connection: http.client.HTTPConnection, cookie: str, path: str, form: dict[str, Any]) -> dict[str, Any]:
    connection.request("POST", path, urlencode(form, doseq=True), {**FORM, "Cookie": cookie})
    answer = connection.getresponse()
    body: dict[str, Any] = json.loads(answer.read())
    assert answer.status == 200, (answer.status, body)
    return body


def keep_deciding(
    server: Server, done: Acknowledged, cookie: str, chance: random.Random, ids: list[int], stop: threading.Event
) -> None:
    """Decide on up to two hundred at once, and undo each fifth decision."""
    connection = server.connection()
    with suppress(*LOST):
        while not stop.is_set():
            known = [*ids, *(comment.id for comment in done.comments)]
            if not known:
                time.sleep(0.005)
                continue
            decision = chance.choice(list(STATUS))
            chosen = chance.sample(known, min(len(known), 200))
            said = decide(connection, cookie, "/admin/decisions", {"decision": decision, "id": chosen})
            if said["batch"]:
                done.batches.append(Batch(said["batch"], decision, said["moved"]))
            if said["batch"] and chance.random() < 0.2:
                said = decide(connection, cookie, f"/admin/batches/{said['batch']}/reversal", {})
                done.batches.append(Batch(said["batch"], "undo", said["moved"]))
    connection.close()


def kill_under_load(server: Server, cookie: str, stamp: str, chance: random.Random, ids: list[int]) -> Acknowledged:
    """Let all of them write and decide, kill the server in the midst of it, and return what it had acknowledged."""
    done, stop = Acknowledged(), threading.Event()
    tag = f"{chance.getrandbits(40):010x}"
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        running = [
            pool.submit(keep_writing, server, done, stamp, f"reader-{tag}-{client}", stop) for client in range(CLIENTS)
        ]
        running.append(pool.submit(keep_deciding, server, done, cookie, chance, ids, stop))
        time.sleep(chance.uniform(0.15, 0.4))
        server.kill()
        stop.set()
        for each in running:
            each.result(60)
    return done


def lost(db: Database, done: Acknowledged) -> list[Any]:
    """Return what was acknowledged and is not there as it was sent, or not whole."""
    wanted = json.dumps([comment.id for comment in done.comments])
    rows = db.conn.execute(
        "select id, author, email, text from comments where id in (select value from json_each(?))", [wanted]
    ).fetchall()
    stored = {Comment(*row) for row in rows}
    wanted = json.dumps([batch.id for batch in done.batches])
    rows = db.conn.execute(
        """
        select b.id, b.kind, count(e.id) from batches b left join events e on e.batch_id = b.id
        where b.id in (select value from json_each(?)) group by b.id
        """,
        [wanted],
    ).fetchall()
    whole = {Batch(*row) for row in rows}
    return [*(set(done.comments) - stored), *(set(done.batches) - whole)]


def amiss(db: Database) -> list[Any]:
    """Return what `blog check` finds, and batches that moved no comment or led one elsewhere than they say."""
    wrong = db.conn.execute(
        "select b.id, b.kind, e.after from batches b left join events e on e.batch_id = b.id where e.id is null or"
        " (b.kind <> 'undo' and e.after <> coalesce(json_extract(?, '$.' || b.kind), ''))",
        [json.dumps(STATUS)],
    ).fetchall()
    return [*checking.check(db), *wrong]


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(3_000)])])
def test_a_killed_server_has_lost_nothing_that_it_acknowledged(
    tmp_path: Path, rounds: int, record_property: Any
) -> None:
    make_site(tmp_path)
    chance = random.Random(rounds)
    starts: list[float] = []
    comments: list[Comment] = []
    batches = 0
    server = Server(tmp_path)
    try:
        cookie = sign_in(server)
        found = re.search(r'name="stamp" value="([^"]+)"', server.get(f"/{SLUG}/")[1])
        assert found is not None
        for _ in range(rounds):
            done = kill_under_load(server, cookie, found[1], chance, [comment.id for comment in comments[-400:]])
            server = Server(tmp_path)
            starts.append(server.seconds)
            with looking(tmp_path) as db:
                assert lost(db, done) == []
                assert amiss(db) == []
            comments += done.comments
            batches += len(done.batches)
    finally:
        server.kill()
    with looking(tmp_path) as db:
        assert lost(db, Acknowledged(comments)) == []
    report(record_property, rounds, len(comments), batches, starts)
    assert len(comments) > rounds
    assert batches > rounds // 2
    assert max(starts) < START_SECONDS
    checked = [sys.executable, "-m", "blog", "--site", str(tmp_path), "check"]
    assert subprocess.run(checked, cwd=ROOT, capture_output=True, timeout=60).returncode == 0


def report(record_property: Any, kills: int, comments: int, batches: int, starts: list[float]) -> None:
    middle = sorted(starts)[len(starts) // 2]
    figures = {
        "kills": kills,
        "acknowledged comments": comments,
        "acknowledged batches": batches,
        "start, median s": round(middle, 2),
        "start, longest s": round(max(starts), 2),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    print(figures)
