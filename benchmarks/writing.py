"""Writing: comments that are on the disk when they are answered, beside a bare store and Isso; reading meanwhile."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import data, isso, load, servers
from benchmarks.figures import OURS, Figure, in_turn
from benchmarks.load import Load
from benchmarks.options import Options
from benchmarks.reading import ESSAY
from benchmarks.servers import Server
from blog.comments import search
from blog.storage import store

SLUG = "post-100"
SKETCH, IN_ORDER = "a bare group commit", "the same, its keys in our order"


def stored(options: Options) -> list[Figure]:
    """Comments a second at 1, 16 and 64 clients, beside a bare insert with the same indexes, and beside Isso."""
    texts, folder = load.numbers(), data.site(10_000, "writing")
    with (
        servers.blog(folder) as ours,
        servers.bare("comments", str(data.site(10_000, "sketch"))) as sketch,
        servers.bare("comments", str(data.site(10_000, "in-order")), "in-order") as in_order,
        isso.serve(data.HOME) as peer,
    ):
        stamp = stamp_on(ours, SLUG)
        found = []
        for clients in (1, 16, 64):
            waits: dict[str, list[float]] = {"half": [], "99 of 100": []}

            def send(server: Server, note: bool = False, clients: int = clients, waits: object = waits) -> float:
                seen = _send(server, stamp, texts, clients, options)
                if server is ours:
                    settle(folder)
                if note and isinstance(waits, dict):
                    waits["half"].append(seen.p50)
                    waits["99 of 100"].append(seen.p99)
                return seen.rate

            measures = {
                OURS: lambda send=send: send(ours, True),
                SKETCH: lambda send=send: send(sketch),
                IN_ORDER: lambda send=send: send(in_order),
            }
            if peer:
                measures["Isso"] = lambda clients=clients: isso.send(peer, texts, clients, options.seconds).rate
            values = in_turn(options.rounds, measures)
            bars = [("Isso", "at least", 5.0)] if clients == 64 else []
            found.append(
                Figure(
                    f"comment stored, {clients} client{'s' if clients > 1 else ''}",
                    "comments a second",
                    values,
                    bars=bars,
                )
            )
            slow = {"99 of 100": waits["99 of 100"], "half": waits["half"]}
            bars = [("", "at most", 100.0)] if clients == 64 else []
            found.append(Figure(f"wait for a comment's answer, {clients} clients", "ms", slow, False, bars))
    return found


def _send(server: Server, stamp: str, texts: Iterator[int], clients: int, options: Options) -> Load:
    return load.write(
        server.port, lambda: load.comment(SLUG, stamp, texts), clients=clients, seconds=options.seconds, wanted=(202,)
    )


def settle(folder: Path) -> None:
    """Wait until the site has put all comments into its search index, which would slow down who is measured next."""
    db = store.connect(folder / "blog.db", readonly=True)
    while len(set(search.behind(db))) > 1:
        time.sleep(0.1)
    db.conn.close()


def stamp_on(server: Server, slug: str) -> str:
    found = re.search(r'name="stamp" value="([^"]*)"', load.fetch(f"{server.address}/{slug}/")[1].decode())
    assert found is not None
    return found[1]


def flooded(options: Options) -> list[Figure]:
    """The essay from the cache while 500 spam comments a second arrive."""
    texts = load.numbers(10_000_000)
    with servers.blog(data.site(10_000, "flood")) as ours:
        stamp = stamp_on(ours, SLUG)

        def spam() -> bytes:
            n = next(texts)
            fields = {
                "author": "Casino",
                "email": "c@example.org",
                "comment": f"Win {n}.",
                "homepage": "x",
                "stamp": stamp,
            }
            return load.form(f"/{SLUG}/comments", fields)

        def reading() -> float:
            return load.read(ours.port, ESSAY, clients=16, seconds=options.seconds).rate

        arrived: list[float] = []

        def while_spam_arrives() -> float:
            """Read for a while in the middle of a flood."""
            sent: list[Load] = []
            flood = threading.Thread(
                target=lambda: sent.append(
                    load.write(ours.port, spam, clients=32, seconds=options.seconds + 0.5, wanted=(202,), rate=500)
                )
            )
            flood.start()
            rate = reading()
            flood.join()
            arrived.append(sent[0].rate)
            return rate

        values = in_turn(options.rounds, {"while spam arrives": while_spam_arrives, "at rest": reading})
    note = f"Spam that was stored meanwhile: {min(arrived):.0f} to {max(arrived):.0f} a second."
    bars = [("at rest", "at least", 0.5)]
    return [
        Figure("essay page while 500 spam comments a second arrive", "requests a second", values, bars=bars, note=note)
    ]


def threads(options: Options) -> list[Figure]:
    """A thread of a hundred comments of a site with 100,000, from us and from Isso, 16 clients."""
    with servers.blog(data.site(10_000, "reading")) as ours, isso.serve(data.HOME) as peer:
        measures = {OURS: lambda: load.read(ours.port, f"/{data.HUNDRED}/", clients=16, seconds=options.seconds).rate}
        if peer:
            measures["Isso"] = lambda: isso.page(peer, max(options.seconds, 3)).rate
        values = in_turn(options.rounds, measures)
    return [Figure("a thread of 100 comments, beside Isso", "requests a second", values)]
