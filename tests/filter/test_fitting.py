"""The weights and the curve: functions of the training set, whatever the order of the decisions."""

from sqlite_utils import Database

from blog import filter
from blog.filter import features, model
from blog.filter.fitting import count_words, curve_of
from blog.storage import store
from tests import factories
from tests.filter.learned import HAM, SPAM, decide_on, fit


def examples(count: int) -> list[tuple[model.Numbers, bool]]:
    return [(features.of({"text": (SPAM if n % 2 else HAM).format(n=n)}).numbers, bool(n % 2)) for n in range(count)]


def test_the_weights_are_the_same_bit_for_bit_whenever_they_are_made() -> None:
    found = examples(300)
    rests: list[int] = []
    assert model.fit(found) == model.fit(found, lambda: rests.append(1))
    assert rests


def test_a_filter_tells_what_it_learned_apart_and_says_by_what() -> None:
    found = examples(60)
    counts, weights = count_words(found), model.fit(found)
    for template, spam in ((SPAM, True), (HAM, False)):
        seen = features.of({"text": template.format(n=77)})
        assert (model.spam(seen.numbers, counts, weights) > 0.9) == spam
        said = model.because(seen, counts, weights)
        assert sum(weight for _, weight in said) * (1 if spam else -1) > 0
    assert len(said) <= 8


def test_without_examples_it_says_nothing_either_way() -> None:
    seen = features.of({"text": "Words."})
    assert model.spam(seen.numbers, count_words([]), model.fit([])) < 0.7


def test_the_root_of_each_step_is_found_for_every_slope_and_shift() -> None:
    for slope in (0.0, 0.1, 30.0, 5_000.0):
        for shift in (-4_000.0, -3.0, 0.0, 2.0, 900.0):
            t = model._root(slope, shift)
            assert abs(t + slope * model.sigmoid(t) + shift) < 1e-6 * (1 + abs(shift) + slope)


def test_the_weights_that_are_kept_are_used_until_the_set_changes(db: Database) -> None:
    factories.post(db)
    decide_on(db, 26, 26)
    assert not filter.is_current(db)
    fit(db, judge=True)
    assert filter.is_current(db)
    decide_on(db, 1, 0, first=200)
    assert not filter.is_current(db)
    factories.undo(db)
    with store.transaction(db):
        filter.update_counts(db)
    assert filter.is_current(db)  # the set is as it was, and so are its weights
    curve, at = filter.stored_curve(db)
    assert curve is not None
    assert (curve["spam"], curve["ham"], at) == (26, 26, factories.NOON)
    assert [cut["at"] for cut in curve["cuts"]] == [50, 60, 70, 80, 90, 95, 98, 99]


def test_a_filter_that_can_tell_them_apart_is_judged_well() -> None:
    found = examples(120)
    cuts = {cut["at"]: cut for cut in filter.curve(found)["cuts"]}
    assert cuts[50]["caught"] > 0.95
    assert cuts[50]["wrong"] < 0.05


def test_the_curve_goes_from_nothing_to_everything_and_counts_what_is_caught_and_wrong() -> None:
    curve = curve_of([(0.9, True), (0.8, False), (0.8, True), (0.1, False)])
    assert curve["points"] == [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]
    assert curve["cuts"][0] == {"at": 50, "caught": 1.0, "wrong": 0.5}
    assert curve["cuts"][4] == {"at": 90, "caught": 0.5, "wrong": 0.0}
