"""What is measured of a running server, and `/metrics`: one address that speaks for all workers (Prometheus's text)."""

import asyncio
import logging
import math
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from sqlite_utils import Database
from starlette.types import Message, Receive, Scope, Send

from blog import moderation, version
from blog.errors import Refused
from blog.journal import events
from blog.measures import BOUNDS, DELIVERIES, KINDS, RESULTS, STATUSES, Listen, Measures
from blog.moderation import gauges
from blog.operation import records
from blog.operation.records import Record
from blog.web.site import Site

log = logging.getLogger("blog")
SECONDS = 1.0
ASKING_SECONDS = 5.0  # for a request of whoever collects the numbers
PROGRAMS = ("/wp-json", "/micropub", "/indieauth", "/webmention", "/.well-known")
Answer = Callable[[Scope, Receive, Send], Awaitable[bool]]


def kind_of(method: str, path: str) -> str:
    """Return what kind of request this is, by the address alone."""
    if path.startswith(("/admin", "/wp-admin")):
        return "desk"
    if path.startswith(PROGRAMS):
        return "program"
    if path.startswith("/static/"):
        return "file"
    if path.endswith(("feed.xml", "feed.json", "sitemap.xml")):
        return "feed"
    if method == "POST":
        return "comment" if path.endswith("/comments") else "other"
    return "page" if path.endswith("/") else "other"


