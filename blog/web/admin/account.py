"""The signed-in person's account: password, sessions, passkeys, recovery codes; and confirming the password."""

import re
import secrets
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import wording
from blog.errors import Invalid
from blog.journal.events import Actor
from blog.notifications import choices
from blog.people import accounts, passkeys, recovery, tokens
from blog.people import sessions as stored_sessions
from blog.people.tokens import NewToken
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, authentication, layout, mail, reauth, sessions
from blog.web.admin.access import Recent
from blog.web.middleware import security
from blog.web.render import ago
from blog.web.site import Site
from blog.wording import N_, gettext, listed

MESSAGES = {
    "session": N_("The session has ended."),
    "others": N_("All other sessions have ended."),
    "password": N_("Password changed. All other sessions have ended."),
    "passkey": N_("Passkey added. You can sign in with it from now on."),
    "removed": N_("Passkey removed."),
    "mail": N_("Saved."),
    "language": N_("Saved."),
    "revoked": N_("Application password revoked. The program that used it can do nothing more."),
}
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
DISPLAY_NAMES = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")


def _load(db: Any, account: int, recent: Recent, at: str) -> dict[str, Any]:
    return {
        "sessions": stored_sessions.of_account(db, account, at=at),
        "passkeys": passkeys.of_account(db, account),
        "codes": recovery.remaining(db, account),
        "tokens": tokens.of_account(db, account),
        "mail": choices.of_account(db, account),
        "frame": layout.frame(db, recent),
    }


async def show(request: Request) -> Response:
    return await _page(request)


async def _page(
    request: Request,
    *,
    code: int = 200,
    errors: dict[str, str] | None = None,
    codes: list[str] | None = None,
    token: dict[str, str] | None = None,
) -> Response:
    """Answer with the page; `codes` and `token` are what was just made, and is shown once."""
    site, at = sites.of(request), sites.now()
    data = await site.store.read(_load, access.me(request)["id"], access.recent(request), at)
    mine = stored_sessions.key_of(request.cookies[security.SESSION_COOKIE])
    message = gettext(MESSAGES.get(request.query_params.get("said", ""), ""))
    return site.render.page(
        "admin/account.html",
        code=code,
        **layout.context(request, data["frame"], "account", message=message),
        sessions=[
            {
                **each,
                "device": device(each["user_agent"]),
                "began_on": site.render.moment(each["created_at"]),
                "seen_on": site.render.moment(each["seen_at"]),
                "ago": ago(each["seen_at"], at),
                "here": each["key"] == mine,
            }
            for each in data["sessions"]
        ],
        passkeys=[
            {
                **each,
                "made_on": site.render.day(each["created_at"]),
                "used_on": site.render.moment(each["used_at"]) if each["used_at"] else "",
            }
            for each in data["passkeys"]
        ],
        unable=authentication.passkey_problem(request),
        left=data["codes"],
        codes=codes or [],
        languages=wording.names(),
        chosen_language=access.me(request)["language"],
        tokens=[_token(site, each, at) for each in data["tokens"]],
        scopes=[(scope, gettext(SCOPES[scope])) for scope in reversed(tokens.SCOPES)],
        token=token,
        mail=mail.choice_context(site, data["mail"], access.me(request)["email"]),
        errors=errors or {},
    )


def device(user_agent: str) -> str:
    """Return the name of a browser and its system: Firefox on Linux."""
    browser = next((name for name in BROWSERS if f"{name}/" in user_agent), "")
    system = next((name for name in SYSTEMS if name in user_agent), "")
    named = DISPLAY_NAMES.get(browser, browser), system.replace(" OS X", "")
    if all(named):
        return gettext("{browser} on {system}", browser=named[0], system=named[1])
    return "".join(named) or re.sub(r"\s+", " ", user_agent)[:60] or gettext("Unknown browser")


async def choose_language(request: Request) -> Response:
    """Choose the language in which the desk speaks to the signed-in person."""
    fields = await forms.fields(request)
    await sites.of(request).store.write(accounts.set_language, access.me(request)["id"], fields.get("language", ""))
    return RedirectResponse("/admin/account?said=language#language", 303)


