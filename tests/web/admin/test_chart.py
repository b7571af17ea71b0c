"""The chart of the overview: which bars it has, on which scale, and what is written beside them."""

from datetime import date, timedelta
from typing import Any

from blog.web.admin import chart


def days(*counts: int, refused: int = 0, length: int = chart.DAYS) -> list[dict[str, Any]]:
    """Return the last days, with the newest counts at their end."""
    kept = [0] * (length - len(counts)) + list(counts)
    first = date(2026, 5, 1)
    return [
        {"day": (first + timedelta(days=n)).isoformat(), "kept": each, "waiting": 0, "refused": refused}
        for n, each in enumerate(kept)
    ]


def test_with_few_comments_a_bar_is_a_week_and_carries_its_number() -> None:
    drawn = chart.of_days(days(3, *[0] * 6, 1, 1))
    assert (drawn["weekly"], drawn["bars"], drawn["total"], drawn["ticks"]) == (True, 13, 5, [])
    assert [(each["text"], each["anchor"]) for each in drawn["words"]] == [("3", "middle"), ("2", "middle")]
    assert drawn["end"] == "this week"


def test_one_comment_is_no_tower() -> None:
    drawn = chart.of_days(days(1))
    assert drawn["words"][0]["y"] == chart.LINE - round(chart.UP / chart.SMALLEST, 1) - 5


def test_from_ninety_comments_on_a_bar_is_a_day() -> None:
    assert chart.of_days(days(*[1] * 89))["weekly"]
    drawn = chart.of_days(days(*[1] * 90))
    assert (drawn["weekly"], drawn["bars"], drawn["end"]) == (False, 91, "today")


def test_a_year_is_drawn_by_weeks_on_a_scale() -> None:
    drawn = chart.of_days(days(*[2] * 364, length=364))
    assert (drawn["weekly"], drawn["bars"]) == (True, 52)
    assert [each["text"] for each in drawn["ticks"]] == ["5", "10"]
    assert len(drawn["weeks"]) == 52


def test_the_highest_day_is_named() -> None:
    drawn = chart.of_days(days(*[3] * 60, 8, *[3] * 20))
    assert [each["text"] for each in drawn["words"]] == ["8 on 10 Jul"]
    assert drawn["gaps"] == ""


def test_a_day_that_would_flatten_the_others_is_cut_and_carries_its_number() -> None:
    drawn = chart.of_days(days(*[3] * 60, 400, *[4] * 20))
    assert [each["text"] for each in drawn["words"]] == ["400 on 10 Jul"]
    assert drawn["most"] == 400
    assert drawn["gaps"].count("M") == 2
    assert f"v-{chart.UP}h" in drawn["kept"]  # as high as the drawing
    assert [each["text"] for each in drawn["ticks"]] == ["5"]


def test_spam_has_a_scale_of_its_own() -> None:
    drawn = chart.of_days(days(*[3] * 60, refused=100))
    assert [each["text"] for each in drawn["ticks"]] == ["5", "50", "100"]
    assert chart.describe(drawn) == (
        "One bar a day: at most 3 approved and waiting comments, at most 100 in spam and trash."
        " The table below has the figures."
    )


def test_nothing_at_all_is_no_chart() -> None:
    drawn = chart.of_days(days())
    assert (drawn["total"], drawn["words"], drawn["kept"], drawn["refused"]) == (0, [], "", "")
