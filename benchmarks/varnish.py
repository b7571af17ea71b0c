"""Varnish in front of a site, by docs/caches/afterword.vcl: `make bench-varnish`.

How fast cached pages come, beside another Varnish with a file of the same bytes; how old a page can be after an
approval, and how often the site makes it anew, while comments arrive; and two loads of docs/scale.md: the mix of a day
with very many readers, and an hour in which everybody reads one post.
"""

import http.client
import json
import random
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import compress
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

from benchmarks import data, desk, load, report, servers, writing
from benchmarks.figures import OURS, Figure, Point, in_turn
from benchmarks.options import QUICK, Options
from benchmarks.reading import ESSAY, HUNDRED
from benchmarks.servers import Server
from blog.storage import store

VARNISH = shutil.which("varnishd", path="/usr/sbin:/usr/bin")
VCL = data.REPOSITORY / "docs" / "caches" / "afterword.vcl"
PLAIN = 'vcl 4.1; backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}'
GZIP = {"Accept-Encoding": "gzip"}  # as every browser; Varnish keeps a page compressed
BUSY = writing.SLUG
APPROVALS, PAUSE = 20, 0.7  # seconds between two
HEADING = re.compile(rb'class="comments-title"[^>]*>\s*([\d,]+|One)\b')
NOTHING = "/nothing/"  # which is asked for and not there
HOUR_READERS, HOUR_COMMENTS = 2_000_000 / 3_600, 20_000 / 3_600  # a second


@dataclass(frozen=True)
class Front:
    """A site, Varnish in front of it, and where its numbers are."""

    site: Path
    origin: Server
    varnish: Server
    metrics: int


def main(options: Options) -> None:
    if not VARNISH or not shutil.which("wrk"):
        raise SystemExit("This needs varnish, varnish-modules and wrk: apt install varnish varnish-modules wrk")
    points: list[Point] = []
    for measure in (rates, freshness, day, hour):
        with front() as opened:
            taken, found = report.moment(), measure(options, opened)
        for figure in found:
            figure.taken = taken
            print(report.summary(figure), flush=True)
        points += found
    print(f"The report is {report.write_beside('varnish.md', HEAD, points, {})}.")


HEAD = """# Varnish in front of Afterword

Measured on {day} by `make bench-varnish`: the site (1,000 posts, 10,000 comments, one worker), Varnish with
[afterword.vcl](../docs/caches/afterword.vcl), and all clients on one machine, which is shared. Read the ratios.
[docs/scale.md](../docs/scale.md) says what follows.
"""


