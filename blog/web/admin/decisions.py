"""Decisions on one comment, on many, or on all that match; and their undo."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import moderation, publishing
from blog.comments import notes
from blog.errors import Conflict as ConflictError
from blog.errors import Invalid, NotFound
from blog.journal import acts, events
from blog.moderation import LISTED, Conflict, Decision, Outcome, Ruling, Selection, UndoOutcome, edits
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout, public_effect
from blog.web.admin.access import Recent
from blog.web.admin.comments import EMPTIED, selection_of
from blog.web.admin.public_effect import PublicEffect
from blog.web.admin.rows import LABELS
from blog.web.site import Site
from blog.wording import N_, facts, gettext

LATER = re.compile(r"(later|now):([0-9]{1,15})")  # the mark of one comment: left for later, or no longer
FIELDS = 25_000  # ten thousand comments, each with the status that was seen, fit into a body of 256 KiB


async def create(request: Request) -> Response:
    """Decide; 409 when somebody else changed some of them first. The others are decided on."""
    site = sites.of(request)
    form = await forms.read(request, fields=FIELDS)
    fields = forms.first(form)
    if mark := LATER.fullmatch(fields.get("only", "")):
        await site.store.write(notes.leave_for_later, int(mark[2]), mark[1] == "later")
        name = "later" if mark[1] == "later" else "now"
        return RedirectResponse(layout.with_message(forms.back(fields, "/admin/comments"), name), 303)
    selection = whole(fields)
    decision, ids = _decision(fields, [value for value in form.getlist("id") if isinstance(value, str)])
    seen = {} if selection else seen_in([value for value in form.getlist("seen") if isinstance(value, str)])
    most = count(fields) if selection else None
    outcome = await site.store.write(
        moderation.decide,
        selection or ids,
        Ruling(decision, fields.get("reason", "").strip(), seen, most, tell=fields.get("tell") == "1"),
        by=access.by(request),
        owner=access.owner(request),
    )
    left_out = None if most is None else most - outcome["moved"]
    if forms.wants_json(request):
        return await _json(site, decision, outcome, seen, left_out)
    if outcome["conflicts"]:
        return await _conflicts(request, site, decision, outcome, fields, seen)
    back = next_in_list(forms.back(fields, "/admin/comments"), seen, [] if selection else ids)
    return RedirectResponse(layout.with_batch(back, outcome["batch"], left_out=left_out or 0), 303)


def count(fields: Mapping[str, str]) -> int | None:
    """Return how many comments the page said that “All that match” are; None for a form without that number."""
    return forms.number(fields.get("count", ""))


def whole(fields: Mapping[str, str]) -> Selection | None:
    """Return what a form decides on as a whole: all that match, or a status to empty; None where it lists comments."""
    emptying = fields.get("empty") == "1"
    if emptying and fields.get("status") not in EMPTIED:
        raise Invalid({"empty": gettext("Only spam and the trash can be emptied.")})
    if fields.get("only") or not (emptying or fields.get("all") == "1"):
        return None
    if fields.get("status", "pending") not in LISTED:
        raise Invalid({"status": gettext("There is no status {status!r}.", status=fields["status"])})
    return selection_of(fields)


def _decision(fields: Mapping[str, str], ids: list[str]) -> tuple[Decision, list[int]]:
    name = "delete" if fields.get("empty") == "1" else fields.get("decision", "")
    if only := fields.get("only"):
        name, _, number = only.partition(":")
        ids = [number]
    if name not in list(Decision):
        raise Invalid(
            {"decision": gettext("A decision is {decisions}, not {name!r}.", decisions=facts(Decision), name=name)}
        )
    return Decision(name), _numbers(ids)


def _numbers(values: list[str]) -> list[int]:
    numbers = []
    for value in values:
        if (number := forms.number(value)) is None:
            raise Invalid({"id": gettext("A comment's id is a number, not {value!r}.", value=value[:40])})
        numbers.append(number)
    return numbers


def seen_in(values: list[str]) -> dict[int, str]:
    """Read the status that was shown of each comment: `12:pending`, or `12:pending:3` with the revision of its text."""
    pairs = [value.partition(":") for value in values]
    return {int(number): status for number, _, status in pairs if forms.number(number) is not None}


async def _public_effect(site: Site, batch: int | None) -> PublicEffect | None:
    """Describe what readers now see of a batch."""
    return public_effect.describe(site, await site.store.read(moderation.effects, batch)) if batch else None


async def _json(
    site: Site, decision: Decision, outcome: Outcome, seen: Mapping[int, str], left_out: int | None
) -> Response:
    names = ("batch", "moved") if outcome["conflicts"] else ("batch", "moved", "missing")
    body: dict[str, Any] = {name: outcome[name] for name in names}  # type: ignore[literal-required]
    if outcome["conflicts"]:
        changes = await site.store.read(_changes, outcome["conflicts"], seen)
        body["conflicts"] = [{**each, **changes.get(each["id"], {})} for each in outcome["conflicts"]]
    if outcome["moved"]:
        body["sentence"] = acts.sentence(site.acts, {"kind": decision.value, "moved": outcome["moved"]})
    if left_out is not None:
        body["left"] = left_out
    if effect := await _public_effect(site, outcome["batch"]):
        body["shown"] = effect
    return JSONResponse(body, 409 if outcome["conflicts"] else 200)


def _changes(db: Any, conflicts: list[Conflict], seen: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """Return what was changed in the comments that were edited since they were shown, and how they look now."""
    changes = {}
    for each in conflicts:
        if each["edited"]:
            row = moderation.comment(db, each["id"])
            count = row["version"] - int(seen[each["id"]].partition(":")[2])
            before = edits.before(db, each["id"], edits=count)
            changes[each["id"]] = {
                "text_html": row["text_html"],
                "author": row["author"],
                "difference": edits.difference(before["text"], row["text"]) if before else [],
                "before": {name: before[name] for name in ("author", "url") if before[name] != row[name]}
                if before
                else {},
            }
    return changes


async def _conflicts(
    request: Request, site: Site, decision: Decision, outcome: Outcome, fields: Any, seen: Mapping[int, str]
) -> Response:
    """Say who was faster and what was changed; offer to decide all the same, or to leave it."""
    changes = await site.store.read(_changes, outcome["conflicts"], seen)
    data = await site.store.read(layout.frame, access.recent(request, outcome["batch"]))
    decided = [each["id"] for each in outcome["conflicts"]]
    back = next_in_list(forms.back(fields, "/admin/comments"), seen, decided)
    context = {**layout.context(request, data, "comments"), "back": back}
    return site.render.page(
        "admin/comments/conflicts.html",
        code=409,
        conflicts=[_conflict(site, each, decision, changes.get(each["id"], {})) for each in outcome["conflicts"]],
        moved=outcome["moved"],
        decision=decision.value,
        anyway=gettext(LABELS[decision.value].anyway),
        reason=fields.get("reason", "").strip(),
        tell=fields.get("tell") == "1",
        **context,
    )


# What somebody else did; `decision` is what was not applied.
EDITED = N_("{who} edited this at {time}, while you were reading it. Your “{decision}” was not applied.")
MOVED_TO = {
    "approved": N_("{who} approved this at {time}, while you were reading it. Your “{decision}” was not applied."),
    "pending": N_("{who} unapproved this at {time}, while you were reading it. Your “{decision}” was not applied."),
    "spam": N_("{who} moved this to spam at {time}, while you were reading it. Your “{decision}” was not applied."),
    "trash": N_("{who} moved this to trash at {time}, while you were reading it. Your “{decision}” was not applied."),
    "deleted": N_("{who} deleted this at {time}, while you were reading it. Your “{decision}” was not applied."),
}


def _conflict(site: Site, conflict: Conflict, decision: Decision, change: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": conflict["id"],
        "seen": f"{conflict['id']}:{conflict['status']}:{conflict['revision']}",
        "reason": conflict["reason"],
        "difference": change.get("difference", []),
        "before": change.get("before", {}),
        "sentence": gettext(
            EDITED if change else MOVED_TO[conflict["status"]],
            who=conflict["by"] or gettext("Somebody"),
            time=site.render.clock(conflict["at"]),
            decision=gettext(LABELS[decision.value].name),
        ),
    }


async def undo_batch(request: Request, number: int) -> tuple[UndoOutcome, list[str]]:
    """Undo a batch, and bring back or remove the files that belong to it; raise NotFound, or Conflict with the reason.

    Also return a sentence for each file that stays as it is.
    """
    site = sites.of(request)
    result = await site.store.write(moderation.undo, number, site.acts, by=access.by(request))
    if not (result["files"] or result["back"] or result["media"]):
        return result, []
    stayed = await run_in_threadpool(publishing.follow_undo, site.settings, result)
    await run_in_threadpool(site.render.refresh)
    return result, stayed


async def undo(request: Request) -> Response:
    """Undo a batch; of an imported post its file is removed, too."""
    site = sites.of(request)
    fields = await forms.fields(request)
    try:
        result, stayed = await undo_batch(request, request.path_params["id"])
    except ConflictError as refusal:
        if forms.wants_json(request):
            raise
        return await _not_undone(request, refusal, fields)
    if forms.wants_json(request):
        effect = await _public_effect(site, result["batch"])
        return JSONResponse({"batch": result["batch"], "moved": result["moved"], "shown": effect, "stayed": stayed})
    back = forms.back(fields, "/admin/log", within="/")
    if stayed:
        frame = await site.store.read(layout.frame, access.recent(request))
        context = {**layout.context(request, frame, "log"), "back": back}
        heading = gettext("Undone, except for some files")
        return site.render.page("admin/undone.html", heading=heading, sentences=stayed, again=[], **context)
    if in_queue(back):
        undone = await site.store.read(events.batch, result["undone"])
        back = f"{back}#c-{undone['comment']}" if undone and undone["comment"] else back
    return RedirectResponse(layout.with_batch(back, result["undone"]), 303)


async def ask(request: Request) -> Response:
    """Ask before the undo of a batch that is old, or that many comments are in."""
    site = sites.of(request)
    data = await site.store.read(_asked, request.path_params["id"], access.recent(request))
    if data["batch"] is None:
        raise NotFound(gettext("There is no batch {number}.", number=request.path_params["id"]))
    back = forms.back(request.query_params, "/admin/log", within="/")
    return site.render.page(
        "admin/undo.html",
        **{**layout.context(request, data["frame"], "log"), "back": back},
        batch=data["batch"]["id"],
        sentence=acts.sentence(site.acts, data["batch"]),
        at=site.render.moment(data["batch"]["at"]),
        effect=layout.undo_effect(data["batch"], data["before"]),
        undone=data["batch"]["undone_by"] is not None,
    )


def _asked(db: Any, number: int, recent: Recent) -> dict[str, Any]:
    return {
        "batch": events.batch(db, number),
        "before": events.statuses_before(db, number),
        "frame": layout.frame(db, recent),
    }


async def give_reason(request: Request) -> Response:
    """Give a decision its reason afterwards: one of the site's list, or free text; `tell` lets the writer read it."""
    fields = await forms.fields(request)
    number, tell = request.path_params["id"], fields.get("tell") == "1"
    await sites.of(request).store.write(
        moderation.give_reason, number, fields.get("reason", ""), by=access.by(request), tell=tell
    )
    if forms.wants_json(request):
        return JSONResponse({"batch": number, "reason": fields.get("reason", "").strip()})
    return RedirectResponse(layout.with_batch(forms.back(fields, "/admin/comments"), number), 303)


