"""Signing in and out, and making the first administrator."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import accounts
from blog.errors import Forbidden, Invalid
from blog.events import By
from blog.web import forms, security
from blog.web import site as sites

NO_MATCH = "This name and this password do not belong together."
COMMON: dict[str, Any] = {"flash": None, "waiting": 0, "keys": "off", "back": "", "current": ""}


async def new(request: Request) -> Response:
    site = sites.of(request)
    aim = forms.back({"back": request.query_params.get("next", "")}, "/admin/")
    return site.render.page("admin/login.html", error="", next=aim, username="", **COMMON)


async def create(request: Request) -> Response:
    """Begin a session; a wrong name and a wrong password get the same answer in the same time."""
    site = sites.of(request)
    fields = forms.first(await forms.read(request))
    name = fields.get("username", "")
    account, hashed = await site.store.read(accounts.credentials, name)
    right = await run_in_threadpool(accounts.matches, fields.get("password", ""), hashed)
    aim = forms.back({"back": fields.get("next", "")}, "/admin/")
    if account is None or not right:
        kept = fields.get("kept", "")
        return site.render.page(
            "admin/login.html", code=401, error=NO_MATCH, next=aim, username=name[:60], kept=kept, **COMMON
        )
    return await _signed_in(request, account["id"], aim)


async def _signed_in(request: Request, account: int, aim: str) -> Response:
    site = sites.of(request)
    token = await site.store.write(
        accounts.sign_in,
        account,
        ip=security.client_ip(request, site.settings),
        user_agent=request.headers.get("user-agent", ""),
        by=By(sites.now(), account),
    )
    response = RedirectResponse(aim, 303)
    seconds = accounts.SESSION_DAYS * 86_400
    security.set_cookie(response, security.SESSION_COOKIE, token, seconds=seconds, settings=site.settings)
    return response


async def destroy(request: Request) -> Response:
    site = sites.of(request)
    token = request.cookies[security.SESSION_COOKIE]
    await site.store.write(accounts.sign_out, token, by=By(sites.now(), request.state.account["id"]))
    response = RedirectResponse("/admin/login", 303)
    response.delete_cookie(
        security.SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=site.settings.secure
    )
    return response


async def keys(request: Request) -> Response:
    """Turn single-letter keys on or off for whoever is signed in."""
    fields = forms.first(await forms.read(request))
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
    fields = forms.first(await forms.read(request))
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
    return await _signed_in(request, account, "/admin/")