@contextmanager
def front() -> Iterator[Front]:
    """Serve a site with Varnish in front of it, and wait until what its start drops is dropped."""
    site, port, metrics = data.site(10_000, "varnish"), servers.free_port(), servers.free_port()
    with (site / "blog.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[cache]\nshared_seconds = 3600\npurge = ["http://127.0.0.1:{port}"]\n')
        toml.write(f'[metrics]\nlisten = "127.0.0.1:{metrics}"\n')
    with servers.blog(site) as origin:
        recipe = VCL.read_text("utf-8").replace('"8000"', f'"{origin.port}"')
        with varnish("ours", recipe, port) as opened:
            time.sleep(4)
            yield Front(site, origin, opened, metrics)


@contextmanager
def varnish(name: str, recipe: str, port: int) -> Iterator[Server]:
    folder = data.HOME / f"varnish-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "site.vcl").write_text(recipe, "utf-8")
    words = [str(VARNISH), "-F", "-f", str(folder / "site.vcl"), "-a", f"127.0.0.1:{port}"]
    with servers.run([*words, "-n", str(folder / "work"), "-s", "malloc,256m"], port, folder / "log.txt") as server:
        yield server


def rates(options: Options, front: Front) -> list[Figure]:
    """Pages through our settings beside a file of the same bytes through none."""
    found = []
    for path, name in ((ESSAY, "essay page"), (HUNDRED, "page of 100 comments")):
        with static(load.fetch(f"{front.origin.address}{path}")[1]) as other:

            def rate(server: Server, path: str) -> float:
                return load.read(server.port, path, clients=16, seconds=options.seconds, headers=GZIP).rate

            for server in (front.varnish, other):
                rate(server, path)  # so that it is kept
            measures = {
                OURS: lambda path=path: rate(front.varnish, path),
                "a file": lambda path=path: rate(other, path),
            }
            values = in_turn(options.rounds, measures)
        bars = [("a file", "at least", 0.9)]
        found.append(
            Figure(f"{name} through Varnish", "requests a second", values, bars=bars, note="16 clients, gzip.")
        )
    return found


@contextmanager
def static(body: bytes) -> Iterator[Server]:
    """Run a Varnish without settings in front of what is answered with these bytes."""
    answer = data.HOME / "static"
    headers = {"content-type": "text/html", "content-encoding": "gzip", "cache-control": "public, max-age=3600"}
    answer.write_bytes(json.dumps(headers).encode() + b"\n" + compress(body, 6))
    port = servers.free_port()
    with servers.bare("page", str(answer)) as origin, varnish("plain", PLAIN.format(port=origin.port), port) as opened:
        yield opened


@dataclass
class Watch:
    """A reader who asks for a page again and again: when each answer was asked for, and the comments it counted."""

    port: int
    path: str
    seen: list[tuple[float, float, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.over.is_set():
            began = time.monotonic()
            connection.request("GET", self.path)
            body = connection.getresponse().read()
            found = HEADING.search(body)
            count = 0 if found is None else 1 if found[1] == b"One" else int(found[1].replace(b",", b""))
            self.seen.append((began, time.monotonic(), count))
            time.sleep(0.002)
        connection.close()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()

    def age(self, approved: list[float], first: int) -> list[float]:
        """Return for each approval how many seconds after its answer a page without it was still given."""
        return [
            max((began - at for began, _, count in self.seen if count < first + n), default=0.0)
            for n, at in enumerate(approved, 1)
        ]

    def slowest(self) -> float:
        return max(ended - began for began, ended, _ in self.seen)


def freshness(options: Options, front: Front) -> list[Figure]:
    """The age of a page after each of 20 approvals, and how often it is made anew, while 500 comments a second come."""
    texts, moderator, over = load.numbers(), desk.Moderator(front.origin), threading.Event()
    stamp, ids = writing.stamp_on(front.origin, BUSY), waiting(front.site, BUSY, over)
    ages, made, arrived, answers, slowest = [], [], [], [], []
    for _ in range(options.rounds):
        watch = Watch(front.varnish.port, f"/{BUSY}/")
        with ThreadPoolExecutor() as threads, watch:
            threads.submit(watch.follow)
            flood = threads.submit(
                load.write,
                front.varnish.port,
                lambda: load.comment(BUSY, stamp, texts),
                clients=32,
                seconds=APPROVALS * PAUSE + 3,
                wanted=(202,),
                rate=500,
            )
            time.sleep(1)
            before, renders = watch.seen[-1][2], rendered(front)
            approved = []
            for _ in range(APPROVALS):
                began = time.monotonic()
                moderator.post("/admin/decisions", [("decision", "approve"), ("id", str(next(ids)))])
                approved.append(time.monotonic())
                answers.append(1e3 * (approved[-1] - began))
                time.sleep(PAUSE)
            time.sleep(2.5)  # until the second purge was sent, too
            arrived.append(flood.result().rate)
            made.append((rendered(front) - renders) / APPROVALS)
        assert watch.seen[-1][2] == before + APPROVALS, (before, watch.seen[-1])
        ages.append(watch.age(approved, before))
        slowest.append(watch.slowest())
    note = (
        f"20 approvals a round, one in {PAUSE:g} s. Comments that were stored meanwhile: {min(arrived):.0f} to"
        f" {max(arrived):.0f} a second. The slowest page took {1e3 * max(slowest):.0f} ms."
    )
    values = {"oldest of a round": [max(each) for each in ages], "half": [median(each) for each in ages]}
    return [
        Figure("age of a page after an approval", "s", values, False, [("", "at most", 1.0)], note),
        Figure("times that a page is made for an approval", "times", {"page": made}, False, [("", "at most", 2.0)]),
        Figure("answer to an approval meanwhile", "ms", {"approval": answers}, False),
    ]


def waiting(folder: Path, slug: str, over: threading.Event) -> Iterator[int]:
    """Give ids of comments of a post that wait, first the oldest, then those that come in, until it is over."""
    db = store.connect(folder / "blog.db", readonly=True)
    last = 0
    while not over.is_set():
        row = db.conn.execute(
            """
            select c.id from comments c join posts p on p.id = c.post_id
            where p.slug = ? and c.status = 'pending' and c.parent_id is null and c.id > ? order by c.id limit 1
            """,
            [slug, last],
        ).fetchone()
        if row is None:
            time.sleep(0.05)
            continue
        last = int(row[0])
        yield last


def rendered(front: Front) -> float:
    """Return how many pages and feeds the site has made that were not in its own cache."""
    return number(front, 'afterword_page_cache_total{result="miss"}')


def number(front: Front, name: str) -> float:
    with urlopen(f"http://127.0.0.1:{front.metrics}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")))


def day(options: Options, front: Front) -> list[Figure]:
    """As many readers as one machine serves of a day's mix: most read posts, few of them very often."""
    chance = random.Random(7)
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(data.SLUGS))))
    posts = [f"/{slug}/" for slug in chance.choices(data.SLUGS, cum_weights=weights, k=1_700)]
    paths = [*posts, *["/"] * 150, *["/feed.xml"] * 80, *["/archive/"] * 50, *[NOTHING] * 20]
    chance.shuffle(paths)
    script = data.HOME / "mix.lua"
    script.write_text(MIX % ",".join(f'"{path}"' for path in paths), "utf-8")
    answered, past, worst = [], [], []
    for path in dict.fromkeys(paths):  # so that all of it is kept
        if path != NOTHING:
            load.fetch(f"{front.varnish.address}{path}", GZIP)
    for _ in range(options.rounds):
        before = total(front)
        seen = load.mix(front.varnish.port, script, clients=64, seconds=options.seconds)
        answered.append(seen.rate)
        worst.append(seen.p99)
        past.append((total(front) - before) / (seen.rate * max(1, round(options.seconds))))
    note = (
        "85 of 100 requests are for 1,000 posts, few of them very often; 1 is for nothing there, and 1 comes with the"
        f" cookie of somebody who has written. To the site itself went {100 * median(past):.1f} of 100."
    )
    return [
        Figure("mix of a day's readers through Varnish", "requests a second", {"one machine": answered}, note=note),
        Figure("the slowest of 100 of the mix", "ms", {"one machine": worst}, False),
    ]


