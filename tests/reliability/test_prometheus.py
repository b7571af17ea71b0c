"""A real Prometheus beside a real server, set up by docs/monitoring: it reads the numbers, and alerts fire in need.

Every fault is a real one on a disk of its own. Only the times are shorter: alerts wait for a second, not for minutes.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.reliability.serving import ROOT, Server, environ, make_site, needs_mounts, words

PROMETHEUS = shutil.which("prometheus")
MONITORING = ROOT / "docs" / "monitoring"
ALERTS = ("QueueTooOld", "OutboxStuck", "DiskNearlyFull", "CopyLate", "ErrorRate", "NoLeader")
DISK, LITTLE = "1200m", 400_000_000  # of memory, and what is taken of it until less than a gigabyte is left
SECONDS = 45.0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    needs_mounts,
    pytest.mark.skipif(not PROMETHEUS, reason="needs prometheus"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Watched:
    """A site on a disk of its own, its server with two workers, and Prometheus."""

    site: Path
    server: Server
    prometheus: int

    def outside(self, name: str) -> Path:
        """Return the way to a file of the site from outside of its disk."""
        return Path(f"/proc/{self.server.process.pid}/root{self.site}/{name}")

    def run(self, *command: object) -> None:
        """Run a command where the site's disk is."""
        inside = ("nsenter", "-t", str(self.server.process.pid), "-m", "--")
        done = subprocess.run([*inside, *map(str, command)], cwd=ROOT, env=environ(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def blog(self, *command: object) -> None:
        self.run(*words(self.site, *command))

    def change(self, lines: str) -> None:
        """Run some Python with the site's database as `db`."""
        self.run(words(self.site)[0], "-c", CHANGE.format(database=str(self.site / "blog.db"), lines=lines))

    def ask(self, path: str) -> Any:
        with urlopen(f"http://127.0.0.1:{self.prometheus}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def fires(self, name: str) -> bool:
        alerts = self.ask("alerts")["alerts"]
        return any((each["labels"]["alertname"], each["state"]) == (name, "firing") for each in alerts)


CHANGE = """
from pathlib import Path
from blog.storage import store
from tests import factories
db = store.connect(Path({database!r}))
{lines}
"""


def wait(enough: Callable[[], bool], what: str, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    until = time.monotonic() + SECONDS
    while not enough():
        assert time.monotonic() < until, what
        meanwhile()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    source, site = folder / "source", folder / "site"
    source.mkdir()
    site.mkdir()
    make_site(source)
    metrics, hub, port = free_port(), free_port(), free_port()
    with (source / "blog.toml").open("a", encoding="utf-8") as toml:
        address = f"127.0.0.1:{hub}"
        toml.write(f'url = "http://127.0.0.1"\nwebsub_hub = "http://{address}/"\nprivate_hosts = ["{address}"]\n')
        toml.write(f'[metrics]\nlisten = "127.0.0.1:{metrics}"\n')
    script = f'mount -t tmpfs -o size={DISK} none {site} && cp -r {source}/. {site} && exec "$@"'
    before = ("unshare", "-m", "sh", "-c", script, "sh")
    server = Server(site, "--workers", 2, before=before, log=folder / "server.txt")
    try:
        with prometheus(folder, metrics, port):
            yield Watched(site, server, port)
    finally:
        server.kill()


@contextmanager
def prometheus(folder: Path, metrics: int, port: int) -> Iterator[None]:
    """Run Prometheus by the files of docs/monitoring, with short times."""
    config = (MONITORING / "prometheus.yml").read_text("utf-8").replace("9187", str(metrics))
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n{config}", "utf-8"
    )
    alerts = (MONITORING / "alerts.yml").read_text("utf-8")
    (folder / "alerts.yml").write_text(re.sub(r"for: \d+m", "for: 1s", alerts).replace("[5m]", "[10s]"), "utf-8")
    command = [str(PROMETHEUS), "--config.file=prometheus.yml", "--storage.tsdb.path=numbers"]
    with (folder / "prometheus.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], cwd=folder, stdout=log, stderr=log
        )
    try:
        wait(lambda: _listens(port), f"Prometheus did not start: {(folder / 'prometheus.txt').read_text()}")
        yield
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


# Each begins a fault, gives what is done while it lasts, and ends it.


@contextmanager
def a_comment_that_nobody_decides_on(watched: Watched) -> Iterator[Callable[[], object]]:
    watched.change("factories.submit(db)")  # it is of last May
    yield lambda: None
    watched.blog("approve", 1)


@contextmanager
def a_hub_that_does_not_answer(watched: Watched) -> Iterator[Callable[[], object]]:
    """A message that was tried for hours, and now is tried once more."""
    since, due = (f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{when}')" for when in ("-2 hours", "-1 second"))
    row = f"insert into outbox (kind, payload, created_at, due_at, tries) values ('websub', '{{}}', {since}, {due}, 4)"
    watched.change(f'db.conn.execute("{row}")')
    yield lambda: None
    watched.change('db.conn.execute("delete from outbox")')


@contextmanager
def a_disk_that_fills(watched: Watched, *, whole: bool = False) -> Iterator[Callable[[], object]]:
    filler = watched.outside("filler")
    with filler.open("wb") as file:
        state = os.statvfs(filler.parent)
        os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize if whole else LITTLE)
    yield lambda: None
    filler.unlink()


@contextmanager
def a_site_that_nobody_backs_up(watched: Watched) -> Iterator[Callable[[], object]]:
    watched.outside("blog.db.upkeep").unlink()
    yield lambda: None
    keep(watched)


@contextmanager
def comments_that_cannot_be_saved(watched: Watched) -> Iterator[Callable[[], object]]:
    with a_disk_that_fills(watched, whole=True):
        yield lambda: [watched.server.comment(f"Number {n}. " * 400, n) for n in range(20)]


@contextmanager
def a_worker_that_hangs(watched: Watched) -> Iterator[Callable[[], object]]:
    leader = int(watched.outside("blog.db.jobs").read_text())
    os.kill(leader, signal.SIGSTOP)  # it keeps the lock of the jobs, so no other worker takes over
    yield lambda: None
    os.kill(leader, signal.SIGCONT)


def keep(watched: Watched) -> None:
    """Do what the timers of a site do."""
    watched.blog("backup", watched.site / "copies.db", "--keep", 1)
    watched.blog("check")


FAULTS = dict(
    zip(
        ALERTS,
        (
            a_comment_that_nobody_decides_on,
            a_hub_that_does_not_answer,
            a_disk_that_fills,
            a_site_that_nobody_backs_up,
            comments_that_cannot_be_saved,
            a_worker_that_hangs,
        ),
        strict=True,
    )
)


def test_prometheus_reads_the_numbers_and_nothing_fires_at_rest(watched: Watched) -> None:
    keep(watched)
    rules = watched.ask("rules")["groups"][0]["rules"]
    assert [rule["name"] for rule in rules] == list(ALERTS)
    wait(lambda: watched.ask("query?query=up%3D%3D1")["result"] != [], "Prometheus reads nothing.")
    wait(lambda: not watched.ask("alerts")["alerts"], "Something fires at rest.")
    for _ in range(10):
        assert not any(map(watched.fires, ALERTS))
        time.sleep(0.5)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_while_its_fault_lasts(watched: Watched, name: str) -> None:
    assert not watched.fires(name)
    with FAULTS[name](watched) as meanwhile:
        wait(lambda: watched.fires(name), f"{name} did not fire.", meanwhile=meanwhile)
    wait(lambda: not watched.fires(name), f"{name} went on after its fault.")


def test_every_question_of_the_dashboard_has_an_answer(watched: Watched) -> None:
    board = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    watched.server.get("/")
    time.sleep(3)
    silent = []
    for panel in board["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$instance", ".*").replace("[5m]", "[10s]").replace("[15m]", "[10s]")
            if not watched.ask(f"query?query={quote(expression)}")["result"]:
                silent.append(panel["title"])
    # Nothing was sent, nothing failed lately, and nothing waits in the outbox now.
    assert set(silent) <= {
        "Answers that are no success, a second",
        "Comments by status and rule",
        "Messages that wait",
        "Messages that are late",
        "Tries to send, a minute",
    }
