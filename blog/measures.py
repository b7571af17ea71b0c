"""Numbers that all workers of a server count together, in memory that they share; the `[metrics]` table of `blog.toml`.

Each worker has a row of its own and is the only one that writes there, so counting needs no lock. A worker that takes
the place of one that ended goes on with its row.
"""

import mmap
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blog.errors import Unusable
from blog.wording import gettext

if sys.platform != "win32":
    import fcntl

SHARED = "BLOG_MEASURES"  # in the environment of workers: the number of the open file that they share
ROWS = 130  # twice the most workers, as old and new ones live side by side while they are replaced
KINDS = ("page", "feed", "file", "comment", "desk", "program", "other")
STATUSES = (
    *(200, 201, 202, 204, 206, 301, 302, 303, 304, 308, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429),
    *(500, 502, 503),
)
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
DELIVERIES = ("mail", "webmention", "websub", "webhook")  # kinds of the outbox; purges are counted apart
RESULTS = ("sent", "later", "refused", "failed", "none")  # "none": the other site takes no mentions
SINGLE = ("seconds", "hits", "misses", "commits", "writes", "purges_taken", "purges_refused", "alive_at", "leads_at")
ALIVE_SECONDS = 5.0


def _names() -> list[tuple[str, ...]]:
    requests = [("requests", kind, str(status)) for kind in KINDS for status in (*STATUSES, "other")]
    sent = [("deliveries", kind, result) for kind in DELIVERIES for result in RESULTS]
    return [*requests, *sent, *(("within", str(bound)) for bound in (*BOUNDS, "+Inf")), *((name,) for name in SINGLE)]


PLACES = {name: place for place, name in enumerate(_names())}


@dataclass(frozen=True)
class Listen:
    """Where `/metrics` is answered."""

    host: str
    port: int


def read(table: Any, where: str, environ: Mapping[str, str]) -> Listen:
    """Read the table; raise Unusable with a sentence that names the key."""
    if not isinstance(table, dict) or set(table) != {"listen"}:
        raise Unusable(gettext('{file}: [metrics] has one line, like listen = "127.0.0.1:9187".', file=where))
    host, _, port = str(table["listen"]).rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
        raise Unusable(
            gettext(
                "{file}: listen is {value!r}; write an address and a port, like '127.0.0.1:9187'.",
                file=where,
                value=table["listen"],
            )
        )
    return Listen(host.strip("[]"), int(port))


def share() -> None:
    """Make the memory that workers share, before they are forked."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  it is open for as long as the server runs
    file.truncate(ROWS * len(PLACES) * 8)
    os.environ[SHARED] = str(os.dup(file.fileno()))


class Measures:
    """The row of one worker, and the sums of all."""

    def __init__(self) -> None:
        if SHARED not in os.environ:  # a single process, as in a test
            self._memory = mmap.mmap(-1, ROWS * len(PLACES) * 8)
            row = 0
        else:
            file = int(os.environ[SHARED])
            self._memory = mmap.mmap(file, ROWS * len(PLACES) * 8)
            row = _free_row(file)
        self._all = memoryview(self._memory).cast("d")
        self._row = self._all[row * len(PLACES) : (row + 1) * len(PLACES)]
        self.set("alive_at", time.time())

    def add(self, *name: str, by: float = 1.0) -> None:
        self._row[PLACES[name]] += by

    def set(self, name: str, value: float) -> None:
        self._row[PLACES[name,]] = value

    def note_request(self, kind: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._row[PLACES["requests", kind, str(status) if status in STATUSES else "other"]] += 1
        self._row[PLACES["within", _bound(seconds)]] += 1
        self._row[PLACES["seconds",]] += seconds

    def total(self, *name: str) -> float:
        """Return the sum of all workers, also of those that ended."""
        return sum(self._all[PLACES[name] :: len(PLACES)])

    def workers(self) -> int:
        """Return how many workers have shown within the last seconds that they run."""
        return self._lately("alive_at")

    def leaders(self) -> int:
        """Return how many workers have shown within the last seconds that they run the background jobs: 0 or 1."""
        return min(1, self._lately("leads_at"))  # two while one takes over from another

    def _lately(self, name: str) -> int:
        newest = time.time() - ALIVE_SECONDS
        return sum(at > newest for at in self._all[PLACES[name,] :: len(PLACES)])


def _bound(seconds: float) -> str:
    return next((str(bound) for bound in BOUNDS if seconds <= bound), "+Inf")


def _free_row(file: int) -> int:
    """Take a row that no running process has: the lock on its byte ends with this process."""
    for row in range(ROWS):
        if sys.platform == "win32":
            return os.getpid() % ROWS
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row, os.SEEK_SET)
        except OSError:
            continue
        return row
    raise Unusable(gettext("There are too many workers to be measured."))
