"""The learning filter: what it has learned, how good it is, and its settings."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import filter
from blog.errors import Invalid
from blog.rules import policy
from blog.rules.policy import Policy
from blog.rules.policy_words import WORDINGS
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, chart, layout
from blog.web.admin.access import Recent
from blog.web.admin.settings import SettingsForm
from blog.wording import N_, gettext, ngettext, number

SETTINGS = ("filter_mode", "filter_hold_at", "filter_spam_at")
MODES = {
    "off": N_("Off: comments get no score; the filter goes on learning."),
    "advise": N_("Advise: each comment shows its score and the main signals; the filter decides nothing."),
    "hold": N_("Hold: comments that reach the first percentage wait for a moderator."),
    "spam": N_("Spam: comments that reach the second percentage go to spam; those between the two wait."),
}


def _load(db: Any, recent: Recent) -> dict[str, Any]:
    return {
        "state": filter.state(db),
        "waits": filter.has_pending(db),
        "current": filter.is_current(db),
        "strongest": filter.strongest(db),
        "curve": filter.stored_curve(db),
        "policy": policy.load(db),
        "frame": layout.frame(db, recent),
    }


async def show(request: Request) -> Response:
    data = await sites.of(request).store.read(_load, access.recent(request))
    return _page(request, data, SettingsForm())


async def update(request: Request) -> Response:
    """Switch the mode, or change the percentages; fields that the form does not name stay as they are."""
    site = sites.of(request)
    fields = await forms.fields(request)
    typed = {name: value for name, value in fields.items() if name in SETTINGS}
    try:
        await site.store.write(policy.change, typed, by=access.by(request))
    except Invalid as error:
        if forms.wants_json(request):
            raise
        return _page(request, await site.store.read(_load, access.recent(request)), SettingsForm(typed, error.errors))
    return RedirectResponse("/admin/filter?saved=1", 303)


def _page(request: Request, data: dict[str, Any], form: SettingsForm) -> Response:
    site = sites.of(request)
    curve, at = data["curve"]
    saved = gettext("Saved.") if not form.errors and request.query_params.get("saved") == "1" else ""
    return site.render.page(
        "admin/filter.html",
        code=form.status,
        **layout.context(request, data["frame"], "settings", message=saved),
        state=data["state"],
        speaks=filter.is_trained(data["state"]),
        lacks=lacking(data["state"]),
        follows=data["waits"] or not data["current"],
        sides=[
            {"title": gettext("For spam"), "words": data["strongest"]["spam"]},
            {"title": gettext("Against spam"), "words": data["strongest"]["ham"]},
        ],
        curve=chart.of_curve(curve) if curve else None,
        curve_on=site.render.moment(at) if at else "",
        modes={mode: gettext(what) for mode, what in MODES.items()},
        values={name: policy.value_text(data["policy"], name) for name in SETTINGS} | form.typed,
        errors=form.errors,
        helps={name: gettext(WORDINGS[name].help) for name in SETTINGS},
        defaults={name: policy.value_text(Policy(), name) for name in SETTINGS},
        may_change=access.may(request, "settings"),
    )


def lacking(state: filter.State) -> str:
    """Say what the filter still has to learn before it scores; "" when it has learned enough."""
    needs = {
        "spam": max(0, filter.OF_EACH - state["spam"]),
        "ham": max(0, filter.OF_EACH - state["ham"]),
    }
    more = max(0, filter.ENOUGH - state["spam"] - state["ham"], sum(needs.values()))
    if not more:
        return ""
    spam, ham = number(needs["spam"]), number(needs["ham"])
    if needs["spam"] and needs["ham"]:
        return ngettext(
            "It needs {n} decision more, at least {spam} of them spam and {ham} of them honest, before it gives"
            " scores.",
            "It needs {n} decisions more, at least {spam} of them spam and {ham} of them honest, before it gives"
            " scores.",
            more,
            spam=spam,
            ham=ham,
        )
    if needs["spam"]:
        return ngettext(
            "It needs {n} decision more, at least {spam} of them spam, before it gives scores.",
            "It needs {n} decisions more, at least {spam} of them spam, before it gives scores.",
            more,
            spam=spam,
        )
    if needs["ham"]:
        return ngettext(
            "It needs {n} decision more, at least {ham} of them honest, before it gives scores.",
            "It needs {n} decisions more, at least {ham} of them honest, before it gives scores.",
            more,
            ham=ham,
        )
    return ngettext(
        "It needs {n} decision more, before it gives scores.",
        "It needs {n} decisions more, before it gives scores.",
        more,
    )
