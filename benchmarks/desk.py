"""The desk with ten thousand and with a million comments, side by side."""

import http.client
import time
from collections.abc import Callable
from statistics import median
from urllib.parse import urlencode

from benchmarks import data, servers
from benchmarks.figures import Figure, in_turn
from benchmarks.options import Options
from benchmarks.servers import Server

ASKED = 12  # requests of which a round takes the median


class Moderator:
    """A browser that is signed in."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.cookie = ""
        _, headers, _ = self.post("/admin/login", [("username", data.MODERATOR), ("password", data.PASSWORD)])
        self.cookie = "; ".join(line.partition(";")[0] for line in headers["set-cookie"].splitlines())

    def get(self, path: str) -> str:
        return self._ask("GET", path, "", {})[2]

    def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[int, dict[str, str], str]:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields), kind)

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        self.connection.close()  # one that was idle for long is closed by the server
        self.connection.request(method, path, body, {**headers, "Cookie": self.cookie, "Accept": "text/html"})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status}: {text[:600]}")
        names = [name.lower() for name in answer.headers]
        return answer.status, {name: "\n".join(answer.headers.get_all(name, [])) for name in names}, text

    def milliseconds(self, path: str) -> float:
        """Return what the page takes, as the median of a dozen."""
        times = []
        for _ in range(ASKED):
            began = time.perf_counter()
            self.get(path)
            times.append(1e3 * (time.perf_counter() - began))
        return median(times)

    def decide(self, ids: list[int]) -> float:
        """Approve, and return the milliseconds; then take it back, unmeasured."""
        began = time.perf_counter()
        _, headers, _ = self.post("/admin/decisions", [("decision", "approve"), *(("id", str(n)) for n in ids)])
        took = 1e3 * (time.perf_counter() - began)
        self._undo(headers)
        return took

    def decide_on_all(self, search: str) -> float:
        """Decide on all that waits and matches, in one batch; then take it back, unmeasured."""
        began = time.perf_counter()
        _, headers, _ = self.post("/admin/decisions", [("decision", "approve"), ("all", "1"), ("asof", search)])
        took = 1e3 * (time.perf_counter() - began)
        self._undo(headers)
        return took

    def _undo(self, headers: dict[str, str]) -> None:
        batch = headers["location"].partition("did=")[2]
        self.post(f"/admin/batches/{batch}/reversal", [])


def pages(options: Options) -> list[Figure]:
    """Queue, next page, searches, filters, author's record: what is asked has about as many rows on both sides."""
    small, large = options.sizes
    first, second = data.site(small, "desk-small"), data.site(large, "desk-large")
    with servers.blog(first) as few, servers.blog(second) as many:
        each = [Moderator(few), Moderator(many)]
        return [page(options, name, path, each) for name, path in PAGES.items()]


def page(options: Options, name: str, path: str, each: list[Moderator]) -> Figure:
    known = [_known(moderator, size) for moderator, size in zip(each, options.sizes, strict=True)]
    paths = [path.format(**known_there) for known_there in known]
    few, many = each
    for moderator, there in zip(each, paths, strict=True):
        if path.startswith(QUEUE) and ROW not in moderator.get(there):
            raise RuntimeError(f"{there} finds nothing; what it takes says nothing either.")
    names = [f"{size:,} comments" for size in options.sizes]
    if names[0] == names[1]:
        names[1] += " again"
    values = in_turn(
        options.rounds,
        {names[1]: lambda: many.milliseconds(paths[1]), names[0]: lambda: few.milliseconds(paths[0])},
    )
    bars: list[tuple[str, str, float]] = [] if name in AT_HAND else [(names[0], "at most", 2.0)]
    if name == RARE:
        bars.append(("", "at most", 100))
    return Figure(f"desk: {name}", "ms", values, False, bars)


def _known(moderator: Moderator, comments: int) -> dict[str, str]:
    """Return what addresses are made of: the key of the 50th comment that waits, one comment with its email, and words.

    A word of the same rank is in a hundred times as many comments of the larger site, and as many more rows would be
    drawn: the rare word is one that 60 to 90 comments of each site have, more than a page shows.
    """
    ids = [part.partition('"')[0] for part in moderator.get("/admin/comments").split(ROW)[1:]]
    rare = data.VOCABULARY[min(comments // 25, 19_990)]
    return {"after": ids[-1], "comment": ids[20], "rare": rare, "part": rare[1:-1]}


QUEUE, ROW = "/admin/comments?status=", 'id="c-'
# They show what happened, and much more did in the larger site; or there are more rows to draw there.
RARE = "search for a rare word"
AT_HAND = {"overview", "log", "search for a rarer word", "search on one post"}
PAGES = {
    "queue page": f"{QUEUE}pending",
    "next page": f"{QUEUE}pending&after={{after}}",
    "approved comments": f"{QUEUE}approved",
    "search for one person": f"{QUEUE}all&q={data.email_of(7)}",
    "search for an IP": f"{QUEUE}all&q=10.0.0.69",
    "search for two words": f"{QUEUE}all&q={data.VOCABULARY[0]}+{data.VOCABULARY[1]}",
    RARE: f"{QUEUE}all&q={{rare}}",
    "search for part of a rare word": f"{QUEUE}all&q={{part}}",
    "search for a common word": f"{QUEUE}pending&q=number",
    "search for a common word in the trash": f"{QUEUE}trash&q=number",
    "search for digits": f"{QUEUE}all&q=123",
    "search for two letters": f"{QUEUE}pending&q=zu",
    "one reason": f"{QUEUE}pending&rule=comment_max_links",
    "older than 30 days": f"{QUEUE}pending&days=30",
    "with replies": f"{QUEUE}all&replied=1",
    "a part of a name": f"{QUEUE}all&author={data.VOCABULARY[77]}",
    "one author's comments": f"{QUEUE}all&sender=email:{{comment}}",
    "author's record": "/admin/comments/{comment}",
    "search for a rarer word": f"{QUEUE}all&q={data.VOCABULARY[4_000]}",
    "search on one post": f"{QUEUE}all&post=post-60&q={data.VOCABULARY[40]}",
    "overview": "/admin/",
    "log": "/admin/log",
}


def decisions(options: Options) -> list[Figure]:
    """Decide on 1, 50, 1,000 and 10,000 comments of the large site at once."""
    _, large = options.sizes
    folder = data.site(large, "desk-large")
    ids = data.ids_that_wait(folder, 10_000)
    with servers.blog(folder) as server:
        moderator = Moderator(server)
        measures: dict[str, Callable[[], float]] = {
            f"{n:,}": lambda n=n: moderator.decide(ids[:n]) for n in (1, 50, 1_000) if n <= len(ids)
        }
        values = in_turn(options.rounds, measures)
        found = [Figure("decide on so many comments", "ms", values, False)]
        if "1,000" in values:
            found.append(Figure("decide on 1,000", "ms", {"1,000": values["1,000"]}, False, [("", "at most", 300)]))
        oldest = data.highest_id_of_oldest_waiting(folder, 10_000)
        values = in_turn(options.rounds, {"all of 10,000": lambda: moderator.decide_on_all(str(oldest))})
        found.append(Figure("decide on 10,000", "ms", values, False, [("", "at most", 2_000)]))
    return found
