"""The chart of received comments, as SVG: approved and pending above the line, spam and trash below it.

The bars are paths in units of a bar and of a pixel, stretched to the width of the page. Words and lines stand beside
them at shares of the width, so that they are not stretched.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from blog import wording
from blog.wording import N_, gettext, number, percent

DAYS = 91  # 13 weeks
FEWEST = 90  # comments in that time from which on a bar is a day; with fewer it is a week
NUMBERED = 13  # at most so many bars carry their numbers, in place of a scale
UP, DOWN, WORDS = 130, 85, 18  # pixels: heights above and below the line, and the room for words above and below these
LINE = WORDS + UP  # where the line is, from the top
GAP = 3  # pixels between the line and what hangs below it
BROAD = 0.72  # of a bar, the rest is space
SMALLEST = 6  # the least count that a scale goes up to: one comment is no tower
FLAT = 3  # a bar of so many times the usual highest would flatten the others: it is cut


class Scale(NamedTuple):
    """`top` is the count as high as the drawing, `ticks` are counts with a line, `cut` the bars that go beyond."""

    top: int
    ticks: list[int]
    cut: list[int]


def of_days(days: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a chart of the last days, the oldest first, and the same figures week by week for a table.

    A bar is a day, or a week where there are few comments or many days.
    """
    weeks = [_sum(days[n : n + 7]) for n in range(0, len(days), 7)]
    weekly = len(days) > DAYS or sum(each["kept"] + each["waiting"] + each["refused"] for each in days) < FEWEST
    bars = weeks if weekly else days
    above = _scale([each["kept"] + each["waiting"] for each in bars])
    below = _scale([each["refused"] for each in bars])
    numbered = len(bars) <= NUMBERED
    return {
        **_paths(bars, above, below),
        "bars": len(bars),
        "height": LINE + GAP + DOWN + WORDS,
        "line": LINE,
        "ticks": [] if numbered else _ticks(above, below),
        "words": _numbers(bars, above, below) if numbered else _peaks(bars, above, below, weekly=weekly),
        "labels": [{"x": _share(n, len(bars)), "text": _day(bars[n]["day"])} for n in _thirds(len(bars))],
        "end": gettext("this week") if weekly else gettext("today"),
        "weekly": weekly,
        "total": sum(each["kept"] + each["waiting"] + each["refused"] for each in bars),
        "most": max((each["kept"] + each["waiting"] for each in bars), default=0),
        "worst": max((each["refused"] for each in bars), default=0),
        "weeks": [{"from": _day(week["day"]), **week} for week in weeks],
    }


def _sum(days: list[dict[str, Any]]) -> dict[str, Any]:
    return {"day": days[0]["day"], **{name: sum(day[name] for day in days) for name in ("kept", "waiting", "refused")}}


