"""Slow clients against the real server: they are dropped, and readers hardly feel them."""

import socket
import statistics
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import running
from tests.browser.running import WELCOME, Running

SOCKETS = 200


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with running.serve(running.copy_site(tmp_path / "site")) as site:
        yield site


def connect(site: Running) -> socket.socket:
    host, _, port = site.address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def dropped_after(sock: socket.socket, piece: bytes, every: float, at_most: float) -> float:
    """Send a piece again and again; return the seconds until the server gives up, `at_most` if it does not."""
    start = time.monotonic()
    sock.settimeout(every)
    while time.monotonic() - start < at_most:
        try:
            sock.sendall(piece)
            answer = sock.recv(4_096)
            if not answer or b" 408 " in answer:
                return time.monotonic() - start
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - start
    return at_most


@pytest.mark.slow
def test_slow_headers_and_slow_bodies_are_dropped(served: Running) -> None:
    head = f"POST /{WELCOME}/comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    headers, body = connect(served), connect(served)
    headers.sendall(head.encode())
    body.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode())
    took: dict[str, float] = {}

    def watch(name: str, sock: socket.socket, piece: bytes) -> None:
        took[name] = dropped_after(sock, piece, 2.0, 60)

    threads = [
        threading.Thread(target=watch, args=("headers", headers, b"X-a: b\r\n")),
        threading.Thread(target=watch, args=("body", body, b"a")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    headers.close()
    body.close()
    assert 5 < took["headers"] < 30
    assert 20 < took["body"] < 50


@pytest.mark.slow
def test_slow_headers_do_not_keep_readers_waiting(served: Running) -> None:
    """threats: slowloris. Two hundred sockets, a byte of a header every five seconds: a reader's p95 is below 1 s."""
    path = f"{served.address}/{WELCOME}/"
    stop = threading.Event()
    opened = [connect(served) for _ in range(SOCKETS)]
    for n, sock in enumerate(opened):
        start = b"GET / HTTP/1.1\r\nHost: x\r\nX-a: " if n % 2 else b"POST /welcome/comments HTTP/1.1\r\nHost: x\r\n"
        more = b"" if n % 2 else b"Content-Type: text/plain\r\nContent-Length: 9000\r\n\r\n"
        sock.sendall(start + more)

    def drip() -> None:
        while not stop.wait(5):
            for sock in opened:
                try:
                    sock.sendall(b"a")
                except OSError:
                    continue

    dripping = threading.Thread(target=drip)
    dripping.start()
    times = []
    try:
        until = time.monotonic() + 25
        while time.monotonic() < until:
            start_at = time.monotonic()
            with urllib.request.urlopen(path, timeout=20) as answer:
                answer.read()
            times.append(time.monotonic() - start_at)
            time.sleep(0.02)
    finally:
        stop.set()
        dripping.join()
        for sock in opened:
            sock.close()
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{len(times)} pages, p95 {p95 * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms")
    assert p95 < 1
