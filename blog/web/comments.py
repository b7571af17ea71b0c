"""Taking a comment: every answer to it, and never a typed word lost."""

import time
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import comments
from blog.comments import Draft, Sender
from blog.errors import Closed, Duplicate, Invalid, NotFound, Refused, TooFast, Unavailable
from blog.people import accounts
from blog.rules import Action
from blog.web import discussion, errors, forms, readers
from blog.web import posts as post_pages
from blog.web import site as sites
from blog.web.middleware import limits, security
from blog.web.site import Site

SHORT = 2_000  # characters that are rendered sooner than a thread is woken


async def index(request: Request) -> Response:
    """Somebody reloaded the answer to a sent form: back to the form."""
    return RedirectResponse(f"{request.url.path.removesuffix('comments')}#comment-form", 303)


async def create(request: Request) -> Response:
    """Store a comment, show its preview, or refuse it with the form as it was filled."""
    site = sites.of(request)
    form = await forms.fields(request)
    slug = request.path_params["slug"]
    secret = readers.secret_of(request) or readers.new_secret()
    preview = form.get("action") == "preview"
    sender = await _sender(request, site, secret)
    try:
        if preview:
            limits.take(request, "preview")
        draft = await _draft(request, site, form, sender)
    except TooFast as refusal:
        return await _unread(request, form, refusal)
    at = sites.now()
    try:
        if preview:
            _note(site, sender)
            verdict = await site.store.read(comments.foresee, slug, draft, at=at)
            return await _preview(request, slug, draft, form, at, verdict.action)
        stored = await site.store.write(comments.submit, slug, draft, at=at)
    except NotFound:
        raise
    except Refused as refusal:
        if not preview and not isinstance(refusal, Unavailable):
            _note(site, sender)
        return await _refused(request, slug, draft, form, refusal, at)
    response = _stored(request, site, stored)
    readers.remember(response, secret, site.settings)
    return response


def _note(site: Site, sender: Sender) -> None:
    """Count a preview or a refused comment for the limit of its network."""
    if sender.account is None:
        site.refusals.note(sender.network, now=time.monotonic())


async def _unread(request: Request, form: Any, refusal: TooFast) -> Response:
    """Give the text back, which was not even rendered."""
    headers, text = {"Retry-After": str(refusal.retry_after)}, form.get("comment", "")
    if forms.wants_json(request):
        return errors.problem(refusal.status, refusal.sentence, headers=headers, comment=text)
    return await errors.page(request, refusal.status, refusal.sentence, headers=headers, text=text)


async def _sender(request: Request, site: Site, secret: str) -> Sender:
    session = request.cookies.get(security.SESSION_COOKIE)
    staff = await site.store.read(accounts.session, session, at=sites.now()) if session else None
    ip = security.client_ip(request, site.settings)
    return Sender(
        ip=ip,
        network=security.network_of(ip),
        user_agent=request.headers.get("user-agent", ""),
        reader_hash=readers.hash_of(secret),
        account=staff["id"] if staff else None,
        account_name=staff["name"] if staff else "",
        account_email=staff["email"] if staff else "",
    )


async def _draft(request: Request, site: Site, form: Any, sender: Sender) -> Draft:
    """Check and render what was typed; raise TooFast, before it is rendered, when the network has had its share.

    The pace is asked first where that is worth a question: of a long text, and of a network that was refused lately.
    """
    kind, opened_at = site.read_stamp(form.get("stamp", ""), request.path_params["slug"])
    own = urlsplit(site.settings.url).hostname or ""
    names = (site.settings.title, site.settings.author)
    make = partial(comments.prepare, form, sender, form=kind, opened_at=opened_at, own=own, site_names=names)
    refused = site.refusals.waits(sender.network, now=time.monotonic())
    if len(form.get("comment", "")) < SHORT and not refused:
        return make()
    pace = partial(comments.too_fast_before_rendering, sender=sender, email=form.get("email", ""), refused=refused)
    preview = form.get("action") == "preview"

    def made(db: Database) -> Draft:  # in a thread that is there, however little memory is left
        if sender.account is not None:
            return make()
        refusal, of_network = pace(db, at=sites.now())
        if refusal and of_network:
            raise refusal
        return make(too_fast=None if preview else refusal)

    return await site.store.read(made)


