"""How thoroughly to measure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """So many rounds of so many seconds each; `sizes` are the numbers of comments that are set side by side."""

    rounds: int = 5
    seconds: float = 3
    sizes: tuple[int, int] = (10_000, 1_000_000)


QUICK = Options(rounds=3, seconds=1)
