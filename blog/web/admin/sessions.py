"""Signing in and out, and making the first administrator."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Forbidden, Invalid
from blog.journal.events import Actor
from blog.people import accounts, passkeys, throttle
from blog.people import sessions as stored_sessions
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, authentication, layout
from blog.web.middleware import security
from blog.web.middleware.limits import duration
from blog.wording import N_, gettext

NO_MATCH = N_("Wrong name or password.")
TOO_MANY = N_("Too many wrong passwords. Wait {time}, then try again.")
CONSENT = "/wp-admin/authorize-application.php"
CONSENTS = (CONSENT, "/indieauth/authorize")  # the other places that a login leads back to
COMMON: dict[str, Any] = {"flash": None, "waiting": 0, "keys": "off", "back": "", "current": ""}


@dataclass(frozen=True)
class LoginForm:
    """The login as it is shown: where it leads (`next`), and the sealed form that was sent without a session."""

    next: str
    username: str = ""
    pending: str = ""


def _login_form(fields: Mapping[str, str]) -> LoginForm:
    asked = fields.get("next", "")
    within = next((each for each in CONSENTS if asked.startswith(each)), "/admin")
    next_ = forms.back({"back": asked}, "/admin/", within=within)
    return LoginForm(next_, fields.get("username", "")[:60], fields.get("kept", ""))


async def new(request: Request) -> Response:
    return login_page(request, _login_form({"next": request.query_params.get("next", "")}))


def login_page(request: Request, form: LoginForm, *, code: int = 200, error: str = "", wait: int = 0) -> Response:
    return sites.of(request).render.page(
        "admin/login.html",
        code=code,
        headers={"Retry-After": str(wait)} if wait else {},
        error=error,
        next=form.next,
        kept=form.pending,
        username=form.username,
        passkeys=not authentication.passkey_problem(request),
        mail=sites.of(request).settings.mail is not None,
        **COMMON,
    )


async def create(request: Request) -> Response:
    """Begin a session; a wrong name and a wrong password get the same answer in the same time."""
    fields = await forms.fields(request)
    form = _login_form(fields)
    proof = await authentication.by_password(request, fields.get("username", ""), fields.get("password", ""))
    if proof.wait:
        return login_page(request, form, code=429, error=gettext(TOO_MANY, time=duration(proof.wait)), wait=proof.wait)
    if proof.account is None:
        return login_page(request, form, code=401, error=gettext(NO_MATCH))
    return await signed_in(request, proof.account["id"], form.next)


async def challenge(request: Request) -> Response:
    """Ask a browser for a passkey of this site."""
    fresh = secrets.token_bytes(32)
    options = await run_in_threadpool(passkeys.options_for_use, authentication.place(request), fresh)
    response = Response(options, media_type="application/json")
    authentication.set_challenge(request, response, "use", fresh)
    return response


async def create_by_passkey(request: Request) -> Response:
    """Begin a session with a browser's answer to the challenge."""
    fields = await forms.fields(request)
    form = _login_form(fields)
    try:
        account = await authentication.by_passkey(request, fields.get("credential", ""))
    except Invalid as error:
        return login_page(request, form, code=401, error=error.sentence)
    return await signed_in(request, account["id"], form.next)


async def signed_in(request: Request, account: int, aim: str) -> Response:
    """Begin a session and lead on."""
    site = sites.of(request)
    response, remembering = RedirectResponse(aim, 303), Response()
    device = Device(
        authentication.remember_device(request, remembering),
        authentication.network_of(request),
        security.client_ip(request, site.settings),
        request.headers.get("user-agent", ""),
    )
    token = await site.store.write(_begin, account, device, by=Actor(sites.now(), account))
    request.state.token = token
    seconds = stored_sessions.SESSION_DAYS * 86_400
    security.set_cookie(response, security.SESSION_COOKIE, token, seconds=seconds, settings=site.settings)
    response.raw_headers += [pair for pair in remembering.raw_headers if pair[0] == b"set-cookie"]
    return response


class Device(NamedTuple):
    """Where somebody signs in from: the hash of the browser's own cookie, its network, address and name."""

    cookie_hash: str
    network: str
    ip: str
    user_agent: str


def _begin(db: Any, account: int, device: Device, *, by: Actor) -> str:
    name = accounts.name_of(db, account)
    throttle.record_success(db, account, name, device.network, device.cookie_hash, at=by.at)
    return stored_sessions.sign_in(db, account, ip=device.ip, user_agent=device.user_agent, by=by)


async def destroy(request: Request) -> Response:
    site = sites.of(request)
    token = request.cookies[security.SESSION_COOKIE]
    await site.store.write(stored_sessions.sign_out, token, by=Actor(sites.now(), request.state.account["id"]))
    response = RedirectResponse("/admin/login", 303, headers={"Clear-Site-Data": '"cache"'})
    response.delete_cookie(
        security.SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=site.settings.secure
    )
    return response


async def show_keys(request: Request) -> Response:
    """The list of the desk's keys."""
    site = sites.of(request)
    frame = await site.store.read(layout.frame, access.recent(request))
    return site.render.page("admin/keys.html", **layout.context(request, frame, "keys"))


async def keys(request: Request) -> Response:
    """Turn single-letter keys on or off for whoever is signed in."""
    fields = await forms.fields(request)
    await sites.of(request).store.write(accounts.set_keys, request.state.account["id"], fields.get("on") == "1")
    return RedirectResponse(forms.back(fields, "/admin/comments"), 303)


async def setup(request: Request) -> Response:
    """The one-time page where the first administrator chooses a name and a password."""
    site = sites.of(request)
    token = request.query_params.get("token", "")
    if not await site.store.read(accounts.setup_open, token):
        raise Forbidden(gettext(accounts.USED))
    return site.render.page("admin/setup.html", token=token, errors={}, values={"username": "", "email": ""}, **COMMON)


async def set_up(request: Request) -> Response:
    site = sites.of(request)
    fields = await forms.fields(request)
    name, email = fields.get("username", ""), fields.get("email", "")
    try:
        account = await site.store.write(
            accounts.set_up,
            fields.get("token", ""),
            name,
            fields.get("password", ""),
            email=email,
            by=Actor(sites.now()),
        )
    except Invalid as error:
        return site.render.page(
            "admin/setup.html",
            code=422,
            token=fields.get("token", ""),
            errors=error.errors,
            values={"username": name, "email": email},
            **COMMON,
        )
    return await signed_in(request, account, "/admin/")
