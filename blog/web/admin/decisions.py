"""Deciding on one comment, on many, on all that match; and undoing any of it."""

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import moderation, publishing, reversals
from blog.errors import Invalid
from blog.moderation import LISTED, Decision, Outcome, Selection
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import door, shown
from blog.web.admin.comments import EMPTIED, selection_of
from blog.web.admin.shown import Shown
from blog.web.site import Site

FIELDS = 25_000  # ten thousand comments, each with the status that was seen, fit into a body of 256 KiB


async def create(request: Request) -> Response:
    """Decide; 409 when somebody else was faster on some of them, with the rest decided."""
    site = sites.of(request)
    form = await forms.read(request, fields=FIELDS)
    fields = forms.first(form)
    selection = whole(fields)
    decision, ids = _wanted(fields, [value for value in form.getlist("id") if isinstance(value, str)])
    seen = {} if selection else _seen([value for value in form.getlist("seen") if isinstance(value, str)])
    outcome = await site.store.write(
        moderation.decide,
        selection or ids,
        decision,
        by=door.by(request),
        reason=fields.get("reason", "").strip(),
        seen=seen,
        owner=door.owner(request),
    )
    if forms.wants_json(request):
        return _json(outcome, await _shown(site, outcome["batch"]))
    if outcome["conflicts"]:
        return await _conflicts(request, site, decision, outcome, fields)
    return RedirectResponse(door.with_batch(forms.back(fields, "/admin/comments"), outcome["batch"]), 303)


def whole(fields: Mapping[str, str]) -> Selection | None:
    """Return the selection that a form decides on, all that match or a status to empty; None where it names its own."""
    emptying = fields.get("empty") == "1"
    if emptying and fields.get("status") not in EMPTIED:
        raise Invalid({"empty": "Only spam and the trash can be emptied."})
    if fields.get("only") or not (emptying or fields.get("all") == "1"):
        return None
    if fields.get("status", "pending") not in LISTED:
        raise Invalid({"status": f"There is no status {fields['status']!r}."})
    return selection_of(fields)


def _wanted(fields: Mapping[str, str], ids: list[str]) -> tuple[Decision, list[int]]:
    name = "delete" if fields.get("empty") == "1" else fields.get("decision", "")
    if only := fields.get("only"):
        name, _, number = only.partition(":")
        ids = [number]
    if name not in list(Decision):
        raise Invalid({"decision": f"A decision is {', '.join(Decision)}, not {name!r}."})
    return Decision(name), _numbers(ids)


def _numbers(values: list[str]) -> list[int]:
    numbers = []
    for value in values:
        if not (value.isascii() and value.isdigit() and len(value) < 16):
            raise Invalid({"id": f"A comment's id is a number, not {value[:40]!r}."})
        numbers.append(int(value))
    return numbers


def _seen(values: list[str]) -> dict[int, str]:
    pairs = [value.partition(":") for value in values]
    return {
        int(number): status for number, _, status in pairs if number.isascii() and number.isdigit() and len(number) < 16
    }


async def _shown(site: Site, batch: int | None) -> Shown | None:
    """Say what readers see of a batch now."""
    return shown.to_readers(site, await site.store.read(moderation.effects, batch)) if batch else None


def _json(outcome: Outcome, seen: Shown | None) -> Response:
    names = ("batch", "moved", "conflicts") if outcome["conflicts"] else ("batch", "moved", "missing")
    body = {name: outcome[name] for name in names}  # type: ignore[literal-required]
    body |= {"shown": seen} if seen else {}
    return JSONResponse(body, 409 if outcome["conflicts"] else 200)


async def _conflicts(request: Request, site: Site, decision: Decision, outcome: Outcome, fields: Any) -> Response:
    """Say who was faster, with both ways on: decide all the same, or leave it."""
    lines = []
    for conflict in outcome["conflicts"]:
        who = conflict["by"] or "Somebody"
        status = {"approved": "approved this", "pending": "sent this back to wait"}.get(
            conflict["status"], f"moved this to {conflict['status']}"
        )
        lines.append(
            {
                "id": conflict["id"],
                "status": conflict["status"],
                "reason": conflict["reason"],
                "sentence": f"{who} {status} at {site.render.clock(conflict['at'])}, while you read it."
                f" Your “{decision}” was not applied.",
            }
        )
    framed = await site.store.read(door.frame, outcome["batch"])
    back = forms.back(fields, "/admin/comments")
    context = {**door.context(request, framed, "comments"), "back": back}
    return site.render.page(
        "admin/comments/conflicts.html",
        code=409,
        conflicts=lines,
        moved=outcome["moved"],
        decision=decision.value,
        reason=fields.get("reason", "").strip(),
        **context,
    )


async def reverse(request: Request) -> Response:
    """Undo a batch, and remove the file of an imported post with it."""
    site = sites.of(request)
    fields = await forms.fields(request)
    number = request.path_params["id"]
    reversal = await site.store.write(reversals.undo, number, by=door.by(request))
    if reversal["files"]:
        await run_in_threadpool(publishing.remove_files, site.settings, reversal["files"])
    if forms.wants_json(request):
        seen = await _shown(site, reversal["batch"])
        return JSONResponse({"batch": reversal["batch"], "moved": reversal["moved"], "shown": seen})
    return RedirectResponse(door.with_batch(forms.back(fields, "/admin/log", within="/"), reversal["undone"]), 303)
