"""Dates as blogs print them."""

import pytest

from blog.importing.dates import when


@pytest.mark.parametrize(
    ("text", "at", "assumed"),
    [
        ("March 4, 2018 at 9:12 pm", "2018-03-04T21:12:00Z", True),
        ("Mar. 4th, 2018", "2018-03-04T00:00:00Z", True),
        ("Sunday, 4 March 2018, 21:12", "2018-03-04T21:12:00Z", True),
        ("4th of March 2018 @ 12:05 a.m.", "2018-03-04T00:05:00Z", True),
        ("Sept 30, 2018 | 12:00 PM", "2018-09-30T12:00:00Z", True),
        ("2018/03/04 at 21:12", "2018-03-04T21:12:00Z", True),
        ("2018-03-04 21:12:59", "2018-03-04T21:12:59Z", True),
        ("2018-03-04T21:12:59.120Z", "2018-03-04T21:12:59Z", False),
        ("2018-03-04T21:12:59+02:00", "2018-03-04T19:12:59Z", False),
        ("2018-03-04T21:12:59-0530", "2018-03-05T02:42:59Z", False),
        ("9999-12-31T23:59:59-10:00", None, False),
        ("03/04/2018", None, False),
        ("4 Brumaire 2018", None, False),
        ("March 32, 2018", None, False),
        ("March 4, 1066", None, False),
        ("March 4, 2018 at 13:00 pm", None, False),
        ("It was March 4, 2018", None, False),
        ("", None, False),
        ("1" * 100_000, None, False),
    ],
)
def test_a_printed_date_becomes_utc_or_is_none(text: str, at: str | None, assumed: bool) -> None:
    found = when(text)
    assert (found.at if found else None) == at
    assert (found.assumed if found else False) == assumed
