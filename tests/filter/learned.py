"""Comments that a filter can tell apart, and what the filter has learned, in a form that can be compared."""

from typing import Any

from sqlite_utils import Database

from blog import filter
from blog.storage import store
from tests import factories

SPAM = "Check out my channel number {n}, free money at http://cheap{n}.example.com/buy"
HAM = "The lamp keeper of chapter {n} is drawn so well that I read it twice."


def send(db: Database, text: str, n: int) -> int:
    """Let the n-th stranger send a comment; return its id."""
    return factories.submit(db, text, n=n, author=f"Reader {n}", email=f"reader{n}@example.org")


def decide_on(db: Database, spam: int, ham: int, first: int = 1) -> None:
    """Send comments of both kinds and decide on them."""
    for n in range(first, first + spam + ham):
        kind = "spam" if n - first < spam else "approve"
        factories.decide(db, send(db, (SPAM if kind == "spam" else HAM).format(n=n), n), kind)
    feed(db)


def feed(db: Database) -> None:
    with store.transaction(db):
        while filter.update_counts(db):
            pass


def fit(db: Database, judge: bool = False) -> None:
    with store.transaction(db):
        filter.store(db, filter.fit(*filter.examples(db), judge=judge), at=factories.NOON)


def everything(db: Database) -> dict[str, Any]:
    """Return all that the filter has learned: the set, the counts, and the weights that follow from them."""
    feed(db)
    return {
        "examples": db.conn.execute("select * from filter_examples order by key").fetchall(),
        "words": db.conn.execute("select * from filter_words order by number").fetchall(),
        "state": filter.state(db),
        "weights": filter.current_weights(db).tobytes(),
    }
