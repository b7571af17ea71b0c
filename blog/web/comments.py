"""Receiving a comment: it is stored, previewed or refused, and what was typed is always given back."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import comments, posts
from blog.comments import Draft, Sender
from blog.errors import Closed, Duplicate, Invalid, NotFound, Refused, TooFast, Unavailable
from blog.notifications import subscriptions
from blog.people import sessions
from blog.rules import Action
from blog.web import comment_form, errors, forms, page_view, post_context, readers
from blog.web import posts as post_pages
from blog.web import site as sites
from blog.web.middleware import limits, security
from blog.web.page_view import SentForm
from blog.web.site import Site
from blog.wording import gettext

SHORT = 2_000  # characters: rendering so few takes less time than handing them to a thread
Form = dict[str, str]


async def index(request: Request) -> Response:
    """Redirect to the form: somebody reloaded the answer to a sent one."""
    return RedirectResponse(f"{request.url.path.removesuffix('comments')}#comment-form", 303)


async def show(request: Request) -> Response:
    """Redirect to the page that holds a comment, with what it lies in unfolded; a waiting one is its writer's alone."""
    site = sites.of(request)
    secret = readers.secret_of(request)
    number = request.path_params["comment"]
    find = partial(_place, slug=request.path_params["slug"], comment=number, at=sites.now())
    post, row = await site.store.read(find, reader=readers.hash_of(secret) if secret else "")
    return RedirectResponse(_address(site, post, row), 303, headers={"Cache-Control": "no-cache"})


def _place(db: Database, *, slug: str, comment: int, at: str, reader: str) -> tuple[dict[str, Any], dict[str, Any]]:
    post = posts.find(db, slug, at=at, text=False)
    row = comments.place_on(db, post["id"], comment, post_context.policy_of(post))
    if row is None or not (row["status"] == "approved" or (reader and row["reader_hash"] == reader)):
        raise NotFound(gettext("There is no such comment here."))
    return post, row