MIX = """
local paths = {%s}
local n = 0
function request()
  n = n + 1
  local headers = {["Accept-Encoding"] = "gzip"}
  if n %% 100 == 0 then headers["Cookie"] = "reader=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" end
  return wrk.format("GET", paths[n %% #paths + 1], headers)
end
"""


def total(front: Front) -> float:
    with urlopen(f"http://127.0.0.1:{front.metrics}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("afterword_requests_total{"))


def hour(options: Options, front: Front) -> list[Figure]:
    """An hour with 2 million readers of one post and 20,000 comments on it, all approved one by one: a part of it."""
    seconds = max(10.0, 6 * options.seconds)
    texts, moderator, over = load.numbers(), desk.Moderator(front.origin), threading.Event()
    stamp, request = writing.stamp_on(front.origin, BUSY), load.get(f"/{BUSY}/", GZIP)

    def approve() -> int:
        approved = 0
        for number in waiting(front.site, BUSY, over):
            moderator.post("/admin/decisions", [("decision", "approve"), ("id", str(number))])
            approved += 1
            over.wait(1 / HOUR_COMMENTS)
        return approved

    with ThreadPoolExecutor() as threads:
        deciding = threads.submit(approve)
        writers: Any = {"clients": 2, "seconds": seconds, "wanted": (202,), "rate": HOUR_COMMENTS}
        writing_them = threads.submit(
            load.write, front.varnish.port, lambda: load.comment(BUSY, stamp, texts), **writers
        )
        before, used = rendered(front), {name: each.worked() for name, each in parts(front).items()}
        try:
            seen = load.write(
                front.varnish.port, lambda: request, clients=32, seconds=seconds, wanted=(200,), rate=HOUR_READERS
            )
        finally:
            over.set()
        spent = {name: 100 * (each.worked() - used[name]) / seconds for name, each in parts(front).items()}
        approved, made = deciding.result(), rendered(front) - before
        writing_them.result()
    note = (
        f"For {seconds:.0f} seconds: {seen.rate:.0f} readers a second were answered, and {approved} comments approved,"
        f" for which the page was made {made:.0f} times."
    )
    values = {"half": [seen.p50], "99 of 100": [seen.p99]}
    return [
        Figure("one post for 2 million readers an hour: answer", "ms", values, False, note=note),
        Figure("the same: of one processor", "in 100", {name: [value] for name, value in spent.items()}, False),
    ]


def parts(front: Front) -> dict[str, Server]:
    return {"site": front.origin, "Varnish": front.varnish}


if __name__ == "__main__":
    main(QUICK if "--quick" in sys.argv else Options(rounds=5, seconds=3))
