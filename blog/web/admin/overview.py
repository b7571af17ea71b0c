"""The overview: what needs somebody now, how the queue does, what was received, and the switch of the whole site."""

from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import closing, epochs, moderation
from blog.comments import notes
from blog.journal.acts import Acts
from blog.moderation import second_look as second_looks
from blog.moderation import statistics, suggestions
from blog.moderation.suggestions import Suggestion
from blog.notifications import mail_queue
from blog.operation import known_problems
from blog.people import accounts
from blog.rules import policy
from blog.rules.policy_words import WORDINGS
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, chart, health, layout, post_filter, posts, queue_feed, second_look, verdicts
from blog.web.admin.access import Recent
from blog.web.admin.post_filter import Listed
from blog.web.admin.rows import excerpt
from blog.web.render import ago
from blog.web.site import Site
from blog.wording import gettext, ngettext, number

YEAR = 364  # days: 52 weeks


def _load(db: Any, acts: Acts, at: str, recent: Recent, *, mail: bool, span: int) -> dict[str, Any]:
    current = policy.load(db)
    days = statistics.by_day(db, at=at, days=span)
    return {
        "posts": post_filter.all_listed(db, current, at=at),
        "policy": current,
        "switch": closing.site_switch(db, at),
        "frame": layout.frame(db, recent),
        "counts": moderation.counts(db),
        "piles": moderation.counts_by_reason(db, "pending"),
        "oldest": moderation.oldest_waiting(db),
        "health": statistics.of_queue(db, acts, at=at, days=health.period(days)),
        "days": days,
        "bursts": statistics.bursts(db, at=at),
        "feed": accounts.feed(db, recent.account),
        "beside": (beside := moderation.beside(db)),
        "held": epochs.why_held(db) if beside["held"] else "",
        "notes": notes.of_colleagues(db, recent.account),
        "server_problems": known_problems.count(db),
        "mail_troubles": mail_queue.troubles(db) if mail else 0,
        "sample": second_looks.of_week(db),
        "rates": second_looks.rates(db),
        "suggestions": suggestions.suggestions(db, current, at=at),
    }


async def show(request: Request) -> Response:
    """The overview, with a chart of a year if `span` says so; authors are sent to the queue of their own posts."""
    if not access.may(request, "site"):
        return RedirectResponse("/admin/comments", 303)
    site, at = sites.of(request), sites.now()
    mail = site.settings.mail is not None
    span = YEAR if request.query_params.get("span") == "year" else chart.DAYS
    data = await site.store.read(_load, site.acts, at, access.recent(request), mail=mail, span=span)
    drawn = chart.of_days(data["days"])
    return site.render.page(
        "admin/overview.html",
        **layout.context(request, data["frame"], "overview"),
        **_now(site, data, at, owner=access.may(request, "settings")),
        figures=health.figures(
            data["days"],
            data["counts"]["pending"],
            data["oldest"],
            data["health"],
            promise=data["policy"].queue_promise_hours,
            at=at,
        ),
        of_week=health.period(data["days"]) == health.WEEK,
        today=health.today(data["health"]),
        chart=drawn | {"says": chart.describe(drawn), "of_year": span == YEAR},
        spam=[(verdicts.pile(rule or "none"), n) for rule, n in data["health"]["spam_by_rule"]],
        **second_look.summary(data["sample"], data["rates"]),
        suggestions=[_suggestion(each) for each in data["suggestions"]],
        feed=queue_feed.address(site, data["feed"]),
        switch=posts.switch_context(site, data["switch"]) | _discussions(data["posts"]),
    )


def _now(site: Site, data: dict[str, Any], at: str, *, owner: bool) -> dict[str, Any]:
    """Return what needs somebody now: how long the oldest waits, why comments wait, and what else there is to do."""
    oldest, last = data["oldest"], data["health"]["last_at"]
    piles = data["piles"] if len(data["piles"]) > 1 else []
    return {
        "late": health.late(data["policy"].queue_promise_hours, oldest, at),
        "oldest_on": site.render.moment(oldest["created_at"]) if oldest else "",
        "oldest_ago": ago(oldest["created_at"], at) if oldest else "",
        "oldest_url": f"/admin/comments/{oldest['id']}" if oldest else "",
        "last_ago": ago(last, at) if last else "",
        "piles": [
            {"label": verdicts.pile(rule), "n": n, "url": f"/admin/comments?{urlencode({'rule': rule})}"}
            for rule, n in piles
        ],
        "needs": [*(_needs_of_owner(data) if owner else []), *_needs(site, data)],
    }


