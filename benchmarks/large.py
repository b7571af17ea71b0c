"""A site of millions of comments on 100,000 posts, beside one of a million comments on 1,000: `make bench-large`.

Both are built once and kept under .bench/made: about 2.3 GB for each million of comments, and some minutes of a
processor. Nothing is copied, so a site takes part as it is. What is published and decided on is taken back, or stays:
build anew by removing the folder.
"""

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks import data, desk, load, report, servers, writing
from benchmarks.figures import Figure, Point, in_turn
from benchmarks.options import Options
from benchmarks.reading import HUNDRED
from benchmarks.servers import Server
from blog.storage import store

SMALL, MANY, POSTS = 1_000_000, 3_600_000, 100_000
READERS = {
    "front page": "/",
    "page of 100 comments": HUNDRED,
    "archive": "/archive/",
    "feed": "/feed.xml",
    "readers' search": f"/search?q={data.VOCABULARY[900]}",
}
ASKED = 8
COOKIE = {"Cookie": "reader=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}  # goes past the page cache


def main(options: Options) -> None:
    folders = {"large": data.made(options.sizes[1], POSTS), "small": data.made(options.sizes[0])}
    for folder in folders.values():
        data.keep_all(folder)
    points: list[Point] = []
    for measure in (start, requests, publishing, sizes):
        taken, found = report.moment(), measure(options, folders)
        for figure in found:
            figure.taken = taken
            print(report.summary(figure), flush=True)
        points += found
    print(f"The report is {report.write_beside('large.md', HEAD, points, {})}.")


HEAD = f"""# A large site

Measured on {{day}} by `make bench-large`: a site with {MANY:,} comments on {POSTS:,} posts ("large") beside one
with {SMALL:,} on {data.POSTS:,} ("small"), in turn. The machine is shared. Read the ratios;
[docs/scale.md](../docs/scale.md) says what follows.
"""


def start(options: Options, folders: dict[str, Path]) -> list[Figure]:
    """From the command to the first answer, and the memory then."""
    memory: dict[str, list[float]] = {name: [] for name in folders}

    def seconds(name: str) -> float:
        began = time.perf_counter()
        with servers.blog(folders[name]) as server:
            took = time.perf_counter() - began
            time.sleep(1)
            memory[name].append(server.memory())
        return took

    values = in_turn(options.rounds, {name: lambda name=name: seconds(name) for name in folders})
    bars = [("small", "at most", 2.0)]
    return [
        Figure("start to first answer", "s", values, False, bars),
        Figure("memory at rest", "MiB", memory, False, bars),
    ]


def requests(options: Options, folders: dict[str, Path]) -> list[Figure]:
    """The desk's pages, a decision, readers' pages past the cache, and a comment."""
    with servers.blog(folders["large"]) as large, servers.blog(folders["small"]) as small:
        each = {"large": large, "small": small}
        moderators = {name: desk.Moderator(server) for name, server in each.items()}
        pair = [moderators["small"], moderators["large"]]
        found = [desk.page(options, name, path, pair) for name, path in desk.PAGES.items() if name not in desk.AT_HAND]
        ids = {name: data.ids_that_wait(folder, 1_000) for name, folder in folders.items()}
        for count in (1, 1_000):
            decide = {
                name: lambda name=name, count=count: moderators[name].decide(ids[name][:count]) for name in folders
            }
            found.append(_figure(f"decide on {count:,}", "ms", in_turn(options.rounds, decide)))
        for name, path in READERS.items():
            show = {which: lambda server=server, path=path: _once(server, path) for which, server in each.items()}
            found.append(_figure(f"{name}, past the cache", "ms", in_turn(options.rounds, show)))
        texts = load.numbers(30_000_000)
        stamps = {name: writing.stamp_on(server, writing.SLUG) for name, server in each.items()}

        def store_one(name: str) -> float:
            make = lambda: load.comment(writing.SLUG, stamps[name], texts)  # noqa: E731
            return load.write(each[name].port, make, clients=1, seconds=options.seconds, wanted=(202,)).p50

        comments = {name: lambda name=name: store_one(name) for name in folders}
        return [*found, _figure("comment stored, half of the answers", "ms", in_turn(options.rounds, comments))]


def _figure(name: str, unit: str, values: dict[str, list[float]]) -> Figure:
    return Figure(name, unit, values, False, [("small", "at most", 2.0)])


def _once(server: Server, path: str) -> float:
    times = []
    for _ in range(ASKED):
        began = time.perf_counter()
        load.fetch(f"{server.address}{path}", COOKIE)
        times.append(1e3 * (time.perf_counter() - began))
    return median(times)


def publishing(options: Options, folders: dict[str, Path]) -> list[Figure]:
    """Publish a folder in which nothing or one post has changed, by the command and by the server that watches it."""

    def command(folder: Path, path: Path | None) -> float:
        if path:
            _change(path)
        began = time.perf_counter()
        words = [sys.executable, "-m", "blog", "--site", str(folder), "publish"]
        subprocess.run(words, cwd=data.REPOSITORY, check=True, capture_output=True)
        return time.perf_counter() - began

    paths = {name: folder / "posts" / f"{writing.SLUG}.md" for name, folder in folders.items()}
    found = []
    for what, changed in (("nothing changed", False), ("one post changed", True)):
        measures = {
            name: lambda name=name, changed=changed: command(folders[name], paths[name] if changed else None)
            for name in folders
        }
        found.append(_figure(f"publish a folder by the command, {what}", "s", in_turn(options.rounds, measures)))
    with servers.blog(folders["large"]) as large, servers.blog(folders["small"]) as small:
        each = {"large": large, "small": small}
        watched = {name: lambda name=name: _until_seen(each[name], paths[name]) for name in folders}
        time.sleep(2)
        found.append(_figure("from a saved file to its new page", "s", in_turn(options.rounds, watched)))
    return found


def _change(path: Path) -> str:
    word = f"changed{time.time_ns()}"
    path.write_text(f"{path.read_text('utf-8')}\n{word}\n", "utf-8")
    return word


def _until_seen(server: Server, path: Path) -> float:
    word, began = _change(path).encode(), time.perf_counter()
    while word not in load.fetch(f"{server.address}/{path.stem}/")[1]:
        if time.perf_counter() > began + 120:
            raise RuntimeError(f"{path} was not published.")
        time.sleep(0.02)
    return time.perf_counter() - began


def sizes(options: Options, folders: dict[str, Path]) -> list[Figure]:
    """What a comment takes in the database, and in seconds of a backup and of a check, where there is room for one."""
    found = []
    counts = {name: _comments(folder) for name, folder in folders.items()}
    bytes_each = {name: [_of_comments(folder) / counts[name]] for name, folder in folders.items()}
    found.append(Figure("size of a comment", "bytes", bytes_each, False, [("small", "at most", 1.1)]))
    backups: dict[str, list[float]] = {}
    for name, folder in folders.items():
        if shutil.disk_usage(folder).free < 2 * (folder / "blog.db").stat().st_size:
            continue
        target = data.HOME / f"{name}-backup.db"
        target.unlink(missing_ok=True)
        began = time.perf_counter()
        words = [sys.executable, "-m", "blog", "--site", str(folder), "backup", str(target)]
        subprocess.run(words, cwd=data.REPOSITORY, check=True, capture_output=True)
        backups[name] = [1e6 * (time.perf_counter() - began) / counts[name]]
        target.unlink()
    return [*found, Figure("backup, for each million comments", "s", backups, False)] if backups else found


def _comments(folder: Path) -> int:
    db = store.connect(folder / "blog.db", readonly=True)
    count = db.conn.execute("select sum(n) from comment_counts where post_id = 0").fetchone()[0]
    db.conn.close()
    return int(count)


def _of_comments(folder: Path) -> int:
    """Return the bytes of all tables and indexes but those of posts, by the system's SQLite, which can tell them."""
    with closing(sqlite3.connect(f"{(folder / 'blog.db').as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute("select name, pgsize from dbstat where aggregate = 1").fetchall()
    return int(sum(size for name, size in rows if not name.startswith(("post", "announced", "versions", "pages"))))


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(Options(rounds=3, seconds=2, sizes=(SMALL, wanted[0] if wanted else MANY)))
