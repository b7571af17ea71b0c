from datetime import UTC, date, datetime

import pytest

from blog import wording

MORNING = datetime(2026, 5, 7, 9, 5, tzinfo=UTC)


def test_english_numbers_dates_and_lists_are_written_as_the_pages_always_wrote_them() -> None:
    assert wording.number(1_234_567) == "1,234,567"
    assert wording.date(MORNING) == "7 May 2026"
    assert wording.time(MORNING) == "09:05"
    assert wording.date_and_time(MORNING) == "7 May 2026, 09:05"
    assert [wording.month(datetime(2026, month, 1)) for month in (1, 9)] == ["January 2026", "September 2026"]
    assert [wording.day_and_month(date(2026, month, 7)) for month in (5, 6, 9)] == ["7 May", "7 Jun", "7 Sept"]
    assert [wording.listed("abc"[:length]) for length in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("count", "sentence"), [(0, "0 links by Ana."), (1, "One link by Ana."), (1_200, "1,200 links by Ana.")]
)
def test_a_count_chooses_the_whole_sentence(count: int, sentence: str) -> None:
    assert wording.ngettext("One link by {who}.", "{n} links by {who}.", count, who="Ana") == sentence


def test_braces_in_a_value_stay_as_they_are() -> None:
    assert wording.ngettext("", "{n} {who}", 2, who="{n} {0} {") == "2 {n} {0} {"


def test_another_language_has_its_own_signs() -> None:
    with wording.language("pl"):
        assert wording.number(12_345) == "12\xa0345"
        assert wording.date(MORNING) == "7 maja 2026"
        assert wording.listed("abc") == "a, b i c"
        assert wording.gettext("A sentence without a translation.") == "A sentence without a translation."
    assert wording.number(12_345) == "12,345"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(-5, "just now"), (59, "just now"), (60, "1 min"), (7_200, "2 h"), (86_400 * 1_000, "1,000 d")],
)
def test_how_long_ago_is_told_in_the_largest_unit(seconds: float, written: str) -> None:
    assert wording.ago(seconds) == written
