"""The discussion settings, each with its default."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import rules
from blog.errors import Invalid
from blog.moderation import replay
from blog.moderation.replay import Replay
from blog.rules import Action, policy
from blog.rules.policy import WORDINGS, Policy
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.admin.rows import excerpt, status_word
from blog.wording import N_, gettext, ngettext, number, percent

SHOWN = 50  # changes that are listed at most
RULES = {"link_domain_spam": "link_domains"}  # of a setting, where its rule has another name


@dataclass(frozen=True)
class SettingsForm:
    """What was typed into a form of settings, and what is wrong with it; empty, it shows what is set."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return 422 if self.errors else 200


def _load(db: Any, recent: Recent) -> dict[str, Any]:
    return {"policy": policy.load(db), "frame": layout.frame(db, recent), "records": replay.records(db)}


def _try(db: Any, values: dict[str, str], recent: Recent) -> dict[str, Any]:
    data = _load(db, recent)
    return {**data, "replay": replay.replay(db, data["policy"], policy.with_values(data["policy"], values))}


async def edit(request: Request) -> Response:
    return _page(request, await sites.of(request).store.read(_load, access.recent(request)), SettingsForm())


async def update(request: Request) -> Response:
    """Save the settings, or (`try`) show what they would have changed; others stay as they are."""
    site = sites.of(request)
    fields = await forms.fields(request)
    typed = {name: value for name, value in fields.items() if name in WORDINGS}
    try:
        if fields.get("try"):
            return _page(request, await site.store.read(_try, typed, access.recent(request)), SettingsForm(typed))
        await site.store.write(policy.change, typed, by=access.by(request))
    except Invalid as error:
        if forms.wants_json(request):
            raise
        return _page(request, await site.store.read(_load, access.recent(request)), SettingsForm(typed, error.errors))
    return RedirectResponse("/admin/settings/discussion?saved=1", 303)


def _page(request: Request, data: dict[str, Any], form: SettingsForm) -> Response:
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, wording in WORDINGS.items():
        entry = {
            "name": name,
            "label": gettext(wording.label),
            "help": gettext(wording.help),
            "kind": _kind(name),
            "value": form.typed.get(name, policy.value_text(data["policy"], name)),
            "default": policy.value_text(Policy(), name),
            "choices": list(wording.choices),
            "error": form.errors.get(name, ""),
            "record": _record(data["records"].get(RULES.get(name, name))),
        }
        groups.setdefault(wording.group, []).append(entry)
    return sites.of(request).render.page(
        "admin/settings.html",
        code=form.status,
        **layout.context(request, data["frame"], "settings"),
        groups=[{"title": gettext(title), "fields": fields} for title, fields in groups.items()],
        saved=not form.typed and request.query_params.get("saved") == "1",
        tried=_tried(data["replay"]) if "replay" in data else None,
    )


def _kind(name: str) -> str:
    """Return which kind of field shows a setting."""
    default = getattr(Policy, name)
    if isinstance(default, bool):
        return "flag"
    if WORDINGS[name].choices:
        return "choice"
    return "number" if isinstance(default, int) else "text"


def _record(counts: dict[str, int] | None) -> str:
    """Say how many comments a rule decided on, and how many of those are approved now."""
    if not counts:
        return ""
    count, approved = sum(counts.values()), counts.get("approved", 0)
    return ngettext(
        "Decided on {n} comment so far; {approved} of them approved now.",
        "Decided on {n} comments so far; {approved} of them approved now.",
        count,
        approved=number(approved),
    )


def _tried(result: Replay) -> dict[str, Any]:
    changes = sorted(result["changes"], key=lambda change: not change["against"])
    return {
        "summary": replay.summary(result),
        "rules": [
            {
                "rule": rule,
                **each,
                "precision": "" if each["precision"] is None else percent(each["precision"]),
                "recall": "" if each["recall"] is None else percent(each["recall"]),
            }
            for rule, each in result["rules"].items()
        ],
        "changes": [
            {
                "url": f"/admin/comments/{change['id']}",
                "author": change["author"] or gettext("Anonymous"),
                "words": excerpt(change["text"]),
                "status": status_word(change["status"]),
                "before": gettext(SAYS[change["before"].action]),
                "after": gettext(SAYS[change["after"].action]),
                "reason": rules.sentence(change["after"].rule, change["after"].facts),
                "against": change["against"],
            }
            for change in changes[:SHOWN]
        ],
        "more": len(changes) - SHOWN,
    }


SAYS = {Action.ALLOW: N_("published"), Action.HOLD: N_("waits"), Action.SPAM: N_("spam"), Action.TRASH: N_("trash")}
