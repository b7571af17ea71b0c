"""Moments as they are kept, and moments before them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from blog.journal.events import earlier, moment, stamp

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.integers(0, 36_500), st.integers(0, 100_000))
def test_an_earlier_moment_is_the_one_that_a_clock_would_have_shown(at: datetime, days: int, seconds: int) -> None:
    written = stamp(at)
    assert earlier(written, days=days, seconds=seconds) == stamp(moment(written) - timedelta(days, seconds))
