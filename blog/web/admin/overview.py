"""The overview: how many comments wait, and how long; what was received; and the switch of the whole site."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import closing, moderation
from blog.journal import events
from blog.journal.acts import Acts
from blog.moderation import proposals, statistics, suggestions
from blog.moderation.suggestions import Suggestion
from blog.notifications import mail_queue
from blog.people import accounts
from blog.posts import all_posts
from blog.rules import policy
from blog.web import site as sites
from blog.web.admin import access, chart, layout, posts, queue_feed, verdicts
from blog.web.admin.access import Recent
from blog.web.render import ago
from blog.wording import N_, facts, gettext, ngettext, number, percent

SHOWN = 10


def _load(db: Any, acts: Acts, at: str, recent: Recent, account: int, *, mail: bool) -> dict[str, Any]:
    current = policy.load(db)
    return {
        "posts": all_posts(db)[:SHOWN],
        "policy": current,
        "switch": closing.site_switch(db, at),
        "frame": layout.frame(db, recent),
        "counts": moderation.counts(db),
        "oldest": moderation.oldest_waiting(db),
        "health": statistics.of_queue(db, acts, at=at),
        "days": statistics.by_day(db, at=at),
        "bursts": statistics.bursts(db, at=at),
        "feed": accounts.feed(db, account),
        "proposals": proposals.count(db),
        "mail_troubles": mail_queue.troubles(db) if mail else 0,
        "suggestions": suggestions.suggestions(db, current, at=at),
    }


async def show(request: Request) -> Response:
    """The overview; authors are sent to the queue of their own posts instead."""
    if not access.may(request, "site"):
        return RedirectResponse("/admin/comments", 303)
    site, at = sites.of(request), sites.now()
    mail, me = site.settings.mail is not None, access.me(request)["id"]
    data = await site.store.read(_load, site.acts, at, access.recent(request), me, mail=mail)
    oldest, figures = data["oldest"], data["health"]
    return site.render.page(
        "admin/overview.html",
        **layout.context(request, data["frame"], "overview"),
        figures=_figures(data["counts"], oldest, figures, at),
        said=_today(figures),
        chart=chart.of_days(data["days"]),
        spam=[(rule or gettext("no rule"), n) for rule, n in figures["spam_by_rule"]],
        late=_late(data["policy"].queue_promise_hours, oldest, at),
        bursts=[
            {
                "sentence": ngettext(
                    "{n} comment on “{title}” waits because many came nearly at once, the first at {since}.",
                    "{n} comments on “{title}” arrived within minutes, the first at {since}, and are held.",
                    burst["waiting"],
                    title=burst["title"],
                    since=site.render.clock(burst["since"]),
                ),
                "url": f"/admin/comments?{urlencode({'rule': 'comment_burst', 'post': burst['slug']})}",
            }
            for burst in data["bursts"]
        ],
        suggestions=[_suggestion(each) for each in data["suggestions"]],
        feed=queue_feed.address(site, data["feed"]),
        proposed=ngettext(
            "A writer proposes a change to a public comment.",
            "Writers propose changes to {n} public comments.",
            data["proposals"],
        )
        if data["proposals"]
        else "",
        mail_trouble=ngettext("One mail could not be sent.", "{n} mails could not be sent.", data["mail_troubles"])
        if data["mail_troubles"]
        else "",
        oldest_on=site.render.moment(oldest["created_at"]) if oldest else "",
        oldest_ago=ago(oldest["created_at"], at) if oldest else "",
        oldest_url=f"/admin/comments/{oldest['id']}" if oldest else "",
        switch=posts.switch_context(site, data["switch"]),
        rows=[posts.row_context(site, row, data["policy"], at) for row in data["posts"]],
    )


def _suggestion(each: Suggestion) -> dict[str, Any]:
    """Say what a rule held in vain, and ask whether to raise its limit."""
    return {
        "question": gettext(
            "Raise “{setting}” from {limit} to {raised}?",
            setting=gettext(policy.WORDINGS[each.setting].label),
            limit=number(each.limit),
            raised=number(each.raised),
        ),
        "sentence": ngettext(
            "“{rule}” held {n} comment in the last 30 days; {approved} of those decided were approved.",
            "“{rule}” held {n} comments in the last 30 days; {approved} of those decided were approved.",
            each.held,
            rule=verdicts.pile(each.rule),
            approved=number(each.approved),
        ),
        "then": ngettext(
            "With {limit} it would have held {n} of them.",
            "With {limit} it would have held {n} of them.",
            each.still,
            limit=number(each.raised),
        ),
        "setting": each.setting,
        "value": each.raised,
    }


def _figures(
    counts: dict[str, int], oldest: dict[str, Any] | None, health: statistics.QueueStatistics, at: str
) -> list[dict[str, str]]:
    return [
        {"value": number(counts["pending"]), "label": gettext("waiting")},
        {"value": ago(oldest["created_at"], at) if oldest else "–", "label": gettext("oldest of them")},
        {"value": spell(health["delay"]), "label": _median(health["delay_before"])},
        {
            "value": _percent(health["approved_share"]),
            "label": gettext("of comments approved; {share} of batches undone", share=_percent(health["undone_share"])),
        },
    ]


def _median(before: float | None) -> str:
    if before is None:
        return gettext("median time to a decision, last 7 days")
    return gettext("median time to a decision, last 7 days, {before} the week before", before=spell(before))


def _late(hours: int, oldest: dict[str, Any] | None, at: str) -> str:
    """Say that the oldest comment has waited longer than the site promises; "" while that is not so."""
    if not hours or not oldest:
        return ""
    over = (events.moment(at) - events.moment(oldest["created_at"])).total_seconds() - hours * 3_600
    promised = (
        ngettext("{n} hour", "{n} hours", hours)
        if hours % 24 or hours == 24
        else ngettext("{n} day", "{n} days", hours // 24)
    )
    if over <= 0:
        return ""
    return gettext(
        "The oldest comment has waited {time} longer than the {promised} that this site promises.",
        time=spell(over),
        promised=promised,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else percent(share)


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


def _today(health: statistics.QueueStatistics) -> str:
    """Say how many comments each person decided on today."""
    today = [(who or gettext("the command line"), n) for who, n in health["today"].items()]
    if not today:
        return gettext("No decisions today.")
    return ngettext(
        "{n} comment was decided on today: {who}.",
        "{n} comments were decided on today: {who}.",
        sum(n for _, n in today),
        who=facts(gettext("{n} by {who}", n=number(n), who=who) for who, n in today),
    )
