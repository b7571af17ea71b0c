"""How well the filter does on comments that it has not seen, beside scikit-learn in the same run."""

import pytest

from benchmarks import filter as bench

pytestmark = pytest.mark.skipif(
    len(bench.load(bench.HERE)) < 3, reason="The labelled comments (three CSV files) are not beside this folder."
)


def test_it_is_right_about_comments_that_it_has_not_seen() -> None:
    figures = bench.mean(bench.measure(bench.load(bench.HERE), bench.ours))
    assert figures.f1 >= 0.9
    assert figures.flagged <= 0.1
    assert figures.early >= 0.82


@pytest.mark.slow
@pytest.mark.skipif(not bench.has_scikit(), reason="scikit-learn is not installed: `make .compare/installed` does it.")
def test_it_does_better_than_logistic_regression_on_letter_groups() -> None:
    sources = bench.load(bench.HERE)
    ours, theirs = (bench.mean(bench.measure(sources, judge)) for judge in (bench.ours, bench.theirs))
    assert ours.f1 >= theirs.f1 + 0.01
    assert ours.flagged <= 0.7 * theirs.flagged
    assert ours.early >= 0.82
