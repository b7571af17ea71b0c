"""The chart of received comments as SVG paths: approved and pending above the line, spam and trash below it."""

from datetime import date
from typing import Any

from blog import wording
from blog.wording import gettext, percent

WIDTH, BAR, UP, DOWN = 10, 7, 66, 44  # in units of the drawing: a day, its bar, the heights above and below the line


def of_days(days: list[dict[str, Any]]) -> dict[str, Any]:
    """Return paths, scale and labels of a chart, and the same figures week by week for a table."""
    most = max((each["kept"] + each["waiting"] for each in days), default=0)
    worst = max((each["refused"] for each in days), default=0)
    kept, waiting, refused = [], [], []
    for n, each in enumerate(days):
        at, height = n * WIDTH, _scaled(each["kept"], most, UP)
        kept.append(_bar(at, UP, -height))
        waiting.append(_bar(at, UP - height, -_scaled(each["waiting"], most, UP)))
        refused.append(_bar(at, UP, _scaled(each["refused"], worst, DOWN)))
    return {
        "kept": "".join(kept),
        "waiting": "".join(waiting),
        "refused": "".join(refused),
        "most": most,
        "worst": worst,
        "width": len(days) * WIDTH - WIDTH + BAR,
        "height": UP + DOWN,
        "line": UP,
        "labels": [_day(days[n]["day"]) for n in range(0, len(days), 30)] + [gettext("today")],
        "weeks": _weeks(days),
        "empty": not (most or worst),
    }


def _scaled(count: int, most: int, height: int) -> float:
    return round(count / most * height, 1) if most else 0


def _bar(x: int, y: float, height: float) -> str:
    return f"M{x} {y:g}h{BAR}v{height:g}h-{BAR}z" if height else ""


def _day(text: str) -> str:
    return wording.day_and_month(date.fromisoformat(text))


def _weeks(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "from": _day(week[0]["day"]),
            **{name: sum(each[name] for each in week) for name in ("kept", "waiting", "refused")},
        }
        for week in (days[n : n + 7] for n in range(0, len(days), 7))
    ]


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
