"""The accounts and their roles, for administrators."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Conflict, Invalid
from blog.people import accounts
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.wording import ngettext

MESSAGES = {
    "added": "Account created. Give its password to its owner, who can change it.",
    "role": "Role changed.",
    "password": "Password changed. All sessions of the account have ended.",
    "removed": "Account removed. Its decisions keep its name.",
}


def _load(db: Any, at: str, recent: Recent) -> dict[str, Any]:
    return {"users": accounts.roster(db, at=at), "frame": layout.frame(db, recent)}


async def index(request: Request) -> Response:
    return await _page(request)


async def _page(
    request: Request, *, code: int = 200, errors: dict[str, str] | None = None, typed: Any = None, about: int = 0
) -> Response:
    site = sites.of(request)
    data = await site.store.read(_load, sites.now(), access.recent(request))
    message = MESSAGES.get(request.query_params.get("said", ""), "")
    fields = {name: (typed or {}).get(name, "") for name in ("username", "email", "role")}
    return site.render.page(
        "admin/users.html",
        code=code,
        **layout.context(request, data["frame"], "users", message=message),
        users=[
            {
                **each,
                "since": site.render.day(each["created_at"]),
                "seen_on": site.render.moment(each["seen_at"]) if each["seen_at"] else "",
                "has": ngettext("{n} session", "{n} sessions", each["sessions"])
                + ", "
                + ngettext("{n} passkey", "{n} passkeys", each["passkeys"]),
            }
            for each in data["users"]
        ],
        roles=accounts.ROLES,
        errors=errors or {},
        typed={**fields, "role": fields["role"] or "moderator"},
        about=about,
    )


async def create(request: Request) -> Response:
    fields = await forms.fields(request)
    try:
        await sites.of(request).store.write(
            accounts.add,
            fields.get("username", ""),
            fields.get("password", ""),
            role=fields.get("role", ""),
            email=fields.get("email", ""),
            by=access.by(request),
        )
    except Invalid as error:
        return await _page(request, code=422, errors=error.errors, typed=fields)
    except Conflict as error:
        return await _page(request, code=409, errors={"username": error.sentence}, typed=fields)
    return RedirectResponse("/admin/users?said=added", 303)


async def change_role(request: Request) -> Response:
    fields = await forms.fields(request)
    await sites.of(request).store.write(
        _change_role, request.path_params["key"], fields.get("role", ""), by=access.by(request)
    )
    return RedirectResponse("/admin/users?said=role", 303)


def _change_role(db: Any, account: int, role: str, *, by: Any) -> None:
    accounts.change_role(db, accounts.name_of(db, account), role, by=by)


async def change_password(request: Request) -> Response:
    fields, number = await forms.fields(request), request.path_params["key"]
    try:
        await sites.of(request).store.write(_change_password, number, fields.get("password", ""), by=access.by(request))
    except Invalid as error:
        return await _page(request, code=422, errors=error.errors, about=number)
    return RedirectResponse("/admin/users?said=password", 303)


def _change_password(db: Any, account: int, password: str, *, by: Any) -> None:
    accounts.change_password(db, accounts.name_of(db, account), password, by=by)


async def destroy(request: Request) -> Response:
    await sites.of(request).store.write(_remove, request.path_params["key"], by=access.by(request))
    return RedirectResponse("/admin/users?said=removed", 303)


def _remove(db: Any, account: int, *, by: Any) -> None:
    accounts.remove(db, accounts.name_of(db, account), by=by)
