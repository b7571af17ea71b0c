"""Two machines and a store: real servers, a real Litestream, and an S3 server."""

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.serving import LOST, Server, make_site, run

LITESTREAM, MOTO = shutil.which("litestream"), shutil.which("moto_server")
LEASE_SECONDS = 3
BUCKET = "blog"
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(enough: Callable[[], bool], seconds: float, what: str = "it") -> float:
    """Wait until something holds; return how many seconds that took."""
    began = time.monotonic()
    while not enough():
        assert time.monotonic() < began + seconds, f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Bucket:
    """An S3 server with one empty bucket."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [str(MOTO), "-H", "127.0.0.1", "-p", str(self.port)], stdout=sink, stderr=subprocess.STDOUT
            )
        wait(lambda: self._ask("PUT", f"/{BUCKET}") == 200, 30, "the S3 server")

    def objects(self, prefix: str) -> str:
        """Return the list of what begins with a name, as XML."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/{BUCKET}?prefix=afterword/{prefix}")
        return connection.getresponse().read().decode()

    def _ask(self, method: str, path: str) -> int:
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request"}
        with suppress(*LOST):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request(method, path, headers=signed)
            return connection.getresponse().status
        return 0


@contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    made = Bucket(folder / "moto.txt")
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


@dataclass
class Machine:
    """A machine with its own folder; its server and its Litestream can be killed, stopped and started."""

    name: str
    folder: Path
    store: Bucket
    server: Server | None = None
    litestream: "subprocess.Popen[bytes] | None" = None

    def make(self, *, first: bool) -> None:
        self.folder.mkdir()
        if first:
            make_site(self.folder)
        else:
            (self.folder / "posts").mkdir()
        (self.folder / "blog.toml").write_text(
            f'title = "Test"\nauthor = "Judith"\n[replica]\nbucket = "{BUCKET}"\nendpoint = "{self.store.endpoint}"\n'
            f'machine = "{self.name}"\nlease_seconds = {LEASE_SECONDS}\n',
            "utf-8",
        )

    def serve(self, *, program: str = "blog") -> Server:
        self.server = Server(self.folder, program=program)
        return self.server

    def ship(self) -> None:
        """Start Litestream, and wait for its first snapshot."""
        config = self.run("replica", "config")
        path = self.folder / "litestream.yml"
        path.write_text(config, "utf-8")
        with (self.folder / "litestream.txt").open("ab") as sink:
            command = [str(LITESTREAM), "replicate", "-config", str(path)]
            self.litestream = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
        epoch = config.partition("epoch-")[2].splitlines()[0]
        wait(lambda: "/0009/" in self.store.objects(f"epoch-{epoch}/"), 20, "the first snapshot")

    def run(self, *words: str) -> str:
        done = run(self.folder, *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def promote(self) -> str:
        """Take over as soon as the lease of the other machine lets it."""
        began = time.monotonic()
        while (done := run(self.folder, "promote")).returncode:
            assert "holds the lease" in done.stderr, done.stderr
            assert time.monotonic() < began + 3 * LEASE_SECONDS + 10, done.stderr
            time.sleep(0.3)
        return done.stdout

    def processes(self) -> list[int]:
        """Return the server's processes, the workers last."""
        assert self.server is not None
        parent = self.server.process.pid
        children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout
        return [parent, *map(int, children.split())]

    def kill(self) -> None:
        """Kill everything at once (kill -9)."""
        if self.server is not None:
            self.server.kill()
        if self.litestream is not None:
            self.litestream.kill()
            self.litestream.wait()


def is_stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"
