"""F10. A body that is too large is refused early, and costs no memory."""

import gzip
import http.client
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import Server, make_site, running
from tests.reliability.test_c7_fork import _children

FORM = "application/x-www-form-urlencoded"
MEGABYTE = 1_000_000


def memory(server: Server) -> int:
    """Return the bytes that the server and its workers hold."""
    total = 0
    for process in (server.process.pid, *_children(server.process.pid)):
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024
    return total


def test_f10_ten_megabytes_with_a_length_are_refused_by_the_length(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path) as server:
        server.comment("Words.")
        before = memory(server)
        for _ in range(5):
            answer = _sent(server, {"Content-Length": str(10 * MEGABYTE)}, [b"comment=" + b"x" * 65_536] * 4)
            assert answer == 413
        assert memory(server) - before < 50 * MEGABYTE
        assert server.comment("More words.", 2).status == 303


@pytest.mark.parametrize("megabytes", [20, pytest.param(1_000, marks=pytest.mark.slow)])
def test_f10_chunks_without_end_are_refused_and_cost_no_memory(tmp_path: Path, megabytes: int) -> None:
    make_site(tmp_path)
    with running(tmp_path) as server:
        server.comment("Words.")
        before = memory(server)
        chunk = b"%x\r\n" % 65_536 + b"x" * 65_536 + b"\r\n"
        began = time.monotonic()
        answer = _sent(server, {"Transfer-Encoding": "chunked"}, (chunk for _ in range(megabytes * 16)))
        assert answer in (413, 0)  # 0: it hung up while we were still sending
        assert memory(server) - before < 50 * MEGABYTE
        assert time.monotonic() - began < 60
        assert server.comment("More words.", 2).status == 303


def test_f10_whoever_is_a_little_over_it_can_finish_and_hears_why(tmp_path: Path) -> None:
    """Three hundred kilobytes, sent with pauses: no piece may meet a closed connection, as it did in a proxy."""
    make_site(tmp_path)
    head = f"POST /{SLUG}/comments HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 300000\r\n\r\n"
    with running(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), 30) as opened:
        opened.sendall(head.encode())
        for _ in range(10):
            time.sleep(0.1)
            opened.sendall(b"x" * 30_000)
        answer = http.client.HTTPResponse(opened)
        answer.begin()
        assert answer.status == 413


def test_f10_a_packed_body_is_not_unpacked(tmp_path: Path) -> None:
    make_site(tmp_path)
    bomb = gzip.compress(b"comment=" + b"x" * 100 * MEGABYTE)
    assert len(bomb) < 256 * 1024
    with running(tmp_path) as server:
        server.comment("Words.")
        before = memory(server)
        headers = {"Content-Length": str(len(bomb)), "Content-Encoding": "gzip"}
        assert 400 <= _sent(server, headers, [bomb]) < 500
        assert memory(server) - before < 50 * MEGABYTE


def _sent(server: Server, headers: dict[str, str], parts: object) -> int:
    """Send a form by hand; return the status of the answer, 0 when there was none."""
    lines = {"Host": "127.0.0.1", "Content-Type": FORM, **headers}
    head = f"POST /{SLUG}/comments HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", server.port), 30) as opened:
        opened.settimeout(30)
        opened.sendall(head.encode() + b"\r\n")
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:  # type: ignore[attr-defined]
                opened.sendall(part)
        answer = http.client.HTTPResponse(opened)
        try:
            answer.begin()
        except (OSError, http.client.HTTPException):
            return 0
        return answer.status
