"""The second look: last week's sample of what rules and filter put aside, and how much of such samples was wrong."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import wording
from blog.errors import Invalid
from blog.moderation import second_look
from blog.moderation.second_look import Rate, Sample
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout, verdicts
from blog.web.admin.access import Recent
from blog.web.admin.rows import decision, row_context
from blog.web.site import Site
from blog.wording import gettext, ngettext, number, percent

FEWEST = 20  # comments that were looked at, from which on the errors are written as a percentage
REST = "rest"  # in the form: all of the sample that nobody has looked at


def _load(db: Any, week: str, recent: Recent) -> dict[str, Any]:
    sample = second_look.of_week(db, week)
    return {
        "sample": sample,
        "rows": second_look.comments_of(db, sample) if sample else [],
        "rates": second_look.rates(db),
        "frame": layout.frame(db, recent),
    }


async def show(request: Request) -> Response:
    """A sample (`week`, else the newest), with what was found of each comment, and the errors of the last weeks."""
    site, at = sites.of(request), sites.now()
    data = await site.store.read(_load, request.query_params.get("week", "")[:10], access.recent(request))
    sample = data["sample"]
    rows = [_row(site, row, sample["looks"], at) for row in data["rows"]]
    return site.render.page(
        "admin/second_look.html",
        **layout.context(request, data["frame"], "overview"),
        **summary(sample, data["rates"]),
        rows=rows,
        rest=sum(row["open"] for row in rows),
    )


def _row(site: Site, row: dict[str, Any], looks: dict[int, Any], at: str) -> dict[str, Any]:
    """Return a comment of the sample; `open` tells that it can still be looked at."""
    shown, found = row_context(site, row, at, whole=False), looks[row["id"]]
    return {
        **shown,
        "put_aside": verdicts.put_aside(row),
        "open": not found and row["status"] in ("spam", "trash"),
        "approve": decision("approve", shown["author"]),
    }


async def confirm(request: Request) -> Response:
    """Say that one comment (`right` with its id), or all that nobody has looked at, was rightly put aside."""
    site, fields = sites.of(request), await forms.fields(request)
    right = fields.get("right", "")
    named = forms.number(right)
    if named is None and right != REST:
        raise Invalid({"right": gettext("Name a comment of the sample.")})
    ids = [named] if named is not None else _shown(fields)
    batch = await site.store.write(second_look.confirm, ids, by=access.by(request))
    return RedirectResponse(layout.with_batch(forms.back(fields, "/admin/second-look"), batch), 303)


def _shown(fields: Any) -> list[int]:
    """Read which comments the page showed: those that came into the sample since are not confirmed unseen."""
    return [n for word in fields.get("shown", "").split() if (n := forms.number(word)) is not None]


def summary(sample: Sample | None, rates: list[Rate]) -> dict[str, Any]:
    """Return how far the sample was looked at, of how many it was drawn, and the errors of the last weeks."""
    if sample is None:
        return {"sample": None}
    size, looked = len(sample["looks"]), sum(bool(found) for found in sample["looks"].values())
    return {
        "sample": {
            "week": _day(sample["week"]),
            "progress": gettext("{n} of {size} looked at", n=number(looked), size=number(size)),
            "sentence": _drawn(size, sample["among"], _day(sample["week"])),
            "left": size - looked,
        },
        "errors": _errors(rates),
        "weeks": [
            {
                **rate,
                "from": _day(rate["week"]),
                "says": _of_week(rate),
                "url": "" if rate["week"] == sample["week"] else f"/admin/second-look?week={rate['week']}",
            }
            for rate in rates
        ],
    }


def _drawn(size: int, among: int, week: str) -> str:
    if size == among:
        return ngettext(
            "The one comment that rules and filter put aside without a person in the week from {week}.",
            "All {n} comments that rules and filter put aside without a person in the week from {week}.",
            among,
            week=week,
        )
    return ngettext(
        "{size} of the {n} comment that rules and filter put aside without a person in the week from {week}.",
        "{size} of the {n} comments that rules and filter put aside without a person in the week from {week}.",
        among,
        size=number(size),
        week=week,
    )


def _of_week(rate: Rate) -> str:
    places = {"week": _day(rate["week"]), "wrong": number(rate["wrong"]), "looked": number(rate["looked"])}
    return gettext("Week from {week}: {wrong} wrong of {looked} looked at", **places)


def _errors(rates: list[Rate]) -> str:
    """Say how many of those that were looked at were wrong; "" before anybody has looked."""
    looked, wrong = sum(rate["looked"] for rate in rates), sum(rate["wrong"] for rate in rates)
    if not looked:
        return ""
    places = {"wrong": number(wrong), "n": number(looked)}
    if looked < FEWEST:
        return gettext("Wrongly put aside: {wrong} of {n} that were looked at.", **places)
    return gettext(
        "Wrongly put aside: {wrong} of {n} that were looked at, {share}.", share=percent(wrong / looked, 1), **places
    )


def _day(text: str) -> str:
    return wording.day_and_month(date.fromisoformat(text))
