"""The filter's arithmetic: two simple models, whose evidence is added.

**Counts.** For each word and pair of words, in how many spam and how many honest comments it occurred. These are whole
numbers, so what was added can be subtracted exactly. They are useful after a few dozen decisions.

**Weights.** One number for each feature, by logistic regression: better at the difficult cases, but it needs more
examples. The weights depend on the set of examples alone, not on the order of the decisions.
The method is the dual coordinate descent of Yu, Huang and Lin (2011), "Dual coordinate descent methods for logistic
regression and maximum entropy models", with each one-variable problem solved for the logit of its coefficient.

Chosen by measurement: docs/filter.md has the figures.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from blog.filter.features import GROUPS, Features

SLOTS = 1 << 18
MASK = SLOTS - 1
SHARE = {"word": 1.0, "pair": 1.0, "letters": 2.0, "link": 1.0, "shape": 1.0, "sender": 1.0}
COUNTED = ("word", "pair")
SMOOTH = 1.0
COST = 30.0  # how much an example on the wrong side weighs against large weights
PASSES, AVERAGED = 6, 3  # passes over the examples; the weights are the mean of those after the last ones
LEAN = 0.5  # towards spam: unknown words make the score too cautious
WORK = 0.001  # seconds between two rests
EVIDENCE = 30.0  # beyond it a probability is 0 or 1 anyway

Numbers = Mapping[str, "array[int]"]


@dataclass(frozen=True)
class Counts:
    """Word features: the totals of spam and ham, the number of different ones, and (spam, ham) for each."""

    spam: int
    ham: int
    different: int
    each: Mapping[int, tuple[int, int]]


def fit(examples: Sequence[tuple[Numbers, bool]], rest: Callable[[], None] | None = None) -> array[float]:
    """Return the weights, `SLOTS` of them and one for the base, for examples (features, is it spam?) in this order.

    `rest` is called after each millisecond of work, so that a server can answer meanwhile.
    """
    weights = [0.0] * (SLOTS + 1)
    rows = [_row(numbers) for numbers, _ in examples]
    signs = [1.0 if spam else -1.0 for _, spam in examples]
    sizes = [1.0 + sum(share * share * len(slots) for share, slots in row) for row in rows]
    pulls, sums = [0.0] * len(rows), [0.0] * len(rows)
    for turn in range(PASSES):
        for place in _resting(range(len(rows)), rest):
            row, sign, pull = rows[place], signs[place], pulls[place]
            shift = sign * _dot(weights, row) - sizes[place] * pull
            pulls[place] = new = COST * sigmoid(_root(sizes[place] * COST, shift))
            _add(weights, row, sign * (new - pull))
            sums[place] += new if turn >= PASSES - AVERAGED else 0.0
    weights = [0.0] * (SLOTS + 1)
    for place in _resting(range(len(rows)), rest):
        _add(weights, rows[place], signs[place] * sums[place] / AVERAGED)
    return array("f", weights)


def _resting(places: range, rest: Callable[[], None] | None) -> Iterator[int]:
    due = time.perf_counter() + WORK
    for place in places:
        yield place
        if rest is not None and time.perf_counter() > due:
            rest()
            due = time.perf_counter() + WORK


def _add(weights: list[float], row: Sequence[tuple[float, array[int]]], step: float) -> None:
    weights[SLOTS] += step
    for share, slots in row:
        part = share * step
        for slot in slots:
            weights[slot] += part


def _row(numbers: Numbers) -> list[tuple[float, array[int]]]:
    """Return the slots of each group and the share of one feature, so that long groups weigh no more than short."""
    return [
        (SHARE[group] / math.sqrt(len(numbers[group])), array("I", (number & MASK for number in numbers[group])))
        for group in GROUPS
        if len(numbers[group])
    ]


def _dot(weights: Sequence[float], row: Sequence[tuple[float, array[int]]]) -> float:
    get = weights.__getitem__
    return weights[SLOTS] + sum(share * sum(map(get, slots)) for share, slots in row)


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-EVIDENCE, min(EVIDENCE, x))))


def _root(slope: float, shift: float) -> float:
    """Return t with t + slope * sigmoid(t) + shift = 0; there is exactly one."""
    low, high = -shift - slope, -shift
    t = max(low, min(high, 0.0))
    for _ in range(40):
        s = sigmoid(t)
        value = t + slope * s + shift
        if value > 0:
            high = t
        else:
            low = t
        if abs(value) < 1e-9:
            break
        following = t - value / (1.0 + slope * s * (1.0 - s))
        t = following if low < following < high else (low + high) / 2
    return t


def ratio(counts: Counts, number: int) -> float:
    """Return the evidence of one word: the logarithm of its frequency in spam divided by that in honest comments."""
    spam, ham = counts.each.get(number, (0, 0))
    every = SMOOTH * counts.different
    return math.log((spam + SMOOTH) * (counts.ham + every) / ((ham + SMOOTH) * (counts.spam + every)))


def spam(numbers: Numbers, counts: Counts, weights: Sequence[float]) -> float:
    """Return the probability of spam, from 0 to 1."""
    counted = [number for group in COUNTED for number in numbers[group]]
    words = sum(ratio(counts, number) for number in counted) if counts.different else 0.0
    return sigmoid(_dot(weights, _row(numbers)) + words / math.sqrt(len(counted) or 1) + LEAN)


def because(features: Features, counts: Counts, weights: Sequence[float], most: int = 8) -> list[tuple[str, float]]:
    """Return the main signals, the heaviest first: name and part of the evidence, above 0 for spam.

    The weight of a letter group is added to the words in which it occurs.
    """
    parts: dict[str, float] = {}
    counted = math.sqrt(sum(len(features.numbers[group]) for group in COUNTED) or 1)
    for group in GROUPS:
        numbers = features.numbers[group]
        share = SHARE[group] / math.sqrt(len(numbers) or 1)
        for place, number in enumerate(numbers):
            part = share * weights[number & MASK] + (ratio(counts, number) / counted if number in counts.each else 0.0)
            if group != "letters":
                name = features.names[number]
                parts[name] = parts.get(name, 0.0) + part
                continue
            for owner in features.spans[place]:
                word = features.words[owner].strip(".,;:!?()[]\"'“”") if features.words else ""
                if word:
                    parts[word] = parts.get(word, 0.0) + part / len(features.spans[place])
    heaviest = sorted(parts.items(), key=lambda each: -abs(each[1]))[:most]
    return [(name, round(part, 2)) for name, part in heaviest if abs(part) >= 0.05]
