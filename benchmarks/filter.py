"""Measure the learning filter beside scikit-learn, on labelled comments: `python -m benchmarks.filter [FOLDER]`.

FOLDER has CSV files with the columns CONTENT and CLASS (1 is spam), one for each source, like the YouTube Spam
Collection of Alberto, Lochter and Almeida (2015, https://archive.ics.uci.edu/dataset/380). Each source is judged by a
filter that learned the others; of texts that stand in it twice, anywhere, the first is taken. It goes through the
commands, `blog learn` and `blog score`, on a site that is made for it.
"""

import csv
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from blog.cli import main as blog

HERE = Path(__file__).parent.parent.parent / "shared" / "data" / "spam"
SCIKIT = Path(__file__).parent.parent / ".compare" / "bin" / "python"
SCRIPT = Path(__file__).with_name("scikit.py")
CAUGHT = 0.95
FIRST = 100
OURS, THEIRS = "the filter", "scikit-learn"

Labelled = tuple[str, bool]
Filter = Callable[[Sequence[Labelled], Sequence[str]], list[float]]


class Figures(NamedTuple):
    """Of one source: F1 at one half, the share of honest comments flagged where 95 % of spam is caught, F1 early."""

    f1: float
    flagged: float
    early: float


def load(folder: Path) -> dict[str, list[Labelled]]:
    """Return the labelled comments of each file, without repeats."""
    seen: set[str] = set()
    sources: dict[str, list[Labelled]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(row["CONTENT"], row["CLASS"] == "1") for row in csv.DictReader(file)]
        sources[path.stem] = [row for row in rows if not (row[0] in seen or seen.add(row[0]))]
    return sources


def ours(train: Sequence[Labelled], texts: Sequence[str]) -> list[float]:
    """Learn and score through the commands, on a site of its own."""
    with tempfile.TemporaryDirectory() as folder:
        site = ["--site", f"{folder}/site"]
        _run("init", f"{folder}/site")
        lines = [{"text": text, "label": "spam" if spam else "ham"} for text, spam in train]
        _run(*site, "learn", "-", lines=lines)
        said = _run(*site, "score", "-", lines=[{"text": text} for text in texts])
        return [json.loads(line)["spam"] for line in said.splitlines()]


def _run(*words: str, lines: Sequence[dict[str, str]] = ()) -> str:
    typed = "".join(json.dumps(line) + "\n" for line in lines)
    done = CliRunner(catch_exceptions=False).invoke(blog, list(words), input=typed)
    if done.exit_code:
        raise SystemExit(done.output)
    return done.stdout


def theirs(train: Sequence[Labelled], texts: Sequence[str]) -> list[float]:
    """Score with scikit-learn, in its own environment."""
    asked = json.dumps({"train": list(train), "texts": list(texts)})
    done = subprocess.run([SCIKIT, SCRIPT], input=asked, capture_output=True, text=True, check=True)
    scores: list[float] = json.loads(done.stdout)
    return scores


def has_scikit() -> bool:
    return SCIKIT.exists()


def f1(truth: Sequence[bool], scores: Sequence[float], cut: float = 0.5) -> float:
    pairs = list(zip(truth, scores, strict=True))
    right = sum(spam and score >= cut for spam, score in pairs)
    wrong = sum(spam != (score >= cut) for spam, score in pairs)
    return 2 * right / (2 * right + wrong) if right else 0.0


def flagged(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the share of honest comments that score as high as the threshold which catches 95 % of spam."""
    spam = sorted((score for is_spam, score in zip(truth, scores, strict=True) if is_spam), reverse=True)
    cut = spam[math.ceil(CAUGHT * len(spam) - 1e-9) - 1]
    honest = [score for is_spam, score in zip(truth, scores, strict=True) if not is_spam]
    return sum(score >= cut for score in honest) / len(honest)


def measure(sources: dict[str, list[Labelled]], judge: Filter) -> dict[str, Figures]:
    """Judge each source by a filter that learned the others, and by one that learned the first hundred of them."""
    found = {}
    for name, rows in sources.items():
        train = [row for other, more in sources.items() if other != name for row in more]
        texts, truth = [text for text, _ in rows], [spam for _, spam in rows]
        scores = judge(train, texts)
        found[name] = Figures(f1(truth, scores), flagged(truth, scores), f1(truth, judge(train[:FIRST], texts)))
    return found


def mean(found: dict[str, Figures]) -> Figures:
    return Figures(*(sum(column) / len(found) for column in zip(*found.values(), strict=True)))


def pace(sources: dict[str, list[Labelled]]) -> tuple[float, float]:
    """Return the milliseconds of a processor that learning one decision and scoring one comment take."""
    from blog import filter
    from blog.journal import events
    from blog.storage import store

    rows = [row for more in sources.values() for row in more]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blog.db"
        store.prepare(path)
        db = store.connect(path)
        lines = [{"text": text, "label": "spam" if spam else "ham"} for text, spam in rows]
        with store.transaction(db):
            filter.learn(db, filter.read(map(json.dumps, lines)), by=events.Actor("2026-05-07T12:00:00.000Z"))
        began = time.process_time()
        while filter.has_pending(db):
            with store.transaction(db):
                filter.update_counts(db, 1)
        learned = time.process_time()
        with store.transaction(db):
            filter.store(db, filter.fit(*filter.examples(db), judge=False), at="2026-05-07T12:00:00.000Z")
        ready = time.process_time()
        for text, _ in rows:
            filter.score(db, {"text": text})
        scored = time.process_time() - ready
        db.conn.close()
    return 1000 * (learned - began) / len(rows), 1000 * scored / len(rows)


def compare(sources: dict[str, list[Labelled]]) -> dict[str, dict[str, Figures]]:
    """Return the figures of each source and their `mean`, ours and, where it is installed, scikit-learn's."""
    found = {}
    for title, judge in ((OURS, ours), (THEIRS, theirs)) if has_scikit() else ((OURS, ours),):
        each = measure(sources, judge)
        found[title] = {**each, "mean": mean(each)}
    return found


def table(found: dict[str, dict[str, Figures]], paces: tuple[float, float]) -> str:
    """Write what `compare` and `pace` return."""
    lines = [f"{'':34}{'F1':>8}{'flagged':>10}{'F1 after 100':>15}"]
    for title, each in found.items():
        for name, figures in each.items():
            lines.append(f"{title + ', ' + name:34}{figures.f1:8.3f}{figures.flagged:10.1%}{figures.early:15.3f}")
    if THEIRS not in found:
        lines.append(f"{THEIRS} is not installed: `make .compare/installed` does it.")
    learned, scored = paces
    lines.append(f"of processor time, learning one decision {learned:.2f} ms, scoring one comment {scored:.2f} ms")
    return "\n".join(lines)


def main(folder: Path = HERE) -> None:
    sources = load(folder)
    if not sources:
        raise SystemExit(f"{folder} has no CSV files.")
    print(table(compare(sources), pace(sources)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
