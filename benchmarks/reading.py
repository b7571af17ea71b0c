"""Reading: cached pages beside the same bytes from nginx and a bare route; pages made anew; what pages weigh."""

import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import data, load, servers
from benchmarks.figures import OURS, Figure, in_turn
from benchmarks.options import Options
from benchmarks.servers import Server
from blog import settings
from blog.app import GARBAGE, open_site
from blog.storage import store
from blog.web import page_view, site
from blog.web import posts as post_pages
from blog.web.cache.cached_page import PageQuery

ESSAY, HUNDRED, HOME = f"/{data.ESSAY}/", f"/{data.HUNDRED}/", "/"
TWO, ONE = "two workers", "one worker"
HOP = {"connection", "date", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Peers:
    """The same page from four: us, nginx, a bare Starlette route, and a bare answer without Starlette."""

    ours: Server
    nginx: Server
    route: Server
    asgi: Server


@contextmanager
def peers(ours: Server, path: str) -> Iterator[Peers]:
    answer = _answer(ours, path)
    with (
        servers.nginx(answer.parent) as nginx,
        servers.bare("page", str(answer)) as route,
        servers.bare("asgi", str(answer)) as asgi,
    ):
        yield Peers(ours, nginx, route, asgi)


def _answer(ours: Server, path: str) -> Path:
    """Write down what we answer: as `page.html` for nginx, and, returned, with its headers for a bare answer."""
    headers, body = load.fetch(f"{ours.address}{path}")
    folder = data.HOME / "www"
    folder.mkdir(exist_ok=True)
    (folder / "page.html").write_bytes(body)
    kept = {name: value for name, value in headers.items() if name.lower() not in HOP}
    answer = folder / "answer"
    answer.write_bytes(json.dumps(kept).encode() + b"\n" + body)
    return answer


def cached(options: Options) -> list[Figure]:
    """The essay and a page of a hundred comments from the cache, 16 clients."""
    found = []
    with servers.blog(data.site(10_000, "reading")) as ours:
        for path, name in ((ESSAY, "essay page from the cache"), (HUNDRED, "page of 100 comments from the cache")):
            with peers(ours, path) as four:
                values = in_turn(
                    options.rounds,
                    {
                        OURS: lambda path=path: _rate(ours, path, options),
                        "nginx": lambda four=four: _rate(four.nginx, "/page.html", options),
                        "a bare Starlette route": lambda four=four, path=path: _rate(four.route, path, options),
                        "a bare ASGI answer": lambda four=four, path=path: _rate(four.asgi, path, options),
                    },
                )
            bars = [("nginx", "at least", 0.35), ("a bare Starlette route", "at least", 1.0)]
            found.append(Figure(name, "requests a second", values, bars=bars, note="1 worker, 16 clients, plain."))
    return found


def _rate(server: Server, path: str, options: Options, **headers: str) -> float:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return load.read(server.port, path, clients=16, seconds=options.seconds, headers=named).rate


def kinds(options: Options) -> list[Figure]:
    """What else is answered from the cache: compressed, not modified, the list of posts, a stylesheet."""
    with servers.blog(data.site(10_000, "reading")) as ours:
        etag = load.fetch(f"{ours.address}{ESSAY}")[0]["etag"]
        _, home = load.fetch(f"{ours.address}/")
        style = home.decode().partition('rel="stylesheet" href="')[2].partition('"')[0]
        values = in_turn(
            options.rounds,
            {
                "essay": lambda: _rate(ours, ESSAY, options),
                "essay in Brotli": lambda: _rate(ours, ESSAY, options, accept_encoding="gzip, br"),
                "not modified (304)": lambda: _rate(ours, ESSAY, options, if_none_match=etag),
                "list of posts": lambda: _rate(ours, HOME, options),
                "stylesheet": lambda: _rate(ours, style, options),
            },
        )
    return [Figure("other answers from the cache", "requests a second", values, note="1 worker, 16 clients.")]


def workers(options: Options) -> list[Figure]:
    """Two workers against one, each on a site of its own, the load generator on the same two cores.

    Beside it what the server makes of two workers when they have next to nothing to do.
    """
    first, second = data.site(10_000, "reading"), data.site(10_000, "reading-too")
    with servers.blog(first) as one, servers.blog(second, workers=2) as two:
        answer = str(_answer(one, ESSAY))
        with servers.bare("asgi", answer) as bare_one, servers.bare("asgi", answer, "2") as bare_two:
            values = in_turn(
                options.rounds,
                {
                    TWO: lambda: _rate(two, ESSAY, options),
                    ONE: lambda: _rate(one, ESSAY, options),
                    "bare two": lambda: _rate(bare_two, ESSAY, options),
                    "bare one": lambda: _rate(bare_one, ESSAY, options),
                },
            )
    bare = {TWO: values.pop("bare two"), ONE: values.pop("bare one")}
    return [
        Figure("two workers on a cached page", "requests a second", values, bars=[(ONE, "at least", 1.0)]),
        Figure("two workers on a bare ASGI answer", "requests a second", bare),
    ]


def anew(options: Options) -> list[Figure]:
    """What a page costs that is in no cache: reading its rows and rendering it, before compression.

    It is the time of the processor, so that what else runs on the machine counts less; with the garbage collector set
    as the server sets it.
    """
    opened = open_site(settings.load(data.site(10_000, "anew"), {}))
    db = store.connect(opened.settings.database, readonly=True)
    at = site.now()
    gc.freeze()
    gc.set_threshold(GARBAGE)

    def render(slug: str) -> float:
        times = []
        for _ in range(40):
            began = time.process_time()
            post_pages.public_body(page_view.load(db, PageQuery(opened, at, parameters={"slug": slug})))
            times.append(1e3 * (time.process_time() - began))
        return median(times)

    values = in_turn(
        options.rounds, {"100 comments": lambda: render(data.HUNDRED), "essay": lambda: render(data.ESSAY)}
    )
    db.conn.close()
    opened.store.close()
    return [
        Figure("page rendered anew, before compression", "ms", values, False, [("", "at most", 3.0)]),
    ]


def weights(options: Options) -> list[Figure]:
    """Bytes of a page as a browser gets it."""
    with servers.blog(data.site(10_000, "reading")) as ours:
        values = {
            name: [float(len(load.fetch(f"{ours.address}{path}", {"Accept-Encoding": coding})[1]))]
            for path, page in ((ESSAY, "essay"), (HUNDRED, "100 comments"), (HOME, "list of posts"))
            for coding, name in (("br", f"{page}, brotli"), ("identity", f"{page}, plain"))
        }
    return [Figure("weight of a page", "bytes", values, False)]


def long_threads(options: Options) -> list[Figure]:
    """Pages of very long discussions, rendered anew, beside a page of a hundred comments."""
    with servers.blog(data.site(0, "long")) as ours:

        def once(path: str) -> float:
            """Ask with a reader's cookie, which goes past the cache."""
            times = []
            for _ in range(8):
                began = time.perf_counter()
                load.fetch(f"{ours.address}{path}", {"Cookie": "reader=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
                times.append(1e3 * (time.perf_counter() - began))
            return median(times)

        values = in_turn(
            options.rounds,
            {
                "first page of 50,000": lambda: once(f"/{data.LONG}/"),
                "last page of 50,000": lambda: once(f"/{data.LONG}/comment-page-1000/"),
                "10,000 replies in one thread": lambda: once(f"/{data.WIDE}/"),
                "thread 500 deep": lambda: once(f"/{data.DEEP}/"),
            },
        )
    return [Figure("pages of long discussions, past the cache", "ms", values, False)]
