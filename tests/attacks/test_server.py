"""Requests that no well-behaved client sends, byte by byte to the real server."""

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.attacks import hostile
from tests.browser import running
from tests.browser.running import WELCOME, Running

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running.serve(running.copy_site(tmp_path_factory.mktemp("raw") / "site")) as site:
        yield site


def sent(site: Running, raw: bytes, *, wait: float = 20) -> bytes:
    """Send bytes; return all that comes back until the server closes or falls silent."""
    host, _, port = site.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=wait) as sock:
        try:
            sock.sendall(raw)
        except OSError:
            return b""
        answer = b""
        try:
            while piece := sock.recv(65_536):
                answer += piece
                if answer.endswith(b"</html>\n") or b" 400 " in answer[:30] or b" 413 " in answer[:30]:
                    break
        except OSError:
            pass
        return answer


def code(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def post(body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"POST /{WELCOME}/comments HTTP/1.1\r\nHost: x\r\n{FORM}{lines}\r\n".encode() + body


@pytest.mark.parametrize("host", ["evil.example/admin?x=", "a b", "127.0.0.1@evil.example", "evil.example\r\nHost: x"])
def test_t2_06_strange_hosts_and_two_of_them_change_nothing(served: Running, host: str) -> None:
    answer = sent(served, f"GET /admin/comments HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert code(answer) in (303, 400)
    head = answer.partition(b"\r\n\r\n")[0]
    assert b"evil" not in head
    plain = sent(served, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert code(plain) in (200, 400)
    assert b"evil.example" not in plain


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: -1",),
        ("Content-Length: +5",),
        ("Content-Length: 5, 6",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 0x5",),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Transfer-Encoding: identity, chunked", "Content-Length: 5"),
        ("Transfer-Encoding: xchunked",),
    ],
)
def test_t5_05_a_length_that_lies_is_refused(served: Running, headers: tuple[str, ...]) -> None:
    before = served.statuses()
    answer = sent(served, post(b"a=1&b=2&c=3", *headers, "Connection: close"), wait=3)
    assert code(answer) in (0, 400, 408, 411, 413, 422, 501)
    assert served.statuses() == before


def test_t5_05_what_is_too_large_is_refused_while_it_comes(served: Running) -> None:
    announced = sent(served, post(b"comment=" + b"x" * 300_000, "Content-Length: 300008"))
    assert code(announced) == 413
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    chunked = sent(served, post(piece * 16 + b"0\r\n\r\n", "Transfer-Encoding: chunked"))
    assert code(chunked) in (0, 413)  # 0: it was cut off while it was still sending
    bomb = sent(
        served, post(b"\x1f\x8b" + b"\x00" * 50, "Content-Length: 52", "Content-Encoding: gzip", "Connection: close")
    )
    assert code(bomb) in (400, 415, 422)


def test_t5_09_methods_and_targets_that_are_none(served: Running) -> None:
    for line in (
        "DISPATCH / HTTP/1.1",
        "__INIT__ / HTTP/1.1",
        "FOO / HTTP/1.1",
        "get / HTTP/1.1",
        "GET HTTP/1.1",
        "GET  / HTTP/1.1",
    ):
        answer = sent(served, f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), wait=5)
        assert code(answer) in (400, 405), line
    for target in (
        "http://evil.example/admin/",
        "*",
        "//evil.example/admin/",
        "/../blog.db",
        "/static/../../blog.db",
        "/%00",
    ):
        answer = sent(served, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), wait=5)
        assert code(answer) in (301, 303, 400, 404), target
        assert b"SQLite format" not in answer
        assert b"ocation: //" not in answer


def test_t6_08_headers_that_are_very_long_are_refused_or_ignored(served: Running) -> None:
    for size in (8_000, 60_000, 1_000_000):
        raw = f"GET / HTTP/1.1\r\nHost: x\r\nCookie: session={'x' * size}\r\nConnection: close\r\n\r\n".encode()
        assert code(sent(served, raw, wait=5)) in (0, 200, 400, 413, 431)
    many = "".join(f"X-{n}: y\r\n" for n in range(5_000))
    raw = f"GET / HTTP/1.1\r\nHost: x\r\n{many}Connection: close\r\n\r\n".encode()
    assert code(sent(served, raw, wait=5)) in (0, 200, 400, 413, 431)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n<script>alert(1)</script>\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 900_000 + b"\r\n\r\n", 431),
    ],
    ids=["no request", "no version", "no header", "a long address", "a long header"],
)
def test_what_is_no_request_is_refused_without_content(served: Running, raw: bytes, expected: int) -> None:
    """These answers are Granian's own: without our headers, and with nothing that they could protect."""
    answer = sent(served, raw, wait=5)
    assert code(answer) == expected
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: 0" in head
    assert body == b""


@pytest.mark.slow
def test_t5_03_t5_11_bodies_and_hostile_texts_keep_no_reader_waiting(served: Running) -> None:
    """Four at a time send what is slow to render or large to read, while a reader loads pages: p95 under 300 ms."""
    texts = hostile.pathological() or [text * 8_192 for text in ("[a", "*a", "<&", "_a")]
    stop, times = threading.Event(), []

    def send(turn: int) -> None:
        import urllib.parse

        n = turn
        while not stop.is_set():
            text = texts[n % len(texts)] if n % 5 else "x" * 250_000
            fields = {
                "author": "Ana",
                "email": f"a{n}@b.example",
                "comment": text,
                "action": "preview" if n % 2 else "post",
            }
            body = urllib.parse.urlencode(fields).encode()[:262_000]
            sent(served, post(body, f"Content-Length: {len(body)}", "Connection: close"))
            n += 4

    threads = [threading.Thread(target=send, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 15
    while time.monotonic() < until:
        start = time.monotonic()
        with urllib.request.urlopen(f"{served.address}/{WELCOME}/", timeout=20) as answer:
            answer.read()
        times.append(time.monotonic() - start)
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join()
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    print(f"{len(times)} pages, p95 {p95 * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms")
    assert p95 < 0.3
