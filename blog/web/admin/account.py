"""One's own account: password, sessions, passkeys, recovery codes; and giving the password again."""

import re
import secrets
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Invalid
from blog.journal.events import By
from blog.people import accounts, passkeys, recovery
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, authentication, sessions
from blog.web.middleware import security
from blog.web.render import ago

SAID = {
    "session": "The session has ended.",
    "others": "All other sessions have ended.",
    "password": "The password was changed, and all other sessions have ended.",
    "passkey": "The passkey is added. You can sign in with it now.",
    "removed": "The passkey was removed.",
}
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
CALLED = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")


def _load(db: Any, account: int, did: int | None, at: str) -> dict[str, Any]:
    return {
        "sessions": accounts.sessions(db, account, at=at),
        "passkeys": passkeys.of_account(db, account),
        "codes": recovery.left(db, account),
        "frame": access.frame(db, did),
    }


async def show(request: Request) -> Response:
    return await _page(request)


async def _page(
    request: Request, *, code: int = 200, errors: dict[str, str] | None = None, codes: list[str] | None = None
) -> Response:
    site, at = sites.of(request), sites.now()
    found = await site.store.read(_load, access.me(request)["id"], None, at)
    mine = accounts.key_of(request.cookies[security.SESSION_COOKIE])
    said = SAID.get(request.query_params.get("said", ""), "")
    return site.render.page(
        "admin/account.html",
        code=code,
        **access.context(request, found["frame"], "account", said=said),
        sessions=[
            {
                **each,
                "device": device(each["user_agent"]),
                "began_on": site.render.moment(each["created_at"]),
                "seen_on": site.render.moment(each["seen_at"]),
                "ago": ago(each["seen_at"], at),
                "here": each["key"] == mine,
            }
            for each in found["sessions"]
        ],
        passkeys=[
            {
                **each,
                "made_on": site.render.day(each["created_at"]),
                "used_on": site.render.moment(each["used_at"]) if each["used_at"] else "",
            }
            for each in found["passkeys"]
        ],
        unable=authentication.passkeys_here(request),
        left=found["codes"],
        codes=codes or [],
        errors=errors or {},
    )


def device(user_agent: str) -> str:
    """Say in a few words what a browser calls itself: Firefox on Linux."""
    browser = next((name for name in BROWSERS if f"{name}/" in user_agent), "")
    system = next((name for name in SYSTEMS if name in user_agent), "")
    named = " on ".join(part for part in (CALLED.get(browser, browser), system.replace(" OS X", "")) if part)
    return named or re.sub(r"\s+", " ", user_agent)[:60] or "Unknown browser"


async def change_password(request: Request) -> Response:
    """Change one's password; every other session ends."""
    site, me = sites.of(request), access.me(request)
    fields = await forms.fields(request)
    if fields.get("password", "") != fields.get("repeated", ""):
        return await _page(request, code=422, errors={"repeated": "The two passwords differ."})
    try:
        await site.store.write(
            accounts.change_password, me["name"], fields.get("password", ""), by=By(sites.now(), me["id"])
        )
    except Invalid as error:
        return await _page(request, code=422, errors=error.errors)
    return await sessions.signed_in(request, me["id"], "/admin/account?said=password")


async def end_session(request: Request) -> Response:
    site, me = sites.of(request), access.me(request)
    await site.store.write(accounts.end_session, me["id"], request.path_params["key"], by=access.by(request))
    return RedirectResponse("/admin/account?said=session", 303)


async def end_others(request: Request) -> Response:
    token = request.cookies[security.SESSION_COOKIE]
    await sites.of(request).store.write(accounts.end_others, access.me(request)["id"], token, by=access.by(request))
    return RedirectResponse("/admin/account?said=others", 303)


async def challenge(request: Request) -> Response:
    """Ask a browser to make a passkey."""
    me, fresh = access.me(request), secrets.token_bytes(32)
    known = await sites.of(request).store.read(passkeys.of_account, me["id"])
    options = await run_in_threadpool(
        passkeys.options_for_new,
        authentication.place(request),
        me["id"],
        me["name"],
        [each["credential"] for each in known],
        fresh,
    )
    response = Response(options, media_type="application/json")
    authentication.set_challenge(request, response, "new", fresh)
    return response


async def add_passkey(request: Request) -> Response:
    """Keep the passkey that a browser made."""
    fields = await forms.fields(request)
    asked = authentication.read_challenge(request, "new", sites.now())
    new = await run_in_threadpool(
        passkeys.check_new, fields.get("credential", ""), authentication.place(request), asked
    )
    await sites.of(request).store.write(
        passkeys.add, access.me(request)["id"], new, fields.get("name", ""), asked, by=access.by(request)
    )
    return RedirectResponse("/admin/account?said=passkey", 303)


async def remove_passkey(request: Request) -> Response:
    await sites.of(request).store.write(
        passkeys.remove, access.me(request)["id"], request.path_params["key"], by=access.by(request)
    )
    return RedirectResponse("/admin/account?said=removed", 303)


async def make_codes(request: Request) -> Response:
    """Make recovery codes and show them, this once: they are kept only as hashes."""
    codes = await sites.of(request).store.write(recovery.make, access.me(request)["id"], by=access.by(request))
    return await _page(request, codes=codes)


async def confirm(request: Request) -> Response:
    """Ask for the password again, for what is done next."""
    return access.again_page(request, "/admin/confirmation", [])


async def confirmed(request: Request) -> Response:
    fields = await forms.fields(request)
    return RedirectResponse(forms.back(fields, "/admin/"), 303)
