"""Clients: `wrk` (or a Python one where it is missing) for reading, a Python one for writing."""

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Load:
    """How much was answered: requests a second, and the milliseconds that half and 99 of 100 took at most."""

    rate: float
    p50: float
    p99: float


def read(port: int, path: str, *, clients: int, seconds: float, headers: dict[str, str] | None = None) -> Load:
    """Ask for one address again and again; raise RuntimeError when an answer is not 200 or 304."""
    if shutil.which("wrk") is None:
        request = _request("GET", path, headers or {})
        return write(port, lambda: request, clients=clients, seconds=seconds, wanted=(200, 304))
    named = [word for name, value in (headers or {}).items() for word in ("-H", f"{name}: {value}")]
    said = _wrk(port, path, clients, seconds, *named)
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return _load(said)


def mix(port: int, script: Path, *, clients: int, seconds: float) -> Load:
    """Ask for what a script of wrk asks for, whatever is answered."""
    return _load(_wrk(port, "/", clients, seconds, "-s", str(script)))


def _wrk(port: int, path: str, clients: int, seconds: float, *more: str) -> str:
    words = ["wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "60s", *more]
    said = subprocess.run([*words, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    if "Socket errors" in said:
        raise RuntimeError(said)
    return said


def _load(said: str) -> Load:
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    parts = {name: float(n) * UNITS[unit] for name, n, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)\b", said)}
    assert rate is not None, said
    return Load(float(rate[1]), parts["50"], parts["99"])


def get(path: str, headers: dict[str, str]) -> bytes:
    """Return the request of a page."""
    return _request("GET", path, headers)


def comment(slug: str, stamp: str, texts: Iterator[int]) -> bytes:
    """Return the request of one more stranger's comment."""
    n = next(texts)
    fields = {
        "author": f"Stranger {n}",
        "email": f"stranger{n}@example.org",
        "comment": f"What a reader thinks who came by, written as number {n}, and neither long nor short.",
        "stamp": stamp,
        "action": "post",
    }
    return form(f"/{slug}/comments", fields)


def form(path: str, fields: dict[str, str] | Sequence[tuple[str, str]], headers: dict[str, str] | None = None) -> bytes:
    body = urlencode(fields).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    return _request("POST", path, {**kind, "Accept": "application/json", **(headers or {})}) + body


def _request(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "127.0.0.1", **headers}.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


class _Client(asyncio.Protocol):
    """Send a request, wait for its whole answer, send the next: until the time is over."""

    def __init__(self, make: Callable[[], bytes], until: float, wanted: Sequence[int], pause: float) -> None:
        self.make, self.until, self.wanted, self.pause = make, until, wanted, pause
        self.took: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(self.make())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, parted, body = self.buffer.partition(b"\r\n\r\n")
        if not parted or not _whole(head, body):
            return
        now = time.perf_counter()
        self.took.append(now - self.sent_at)
        self.buffer = b""
        if int(head[9:12]) not in self.wanted:
            self.fail(RuntimeError(f"Not the wanted answer: {(head + body)[:600]!r}"))
        elif now >= self.until:
            self.transport.close()
        elif self.pause:
            asyncio.get_running_loop().call_later(self.pause, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.fail(exc) if exc else self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
        self.transport.close()


def _whole(head: bytes, body: bytes) -> bool:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    if found:
        return len(body) >= int(found[1])
    return b"chunked" not in head or body.endswith(b"0\r\n\r\n")


def write(
    port: int,
    make: Callable[[], bytes],
    *,
    clients: int,
    seconds: float,
    wanted: Sequence[int] = (201, 202),
    rate: float = 0,
) -> Load:
    """Send what `make` gives from many clients, as fast as it is answered, or at most `rate` a second in all."""
    return asyncio.run(_write(port, make, clients, seconds, wanted, clients / rate if rate else 0))


async def _write(
    port: int, make: Callable[[], bytes], clients: int, seconds: float, wanted: Sequence[int], pause: float
) -> Load:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    each = [_Client(make, began + seconds, wanted, pause) for _ in range(clients)]
    for client in each:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(client.done for client in each))
    took = sorted(one for client in each for one in client.took)
    return Load(
        len(took) / (time.perf_counter() - began),
        1e3 * took[len(took) // 2],
        1e3 * took[min(len(took) - 1, int(len(took) * 0.99))],
    )


def numbers(start: int = 1) -> Iterator[int]:
    return count(start)


def fetch(address: str, headers: dict[str, str] | None = None) -> tuple[dict[str, str], bytes]:
    """Ask once; return headers and body."""
    with urlopen(Request(address, headers=headers or {}), timeout=60) as answer:
        return dict(answer.headers.items()), answer.read()
