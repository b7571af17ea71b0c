"""What one does with a single comment beyond deciding: edit it, answer it, note something, leave it, move it, lock its
thread, trust or ban its sender."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing, comments, moderation
from blog.comments import notes
from blog.errors import Conflict, Invalid, NotFound, Refused
from blog.journal.events import By
from blog.moderation import bans, edits, moves, reply
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, comment_detail, decisions


def _in(part: str) -> Callable[[forms.Handler], forms.Handler]:
    """Answer what is refused with the comment's page: in this part of it what is wrong, and all that was typed."""

    async def again(request: Request, refusal: Refused, form: FormData) -> Response:
        return await comment_detail.page(request, refusal, part, forms.first(form))

    return forms.given_back(again, Invalid, Conflict, NotFound)


@_in("edit")
async def revise(request: Request) -> Response:
    """Edit name, address and text, of the edition that was shown (`edited`, where it is said)."""
    fields = await forms.fields(request)
    number = request.path_params["id"]
    draft = await run_in_threadpool(
        edits.prepare, fields.get("author", ""), fields.get("url", ""), fields.get("comment", "")
    )
    batch = await sites.of(request).store.write(
        edits.revise,
        number,
        draft,
        by=access.by(request),
        reason=fields.get("reason", "").strip()[:500],
        edited=fields.get("edited"),
    )
    return _done(request, fields, number, batch)


@_in("answer")
async def answer(request: Request) -> Response:
    """Answer as the signed-in person; the answered comment is approved with it where that is ticked."""
    fields = await forms.fields(request)
    number, who = request.path_params["id"], access.me(request)
    draft = await run_in_threadpool(reply.prepare, fields.get("comment", ""), who["id"], who["name"], who["email"])
    batch, _ = await sites.of(request).store.write(
        reply.answer,
        number,
        draft,
        by=access.by(request),
        approve=fields.get("approve") == "1",
        seen=fields.get("seen", "").partition(":")[2],
    )
    return _done(request, fields, number, batch)


@_in("notes")
async def note(request: Request) -> Response:
    """Write a note for colleagues."""
    fields = await forms.fields(request)
    number = request.path_params["id"]
    await sites.of(request).store.write(notes.add, number, fields.get("note", ""), by=access.by(request))
    return _done(request, fields, number, None, "note")


async def leave(request: Request) -> Response:
    """Leave a comment for later, or take that mark away (`later=0`)."""
    form = await forms.read(request)
    fields, number = forms.first(form), request.path_params["id"]
    later = fields.get("later", "1") == "1"
    await sites.of(request).store.write(notes.leave_for_later, number, later)
    seen = decisions.seen_in([value for value in form.getlist("seen") if isinstance(value, str)])
    back = decisions.next_in_list(forms.back(fields, f"/admin/comments/{number}"), seen, [number])
    return _done(request, {**fields, "back": back}, number, None, "later" if later else "now")


@_in("move")
async def move(request: Request) -> Response:
    """Move a comment with its answers under another (`parent`), or make it a thread of its own on a post (`post`)."""
    fields = await forms.fields(request)
    number, parent = request.path_params["id"], fields.get("parent", "").strip().removeprefix("#")
    if parent and not (parent.isascii() and parent.isdigit() and len(parent) < 16):
        raise Invalid({"parent": f"Enter the number of a comment, not {parent[:40]!r}."})
    batch = await sites.of(request).store.write(
        moves.move,
        number,
        post=fields.get("post", "").strip(),
        parent=int(parent) if parent else None,
        by=access.by(request),
        reason=fields.get("reason", "").strip()[:500],
    )
    return _done(request, fields, number, batch)


async def lock(request: Request) -> Response:
    """Lock the thread of a comment, or open it again (`locked=0`)."""
    fields = await forms.fields(request)
    number = request.path_params["id"]
    batch = await sites.of(request).store.write(
        comments.lock, number, fields.get("locked", "1") == "1", by=access.by(request)
    )
    return _done(request, fields, number, batch)


@_in("sender")
async def stand(request: Request) -> Response:
    """Trust or ban what a comment's sender is known by (`kind`), for good or until a day; `standing` empty: neither."""
    site, number = sites.of(request), request.path_params["id"]
    fields = await forms.fields(request)
    batch = await site.store.write(
        _stand,
        number,
        fields.get("kind", ""),
        fields.get("standing", ""),
        closing.end(fields.get("until", ""), site.settings.zone),
        fields.get("reason", "").strip()[:500],
        fields.get("take_back") == "1",
        by=access.by(request),
    )
    return _done(request, fields, number, batch)


def _stand(
    db: Any, number: int, kind: str, standing: str, until: str | None, reason: str, take_back: bool, *, by: By
) -> int | None:
    row = moderation.comment(db, number)
    value = bans.marks(row).get(kind, "")
    if not value:
        raise NotFound(f"Comment {number} has no {kind or 'such mark'} to trust or ban.")
    return bans.set_standing(db, kind, value, standing, by=by, until=until, reason=reason, take_back=take_back)


def _done(request: Request, fields: Mapping[str, str], number: int, batch: int | None, beside: str = "") -> Response:
    """Lead back with what was done; `beside` names what makes no batch."""
    if forms.wants_json(request):
        return JSONResponse({"batch": batch})
    back = forms.back(fields, f"/admin/comments/{number}")
    return RedirectResponse(access.with_said(back, beside) if beside else access.with_batch(back, batch), 303)
