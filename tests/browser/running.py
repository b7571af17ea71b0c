"""The real server on a copy of this repository's site, and a real Chromium: for browser tests and screenshots."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, Playwright
from sqlite_utils import Database

from blog import closing, publishing, settings
from blog.journal import events
from blog.journal.events import Actor
from blog.rules import policy
from blog.storage import store
from tests import factories

REPOSITORY = Path(__file__).parents[2]
ESSAY, WELCOME = "goodbye-and-good-riddance-to-enhanced-cooperation", "welcome"
PASSWORD = factories.PASSWORD
START_SECONDS, STOP_SECONDS = 30, 10
SETUP = re.compile(r"http://\S+/admin/setup\?token=\S+")
# All tests come from one address and write faster than people do.
HURRIED = {"comment_flood_seconds": "0", "comment_network_limit": "0"}
# A page of Chromium's own behind the address bar, and a spare process, cost more than a page of ours. Chromium takes
# the last list only, so those stand here too that Playwright leaves out.
LEFT_OUT = [
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess"),
    *("AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"),
]
# Nothing that Chromium does by itself, as at its start, is a request of a page.
QUIET = [
    f"--disable-features={','.join(LEFT_OUT)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def now() -> str:
    return events.stamp(datetime.now(UTC))


def by() -> Actor:
    return Actor(now(), None, "command")


@dataclass
class Running:
    """A site that is being served. `setup` is the one-time address that the server printed, "" with an account.

    `stays` is whether many tests visit it, one after the other.
    """

    folder: Path
    address: str
    output: Path
    setup: str = ""
    stays: bool = False

    @cached_property
    def db(self) -> Database:
        """A connection of its own to the site's database, as the command line has it."""
        return store.connect(self.folder / "blog.db")

    def command(self, *words: str) -> str:
        """Run a command of `blog` on the site beside the server; return what it printed."""
        return _blog(self.folder, *words)

    def statuses(self) -> dict[int, str]:
        """Return id -> status of all comments."""
        return dict(self.db.conn.execute("select id, status from comments").fetchall())

    @contextmanager
    def closed(self, slug: str | None, mode: str = "closed", note: str = "") -> Iterator[None]:
        """Switch a discussion (or all: None) for a while."""
        with store.transaction(self.db):
            closing.close(self.db, slug, mode=mode, note=note, by=by())
        yield
        with store.transaction(self.db):
            undo = closing.open_again if slug is None else closing.follow
            undo(self.db, *([None] if slug is None else [slug]), by=by())


def copy_site(folder: Path, *, hurried: bool = True) -> Path:
    """Make a site of this repository's own posts, published; nobody who writes there is too fast, when `hurried`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(REPOSITORY / "posts", folder / "posts")
    shutil.copyfile(REPOSITORY / "blog.toml", folder / "blog.toml")
    site = settings.load(folder, {})
    store.prepare(site.database)
    db = store.connect(site.database)
    publishing.publish(db, site, by=by())
    if hurried:
        with store.transaction(db):
            hurry(db)
    db.conn.close()
    return folder


def hurry(db: Database) -> None:
    policy.change(db, HURRIED, by=by())


@contextmanager
def serve(folder: Path, *, port: int = 0) -> Iterator[Running]:
    """Run `blog serve` on a port (0: a free one) until the block ends; fail when it logs an error meanwhile."""
    port = port or free_port()
    output = folder / "server.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "blog", "--site", str(folder), "serve", "--port", str(port)],
            cwd=REPOSITORY,
            env=_environment(),
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(folder, f"http://127.0.0.1:{port}", output)
    try:
        _wait_until_healthy(running, process)
        found = SETUP.search(output.read_text("utf-8"))
        running.setup = found[0] if found else ""
        yield running
    finally:
        if "db" in vars(running):
            running.db.conn.close()
        _stop(process)
    assert "Traceback" not in output.read_text("utf-8"), output.read_text("utf-8")


def _wait_until_healthy(running: Running, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{running.address}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{running.output.read_text('utf-8')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("BLOG_")}


def _blog(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "blog", "--site", str(folder), *words],
        cwd=REPOSITORY,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def add_moderator(folder: Path, name: str = "ana") -> None:
    db = store.connect(folder / "blog.db")
    with store.transaction(db):
        factories.account(db, name)
    db.conn.close()


def chromium(playwright: Playwright, *flags: str) -> Browser:
    """Start the Chromium of this machine, else Playwright's own; raise playwright's Error when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=path, args=[*QUIET, *flags])
