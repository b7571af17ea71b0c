"""Signing in and out, and making the first administrator."""

import secrets
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Forbidden, Invalid
from blog.journal.events import By
from blog.people import accounts, passkeys, throttle
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import authentication
from blog.web.middleware import security
from blog.web.middleware.limits import said

NO_MATCH = "The name or the password is wrong."
TOO_MANY = "Too many wrong passwords. Wait {}, then try again."
COMMON: dict[str, Any] = {"flash": None, "waiting": 0, "keys": "off", "back": "", "current": ""}


async def new(request: Request) -> Response:
    aim = forms.back({"back": request.query_params.get("next", "")}, "/admin/")
    return form(request, aim)


def form(
    request: Request,
    aim: str,
    *,
    code: int = 200,
    error: str = "",
    username: str = "",
    wait: int = 0,
    kept: str = "",
) -> Response:
    """Answer with the login, which carries what was typed into the desk after a session had ended (`kept`)."""
    return sites.of(request).render.page(
        "admin/login.html",
        code=code,
        headers={"Retry-After": str(wait)} if wait else {},
        error=error,
        next=aim,
        kept=kept,
        username=username,
        passkeys=not authentication.passkeys_here(request),
        **COMMON,
    )


async def create(request: Request) -> Response:
    """Begin a session; a wrong name and a wrong password get the same answer in the same time."""
    fields = await forms.fields(request)
    name = fields.get("username", "")
    aim = forms.back({"back": fields.get("next", "")}, "/admin/")
    kept = fields.get("kept", "")
    proof = await authentication.by_password(request, name, fields.get("password", ""))
    if proof.wait:
        return form(
            request,
            aim,
            code=429,
            error=TOO_MANY.format(said(proof.wait)),
            username=name[:60],
            wait=proof.wait,
            kept=kept,
        )
    if proof.account is None:
        return form(request, aim, code=401, error=NO_MATCH, username=name[:60], kept=kept)
    return await signed_in(request, proof.account["id"], aim)


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
    aim = forms.back({"back": fields.get("next", "")}, "/admin/")
    try:
        account = await authentication.by_passkey(request, fields.get("credential", ""))
    except Invalid as error:
        return form(request, aim, code=401, error=error.sentence, kept=fields.get("kept", ""))
    return await signed_in(request, account["id"], aim)


async def signed_in(request: Request, account: int, aim: str) -> Response:
    """Begin a session and lead on."""
    site, at = sites.of(request), sites.now()
    response, remembering = RedirectResponse(aim, 303), Response()
    device = authentication.remember_device(request, remembering)
    token = await site.store.write(
        _begin,
        account,
        authentication.network_of(request),
        device,
        ip=security.client_ip(request, site.settings),
        user_agent=request.headers.get("user-agent", ""),
        by=By(at, account),
    )
    request.state.token = token
    seconds = accounts.SESSION_DAYS * 86_400
    security.set_cookie(response, security.SESSION_COOKIE, token, seconds=seconds, settings=site.settings)
    response.raw_headers += [pair for pair in remembering.raw_headers if pair[0] == b"set-cookie"]
    return response


def _begin(db: Any, account: int, network: str, device: str, *, ip: str, user_agent: str, by: By) -> str:
    throttle.succeeded(db, account, accounts.name_of(db, account), network, device, at=by.at)
    return accounts.sign_in(db, account, ip=ip, user_agent=user_agent, by=by)


async def destroy(request: Request) -> Response:
    site = sites.of(request)
    token = request.cookies[security.SESSION_COOKIE]
    await site.store.write(accounts.sign_out, token, by=By(sites.now(), request.state.account["id"]))
    response = RedirectResponse("/admin/login", 303, headers={"Clear-Site-Data": '"cache"'})
    response.delete_cookie(
        security.SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=site.settings.secure
    )
    return response


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
        raise Forbidden(accounts.USED)
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
            by=By(sites.now()),
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