async def change_password(request: Request) -> Response:
    """Change the own password; all other sessions end."""
    site, me = sites.of(request), access.me(request)
    fields = await forms.fields(request)
    if fields.get("password", "") != fields.get("repeated", ""):
        return await _page(request, code=422, errors={"repeated": gettext("The two passwords are not the same.")})
    try:
        await site.store.write(
            accounts.change_password, me["name"], fields.get("password", ""), by=Actor(sites.now(), me["id"])
        )
    except Invalid as error:
        return await _page(request, code=422, errors=error.errors)
    return await sessions.signed_in(request, me["id"], "/admin/account?said=password")


async def end_session(request: Request) -> Response:
    site, me = sites.of(request), access.me(request)
    await site.store.write(stored_sessions.end, me["id"], request.path_params["key"], by=access.by(request))
    return RedirectResponse("/admin/account?said=session", 303)


async def end_others(request: Request) -> Response:
    token = request.cookies[security.SESSION_COOKIE]
    store, me = sites.of(request).store, access.me(request)
    await store.write(stored_sessions.end_others, me["id"], token, by=access.by(request))
    return RedirectResponse("/admin/account?said=others", 303)


async def challenge(request: Request) -> Response:
    """Ask a browser to make a passkey."""
    me, fresh = access.me(request), secrets.token_bytes(32)
    existing = await sites.of(request).store.read(passkeys.of_account, me["id"])
    options = await run_in_threadpool(
        passkeys.options_for_new,
        authentication.place(request),
        me["id"],
        me["name"],
        [each["credential"] for each in existing],
        fresh,
    )
    response = Response(options, media_type="application/json")
    authentication.set_challenge(request, response, "new", fresh)
    return response


async def add_passkey(request: Request) -> Response:
    """Add a passkey that the browser made."""
    fields = await forms.fields(request)
    challenge_bytes = authentication.read_challenge(request, "new", sites.now())
    new = await run_in_threadpool(
        passkeys.check_new, fields.get("credential", ""), authentication.place(request), challenge_bytes
    )
    await sites.of(request).store.write(
        passkeys.add, access.me(request)["id"], new, fields.get("name", ""), challenge_bytes, by=access.by(request)
    )
    return RedirectResponse("/admin/account?said=passkey", 303)


async def remove_passkey(request: Request) -> Response:
    await sites.of(request).store.write(
        passkeys.remove, access.me(request)["id"], request.path_params["key"], by=access.by(request)
    )
    return RedirectResponse("/admin/account?said=removed", 303)


async def make_codes(request: Request) -> Response:
    """Make recovery codes and show them once; only their hashes are stored."""
    codes = await sites.of(request).store.write(recovery.make, access.me(request)["id"], by=access.by(request))
    return await _page(request, codes=codes)


SCOPES = {
    "read": N_("read"),
    "moderate": N_("read and moderate comments"),
    "write": N_("everything that you may do"),
}


def _scope(token: tokens.Token) -> str:
    """Return in words what a token lets a program do."""
    if token["rights"]:
        return gettext("Micropub: {scopes}", scopes=listed(token["rights"].split()))
    return gettext(SCOPES[token["scope"]])


def _token(site: Site, token: tokens.Token, at: str) -> dict[str, Any]:
    """Return an application password as the page lists it."""
    return {
        "uuid": token["uuid"],
        "label": token["label"],
        "scope": _scope(token),
        "made_on": site.render.day(token["created_at"]),
        "used_on": site.render.moment(token["used_at"]) if token["used_at"] else "",
        "ago": ago(token["used_at"], at) if token["used_at"] else "",
        "ip": token["used_ip"],
    }


async def make_token(request: Request) -> Response:
    """Make an application password and show it once; only its hash is stored."""
    fields = await forms.fields(request)
    new = NewToken(fields.get("label", ""), fields.get("scope", ""))
    try:
        _, password = await sites.of(request).store.write(
            tokens.make, access.me(request)["id"], new, by=access.by(request)
        )
    except Invalid as error:
        return await _page(request, code=422, errors=error.errors)
    return await _page(request, token={"label": " ".join(new.label.split()), "password": password})


async def revoke_token(request: Request) -> Response:
    await sites.of(request).store.write(
        tokens.revoke, access.me(request)["id"], request.path_params["key"], by=access.by(request)
    )
    return RedirectResponse("/admin/account?said=revoked", 303)


async def confirm(request: Request) -> Response:
    """Ask for the password, so that the next act need not."""
    return reauth.page(request, "/admin/confirmation", [])


async def confirmed(request: Request) -> Response:
    fields = await forms.fields(request)
    return RedirectResponse(forms.back(fields, "/admin/"), 303)
