"""The discussion settings, each with its default."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import rules
from blog.errors import Forbidden, Invalid
from blog.journal.events import Actor
from blog.moderation import replay
from blog.moderation.replay import Replay
from blog.rules import Action, policy
from blog.rules.policy import Policy
from blog.rules.policy_words import WORDINGS
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
    """The settings: all, those that match words (`q`), or those that differ from their defaults (`show=changed`)."""
    return _page(request, await sites.of(request).store.read(_load, access.recent(request)), SettingsForm())


async def update(request: Request) -> Response:
    """Save the settings, or (`try`) show what they would have changed; others stay as they are.

    `reset` puts a default into its field. Who may not change settings may try all, and save the lists where the site
    allows it.
    """
    site = sites.of(request)
    fields = await forms.fields(request)
    typed = {name: value for name, value in fields.items() if name in WORDINGS}
    try:
        if fields.get("reset") in WORDINGS:
            typed[fields["reset"]] = policy.value_text(Policy(), fields["reset"])
            return _page(request, await site.store.read(_load, access.recent(request)), SettingsForm(typed))
        if fields.get("try"):
            return await _trial(request, typed)
        if site.settings.mail is None:
            policy.check_mail(typed)
        await site.store.write(_change, typed, access.me(request)["role"], by=access.by(request))
    except Invalid as error:
        if forms.wants_json(request):
            raise
        return _page(request, await site.store.read(_load, access.recent(request)), SettingsForm(typed, error.errors))
    return RedirectResponse("/admin/settings/discussion?saved=1", 303)


def _change(db: Any, typed: dict[str, str], role: str, *, by: Actor) -> list[str]:
    """Store what was typed; raise Forbidden for a setting that this role may not change."""
    if "settings" not in access.ROLE_PERMISSIONS[role]:
        before = policy.load(db)
        after = policy.with_values(before, typed)
        changing = {name for name in typed if getattr(before, name) != getattr(after, name)}
        if changing.difference(policy.LISTS if policy.may_change_lists(before, role) else ()):
            raise Forbidden(gettext("Your role may read these settings, but not change them."))
    return policy.change(db, typed, by=by)


async def _trial(request: Request, typed: dict[str, str]) -> Response:
    """Answer with what these settings would have changed: a page, or for the script how many differ and a sentence."""
    data = await sites.of(request).store.read(_try, typed, access.recent(request))
    if not forms.wants_json(request):
        return _page(request, data, SettingsForm(typed))
    differing = sum(value != policy.value_text(data["policy"], name) for name, value in typed.items())
    sentence = ngettext("{n} change, not saved.", "{n} changes, not saved.", differing)
    return JSONResponse({"changes": differing, "sentence": sentence, "summary": replay.summary(data["replay"])})


def _page(request: Request, data: dict[str, Any], form: SettingsForm) -> Response:
    current = data["policy"]
    words, changed_alone = request.query_params.get("q", "").strip(), request.query_params.get("show") == "changed"
    entries = [_entry(name, data, form) for name in WORDINGS]
    shown = [each for each in entries if _fits(each, words) and (each["changed"] or not changed_alone)]
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in shown:
        groups.setdefault(each["group"], []).append(each)
    may_save = access.may(request, "settings")
    return sites.of(request).render.page(
        "admin/settings.html",
        code=form.status,
        **layout.context(request, data["frame"], "settings"),
        groups=[{"title": title, "fields": fields} for title, fields in groups.items()],
        saved=not form.typed and request.query_params.get("saved") == "1",
        tried=_tried(data["replay"]) if "replay" in data else None,
        total=len(entries),
        changed=sum(each["changed"] for each in entries),
        changed_alone=changed_alone,
        words=words,
        may_save=may_save,
        writable=list(WORDINGS if may_save else policy.LISTS if _may_change_lists(request, current) else ()),
    )


def _may_change_lists(request: Request, current: Policy) -> bool:
    return policy.may_change_lists(current, access.me(request)["role"])


def _fits(entry: dict[str, Any], words: str) -> bool:
    held = "\n".join((entry["label"], entry["help"], entry["group"], entry["name"])).casefold()
    return all(word in held for word in words.casefold().split())


def _entry(name: str, data: dict[str, Any], form: SettingsForm) -> dict[str, Any]:
    """Return a setting as the page shows it; `changed` tells that what is stored differs from the default."""
    wording, stored = WORDINGS[name], policy.value_text(data["policy"], name)
    default = policy.value_text(Policy(), name)
    value = form.typed.get(name, stored)
    return {
        "name": name,
        "group": gettext(wording.group),
        "label": gettext(wording.label),
        "help": gettext(wording.help),
        "kind": _kind(name),
        "value": value,
        "default": default,
        "changed": stored != default,
        "resettable": value != default,
        "unsaved": value != stored,
        "choices": list(wording.choices),
        "error": form.errors.get(name, ""),
        "record": _record(data["records"].get(RULES.get(name, name))),
    }


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
        "Decided on {n} comment so far; {approved} of them approved now ({share}).",
        "Decided on {n} comments so far; {approved} of them approved now ({share}).",
        count,
        approved=number(approved),
        share=percent(approved / count),
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
