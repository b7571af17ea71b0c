"""Points that are no races: how well the filter tells spam, and what each tokenizer finds."""

from contextlib import redirect_stdout
from io import StringIO

from benchmarks import filter, search
from benchmarks.figures import Figure, Point, Table
from benchmarks.filter import OURS, THEIRS
from benchmarks.options import Options

COMMENTS = 30_000
MISSING = "Not measured: ../shared/data/spam has no CSV files. `python -m benchmarks.filter FOLDER` takes any folder."


def filtering(options: Options) -> list[Point]:
    """The filter beside scikit-learn on labelled comments: the whole table, and the means that have bars."""
    name = "the filter on labelled comments"
    sources = filter.load(filter.HERE)
    if not sources:
        return [Table(name, MISSING)]
    found = filter.compare(sources)
    written = Table(name, filter.table(found, filter.pace(sources)))
    return [written, *_means(found)] if THEIRS in found else [written]


def _means(found: dict[str, dict[str, filter.Figures]]) -> list[Figure]:
    means = {title: each["mean"] for title, each in found.items()}
    beyond = means[OURS].f1 - means[THEIRS].f1
    flagged = {title: [100 * each.flagged] for title, each in means.items()}
    early = {title: [each.early] for title, each in means.items()}
    return [
        Figure("filter: F1 beyond scikit-learn's", "of 1", {"mean": [beyond]}, bars=[("", "at least", 0.01)]),
        Figure(
            "filter: honest comments flagged where 95 % of spam is caught",
            "%",
            flagged,
            more_is_better=False,
            bars=[(THEIRS, "at most", 0.7)],
        ),
        Figure("filter: F1 after 100 decisions", "of 1", early, bars=[("", "at least", 0.82)]),
    ]


def searching(options: Options) -> list[Point]:
    """The tokenizers that the desk's search could have."""
    said = StringIO()
    with redirect_stdout(said):
        search.main(COMMENTS)
    return [Table(f"tokenizers for search, {COMMENTS:,} comments in ten languages", said.getvalue().rstrip())]
