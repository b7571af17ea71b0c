"""The figures of the queue as the overview shows them, each compared with a promise, a share or the time before."""

from collections.abc import Mapping
from typing import Any

from blog.journal import events
from blog.moderation.statistics import QueueStatistics
from blog.web.render import ago
from blog.wording import N_, facts, gettext, ngettext, number, percent

WEEK, LONGER = 7, 91  # days: the figures are those of a week, and of longer where too little was decided in it
FEWEST = 20  # decisions from which on a share is written as a percentage


def decided(days: list[dict[str, Any]]) -> int:
    """Count the comments of some days that wait no more."""
    return sum(each["kept"] + each["refused"] for each in days)


def period(days: list[dict[str, Any]]) -> int:
    """Return of how many days the figures are to be."""
    return WEEK if decided(days[-WEEK:]) >= FEWEST else LONGER


def figures(
    days: list[dict[str, Any]],
    waiting: int,
    oldest: Mapping[str, Any] | None,
    health: QueueStatistics,
    *,
    promise: int,
    at: str,
) -> list[dict[str, Any]]:
    """Return the figures: `value`, `label`, what it compares with (`beside`), and the `gauge` of the promise."""
    came, before = (sum(map(_all, each)) for each in (days[-WEEK:], days[-2 * WEEK : -WEEK]))
    chosen = days[-period(days) :]
    hours = (events.moment(at) - events.moment(oldest["created_at"])).total_seconds() / 3_600 if oldest else 0
    return [
        {
            "value": number(waiting),
            "label": gettext("waiting"),
            "beside": ngettext(
                "{n} came this week, {before} the week before",
                "{n} came this week, {before} the week before",
                came,
                before=number(before),
            ),
        },
        {
            "value": ago(oldest["created_at"], at) if oldest else "–",
            "label": gettext("the oldest of them"),
            "beside": gettext("promised: {time}", time=promised(promise)) if promise else "",
            "gauge": _gauge(hours, promise) if promise and oldest else None,
        },
        {"value": spell(health["delay"]), "label": gettext("median wait"), "beside": _beside_the_wait(health)},
        _share(sum(each["kept"] for each in chosen), decided(chosen), gettext("kept"), N_("{part} of {n} decided")),
        _share(health["undone"], health["batches"], gettext("undone"), N_("{part} of {n} decisions")),
    ]


def _all(day: Mapping[str, Any]) -> int:
    return int(day["kept"] + day["waiting"] + day["refused"])


def _beside_the_wait(health: QueueStatistics) -> str:
    if not health["delays"]:
        return gettext("nothing that waited was decided")
    if health["delay_before"] is not None and health["delays"] >= FEWEST:
        return gettext("{time} in the time before", time=spell(health["delay_before"]))
    return ngettext("of {n} decision", "of {n} decisions", health["delays"])


def _share(part: int, n: int, label: str, of: str) -> dict[str, Any]:
    """Write a share; of few as two counts, without a percentage."""
    if n < FEWEST:
        value = gettext("{part} of {n}", part=number(part), n=number(n)) if n else "–"
        return {"value": value, "label": label, "beside": gettext("too few for a percentage") if n else ""}
    return {"value": percent(part / n), "label": label, "beside": gettext(of, part=number(part), n=number(n))}


def _gauge(hours: float, promise: int) -> dict[str, str]:
    """Return in shares of a gauge how long the oldest has waited, the promise, and how far it is over it."""
    whole = max(hours, promise)
    within = min(hours, promise)
    return {
        "within": f"{within / whole:.0%}",
        "promise": f"{promise / whole:.0%}",
        "over": f"{(hours - within) / whole:.0%}",
    }


def promised(hours: int) -> str:
    """Write within how long the site promises to decide."""
    if hours % 24 or hours == 24:
        return ngettext("{n} hour", "{n} hours", hours)
    return ngettext("{n} day", "{n} days", hours // 24)


def late(hours: int, oldest: Mapping[str, Any] | None, at: str) -> str:
    """Say that the oldest comment has waited longer than the site promises; "" while that is not so."""
    if not hours or not oldest:
        return ""
    over = (events.moment(at) - events.moment(oldest["created_at"])).total_seconds() - hours * 3_600
    if over <= 0:
        return ""
    return gettext(
        "The oldest comment has waited {time} longer than the {promised} that this site promises.",
        time=spell(over),
        promised=promised(hours),
    )


def spell(seconds: float | None) -> str:
    """Write a duration in its two largest units: 3 h 10 min."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    days, rest = divmod(minutes, 1_440)
    hours, minutes = divmod(rest, 60)
    if days and hours:
        return gettext("{days} d {hours} h", days=number(days), hours=hours)
    if days and minutes:
        return gettext("{days} d {minutes} min", days=number(days), minutes=minutes)
    if hours and minutes:
        return gettext("{hours} h {minutes} min", hours=hours, minutes=minutes)
    for n, sentence in ((days, N_("{n} d")), (hours, N_("{n} h")), (minutes, N_("{n} min"))):
        if n:
            return gettext(sentence, n=number(n))
    return gettext("under 1 min")


def today(health: QueueStatistics) -> str:
    """Say how many comments each person decided on today."""
    people = [(who or gettext("the command line"), n) for who, n in health["today"].items()]
    if not people:
        return gettext("No decisions today.")
    each = facts(gettext("{n} by {who}", n=number(n), who=who) for who, n in people)
    count = sum(n for _, n in people)
    return ngettext(
        "{n} comment was decided on today: {who}.", "{n} comments were decided on today: {who}.", count, who=each
    )
