"""The weights: computed from the training set, stored with the number that identifies the set, and evaluated.

They depend on the set alone. Undoing a decision restores the set, and with it the weights.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypedDict
from zlib import crc32

from sqlite_utils import Database

from blog.filter import model
from blog.filter.model import COUNTED, Counts, Numbers
from blog.filter.training import is_trained, state, unpacked

MOST = 4_000  # newest examples of each kind from which the weights are computed
JUDGED, PARTS = 500, 5  # for the curve: examples of each kind, and folds of the cross-validation
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)

Example = tuple[Numbers, bool]


class Cut(TypedDict):
    """At a threshold in percent: the share of spam that is caught, and of honest comments that are taken for spam."""

    at: int
    caught: float
    wrong: float


class Curve(TypedDict):
    """How well the filter does on unknown examples: `points` are (wrong, caught), from (0, 0) to (1, 1)."""

    spam: int
    ham: int
    points: list[tuple[float, float]]
    cuts: list[Cut]


class Fit(TypedDict):
    digest: int
    weights: array[float]
    curve: Curve | None


def is_current(db: Database) -> bool:
    """Tell whether the stored weights belong to the present training set, or there are too few examples for weights."""
    counts = state(db)
    row = db.conn.execute("select digest from filter_fit").fetchone()
    return not is_trained(counts) or (row is not None and row[0] == counts["digest"])


def examples(db: Database) -> tuple[int, list[Example]]:
    """Return the number of the training set and its newest examples, in an order that depends on the set alone."""
    rows: list[tuple[int, str, bytes]] = []
    for label in ("spam", "ham"):
        for which in ("key > 0 order by key desc", "key < 0 order by key"):
            rows += db.conn.execute(
                f"select key, learned, features from filter_examples where learned = ? and {which} limit ?",
                [label, MOST - sum(row[1] == label for row in rows)],
            ).fetchall()
    rows.sort(key=lambda row: (crc32(str(row[0]).encode()), row[0]))
    return state(db)["digest"], [(unpacked(blob), label == "spam") for _, label, blob in rows]


def fit(digest: int, examples: Sequence[Example], *, judge: bool, rest: Callable[[], None] | None = None) -> Fit:
    """Compute the weights, and with `judge` how well they do; slow, and without the database."""
    return {
        "digest": digest,
        "weights": model.fit(examples, rest),
        "curve": curve(examples, rest) if judge else None,
    }


def store(db: Database, made: Fit, *, at: str) -> None:
    db.conn.execute(
        """
        insert into filter_fit (id, digest, at, weights, curve) values (1, :digest, :at, :weights, :curve)
        on conflict (id) do update set digest = excluded.digest, at = excluded.at, weights = excluded.weights,
          curve = coalesce(nullif(excluded.curve, ''), curve)
        """,
        {
            "digest": made["digest"],
            "at": at,
            "weights": made["weights"].tobytes(),
            "curve": json.dumps(made["curve"]) if made["curve"] else "",
        },
    )


def stored_curve(db: Database) -> tuple[Curve | None, str]:
    """Return the last curve, and when the weights were computed."""
    row = db.conn.execute("select curve, at from filter_fit").fetchone()
    return (json.loads(row[0]) if row and row[0] else None), (row[1] if row else "")


def count_words(examples: Sequence[Example]) -> Counts:
    """Count the words of examples as the database does."""
    spam: Counter[int] = Counter()
    ham: Counter[int] = Counter()
    for numbers, is_spam in examples:
        for group in COUNTED:
            (spam if is_spam else ham).update(numbers[group])
    every = spam.keys() | ham.keys()
    return Counts(
        sum(spam.values()), sum(ham.values()), len(every), {number: (spam[number], ham[number]) for number in every}
    )


def curve(examples: Sequence[Example], rest: Callable[[], None] | None = None) -> Curve:
    """Score each fifth of the examples with a filter trained on the others."""
    seen: Counter[bool] = Counter()
    chosen = []
    for example in examples:  # both kinds are mixed in this order
        seen[example[1]] += 1
        if seen[example[1]] <= JUDGED:
            chosen.append(example)
    scores: list[tuple[float, bool]] = []
    for part in range(PARTS):
        learned = [each for place, each in enumerate(chosen) if place % PARTS != part]
        counts, weights = count_words(learned), model.fit(learned, rest)
        for numbers, is_spam in chosen[part::PARTS]:
            scores.append((model.spam(numbers, counts, weights), is_spam))
            if rest is not None:
                rest()
    return curve_of(scores)


def curve_of(scores: Sequence[tuple[float, bool]]) -> Curve:
    """Return the curve for pairs of score and whether it is spam."""
    spam = sum(is_spam for _, is_spam in scores)
    ham = len(scores) - spam
    points, caught, wrong = [(0.0, 0.0)], 0, 0
    ordered = sorted(scores, reverse=True)
    for place, (score, is_spam) in enumerate(ordered):
        caught, wrong = caught + is_spam, wrong + (not is_spam)
        if place + 1 == len(ordered) or ordered[place + 1][0] < score:
            points.append((round(wrong / (ham or 1), 4), round(caught / (spam or 1), 4)))
    cuts: list[Cut] = [
        {
            "at": round(cut * 100),
            "caught": sum(score >= cut for score, is_spam in scores if is_spam) / (spam or 1),
            "wrong": sum(score >= cut for score, is_spam in scores if not is_spam) / (ham or 1),
        }
        for cut in CUTS
    ]
    return {"spam": spam, "ham": ham, "points": points, "cuts": cuts}
