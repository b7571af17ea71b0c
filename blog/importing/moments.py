"""Read the times that exports hold, to ISO 8601 in UTC. What is not a time is None; it never becomes today."""

import re
from datetime import UTC, datetime, tzinfo

EARLIEST, LATEST = 1970, 2100


def utc(text: str, zone: tzinfo = UTC) -> str | None:
    """Read "2026-05-07 09:31:00", "2026-05-07T09:31:00Z" and their kin; one without an offset is in `zone`."""
    text = re.sub(r"\s+(?:UTC|GMT)$", "Z", text.strip())
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)  # Go writes nanoseconds
    text = re.sub(r"\s+([+-]\d{2}:?\d{2})$", r"\1", text)
    try:
        return _stamp(datetime.fromisoformat(text), zone)
    except ValueError:
        return None


def epoch(seconds: object) -> str | None:
    """Read seconds since 1970, or milliseconds if the number is too large for seconds."""
    try:
        number = float(str(seconds))
        return _stamp(datetime.fromtimestamp(number / 1000 if number > 4_102_444_800 else number, UTC), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _stamp(moment: datetime, zone: tzinfo) -> str | None:
    whole = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        whole = whole.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    if not EARLIEST <= whole.year < LATEST:
        return None
    return whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")