def _address(site: Site, post: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Return the address of a comment on its page; where replies may be folded, of the page with this one unfolded."""
    page = post_context.page_address(post_context.address(site, post), row["page"], row["thread"])
    folded = row["root_id"] and not row["thread"] and post["approved"] > comments.OPEN_REPLIES
    return f"{page}{'?unfold=' + str(row['id']) if folded else ''}#comment-{row['id']}"


async def create(request: Request) -> Response:
    """Store a comment, show its preview, or refuse it with the form as it was filled."""
    site = sites.of(request)
    form = await forms.fields(request)
    if "subscribe" in form and "all" in (await forms.read(request)).getlist("subscribe"):
        form["subscribe"] = "all"  # of two boxes, the wider one
    slug = request.path_params["slug"]
    secret = readers.secret_of(request) or readers.new_secret()
    preview = form.get("action") == "preview"
    sender = await _sender(request, site, secret)
    try:
        if preview:
            limits.take(request, "preview")
        draft = await _draft(request, site, form, sender)
    except TooFast as refusal:
        return await _give_text_back(request, form, refusal)
    at = sites.now()
    try:
        if preview:
            _count_refusal(site, sender)
            verdict = await site.store.read(comments.foresee, slug, draft, at=at)
            return await _preview(request, form, draft, verdict.action)
        submit = subscriptions.submit if site.settings.mail else comments.submit
        stored = await site.store.write(submit, slug, draft, at=at)
    except NotFound:
        raise
    except Refused as refusal:
        if not preview and not isinstance(refusal, Unavailable):
            _count_refusal(site, sender)
        return await _refuse(request, form, draft, refusal)
    response = _stored(request, site, stored)
    readers.remember(response, secret, site.settings)
    return response


def _count_refusal(site: Site, sender: Sender) -> None:
    """Count a preview or a refused comment for the limit of its network."""
    if sender.account is None:
        site.refusals.note(sender.network, now=time.monotonic())


async def _give_text_back(request: Request, form: Form, refusal: TooFast) -> Response:
    """Refuse a comment before it is rendered, with its text to copy."""
    headers, text = {"Retry-After": str(refusal.retry_after)}, form.get("comment", "")
    if forms.wants_json(request):
        return errors.problem(refusal.status, refusal.sentence, headers=headers, comment=text)
    return await errors.page(request, refusal.status, refusal.sentence, headers=headers, text=text)


async def _sender(request: Request, site: Site, secret: str) -> Sender:
    session = request.cookies.get(security.SESSION_COOKIE)
    staff = await site.store.read(sessions.find, session, at=sites.now()) if session else None
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


async def _draft(request: Request, site: Site, form: Form, sender: Sender) -> Draft:
    """Check and render what was typed; raise TooFast, before it is rendered, when the network is over its limit.

    The pace is checked before that only where it is worth a query: for a long text, and for a network that was refused
    lately. That is done in one of the store's threads.
    """
    stamp = site.read_stamp(form.get("stamp", ""), request.path_params["slug"])
    own = urlsplit(site.settings.url).hostname or ""
    names = (site.settings.title, site.settings.author)
    prepare = partial(comments.prepare, form, sender, stamp=stamp, own=own, site_names=names)
    refused = site.refusals.waits(sender.network, now=time.monotonic())
    if len(form.get("comment", "")) < SHORT and not refused:
        return prepare()
    if sender.account is not None:
        return await site.store.read(_prepare_only, prepare)
    return await site.store.read(_prepare_if_in_time, prepare, form, sender, refused)


def _prepare_only(db: Database, prepare: Callable[..., Draft]) -> Draft:
    return prepare()


def _prepare_if_in_time(
    db: Database, prepare: Callable[..., Draft], form: Form, sender: Sender, refused: Sequence[float]
) -> Draft:
    """Check the pace, then prepare the draft; it is not rendered when its sender, but not the network, is too fast."""
    refusal, of_network = comments.check_pace_early(db, sender, form.get("email", ""), at=sites.now(), refused=refused)
    if refusal and of_network:
        raise refusal
    return prepare(too_fast=None if form.get("action") == "preview" else refusal)


def _stored(request: Request, site: Site, stored: comments.Stored) -> Response:
    """Answer for a stored comment; spam and trash get the same answer as held comments."""
    url = _address(site, stored["post"], stored)
    public = stored["status"] == "approved"
    headers = {"Cache-Control": "private, no-store"}
    if forms.wants_json(request):
        body = {
            "id": stored["id"],
            "status": "approved" if public else "pending",
            "url": f"{site.settings.url}{url}",
            **({"confirm": True} if stored.get("unconfirmed") else {}),
        }
        return JSONResponse(body, 201 if public else 202, headers=headers)
    return RedirectResponse(url, 303, headers=headers)


async def _preview(request: Request, form: Form, draft: Draft, verdict: Action) -> Response:
    if forms.wants_json(request):
        body = {"html": draft.rendered.html, "status": "approved" if verdict is Action.ALLOW else "pending"}
        return JSONResponse(body, headers={"Cache-Control": "private, no-store"})
    view = await page_view.load_own(request, form.get("comment_parent", ""))
    view.preview = {
        "author": draft.author or gettext("Anonymous"),
        "author_url": draft.url,
        "text_html": draft.rendered.html,
        "note": gettext("A preview: nothing has been sent."),
    }
    promise = comment_form.promise(view.post, verdict, asks=comment_form.asks_for_address(view))
    view.sent = SentForm(draft, form.get("stamp", ""), heading=gettext("Edit your comment"), promise=promise)
    return post_pages.respond(view)


async def _refuse(request: Request, form: Form, draft: Draft, refusal: Refused) -> Response:
    """Answer with the page, what is wrong, and the form as it was filled (or the text to copy)."""
    site = sites.of(request)
    headers = {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, TooFast | Unavailable) else {}
    sentence, text = _sentence(site, refusal), form.get("comment", "")
    errors_of_fields = refusal.errors if isinstance(refusal, Invalid) else None
    if forms.wants_json(request):
        return errors.problem(refusal.status, sentence, headers=headers, comment=text, fields=errors_of_fields)
    try:
        view = await page_view.load_own(request, form.get("comment_parent", ""))
    except Unavailable:
        return await errors.page(request, refusal.status, sentence, headers=headers, text=text)
    if isinstance(refusal, Closed):
        contact = _contact(site, view.post["title"])
        below = gettext("Your text is below, to copy.")
        view.refusal = {"sentence": f"{sentence} {below}", "text": text, "contact_url": contact}
        view.has_form = False
    else:
        unsent = gettext("Not sent yet. Your text is below.") if text.strip() else gettext("Not sent yet.")
        note = unsent if errors_of_fields else sentence
        earlier = refusal.comment if isinstance(refusal, Duplicate) else 0
        url = post_context.comment_address(view.url, earlier) if earlier else ""
        view.sent = SentForm(draft, form.get("stamp", ""), errors=errors_of_fields or {}, note=note, note_url=url)
    return post_pages.respond(view, status=refusal.status, headers=headers)


def _contact(site: Site, title: str) -> str:
    """Return the link for contacting the author about a post, "" where the site has none."""
    url = site.settings.contact_url
    return f"{url}?subject={quote(title)}" if url.startswith("mailto:") else url


def _sentence(site: Site, refusal: Refused) -> str:
    if isinstance(refusal, Duplicate):
        return gettext("You sent this already, at {time}.", time=site.render.clock(refusal.sent_at))
    if isinstance(refusal, Unavailable):
        return f"{refusal.sentence} {gettext('Your text is below.')}"
    return refusal.sentence
