"""`python -m benchmarks [NAMES...] [--quick]`: measure all points, or those named, and write the report."""

import sys
import time
from importlib.util import find_spec

from benchmarks import desk, keys, reading, report, running, tables, writing
from benchmarks.options import QUICK, Options

POINTS = {
    "cached": reading.cached,
    "kinds": reading.kinds,
    "workers": reading.workers,
    "anew": reading.anew,
    "long": reading.long_threads,
    "weights": reading.weights,
    "stored": writing.stored,
    "threads": writing.threads,
    "flooded": writing.flooded,
    "desk": desk.pages,
    "decisions": desk.decisions,
    "keys": keys.keys,
    "publishing": running.publishing,
    "start": running.start,
    "memory": running.memory,
    "filter": tables.filtering,
    "tokenizers": tables.searching,
}


def main(words: list[str]) -> None:
    names = [word for word in words if not word.startswith("--")]
    if strange := [name for name in names if name not in POINTS]:
        raise SystemExit(f"There is no point {strange[0]!r}; there are {', '.join(POINTS)}.")
    if find_spec("numpy"):  # sqlite-utils imports it where it finds it: a tenth of a second of the start, and 20 MiB
        raise SystemExit("numpy is installed here, and no site has it. Run `make clean`, then `make bench` again.")
    options = QUICK if "--quick" in words else Options()
    others = bool(names)
    for name in names or POINTS:
        began, taken = time.monotonic(), report.moment()
        figures = POINTS[name](options)
        for figure in figures:
            figure.taken = taken
        every = report.keep(figures, others=others)
        others = True
        print(f"{name} ({time.monotonic() - began:.0f} s)")
        for figure in figures:
            print(report.summary(figure))
        path = report.write(every)
    print(f"The report is {path}.")


main(sys.argv[1:])
