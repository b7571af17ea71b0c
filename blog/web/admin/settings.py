"""The discussion settings, each with its default."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import policy
from blog.errors import Invalid
from blog.policy import WORDINGS, Policy
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import door


def _load(db: Any) -> dict[str, Any]:
    return {"policy": policy.load(db), "frame": door.frame(db, None)}


async def edit(request: Request) -> Response:
    door.may(request, "settings")
    found = await sites.of(request).store.read(_load)
    values = {name: policy.shown(found["policy"], name) for name in WORDINGS}
    saved = request.query_params.get("saved") == "1"
    return _page(request, found, values, {}, saved=saved, status=200)


async def update(request: Request) -> Response:
    """Save what the form holds; settings that it does not name stay as they are."""
    door.may(request, "settings")
    site = sites.of(request)
    fields = forms.first(await forms.read(request))
    known = {name: value for name, value in fields.items() if name in WORDINGS}
    try:
        await site.store.write(policy.change, known, by=door.by(request))
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
            }
        )
    return sites.of(request).render.page(
        "admin/settings.html",
        code=status,
        **door.context(request, found["frame"], "settings"),
        groups=[{"title": title, "fields": fields} for title, fields in groups.items()],
        saved=saved,
    )
