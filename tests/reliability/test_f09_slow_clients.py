"""F09. Clients that are slow on purpose hold nobody up: readers are served while hundreds of them drip."""

import socket
import statistics
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import Server, make_site, running

SIZES = [60, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(300)])]


def drip(server: Server, begin: bytes, count: int, stop: threading.Event) -> None:
    """Open so many sockets, send the beginning of a request on each, and then a byte now and then."""
    opened = []
    for _ in range(count):
        with suppress(OSError):
            each = socket.create_connection(("127.0.0.1", server.port), 10)
            each.sendall(begin)
            opened.append(each)
    while not stop.wait(1):
        for each in opened:
            with suppress(OSError):
                each.sendall(b"x")
    for each in opened:
        each.close()


HEADERS = f"GET /{SLUG}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ".encode()
BODY = (
    f"POST /{SLUG}/comments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 200000\r\n\r\ncomment="
).encode()


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("begin", [HEADERS, BODY], ids=["in their headers", "in their bodies"])
def test_f09_readers_are_served_while_others_drip(tmp_path: Path, begin: bytes, count: int) -> None:
    make_site(tmp_path)
    stop = threading.Event()
    with running(tmp_path) as server:
        dripping = threading.Thread(target=drip, args=(server, begin, count, stop))
        dripping.start()
        try:
            stop.wait(2)
            answers = [server.ask(f"/{SLUG}/") for _ in range(100)]
            sent = server.comment("Words.")
        finally:
            stop.set()
            dripping.join()
    assert {answer.status for answer in answers} == {200}
    assert statistics.quantiles([answer.seconds for answer in answers], n=20)[-1] < 3  # who drips never ends
    assert sent.status == 303
