"""A shared cache that notes what it is told to drop."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Told:
    """One request that came: when, how, with which headers (in lower case) and body."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def keys(self) -> set[str]:
        return set((self.headers.get("xkey-purge") or self.headers.get("surrogate-key", "")).split())


@dataclass
class Cache:
    """The cache's address and what it was told; it answers with `status`."""

    address: str
    status: int = 200
    told: list[Told] = field(default_factory=list)

    def wait(self, enough: Callable[[list[Told]], Any], seconds: float = 8.0) -> list[Told]:
        """Wait until it was told enough; return all."""
        until = time.monotonic() + seconds
        while not enough(self.told):
            assert time.monotonic() < until, self.told
            time.sleep(0.01)
        return list(self.told)

    def settle(self) -> None:
        """Wait for what a start of the site has it drop, twice, and forget it."""
        self.wait(lambda told: len(told) >= 2)
        time.sleep(0.3)
        self.told.clear()


@contextmanager
def cache(port: int = 0, status: int = 200) -> Iterator[Cache]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            opened.told.append(Told(time.time(), self.command, self.path, headers, body))
            self.send_response(opened.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PURGE = do_POST = _answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    opened = Cache(f"http://127.0.0.1:{server.server_address[1]}", status)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield opened
    finally:
        server.shutdown()
        server.server_close()
