"""The servers that are measured: ours as people run it, and what it is compared with, each on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import HOME, REPOSITORY

START_SECONDS, STOP_SECONDS = 120, 20


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Return the MiB of all its processes; what they share counts once (PSS)."""
        return sum(map(_pss, _family(self.process.pid))) / 1024

    def worked(self) -> float:
        """Return the seconds of a processor that its processes have taken so far."""
        return sum(map(_worked, _family(self.process.pid)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def blog(folder: Path, workers: int = 1, python: str = sys.executable) -> Iterator[Server]:
    """Run `blog serve` on a site that has a `url`, with the interpreter at `python`."""
    port = free_port()
    words = ["-m", "blog", "--site", str(folder), "serve", "--port", str(port), "--workers", str(workers)]
    url = f"http://127.0.0.1:{port}"
    with run([python, *words], port, folder / "server.txt", BLOG_URL=url) as server:
        yield server


@contextmanager
def bare(kind: str, *words: str) -> Iterator[Server]:
    """Run a bare answer of benchmarks/bare.py under the server that ours runs under."""
    port = free_port()
    with run([sys.executable, "-m", "benchmarks.bare", kind, str(port), *words], port, HOME / f"{kind}.txt") as server:
        yield server


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """Serve a folder's files with one worker of nginx."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, user="user root;" if os.getuid() == 0 else ""), "utf-8")
    with run(["nginx", "-p", str(folder), "-e", "stderr", "-c", str(config)], port, folder / "nginx.txt") as server:
        yield server


NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  types {{ text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@contextmanager
def run(words: list[str], port: int, output: Path, **more: str) -> Iterator[Server]:
    """Run a server until the end of the block, from when it answers at a port; what it says goes to `output`."""
    with started(words, output, lambda: _answers(port), port=port, **more) as server:
        yield server


@contextmanager
def started(
    words: list[str], output: Path, ready: Callable[[], bool], *, port: int = 0, **more: str
) -> Iterator[Server]:
    """Run a program until the end of the block, from when it is `ready`; `more` is added to its environment."""
    with output.open("wb") as sink:
        process = subprocess.Popen(
            words,
            cwd=REPOSITORY,
            env={**_environment(), **more},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(ready, process, output)
        yield Server(port, process)
    finally:
        stop(process)


def _environment() -> dict[str, str]:
    """Return the environment of a server on a site: no settings of this shell, and modules are compiled once."""
    ours = ("BLOG_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until a program is ready; raise RuntimeError with what it said when it is not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return
        time.sleep(0.005)
    raise RuntimeError(f"The server did not start:\n{output.read_text('utf-8', 'replace')}")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as one:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return one.recv(12).startswith(b"HTTP/1.1")
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, task.read_text("utf-8").split())
    return found


def _worked(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
