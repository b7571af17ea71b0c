"""What waits, since when, what came in; and the switch of the whole site."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import moderation
from blog.journal import events
from blog.moderation import statistics
from blog.people import accounts
from blog.web import site as sites
from blog.web.admin import access, chart, posts, queue_feed
from blog.web.render import ago, counted

SHOWN = 10


def _load(db: Any, at: str, did: int | None, account: int) -> dict[str, Any]:
    return {
        **posts.load(db, at, did),
        "counts": moderation.counts(db),
        "oldest": moderation.oldest_waiting(db),
        "health": statistics.of_queue(db, at=at),
        "days": statistics.by_day(db, at=at),
        "bursts": statistics.bursts(db, at=at),
        "feed": accounts.feed(db, account),
    }


async def show(request: Request) -> Response:
    """The overview; for who reaches only some posts, the queue of their comments."""
    if not access.may(request, "site"):
        return RedirectResponse("/admin/comments", 303)
    site, at = sites.of(request), sites.now()
    found = await site.store.read(_load, at, access.did(request), access.me(request)["id"])
    oldest, figures = found["oldest"], found["health"]
    return site.render.page(
        "admin/overview.html",
        **access.context(request, found["frame"], "overview"),
        figures=_figures(found["counts"], oldest, figures, at),
        said=_said(figures),
        chart=chart.of_days(found["days"]),
        spam=[(rule or "no rule", n) for rule, n in figures["spam_by_rule"]],
        late=_late(found["rules"].queue_promise_hours, oldest, at),
        bursts=[
            {
                "sentence": f"{counted(burst['waiting'], 'comment')} on “{burst['title']}” arrived within minutes,"
                f" the first at {site.render.clock(burst['since'])}, and are held.",
                "url": f"/admin/comments?{urlencode({'rule': 'comment_burst', 'post': burst['slug']})}",
            }
            for burst in found["bursts"]
        ],
        feed=queue_feed.address(site, found["feed"]),
        oldest_on=site.render.moment(oldest["created_at"]) if oldest else "",
        oldest_ago=ago(oldest["created_at"], at) if oldest else "",
        oldest_url=f"/admin/comments/{oldest['id']}" if oldest else "",
        switch=posts.switch_context(site, found["switch"]),
        rows=[posts.row_context(site, row, found["rules"], at) for row in found["posts"][:SHOWN]],
    )


def _figures(
    counts: dict[str, int], oldest: dict[str, Any] | None, found: statistics.Health, at: str
) -> list[dict[str, str]]:
    before = f", {spell(found['delay_before'])} the week before" if found["delay_before"] is not None else ""
    return [
        {"value": f"{counts['pending']:,}", "label": "waiting"},
        {"value": ago(oldest["created_at"], at) if oldest else "–", "label": "age of the oldest"},
        {"value": spell(found["delay"]), "label": f"median time to a decision, last 7 days{before}"},
        {
            "value": _percent(found["kept"]),
            "label": f"of comments approved; {_percent(found['reversed'])} of batches undone",
        },
    ]


def _late(hours: int, oldest: dict[str, Any] | None, at: str) -> str:
    """Say that the oldest waits longer than the site promises; "" while it does not, or nothing is promised."""
    if not hours or not oldest:
        return ""
    over = (events.moment(at) - events.moment(oldest["created_at"])).total_seconds() - hours * 3_600
    promised = counted(hours, "hour") if hours % 24 or hours == 24 else counted(hours // 24, "day")
    return (
        f"The oldest comment has waited {spell(over)} longer than the {promised} that this site promises."
        if over > 0
        else ""
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def spell(seconds: float | None) -> str:
    """Write a duration in its two largest units: 3 h 10 min."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    days, rest = divmod(minutes, 1_440)
    hours, left = divmod(rest, 60)
    parts = [f"{n:,} {unit}" for n, unit in ((days, "d"), (hours, "h"), (left, "min")) if n]
    return " ".join(parts[:2]) or "under 1 min"


def _said(found: statistics.Health) -> str:
    """Say who decided how many today."""
    today = [(who or "the command line", n) for who, n in found["today"].items()]
    if not today:
        return "No decisions today."
    total = sum(n for _, n in today)
    who = ", ".join(f"{n:,} by {who}" for who, n in today)
    return f"{counted(total, 'comment')} {'was' if total == 1 else 'were'} decided today: {who}."