def _needs_of_owner(data: dict[str, Any]) -> list[dict[str, str]]:
    """Return what an administrator has to look at on the server."""
    if not (count := data["server_problems"]):
        return []
    sentence = ngettext("The server has a problem.", "The server has {n} problems.", count)
    return [{"sentence": sentence, "label": gettext("See what to do"), "url": "/admin/system"}]


def _needs(site: Site, data: dict[str, Any]) -> list[dict[str, str]]:
    """Return what there is to do beside the queue: what it is, and where; an `action` is a form's, with one button."""
    needs = [
        {
            "sentence": ngettext(
                "{n} comment on “{title}” waits because many came nearly at once, the first at {since}.",
                "{n} comments on “{title}” arrived within minutes, the first at {since}, and are held.",
                burst["waiting"],
                title=burst["title"],
                since=site.render.clock(burst["since"]),
            ),
            "label": gettext("Show them"),
            "url": f"/admin/comments?{urlencode({'rule': 'comment_burst', 'post': burst['slug']})}",
        }
        for burst in data["bursts"]
    ]
    needs += [
        {
            "sentence": gettext("{who} noted on a comment by {author}:", who=note["who"], author=note["author"]),
            "quote": excerpt(escape(note["text"])),
            "label": gettext("Show the comment"),
            "url": f"/admin/comments/{note['comment']}#notes",
        }
        for note in data["notes"]
    ]
    if reported := data["beside"]["reported"]:
        sentence = ngettext("Readers reported a public comment.", "Readers reported {n} public comments.", reported)
        url = "/admin/comments?status=approved&reported=1"
        needs.append({"sentence": sentence, "label": gettext("Show reports"), "url": url})
    if proposed := data["beside"]["edits"]:
        sentence = ngettext(
            "A writer proposes a change to a public comment.",
            "Writers propose changes to {n} public comments.",
            proposed,
        )
        needs.append({"sentence": sentence, "label": gettext("Show the changes"), "url": "/admin/proposals"})
    if unsent := data["mail_troubles"]:
        sentence = ngettext("One mail could not be sent.", "{n} mails could not be sent.", unsent)
        needs.append({"sentence": sentence, "label": gettext("See why"), "url": "/admin/mail"})
    if data["held"]:
        needs.append(
            {"sentence": data["held"], "label": gettext("Start the outbox"), "action": "/admin/outbox/release"}
        )
    return needs


async def release(request: Request) -> Response:
    """Let the outbox be sent again after a restore or a promotion."""
    await sites.of(request).store.write(epochs.release_outbox, by=access.by(request))
    return RedirectResponse("/admin/", 303)


async def decline(request: Request) -> Response:
    """Keep a suggestion (`setting`, `value`) away for some weeks."""
    fields = await forms.fields(request)
    value = forms.number(fields.get("value", "")) or 0
    await sites.of(request).store.write(suggestions.decline, fields.get("setting", ""), value, at=sites.now())
    return RedirectResponse("/admin/", 303)


def _discussions(listed: list[Listed]) -> dict[str, Any]:
    """Return how many published posts there are, how many take comments, and how many each switch would change."""
    published = [each.state.mode for each in listed if each.status == "published"]
    strict = [closing.STRICTNESS.index(mode) for mode in published]
    return {
        "posts": len(published),
        "open": sum(mode != "closed" for mode in published),
        "changes": {mode: sum(each < n for each in strict) for n, mode in enumerate(closing.STRICTNESS)},
    }


def _suggestion(each: Suggestion) -> dict[str, Any]:
    """Say what a rule held in vain, and ask whether to raise its limit."""
    return {
        "question": gettext(
            "Raise “{setting}” from {limit} to {raised}?",
            setting=gettext(WORDINGS[each.setting].label),
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
