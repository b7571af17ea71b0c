"""A real Varnish in front of a real server, set up by docs/caches/afterword.vcl: pages are kept, and never stale."""

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import LOST, ROOT, Server, decide, make_site, run, sign_in

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
        recipe = self.recipe("site")
        listen = ("-a", f"127.0.0.1:{self.port}", "-n", str(self.folder / "work"), "-s", "malloc,32m")
        with (self.folder / "varnish.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [str(VARNISH), "-F", "-f", str(recipe), *listen], stdout=log, stderr=subprocess.STDOUT
            )
        wait(lambda: self.ask("/")[0] == 200, 20)

    def recipe(self, name: str, purgers: str = "127.0.0.1") -> Path:
        """Write the settings, with the address that may say that pages have changed."""
        text = VCL.read_text("utf-8").replace('"8000"', f'"{self.origin}"')
        head, acl, rest = text.partition("acl purgers {")
        recipe = self.folder / f"{name}.vcl"
        recipe.write_text(head + acl + rest.replace('"127.0.0.1";', f'"{purgers}";', 1), "utf-8")
        return recipe

    def use(self, name: str, purgers: str) -> None:
        """Change the settings while it runs; what it keeps stays."""
        recipe = self.recipe(name, purgers)
        for words in (("vcl.load", name, str(recipe)), ("vcl.use", name)):
            subprocess.run(["varnishadm", "-n", str(self.folder / "work"), *words], check=True, capture_output=True)

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


class Detour(ThreadingHTTPServer):
    """Stands between Varnish and the server; while `seconds` is set, the answers that it has got wait so long here."""

    def __init__(self, origin: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.origin, self.seconds, self.waiting = origin, 0.0, threading.Event()


class _Passing(BaseHTTPRequestHandler):
    server: Detour

    def do_GET(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.origin, timeout=10)
        connection.request("GET", self.path, headers=dict(self.headers))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if self.server.seconds and self.path == POST:
            self.server.waiting.set()
            time.sleep(self.server.seconds)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def detour(front: Setup) -> Iterator[Detour]:
    """Have Varnish ask the server by a detour."""
    opened = Detour(front.server.port)
    thread = threading.Thread(target=opened.serve_forever)
    thread.start()
    front.varnish.kill()
    front.varnish.origin = opened.server_address[1]
    front.varnish.start()
    try:
        yield opened
    finally:
        front.varnish.kill()
        opened.shutdown()
        thread.join()
        opened.server_close()


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


def test_a_page_that_was_made_before_a_change_and_comes_after_the_purge_is_gone_within_three_seconds(
    front: Setup,
) -> None:
    varnish, cookie = front.varnish, sign_in(front.server)
    assert front.server.comment("Fourth wall.", 1).status == 303
    with detour(front) as between, ThreadPoolExecutor() as readers:
        warm(varnish)
        time.sleep(3)  # what the start has dropped is dropped twice
        between.seconds = 1.5
        with closing(http.client.HTTPConnection("127.0.0.1", varnish.port, timeout=10)) as purge:
            purge.request("PURGE", "/", headers={"xkey-purge": "post-1"})
            answer = purge.getresponse()
            answer.read()
            assert answer.status == 200
        reader = readers.submit(varnish.ask)
        assert between.waiting.wait(10)
        with closing(front.server.connection()) as desk:
            decide(desk, cookie, "/admin/decisions", {"decision": "approve", "id": "1"})
        answered = time.monotonic()
        assert "Fourth wall." not in reader.result()[2]
        assert time.monotonic() > answered + 0.5  # long after the purge
        between.seconds = 0.0
        wait(lambda: varnish.shows("Fourth wall."), 10)
        assert time.monotonic() < answered + 3


def test_nothing_is_stale_after_a_purge_was_refused(front: Setup) -> None:
    varnish = front.varnish
    varnish.use("deaf", "192.0.2.1")
    warm(varnish)
    front.approve("Fifth column.", 1)
    wait(lambda: "was not told which pages have changed" in front.server.printed(), 10)
    assert not varnish.shows("Fifth column.")
    varnish.use("hearing", "127.0.0.1")
    wait(lambda: varnish.shows("Fifth column."), 10)


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
