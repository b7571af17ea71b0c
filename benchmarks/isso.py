"""Isso, from PyPI, under gunicorn, with its own page request and its own way to store a comment."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import load, servers
from benchmarks.load import Load
from benchmarks.servers import Server

THREAD, COMMENTS, ON_THREAD = "/essay/", 100_000, 100

CONFIG = """
[general]
dbpath = {folder}/comments.db
host = http://127.0.0.1:{port}/
[moderation]
enabled = false
[guard]
enabled = false
[server]
listen = http://127.0.0.1:{port}/
"""

MAKE = """
import sys
from isso import config, db
db.SQLite3(sys.argv[1], config.load(config.default_file(), sys.argv[2]))
"""


def _installed(home: Path) -> Path | None:
    """Return the Python of an environment with Isso and gunicorn; None when they could not be installed."""
    python = home / "isso" / "bin" / "python"
    if not python.exists():
        home.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(home / "isso")], check=True)
        words = [str(python), "-m", "pip", "install", "--quiet", "isso", "gunicorn", "setuptools<81"]
        subprocess.run(words, check=False, capture_output=True)
    works = subprocess.run([str(python), "-c", "import isso, gunicorn"], capture_output=True, check=False)
    return python if works.returncode == 0 else None


@contextmanager
def serve(home: Path) -> Iterator[Server | None]:
    """Run Isso with 100,000 comments, a hundred of them on one thread; None where it cannot be had."""
    python = _installed(home)
    if python is None:
        yield None
        return
    folder = home / "run" / "isso"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comments.db").unlink(missing_ok=True)
    port = servers.free_port()
    config = folder / "isso.cfg"
    config.write_text(CONFIG.format(folder=folder, port=port), "utf-8")
    subprocess.run([str(python), "-c", MAKE, str(folder / "comments.db"), str(config)], check=True, capture_output=True)
    _fill(folder / "comments.db")
    words = [str(python), "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "1", "isso.run"]
    with servers.run(words, port, folder / "server.txt", ISSO_SETTINGS=str(config)) as server:
        yield server


def _fill(path: Path) -> None:
    db = sqlite3.connect(path)
    uris = [(n, THREAD if n == 1 else f"/post-{n}/", f"Post {n}") for n in range(1, 1_001)]
    db.executemany("insert into threads (id, uri, title) values (?, ?, ?)", uris)
    columns = [row[1] for row in db.execute("pragma table_info(comments)").fetchall()]
    now = time.time()
    rows = []
    for n in range(1, COMMENTS + 1):
        row = {
            "tid": 1 if n <= ON_THREAD else 2 + n % 999,
            "id": n,
            "parent": None if n % 2 else n - 1 if n <= ON_THREAD else None,
            "created": now - 1e6 + n,
            "mode": 1,
            "remote_addr": f"10.0.{n // 256 % 256}.{n % 256}",
            "text": f"What a reader thinks who came by, written as number {n}, and neither long nor short.",
            "author": f"Stranger {n}",
            "email": f"stranger{n}@example.org",
            "likes": 0,
            "dislikes": 0,
            "voters": b"\0" * 256,
            "notification": 0,
        }
        rows.append([row.get(name) for name in columns])
    marks = ", ".join("?" * len(columns))
    db.executemany(f"insert into comments ({', '.join(columns)}) values ({marks})", rows)
    db.commit()
    db.close()


def page(server: Server, seconds: float) -> Load:
    """Ask for the thread of a hundred comments as its script does; one client, as each answer takes its time."""
    request = f"GET /?uri={THREAD}&nested_limit=5 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    return load.write(server.port, lambda: request, clients=1, seconds=seconds, wanted=(200,))


def send(server: Server, texts: Iterator[int], clients: int, seconds: float) -> Load:
    def make() -> bytes:
        n = next(texts)
        body = json.dumps(
            {
                "text": f"A thought, number {n}.",
                "author": f"Stranger {n}",
                "email": None,
                "website": None,
                "parent": None,
            }
        )
        head = (
            f"POST /new?uri={THREAD} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
            f"X-Forwarded-For: 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body.encode()

    return load.write(server.port, make, clients=clients, seconds=seconds)
