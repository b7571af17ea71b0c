"""What was measured: rounds of the same thing for us and for others, in turn, so that a busy machine is so for all."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

OURS = "Afterword"
Measure = Callable[[], float]


@dataclass
class Figure:
    """One point: `values` are the rounds by whom they are of, `unit` what they count.

    `bar` says in words what is to be reached, of the ratio `ours / other` ("at_least", "at_most") or of our own figure
    (then `against` is empty). `taken` tells when, and how busy the machine was.
    """

    name: str
    unit: str
    values: dict[str, list[float]]
    more_is_better: bool = True
    bars: list[tuple[str, str, float]] = field(default_factory=list)
    note: str = ""
    taken: str = ""

    def ratios(self, other: str, ours: str = OURS) -> list[float]:
        """Return ours to another's, round by round."""
        return [mine / theirs for mine, theirs in zip(self.values[ours], self.values[other], strict=True)]

    def verdicts(self) -> list[dict[str, Any]]:
        """Return for each bar what it wants, what was measured, and whether that reaches it."""
        found = []
        for against, how, bar in self.bars:
            if against and against not in self.values:
                continue
            ours = next(iter(self.values))
            measured = median(self.ratios(against, ours)) if against else median(self.values[ours])
            reached = measured >= bar if how == "at least" else measured <= bar
            what = f"times {against}" if against else self.unit
            found.append({"wanted": f"{how} {bar:g} {what}", "measured": measured, "reached": reached})
        return found

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Table:
    """What another command prints, as it prints it: a point that is no race."""

    name: str
    text: str
    taken: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Point = Figure | Table


def in_turn(rounds: int, measures: dict[str, Measure]) -> dict[str, list[float]]:
    """Measure each once, then each once more, and so on."""
    values: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            values[name].append(measure())
    return values