def _scale(counts: list[int]) -> Scale:
    """Fit a scale to all counts but those that would flatten the others: at most one in twenty, and at least one."""
    ordered = sorted(counts, reverse=True)
    most = ordered[0] if ordered else 0
    usual = ordered[min(len(ordered) - 1, max(1, len(ordered) // 20))] if ordered else 0
    top = max(SMALLEST, most if most <= FLAT * usual or not usual else 2 * usual)
    step = next(size for size in _steps() if top < 3 * size)
    ticks = list(range(step, top + 1, step)) if most else []
    return Scale(top, ticks, [n for n, count in enumerate(counts) if count > top])


def _steps() -> Any:
    """Yield the round numbers 1, 2, 5, 10, 20, 50 and so on."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _paths(bars: list[dict[str, Any]], above: Scale, below: Scale) -> dict[str, str]:
    kept, waiting, refused, gaps = [], [], [], []
    for n, each in enumerate(bars):
        low = _height(each["kept"], above.top, UP)
        high = _height(each["kept"] + each["waiting"], above.top, UP)
        kept.append(_bar(n, LINE, -low))
        waiting.append(_bar(n, LINE - low, low - high))
        refused.append(_bar(n, LINE + GAP, _height(each["refused"], below.top, DOWN)))
    gaps += [_bar(n, WORDS + at, 2) for n in above.cut for at in (8, 13)]
    gaps += [_bar(n, LINE + GAP + DOWN - at, 2) for n in below.cut for at in (8, 13)]
    return {
        "kept": "".join(kept),
        "waiting": "".join(waiting),
        "refused": "".join(refused),
        "gaps": "".join(gaps),
    }


def _height(count: int, top: int, pixels: int) -> float:
    return round(min(count / top, 1) * pixels, 1)


def _bar(n: int, y: float, height: float) -> str:
    return f"M{n + (1 - BROAD) / 2:g} {y:g}h{BROAD}v{height:g}h-{BROAD}z" if height else ""


def _ticks(above: Scale, below: Scale) -> list[dict[str, Any]]:
    up = [(LINE - _height(each, above.top, UP), each) for each in above.ticks]
    down = [(LINE + GAP + _height(each, below.top, DOWN), each) for each in below.ticks]
    return [{"y": y, "text": number(each)} for y, each in (*up, *down)]


def _numbers(bars: list[dict[str, Any]], above: Scale, below: Scale) -> list[dict[str, Any]]:
    """Return the number of each bar, above it and below it."""
    written = []
    for n, each in enumerate(bars):
        up, down = each["kept"] + each["waiting"], each["refused"]
        places = ((up, LINE - _height(up, above.top, UP) - 5), (down, LINE + GAP + _height(down, below.top, DOWN) + 13))
        written += [
            {"x": _share(n + 0.5, len(bars)), "y": y, "text": number(count), "dx": 0, "anchor": "middle"}
            for count, y in places
            if count
        ]
    return written


def _peaks(bars: list[dict[str, Any]], above: Scale, below: Scale, *, weekly: bool) -> list[dict[str, Any]]:
    """Return what is written beside the highest bar above the line, and beside each that is cut."""
    up = [each["kept"] + each["waiting"] for each in bars]
    down = [each["refused"] for each in bars]
    highest = above.cut or ([up.index(max(up))] if any(up) else [])
    return [
        *(_peak(bars, up, n, WORDS - 6 + 14 * line, weekly=weekly) for line, n in enumerate(highest)),
        *(_peak(bars, down, n, LINE + GAP + DOWN + 13 - 14 * line, weekly=weekly) for line, n in enumerate(below.cut)),
    ]


def _peak(bars: Sequence[dict[str, Any]], counts: list[int], n: int, y: float, *, weekly: bool) -> dict[str, Any]:
    places = {"n": number(counts[n]), "day": _day(bars[n]["day"])}
    right = n > len(bars) / 2
    return {
        "x": _share(n if right else n + 1, len(bars)),
        "y": y,
        "text": gettext("{n} in the week from {day}", **places) if weekly else gettext("{n} on {day}", **places),
        "dx": -4 if right else 4,
        "anchor": "end" if right else "start",
    }


def _thirds(count: int) -> list[int]:
    return [count * third // 3 for third in range(3)]


def _share(n: float, count: int) -> str:
    return f"{n / count * 100:.2f}%"


def _day(text: str) -> str:
    return wording.day_and_month(date.fromisoformat(text))


def describe(drawn: dict[str, Any]) -> str:
    """Say what the chart shows, for whoever does not see it."""
    sentence = (
        N_(
            "One bar a week: at most {most} approved and waiting comments, at most {worst} in spam and trash. The table"
            " below has the figures."
        )
        if drawn["weekly"]
        else N_(
            "One bar a day: at most {most} approved and waiting comments, at most {worst} in spam and trash. The table"
            " below has the figures."
        )
    )
    return gettext(sentence, most=number(drawn["most"]), worst=number(drawn["worst"]))


SQUARE = 100  # the curve's drawing, in its units


def of_curve(curve: dict[str, Any]) -> dict[str, Any]:
    """Return the path of a filter's curve (spam recognised over honest comments mistaken for it), and its table."""
    points = [(wrong * SQUARE, (1 - caught) * SQUARE) for wrong, caught in curve["points"]]
    return {
        "path": "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points),
        "size": SQUARE,
        "marks": [
            {
                "x": f"{cut['wrong'] * SQUARE:.1f}",
                "y": f"{(1 - cut['caught']) * SQUARE:.1f}",
                "at": percent(cut["at"] / 100),
            }
            for cut in curve["cuts"]
        ],
        "cuts": [
            {
                "at": percent(cut["at"] / 100),
                "caught": percent(cut["caught"], 1),
                "wrong": percent(cut["wrong"], 1),
            }
            for cut in curve["cuts"]
        ],
        "spam": curve["spam"],
        "ham": curve["ham"],
    }
