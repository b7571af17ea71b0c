"""Opening the comments of an address: a mailed link in the browser that asked, or six digits anywhere."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Invalid, NotFound
from blog.notifications import own_page
from blog.people.accounts import hash_of
from blog.web import forms, readers
from blog.web import site as sites
from blog.web.mail.act_page import button, field, page
from blog.web.middleware import security
from blog.web.your_comments.visitor import ASKING_COOKIE, MAILBOX_COOKIE
from blog.wording import gettext, ngettext

ASKING_SECONDS = 900


def _needs_mail(request: Request) -> None:
    if sites.of(request).settings.mail is None:
        raise NotFound(gettext("There is nothing at this address."))


async def ask_page(request: Request, *, email: str = "", error: str = "") -> Response:
    """Show the form that asks for the email address whose comments shall be shown."""
    _needs_mail(request)
    typed = field("email", gettext("Email you wrote with"), kind="email", value=email, error=error, fill="email")
    return page(
        request,
        gettext("Comments from other browsers"),
        code=422 if error else 200,
        sentences=[
            gettext(
                "We mail you a link and a code. Then this browser shows all comments that came with the address, for"
                " one hour."
            )
        ],
        forms=[button(gettext("Mail me a link"), action="/your-comments/link", fields=[typed])],
        remarks=[gettext("The answer is the same whether we know the address or not.")],
    )


async def ask(request: Request) -> Response:
    """Queue the link; the answer is the same for every address, and within the limits or not."""
    _needs_mail(request)
    site = sites.of(request)
    fields = await forms.fields(request)
    email, browser = fields.get("email", ""), request.cookies.get(ASKING_COOKIE, "") or secrets.token_urlsafe(24)
    network = security.network_of(security.client_ip(request, site.settings))
    try:
        await site.store.write(own_page.ask, email, hash_of(browser), network, at=sites.now())
    except Invalid as refusal:
        if forms.wants_json(request):
            raise
        return await ask_page(request, email=email, error=refusal.errors["email"])
    response = _code_page(request, sentence=_sent(email))
    security.set_cookie(response, ASKING_COOKIE, browser, seconds=ASKING_SECONDS, settings=site.settings)
    return response


def _sent(email: str) -> str:
    return gettext(
        "If comments came with {address}, a mail is on its way there. Open its link in this browser, or type its code"
        " here.",
        address=email.strip(),
    )


async def code_page(request: Request) -> Response:
    _needs_mail(request)
    return _code_page(request, sentence=gettext("Type the code from the mail."))


def _code_page(request: Request, *, sentence: str, token: str = "", error: str = "", **more: Any) -> Response:
    hidden = [("token", token)] if token else []
    typed = field("code", gettext("Six digits"), error=error, fill="one-time-code")
    return page(
        request,
        more.get("heading") or gettext("Type the code"),
        code=422 if error else 200,
        sentences=[sentence],
        forms=[button(gettext("Open my comments"), action="/your-comments/code", hidden=hidden, fields=[typed])],
        remarks=[gettext("Good for 15 minutes and five tries. No mail? Look among the spam, or ask again.")],
        links=[(gettext("Ask again"), "/your-comments/link")],
    )


async def open_link(request: Request) -> Response:
    """Open the comments in the browser that asked; in any other one ask for the six digits."""
    site, token = sites.of(request), request.path_params["token"]
    browser = request.cookies.get(ASKING_COOKIE, "")
    if request.method == "HEAD":
        return Response(headers={"Cache-Control": "private, no-store"})
    secret = readers.secret_of(request) or readers.new_secret()
    hashed = hash_of(browser) if browser else ""
    try:
        session = await site.store.write(own_page.open_by_link, token, hashed, readers.hash_of(secret), at=sites.now())
    except NotFound as refusal:
        return _ended(request, refusal.sentence)
    if session is None:
        sentence = gettext("This link opens your comments only there. Type the code from the same mail here instead.")
        return _code_page(request, sentence=sentence, token=token, heading=gettext("You asked in another browser."))
    return _opened(request, session, secret)


def _ended(request: Request, sentence: str) -> Response:
    way = [(gettext("Mail me a new link"), "/your-comments/link")]
    return page(request, gettext("This does not work any more."), code=410, sentences=[sentence], links=way)


async def code(request: Request) -> Response:
    """Open the comments by six digits: five tries, then a new link is needed."""
    _needs_mail(request)
    site = sites.of(request)
    fields = await forms.fields(request)
    browser = request.cookies.get(ASKING_COOKIE, "")
    secret = readers.secret_of(request) or readers.new_secret()
    attempt = own_page.Attempt(
        fields.get("code", ""), fields.get("token", ""), hash_of(browser) if browser else "", readers.hash_of(secret)
    )
    try:
        session, left = await site.store.write(own_page.open_by_code, attempt, at=sites.now())
    except NotFound as refusal:
        return _ended(request, refusal.sentence)
    if session:
        return _opened(request, session, secret)
    if not left:
        return _ended(request, gettext("Five tries are used. This code no longer works, and neither does its link."))
    error = ngettext("This is not the code. One try is left.", "This is not the code. {n} tries are left.", left)
    sentence = gettext("Type the code from the mail.")
    return _code_page(request, sentence=sentence, token=fields.get("token", ""), error=error)


def _opened(request: Request, session: str, secret: str) -> Response:
    settings = sites.of(request).settings
    response = RedirectResponse("/your-comments/", 303, headers={"Cache-Control": "private, no-store"})
    security.set_cookie(response, MAILBOX_COOKIE, session, seconds=own_page.SESSION_SECONDS, settings=settings)
    readers.remember(response, secret, settings)
    return response


async def leave(request: Request) -> Response:
    """Stop showing this browser the comments of an address that was opened by mail."""
    await sites.of(request).store.write(own_page.leave, request.cookies.get(MAILBOX_COOKIE, ""))
    response = RedirectResponse("/your-comments/", 303)
    response.delete_cookie(MAILBOX_COOKIE)
    return response
