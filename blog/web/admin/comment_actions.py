"""What can be done with one comment beside deciding on it: edit, answer, note, leave for later, move, lock its thread,
and trust or ban its sender."""

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing, comments
from blog.comments import notes
from blog.errors import Conflict, Invalid, NotFound, Refused
from blog.moderation import bans, edits, moves, reply, reports
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, comment_detail, decisions, layout
from blog.wording import gettext


def _in(part: str) -> Callable[[forms.Handler], forms.Handler]:
    """Answer a refused form with the comment's page; this part of it says what is wrong, and keeps what was typed."""

    async def show_again(request: Request, refusal: Refused, form: FormData) -> Response:
        return await comment_detail.page(request, refusal, part, forms.first(form))

    return forms.show_again(show_again, Invalid, Conflict, NotFound)


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
    if parent and forms.number(parent) is None:
        raise Invalid({"parent": gettext("Write the number of a comment, not {typed!r}.", typed=parent[:40])})
    batch = await sites.of(request).store.write(
        moves.move,
        number,
        post=fields.get("post", "").strip(),
        parent=forms.number(parent),
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


async def pick(request: Request) -> Response:
    """Show a comment at the head of its discussion."""
    return await _pick(request, True)


async def unpick(request: Request) -> Response:
    """Take a pick back."""
    return await _pick(request, False)


async def settle(request: Request) -> Response:
    """Settle the reports of a comment, which stays as it is."""
    fields = await forms.fields(request)
    number = request.path_params["id"]
    batch = await sites.of(request).store.write(reports.settle, number, by=access.by(request))
    return _done(request, fields, number, batch)


async def _pick(request: Request, picked: bool) -> Response:
    fields = await forms.fields(request)
    number = request.path_params["id"]
    batch = await sites.of(request).store.write(comments.pick, number, picked, by=access.by(request))
    return _done(request, fields, number, batch)


@_in("sender")
async def set_sender(request: Request) -> Response:
    """Trust or ban a comment's sender by one key (`kind`), for good or until a day; an empty `standing` ends it."""
    site, number = sites.of(request), request.path_params["id"]
    fields = await forms.fields(request)
    batch = await site.store.write(
        bans.set_sender,
        number,
        fields.get("kind", ""),
        bans.NewRule(
            fields.get("standing", ""),
            closing.end(fields.get("until", ""), site.settings.zone),
            fields.get("reason", "").strip()[:500],
            trash_existing=fields.get("take_back") == "1",
        ),
        by=access.by(request),
    )
    return _done(request, fields, number, batch)


def _done(request: Request, fields: Mapping[str, str], number: int, batch: int | None, message: str = "") -> Response:
    """Lead back with what was done; `message` names what makes no batch, one of layout.MESSAGES."""
    if forms.wants_json(request):
        return JSONResponse({"batch": batch})
    back = forms.back(fields, f"/admin/comments/{number}")
    return RedirectResponse(layout.with_message(back, message) if message else layout.with_batch(back, batch), 303)
