"""The learning filter: what it has learned, by which words, how well it does, and what it may do."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import filter
from blog.errors import Invalid
from blog.rules import policy
from blog.rules.policy import WORDINGS, Policy
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, chart
from blog.web.render import counted
from blog.web.site import Site

SETTINGS = ("filter_mode", "filter_hold_at", "filter_spam_at")
MODES = {
    "off": "Off: gives no scores, but keeps learning.",
    "advise": "Advise: shows a score and its main signals beside each comment, and decides nothing.",
    "hold": "Hold: comments at or above the first percentage wait for a moderator.",
    "spam": "Spam: comments at or above the second percentage go to spam; at or above the first, they wait.",
}


def _load(db: Any) -> dict[str, Any]:
    return {
        "state": filter.state(db),
        "waits": filter.waits(db),
        "current": filter.current(db),
        "strongest": filter.strongest(db),
        "curve": filter.kept_curve(db),
        "policy": policy.load(db),
        "frame": access.frame(db, None),
    }


async def show(request: Request) -> Response:
    site = sites.of(request)
    found = await site.store.read(_load)
    saved = "Saved." if request.query_params.get("saved") == "1" else ""
    values = {name: policy.shown(found["policy"], name) for name in SETTINGS}
    return _page(request, site, found, values, {}, said=saved, status=200)


async def update(request: Request) -> Response:
    """Switch the mode, or change the percentages; fields that the form does not name stay as they are."""
    site = sites.of(request)
    fields = await forms.fields(request)
    known = {name: value for name, value in fields.items() if name in SETTINGS}
    try:
        await site.store.write(policy.change, known, by=access.by(request))
    except Invalid as error:
        if forms.wants_json(request):
            raise
        found = await site.store.read(_load)
        values = {name: policy.shown(found["policy"], name) for name in SETTINGS} | known
        return _page(request, site, found, values, error.errors, said="", status=422)
    return RedirectResponse("/admin/filter?saved=1", 303)


def _page(
    request: Request,
    site: Site,
    found: dict[str, Any],
    values: dict[str, str],
    errors: dict[str, str],
    *,
    said: str,
    status: int,
) -> Response:
    curve, at = found["curve"]
    return site.render.page(
        "admin/filter.html",
        code=status,
        **access.context(request, found["frame"], "settings", said=said),
        state=found["state"],
        speaks=filter.speaks(found["state"]),
        lacks=lacking(found["state"]),
        follows=found["waits"] or not found["current"],
        sides=[
            {"title": "Signs of spam", "words": found["strongest"]["spam"]},
            {"title": "Signs of honest comments", "words": found["strongest"]["ham"]},
        ],
        curve=chart.of_curve(curve) if curve else None,
        curve_on=site.render.moment(at) if at else "",
        modes=MODES,
        values=values,
        errors=errors,
        helps={name: WORDINGS[name].help for name in SETTINGS},
        defaults={name: policy.shown(Policy(), name) for name in SETTINGS},
        may_change="settings" in access.MAY[access.me(request)["role"]],
    )


def lacking(found: filter.State) -> str:
    """Say what it still needs before it says anything; "" when it needs nothing."""
    needs = {
        "spam": max(0, filter.OF_EACH - found["spam"]),
        "ham": max(0, filter.OF_EACH - found["ham"]),
    }
    more = max(0, filter.ENOUGH - found["spam"] - found["ham"], sum(needs.values()))
    if not more:
        return ""
    each = [f"{needs[kind]} of them {what}" for kind, what in (("spam", "spam"), ("ham", "honest")) if needs[kind]]
    told = f", at least {' and '.join(each)}" if each else ""
    return f"It needs {counted(more, 'decision')} more{told}, before it gives scores."
