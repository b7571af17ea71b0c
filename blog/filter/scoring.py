"""What the filter says of one comment."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from typing import NamedTuple

from sqlite_utils import Database

from blog.filter import features, fitting, model
from blog.filter.model import COUNTED, SLOTS, Counts
from blog.filter.training import is_trained, state


class Score(NamedTuple):
    """How likely a comment is spam, from 0 to 1, and its main signals with their weights, above 0 for spam.

    How a signal is shown: blog/rules/signals.py.
    """

    spam: float
    because: list[tuple[str, float]]

    @property
    def words(self) -> tuple[str, ...]:
        """Return at most four signals for the side that won."""
        sign = 1 if self.spam >= 0.5 else -1
        return tuple(name for name, weight in self.because if weight * sign > 0)[:4]


def percent(score: float | None) -> str:
    """Write a score as a percentage of at most 99; "" for no score."""
    return "" if score is None else f"{min(int(score * 100), 99)} %"


def score(db: Database, fields: Mapping[str, str | None], weights: array[float] | None = None) -> Score | None:
    """Score a comment (`text`, `author`, `email`, `url`) with one query; None while the filter is not trained.

    It uses the stored weights, or those given.
    """
    text_features = features.of(fields)
    numbers = [number for group in COUNTED for number in text_features.numbers[group]]
    row = db.conn.execute(
        """
        select s.spam, s.ham, s.spam_words, s.ham_words, s.different,
          (select json_group_array(json_array(number, spam, ham)) from filter_words
            where number in (select value from json_each(:numbers))),
          iif(:given, null, (select weights from filter_fit))
        from filter_state s
        """,
        {"numbers": json.dumps(numbers), "given": weights is not None},
    ).fetchone()
    if not is_trained({"spam": row[0], "ham": row[1]}):
        return None
    each = {number: (spam, ham) for number, spam, ham in json.loads(row[5])}
    if weights is None:
        weights = array("f", row[6] or bytes(4 * (SLOTS + 1)))
    counts = Counts(row[2], row[3], row[4], each)
    return Score(model.spam(text_features.numbers, counts, weights), model.because(text_features, counts, weights))


def current_weights(db: Database) -> array[float]:
    """Return the weights of the present training set: the stored ones, or else new ones that are not stored."""
    row = db.conn.execute("select digest, weights from filter_fit").fetchone()
    if row is not None and row[0] == state(db)["digest"]:
        return array("f", row[1])
    return model.fit(fitting.examples(db)[1])


def rescore(db: Database, *, below: int | None = None, most: int = 50) -> int | None:
    """Score pending comments again, the newest first; return the id below which to go on, None at the end."""
    rows = db.conn.execute(
        """
        select id, text, author, email, url from comments where status = 'pending' and id < ? order by id desc limit ?
        """,
        [below if below is not None else 1 << 62, most],
    ).fetchall()
    for number, text, author, email, url in rows:
        result = score(db, {"text": text, "author": author, "email": email, "url": url})
        if result is None:
            return None
        db.conn.execute(
            "update comments set score = ?, weighed = ? where id = ?", [result.spam, json.dumps(result.because), number]
        )
    return int(rows[-1][0]) if len(rows) == most else None
