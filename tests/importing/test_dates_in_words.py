"""Dates as blogs in seven languages print them."""

from datetime import UTC, datetime

import pytest

from blog.importing import dates_in_words

NOW = datetime(2026, 5, 7, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("26. Mai 2008 um 21:07", "2008-05-26T21:07:00Z"),
        ("Donnerstag, 5. März 2020, 14:05 Uhr", "2020-03-05T14:05:00Z"),
        ("Mittwoch, 3. Februar 2010 um 11.23 Uhr", "2010-02-03T11:23:00Z"),
        ("26 abril 2022 a las 14:02", "2022-04-26T14:02:00Z"),
        ("2 de octubre de 2016 a las 17:45", "2016-10-02T17:45:00Z"),
        ("3 mai 2020 à 14 h 05 min", "2020-05-03T14:05:00Z"),
        ("1er janvier 2015", "2015-01-01T00:00:00Z"),
        ("le 3 août 2012 à 08:15", "2012-08-03T08:15:00Z"),
        ("3 dicembre 2019 alle 9:05", "2019-12-03T09:05:00Z"),
        ("12 de março de 2021 às 18:30", "2021-03-12T18:30:00Z"),
        ("7 maart 2017 om 08:12", "2017-03-07T08:12:00Z"),
        ("14/04/2020 at 3:00 pm", "2020-04-14T15:00:00Z"),
        ("vor 3 Tagen", "2026-05-04T12:00:00Z"),
        ("il y a 2 ans", "2024-05-07T12:00:00Z"),
        ("hace 5 horas", "2026-05-07T07:00:00Z"),
        ("3 dagen geleden", "2026-05-04T12:00:00Z"),
    ],
)
def test_a_date_is_read_in_its_language(text: str, at: str) -> None:
    found = dates_in_words.read(text, now=NOW)
    assert found is not None
    assert found[0] == at


@pytest.mark.parametrize(
    "text",
    [
        "Reply",
        "Antworten",
        "1. Punkt",
        "May",
        "Jun 20th at 2:41 am",
        "5 comments",
        "03/04/2018",
        "Version 2.3.1",
        "",
        "1",
    ],
)
def test_what_is_no_whole_date_is_none(text: str) -> None:
    assert dates_in_words.read(text, now=NOW) is None


def test_the_language_of_the_page_tells_days_from_months() -> None:
    assert dates_in_words.read("03/04/2018", language="fr") == ("2018-04-03T00:00:00Z", True)


def test_a_relative_date_without_the_time_of_the_page_is_none() -> None:
    assert dates_in_words.read("vor 3 Tagen") is None