def _stored(request: Request, site: Site, stored: comments.Stored) -> Response:
    """Answer as the contract says; what a rule took for spam is answered like what is held."""
    post_url = discussion.address(site, stored["post"])
    url = f"{discussion.page_address(post_url, stored['page'], stored['thread'])}#comment-{stored['id']}"
    public = stored["status"] == "approved"
    headers = {"Cache-Control": "private, no-store"}
    if forms.wants_json(request):
        body = {
            "id": stored["id"],
            "status": "approved" if public else "pending",
            "url": f"{site.settings.url}{url}",
        }
        return JSONResponse(body, 201 if public else 202, headers=headers)
    return RedirectResponse(url, 303, headers=headers)


async def _preview(request: Request, slug: str, draft: Draft, form: Any, at: str, verdict: Action) -> Response:
    def more(site: Site, post: Any, target: Any, known: Any, staff: str) -> dict[str, Any]:
        shown = {
            "author": draft.author or "Anonymous",
            "author_url": draft.url,
            "text_html": draft.rendered.html,
            "note": "A preview: nothing has been sent.",
        }
        again = {"target": target, "known": known, "staff": staff, "heading": "Still yours to change"}
        again["promised"] = discussion.promise(post, verdict)
        return {"preview": shown, "form": _filled(site, post, draft, form, at, **again)}

    if forms.wants_json(request):
        shown = {"html": draft.rendered.html, "status": "approved" if verdict is Action.ALLOW else "pending"}
        return JSONResponse(shown, headers={"Cache-Control": "private, no-store"})
    return await post_pages.show_to(request, slug, page=1, reply=_reply(form), at=at, more=more)


def _filled(site: Site, post: Any, draft: Draft, form: Any, at: str, **again: Any) -> dict[str, Any] | None:
    """Return the form as it was sent, with the stamp of when it was first opened."""
    return discussion.form(site, post, at=at, draft=draft, stamp=form.get("stamp", ""), **again)


async def _refused(request: Request, slug: str, draft: Draft, form: Any, refusal: Refused, at: str) -> Response:
    """Answer with the page, what is wrong, and the form as it was filled (or the text to copy)."""
    site = sites.of(request)
    headers = {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, TooFast | Unavailable) else {}
    sentence = _sentence(site, refusal)
    if forms.wants_json(request):
        return errors.problem(
            refusal.status,
            sentence,
            headers=headers,
            comment=form.get("comment", ""),
            fields=refusal.errors if isinstance(refusal, Invalid) else None,
        )

    def more(site: Site, post: Any, target: Any, known: Any, staff: str) -> dict[str, Any]:
        if isinstance(refusal, Closed):
            return {
                "refusal": {
                    "sentence": f"{sentence} Your text is below, to copy.",
                    "text": form.get("comment", ""),
                    "contact_url": _contact(site, post["title"]),
                },
                "form": None,
            }
        wrong = refusal.errors if isinstance(refusal, Invalid) else {}
        note = "Not sent yet. Your text is below." if wrong else sentence
        again = {"target": target, "known": known, "staff": staff, "errors": wrong, "note": note}
        return {"form": _filled(site, post, draft, form, at, **again)}

    try:
        return await post_pages.show_to(
            request,
            slug,
            page=1,
            reply=_reply(form),
            at=at,
            status=refusal.status,
            headers=headers,
            more=more,
        )
    except Unavailable:
        return await errors.page(request, refusal.status, sentence, headers=headers, text=form.get("comment", ""))


def _contact(site: Site, title: str) -> str:
    """Return the link for writing to the author about a post, "" where the site has none."""
    url = site.settings.contact_url
    return f"{url}?subject={quote(title)}" if url.startswith("mailto:") else url


def _sentence(site: Site, refusal: Refused) -> str:
    if isinstance(refusal, Duplicate):
        return f"You sent this already, at {site.render.clock(refusal.sent_at)}."
    if isinstance(refusal, Unavailable):
        return f"{refusal.sentence} Your text is below."
    return refusal.sentence


def _reply(form: Any) -> str:
    return str(form.get("comment_parent", ""))
