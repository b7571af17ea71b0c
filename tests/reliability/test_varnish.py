"""A real Varnish in front of a real server, set up by docs/caches/afterword.vcl: pages are kept, and never stale."""

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import LOST, ROOT, Server, make_site, run

VARNISH = shutil.which("varnishd", path="/usr/sbin:/usr/bin")
VCL = ROOT / "docs" / "caches" / "afterword.vcl"
POST = f"/{SLUG}/"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not VARNISH or not list(Path("/usr/lib").glob("**/vmods/libvmod_xkey.so")),
        reason="needs varnish and varnish-modules",
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Varnish:
    """Varnish in front of the server at `origin`; it can be killed and started again at the same address."""

    origin: int
    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        recipe = self.folder / "site.vcl"
        recipe.write_text(VCL.read_text("utf-8").replace('"8000"', f'"{self.origin}"'), "utf-8")
        listen = ("-a", f"127.0.0.1:{self.port}", "-n", str(self.folder / "work"), "-s", "malloc,32m")
        with (self.folder / "varnish.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [str(VARNISH), "-F", "-f", str(recipe), *listen], stdout=log, stderr=subprocess.STDOUT
            )
        wait(lambda: self.ask("/")[0] == 200, 20)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()  # its child ends with it
            self.process.wait()

    def ask(self, path: str = POST, **headers: str) -> tuple[int, str, str]:
        """Return the status, whether it was a HIT or a MISS, and the text; 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("X-Cache", ""), answer.read().decode()
        except LOST:
            return 0, "", ""
        finally:
            connection.close()

    def shows(self, text: str, path: str = POST) -> bool:
        return text in self.ask(path)[2]


def wait(enough: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds; return how many seconds that took."""
    began = time.monotonic()
    while not enough():
        assert time.monotonic() < began + seconds
        time.sleep(0.01)
    return time.monotonic() - began


@dataclass
class Setup:
    site: Path
    server: Server
    varnish: Varnish

    def approve(self, text: str, n: int) -> None:
        """Have a comment sent, and approved by the command: another process than the one that serves."""
        assert self.server.comment(text, n).status == 303
        assert run(self.site, "approve", n).returncode == 0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Setup]:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    port = free_port()
    with (site / "blog.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'[cache]\nshared_seconds = 600\npurge = ["http://127.0.0.1:{port}"]\n')
    server = Server(site, log=tmp_path / "server.txt")
    with tempfile.TemporaryDirectory(prefix="varnish-") as folder:
        os.chmod(folder, 0o755)
        varnish = Varnish(server.port, port, Path(folder))
        opened = Setup(site, server, varnish)
        try:
            varnish.start()
            time.sleep(4)  # what the start has dropped is dropped twice
            yield opened
        finally:
            varnish.kill()
            opened.server.kill()


def warm(varnish: Varnish, path: str = POST) -> None:
    wait(lambda: varnish.ask(path)[1] == "HIT", 5)


def test_pages_are_kept_whatever_cookies_others_set_and_ours_go_past(front: Setup) -> None:
    varnish = front.varnish
    for path in ("/", POST, "/feed.xml", "/archive/"):
        warm(varnish, path)
        assert varnish.ask(path, Cookie="_ga=GA1; theme=dark")[1] == "HIT"
    assert varnish.ask(f"{POST}?utm_source=mail&fbclid=x")[1] == "HIT"
    assert varnish.ask(POST, Cookie="_ga=1; reader=secret")[1] == "MISS"
    assert varnish.ask("/nothing/")[:2] == varnish.ask("/nothing/")[:2] == (404, "MISS")


def test_an_approval_is_seen_within_a_second_and_other_pages_stay(front: Setup) -> None:
    varnish = front.varnish
    for path in (POST, "/", "/privacy/"):
        warm(varnish, path)
    front.approve("First light.", 1)
    assert wait(lambda: varnish.shows("First light."), 5) < 1
    assert wait(lambda: varnish.shows("One thought", "/"), 5) < 1
    assert varnish.ask("/privacy/")[1] == "HIT"


def test_nothing_is_stale_after_varnish_was_away(front: Setup) -> None:
    varnish = front.varnish
    warm(varnish)
    varnish.kill()
    front.approve("Second sight.", 1)
    varnish.start()
    wait(lambda: varnish.shows("Second sight."), 10)


def test_a_change_that_was_committed_before_the_server_died_is_dropped_after_its_start(front: Setup) -> None:
    varnish = front.varnish
    warm(varnish)
    assert front.server.comment("Third time.", 1).status == 303
    front.server.kill()
    assert run(front.site, "approve", 1).returncode == 0
    assert not varnish.shows("Third time.")  # the page that is kept, as nobody else answers
    assert varnish.ask()[0] == 200
    front.server = Server(front.site, log=front.site.parent / "server.txt", port=varnish.origin)
    wait(lambda: varnish.shows("Third time."), 10)


def test_a_stale_page_is_shown_only_while_the_site_does_not_answer(front: Setup) -> None:
    varnish = front.varnish
    warm(varnish)
    front.server.kill()
    assert varnish.ask()[:2] == (200, "HIT")