async def _not_undone(request: Request, refusal: ConflictError, fields: Mapping[str, str]) -> Response:
    """Answer with what prevents an undo, and a link to it in the log."""
    site = sites.of(request)
    data, later = await site.store.read(_later_batch, refusal.batch, access.recent(request))
    return site.render.page(
        "admin/not_undone.html",
        code=refusal.status,
        **{**layout.context(request, data, "log"), "back": forms.back(fields, "/admin/log", within="/")},
        sentence=refusal.sentence,
        later=f"/admin/log?before={later['key'] + 1}#batch-{later['id']}" if later and later["key"] else "",
        batch=refusal.batch,
    )


def _later_batch(db: Any, number: int | None, recent: Recent) -> tuple[dict[str, Any], Any]:
    return layout.frame(db, recent), events.batch(db, number) if number else None


def in_queue(address: str) -> bool:
    return address.partition("?")[0] == "/admin/comments" and "#" not in address


def next_in_list(back: str, listed: Iterable[int], decided: Iterable[int]) -> str:
    """Return the address of the next comment in the queue: the one after those that were decided on, else before."""
    numbers, gone = list(listed), set(decided)
    if not in_queue(back) or not gone & set(numbers):
        return back
    last = max(place for place, number in enumerate(numbers) if number in gone)
    stay = [number for number in [*numbers[last + 1 :], *reversed(numbers[:last])] if number not in gone]
    return f"{back}#c-{stay[0]}" if stay else back
