"""Changing, withdrawing and bringing back one's own comment. The form on a post's page sends here too."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog.comments import Draft
from blog.errors import Conflict, Invalid
from blog.journal.events import Actor
from blog.moderation import edits, own_comments, own_edits, withdrawal
from blog.moderation.own_comments import OwnComment, Owner
from blog.notifications import first_comments
from blog.web import forms
from blog.web import site as sites
from blog.web.mail.act_page import HEADERS, button, page
from blog.web.middleware import limits
from blog.web.your_comments import visitor
from blog.web.your_comments.page import context
from blog.wording import gettext


async def _own(request: Request) -> tuple[Owner, OwnComment]:
    owner = (await visitor.of(request)).owner
    return owner, await sites.of(request).store.read(own_comments.find, owner, request.path_params["id"])


async def edit(request: Request) -> Response:
    _, own = await _own(request)
    return _form(request, own, text=own.row["text"])


def _form(
    request: Request, own: OwnComment, *, text: str, error: str = "", code: int = 200, preview_html: str = ""
) -> Response:
    site = sites.of(request)
    return site.render.page(
        "your_comments/edit.html",
        code=code,
        headers=HEADERS,
        comment=context(site, own),
        text=text,
        revision=own.row["version"],
        error=error,
        preview_html=preview_html,
        noindex=True,
    )


async def update(request: Request) -> Response:
    """Change a comment that waits, propose a change to a public one, or send one again that was not published."""
    site = sites.of(request)
    limits.take(request, "preview")
    fields = await forms.fields(request)
    owner, own = await _own(request)
    text = fields.get("comment", "")
    draft: Draft = await site.store.read(_prepare, own, text)
    if fields.get("action") == "preview" and not draft.errors:
        return _form(request, own, text=text, preview_html=draft.rendered.html)
    revision = forms.number(fields.get("revision", ""))
    try:
        done = await site.store.write(_change, owner, own.row["id"], draft, revision, Actor(sites.now(), None, "web"))
    except (Invalid, Conflict) as refusal:
        if forms.wants_json(request):
            raise
        return _form(request, own, text=text, error=refusal.sentence, code=refusal.status)
    return _answer(request, fields, own, done)


def _prepare(db: Database, own: OwnComment, text: str) -> Draft:
    """Render in a reading thread, which delays nobody."""
    return edits.prepare(own.row["author"], own.row["url"], text)


def _change(db: Database, owner: Owner, number: int, draft: Draft, revision: int | None, by: Actor) -> str:
    return own_edits.change(db, own_comments.find(db, owner, number), draft, revision=revision, by=by)


def _answer(request: Request, fields: dict[str, str], own: OwnComment, said: str) -> Response:
    """Go back to where the form was: a page of this site, or the reader's own page."""
    if forms.wants_json(request):
        return JSONResponse({"id": own.row["id"], "done": said}, headers={"Cache-Control": "private, no-store"})
    default = f"/your-comments/?said={said}#comment-{own.row['id']}"
    return RedirectResponse(forms.back(fields, default, within="/"), 303)


async def ask_withdrawal(request: Request) -> Response:
    """Say what withdrawing does."""
    _, own = await _own(request)
    if own.standing == "withdrawn":
        return RedirectResponse(f"/your-comments/#comment-{own.row['id']}", 303)
    now = gettext("Now: your words and your name disappear. Answers by others stay.")
    later = gettext("For a day you can bring it back. After that the words are erased for good.")
    others = gettext("Feeds and mails that others already have cannot be called back.")
    shown: dict[str, Any] = {
        "author": own.row["author"],
        "text": own.row["text"],
        "post_language": own.row["post_language"],
        "created_at": own.row["created_at"],
        "created_on": sites.of(request).render.moment(own.row["created_at"]) if own.row["created_at"] else "",
        "waits": own.standing in ("waiting", "unconfirmed"),
        "parent_text": "",
    }
    return page(
        request,
        gettext("Withdraw this comment?"),
        sentences=[now, later, others],
        comment=shown,
        forms=[button(gettext("Withdraw it"))],
        links=[(gettext("Keep it"), f"/your-comments/#comment-{own.row['id']}")],
    )


async def withdraw(request: Request) -> Response:
    return await _move(request, withdrawal.withdraw, "withdrawn")


async def bring_back(request: Request) -> Response:
    mail = sites.of(request).settings.mail is not None
    return await _move(request, _bring_back if mail else withdrawal.bring_back, "restored")


def _bring_back(db: Database, own: OwnComment, *, by: Actor) -> None:
    withdrawal.bring_back(db, own, by=by)
    first_comments.ask_again(db, own.row["id"])


async def _move(request: Request, how: Any, said: str) -> Response:
    fields = await forms.fields(request)
    owner, own = await _own(request)
    await sites.of(request).store.write(_moved, how, owner, own.row["id"], Actor(sites.now(), None, "web"))
    return _answer(request, fields, own, said)


def _moved(db: Database, how: Any, owner: Owner, number: int, by: Actor) -> None:
    how(db, own_comments.find(db, owner, number), by=by)
