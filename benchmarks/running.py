"""The server itself: how long until it answers, how much memory it needs, how fast posts are published."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks import data, load, servers
from benchmarks.figures import Figure, in_turn
from benchmarks.options import Options
from benchmarks.reading import ESSAY
from benchmarks.writing import SLUG, stamp_on
from blog.comments import search
from blog.storage import store


def start(options: Options) -> list[Figure]:
    """From the command to the first answer, on a site that was served before: of 1,000 posts and of 10,000."""
    usual, large = data.site(10_000, "start"), data.site(10_000, "start-large")
    for n in range(9_000):
        front = f"---\ntitle: More {n}\ndate: 2020-01-01\n---\n\nWords.\n"
        (large / "posts" / f"more-{n}.md").write_text(front, "utf-8")
    for folder in (usual, large):
        with servers.blog(folder):
            pass

    def seconds(folder: Path) -> float:
        began = time.perf_counter()
        with servers.blog(folder):
            return time.perf_counter() - began

    def bare() -> float:
        began = time.perf_counter()
        with servers.bare("page", str(answer)):
            return time.perf_counter() - began

    answer = data.HOME / "start"
    answer.write_bytes(b"{}\nHello")
    other = "a bare Starlette route"
    values = in_turn(
        options.rounds,
        {"1,000 posts": lambda: seconds(usual), "10,000 posts": lambda: seconds(large), other: bare},
    )
    return [
        Figure(
            f"start to first answer, {name}",
            "s",
            {name: values[name], other: values[other]},
            more_is_better=False,
            bars=[("", "at most", 0.7)],
        )
        for name in ("1,000 posts", "10,000 posts")
    ]


def memory(options: Options) -> list[Figure]:
    """MiB of all processes of the server (PSS), at rest and after some seconds of reading, writing and moderating."""
    folder = data.site(options.sizes[1], "memory")
    idle: list[float] = []
    busy: list[float] = []
    texts = load.numbers(20_000_000)
    for _ in range(options.rounds):
        with servers.blog(folder) as server:
            time.sleep(1)
            idle.append(server.memory())
            stamp = stamp_on(server, SLUG)
            for path in [ESSAY, *(f"/{slug}/" for slug in data.SLUGS[:200])]:
                load.fetch(f"{server.address}{path}", {"Accept-Encoding": "br"})
            load.read(server.port, ESSAY, clients=64, seconds=options.seconds)
            load.write(
                server.port,
                lambda stamp=stamp: load.comment(SLUG, stamp, texts),  # type: ignore[misc]
                clients=64,
                seconds=options.seconds,
            )
            busy.append(server.memory())
            _wait_until_fed(folder)  # so that the next round begins at rest
    return [
        Figure("memory at rest", "MiB", {"all processes": idle}, False, [("", "at most", 80)]),
        Figure("memory under load", "MiB", {"all processes": busy}, False, [("", "at most", 120)]),
    ]


def _wait_until_fed(folder: Path) -> None:
    db = store.connect(folder / "blog.db", readonly=True)
    newest, searched = search.behind(db)
    while searched < newest:
        time.sleep(0.5)
        newest, searched = search.behind(db)
    db.conn.close()


def publishing(options: Options) -> list[Figure]:
    """Publish one changed post of a thousand, and all thousand."""
    folder = data.site(10_000, "publishing")
    paths = sorted((folder / "posts").glob("*.md"))

    def publish(changed: list[Path]) -> float:
        for path in changed:
            path.write_text(path.read_text("utf-8") + "\nMore words.\n", "utf-8")
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "blog", "--site", str(folder), "publish"],
            cwd=data.REPOSITORY,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - began

    values = in_turn(
        options.rounds,
        {
            "none changed": lambda: publish([]),
            "one changed": lambda: publish(paths[:1]),
            "all changed": lambda: publish(paths),
        },
    )
    return [Figure("publish a folder of 1,000 posts", "s", values, False)]