async def observe(measures: Measures, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request and count it. `answer` tells whether it came from the page cache."""
    status, began = 500, time.perf_counter()
    kind = kind_of(scope["method"], scope["path"])

    async def noting(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    hit = False
    try:
        hit = await answer(scope, receive, noting)
    finally:
        measures.note_request(kind, status, time.perf_counter() - began)
        if kind in ("page", "feed") and status in (200, 304):
            measures.add("hits" if hit else "misses")


async def follow(site: Site, measures: Measures, listen: Listen) -> None:
    """Keep this worker's numbers fresh, and answer for all workers if no other one does."""
    endpoint = Endpoint(site, measures)
    server: asyncio.Server | None = None
    seen = (0, 0)
    try:
        while True:
            measures.set("alive_at", time.time())
            commits, writes = site.store.commits, site.store.writes
            measures.add("commits", by=commits - seen[0])
            measures.add("writes", by=writes - seen[1])
            seen = commits, writes
            if server is None:
                with suppress(OSError, Refused):  # another worker answers
                    endpoint.seen = await site.store.read(gauges.last_event)
                    server = await asyncio.start_server(endpoint.answer, listen.host, listen.port)
            await asyncio.sleep(SECONDS)
    finally:
        if server is not None:
            server.close()


class Endpoint:
    """Answers `GET /metrics`; `seen` is the last event of the journal that was counted."""

    def __init__(self, site: Site, measures: Measures) -> None:
        self._site, self._measures = site, measures
        self._decisions = dict.fromkeys(gauges.DECISIONS, 0)
        self._received = dict.fromkeys(moderation.STATUSES, 0)
        self.seen = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close the connection."""
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(ASKING_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                method, _, rest = head.partition(b" ")
                path = rest.partition(b" ")[0].partition(b"?")[0]
                found = method in (b"GET", b"HEAD") and path == b"/metrics"
                body = (await self.text()).encode() if found else b"Not found\n"
                kind = "text/plain; version=0.0.4; charset=utf-8"
                status = "200 OK" if found else "404 Not Found"
                lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}")
                writer.write("\r\n".join((*lines, "Connection: close", "", "")).encode())
                writer.write(b"" if method == b"HEAD" else body)
                await writer.drain()
        writer.close()

    async def text(self) -> str:
        """Return all numbers as Prometheus reads them."""
        families = [*_of_requests(self._measures), *_of_workers(self._measures)]
        try:
            families += await self._of_site()
            readable = 1
        except Refused:
            readable = 0
        families.append(family("database_readable", "gauge", "Whether the database can be read.", [({}, readable)]))
        return "\n".join((*families, ""))

    async def _of_site(self) -> list[str]:
        read = await self._site.store.read(_read, self.seen)
        self.seen = read["last_event"]
        _add(self._decisions, read["decisions"])
        _add(self._received, read["received"])
        decisions = [({"decision": kind}, count) for kind, count in self._decisions.items()]
        received = [({"status": status}, count) for status, count in self._received.items()]
        help, since = "by the status that their verdict gave them", "since this worker answers here"
        return [
            family("decisions_total", "counter", f"Decisions on comments {since}.", decisions),
            family("comments_received_total", "counter", f"Comments that came in {since}, {help}.", received),
            *_of_database(self._site, read),
            *_of_upkeep(self._site, self._measures),
        ]


def _read(db: Database, after: int) -> dict[str, Any]:
    read = gauges.read(db)
    new = {"after": after, "until": read["last_event"]}
    return {**read, "decisions": gauges.decisions(db, **new), "received": gauges.received(db, **new)}


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        counts[name] += count


Samples = Iterable[tuple[dict[str, str], float]]


def family(name: str, kind: str, help: str, samples: Samples) -> str:
    """Write one family of numbers: its help, its type, and a line for each combination of labels."""
    lines = [f"# HELP afterword_{name} {help}", f"# TYPE afterword_{name} {kind}"]
    return "\n".join((*lines, *(f"afterword_{name}{_labels(labels)} {_written(value)}" for labels, value in samples)))


def _written(value: float) -> str:
    return "+Inf" if value == math.inf else f"{value:.12g}"


def _labels(labels: dict[str, str]) -> str:
    text = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{text}}}" if text else ""


def _of_requests(measures: Measures) -> Iterator[str]:
    requests = [
        ({"kind": kind, "status": str(status)}, count)
        for kind in KINDS
        for status in (*STATUSES, "other")
        if (count := measures.total("requests", kind, str(status)))
    ]
    yield family("requests_total", "counter", "Answered requests.", requests)
    yield _latency(measures)
    cached = [({"result": one}, measures.total(many)) for one, many in (("hit", "hits"), ("miss", "misses"))]
    yield family("page_cache_total", "counter", "Public pages and feeds, from the page cache or made anew.", cached)


def _latency(measures: Measures) -> str:
    name, count = "afterword_request_seconds", 0.0
    lines = [f"# HELP {name} Time until a request was answered.", f"# TYPE {name} histogram"]
    for bound in (*map(str, BOUNDS), "+Inf"):
        count += measures.total("within", bound)
        lines.append(f'{name}_bucket{{le="{bound}"}} {count:.12g}')
    return "\n".join((*lines, f"{name}_sum {measures.total('seconds'):.12g}", f"{name}_count {count:.12g}"))


def _of_workers(measures: Measures) -> Iterator[str]:
    yield family("info", "gauge", "The version of the program.", [({"version": version()}, 1)])
    yield family("workers", "gauge", "Workers that run.", [({}, measures.workers())])
    yield family("commits_total", "counter", "Transactions of the server.", [({}, measures.total("commits"))])
    yield family("writes_total", "counter", "Writes in these transactions.", [({}, measures.total("writes"))])
    results = [({"result": one}, measures.total(f"purges_{one}")) for one in ("taken", "refused")]
    yield family("purges_total", "counter", "Requests to shared caches.", results)
    sent = [
        ({"kind": kind, "result": result}, count)
        for kind in DELIVERIES
        for result in RESULTS
        if (count := measures.total("deliveries", kind, result))
    ]
    yield family("deliveries_total", "counter", "Tries to send a message of the outbox.", sent)


def _of_database(site: Site, read: dict[str, Any]) -> Iterator[str]:
    waiting = read["comments"].get("pending", 0)
    yield family("comments", "gauge", "Comments.", [({"status": name}, n) for name, n in read["comments"].items()])
    verdicts = [({"status": status, "rule": rule or "none"}, n) for status, rule, n in read["verdicts"]]
    yield family("comments_by_rule", "gauge", "Comments by the rule of their verdict.", verdicts)
    yield family("queue_length", "gauge", "Comments that wait for a moderator.", [({}, waiting)])
    yield family("queue_oldest_seconds", "gauge", "Age of the first of them.", [({}, _age(read["waits_since"]))])
    kinds = [({"kind": row[0]}, row[1]) for row in read["outbox"]]
    yield family("outbox_messages", "gauge", "Messages that wait to be sent.", kinds)
    failed = [({"kind": row[0]}, row[2]) for row in read["outbox"]]
    yield family("outbox_failed", "gauge", "Messages that were given up.", failed)
    oldest = [({"kind": row[0]}, _age(row[3])) for row in read["outbox"]]
    yield family("outbox_oldest_seconds", "gauge", "Age of the first message that waits.", oldest)
    late = [({"kind": kind}, _age(since)) for kind, since in read["late"].items()]
    yield family("outbox_late_seconds", "gauge", "Time since the first of them was due at first.", late)
    yield family("outbox_held", "gauge", "Whether the outbox is stopped after a restore.", [({}, int(read["held"]))])
    yield family("database_bytes", "gauge", "Size of the database.", [({}, _size(site, ""))])
    yield family("database_log_bytes", "gauge", "Size of the log beside it.", [({}, _size(site, "-wal"))])
    free = shutil.disk_usage(site.settings.root).free
    yield family("disk_free_bytes", "gauge", "Free space on the disk of the database.", [({}, free)])
    yield from of_replica(site)


def of_replica(site: Site) -> Iterator[str]:
    """Whether this machine may write, and how the last check of the copy went, where there is a second machine."""
    if site.store.fence is None:
        return
    yield family("lease_held", "gauge", "Whether this machine may write.", [({}, int(site.store.fence.is_open))])
    if checked := records.read(site.settings.database).get("replica"):
        help = "Time since the copy in the store was last restored and checked."
        yield family("replica_check_seconds", "gauge", help, [({}, _age(checked.at))])
        yield family("replica_check_ok", "gauge", "Whether it was sound then.", [({}, int(checked.good))])


def _of_upkeep(site: Site, measures: Measures) -> Iterator[str]:
    """Give what only a server that writes has: a worker that runs the jobs, backups and checks."""
    if site.store.read_only:
        return
    yield family("leader", "gauge", "Whether a worker runs the background jobs.", [({}, measures.leaders())])
    last = records.read(site.settings.database)
    none = Record("", good=False)
    backup, check = last.get("backup", none), last.get("check", none)
    ages = [_age(at) if at else math.inf for at in (backup.good_at, check.at)]
    yield family("backup_age_seconds", "gauge", "Age of the last backup that went well.", [({}, ages[0])])
    yield family("backup_bytes", "gauge", "Size of the last backup.", [({}, backup.facts.get("size", 0))])
    yield family("check_age_seconds", "gauge", "Age of the last check.", [({}, ages[1])])
    yield family("check_problems", "gauge", "How many problems it found.", [({}, check.facts.get("problems", 0))])


def _age(since: str | None) -> float:
    return max(0.0, time.time() - events.moment(since).timestamp()) if since else 0.0


def _size(site: Site, ending: str) -> int:
    path = site.settings.database
    with suppress(OSError):
        return path.with_name(path.name + ending).stat().st_size
    return 0
