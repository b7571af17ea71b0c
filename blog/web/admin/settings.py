"""The discussion settings, each with its default."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Invalid
from blog.moderation import replay
from blog.moderation.replay import Replay
from blog.rules import Action, policy
from blog.rules.policy import WORDINGS, Policy
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access
from blog.web.admin.rows import excerpt
from blog.web.render import counted

SHOWN = 50  # changes that are listed at most
RULES = {"link_domain_spam": "link_domains"}  # of a setting, where its rule has another name


def _load(db: Any) -> dict[str, Any]:
    return {"policy": policy.load(db), "frame": access.frame(db, None), "records": replay.records(db)}


def _try(db: Any, values: dict[str, str]) -> dict[str, Any]:
    found = _load(db)
    return {**found, "replay": replay.replay(db, found["policy"], policy.changed(found["policy"], values))}


async def edit(request: Request) -> Response:
    found = await sites.of(request).store.read(_load)
    values = {name: policy.shown(found["policy"], name) for name in WORDINGS}
    saved = request.query_params.get("saved") == "1"
    return _page(request, found, values, {}, saved=saved, status=200)


async def update(request: Request) -> Response:
    """Save what the form holds, or (`try`) show what it would have done; what it does not name stays as it is."""
    site = sites.of(request)
    fields = await forms.fields(request)
    known = {name: value for name, value in fields.items() if name in WORDINGS}
    try:
        if fields.get("try"):
            found = await site.store.read(_try, known)
            values = {name: policy.shown(found["policy"], name) for name in WORDINGS} | known
            return _page(request, found, values, {}, saved=False, status=200)
        await site.store.write(policy.change, known, by=access.by(request))
    except Invalid as error:
        if forms.wants_json(request):
            raise
        found = await site.store.read(_load)
        values = {name: policy.shown(found["policy"], name) for name in WORDINGS} | known
        return _page(request, found, values, error.errors, saved=False, status=422)
    return RedirectResponse("/admin/settings/discussion?saved=1", 303)


def _page(
    request: Request,
    found: dict[str, Any],
    values: dict[str, str],
    errors: dict[str, str],
    *,
    saved: bool,
    status: int,
) -> Response:
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, wording in WORDINGS.items():
        default = getattr(Policy, name)
        kind = (
            "flag"
            if isinstance(default, bool)
            else "choice"
            if wording.choices
            else "number"
            if isinstance(default, int)
            else "text"
        )
        groups.setdefault(wording.group, []).append(
            {
                "name": name,
                "label": wording.label,
                "help": wording.help,
                "kind": kind,
                "value": values[name],
                "default": policy.shown(Policy(), name),
                "choices": list(wording.choices),
                "error": errors.get(name, ""),
                "record": _record(found["records"].get(RULES.get(name, name))),
            }
        )
    return sites.of(request).render.page(
        "admin/settings.html",
        code=status,
        **access.context(request, found["frame"], "settings"),
        groups=[{"title": title, "fields": fields} for title, fields in groups.items()],
        saved=saved,
        tried=_tried(found["replay"]) if "replay" in found else None,
    )


def _record(counts: dict[str, int] | None) -> str:
    """Say how many comments a rule spoke on, and how many of them are approved all the same."""
    if not counts:
        return ""
    count, approved = sum(counts.values()), counts.get("approved", 0)
    verb = "is" if approved == 1 else "are"
    return f"Applied to {counted(count, 'comment')} so far; {approved or 'none'} of them {verb} approved now."


def _tried(found: Replay) -> dict[str, Any]:
    changes = sorted(found["changes"], key=lambda change: not change["against"])
    return {
        "summary": replay.summary(found),
        "rules": [
            {
                "rule": rule,
                **each,
                "precision": "" if each["precision"] is None else f"{each['precision']:.0%}",
                "recall": "" if each["recall"] is None else f"{each['recall']:.0%}",
            }
            for rule, each in found["rules"].items()
        ],
        "changes": [
            {
                "url": f"/admin/comments/{change['id']}",
                "author": change["author"] or "Anonymous",
                "words": excerpt(change["text"]),
                "status": change["status"],
                "before": SAYS[change["before"].action],
                "after": SAYS[change["after"].action],
                "reason": change["after"].reason,
                "against": change["against"],
            }
            for change in changes[:SHOWN]
        ],
        "more": len(changes) - SHOWN,
    }


SAYS = {Action.ALLOW: "published", Action.HOLD: "waits", Action.SPAM: "spam", Action.TRASH: "trash"}
