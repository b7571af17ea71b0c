"""The accounts and their roles, for administrators."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Conflict, Invalid
from blog.notifications import invitations
from blog.people import accounts
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.site import Site
from blog.wording import N_, gettext, ngettext

MESSAGES = {
    "invited": N_("Account created. A link to choose its password is on its way to its owner."),
    "added": N_("Account created. Give its password to its owner, who can change it."),
    "role": N_("Role changed."),
    "password": N_("Password changed. All sessions of the account have ended."),
    "removed": N_("Account removed. Its decisions keep its name."),
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
    message = gettext(MESSAGES.get(request.query_params.get("said", ""), ""))
    fields = {name: (typed or {}).get(name, "") for name in ("username", "email", "role")}
    return site.render.page(
        "admin/users.html",
        code=code,
        **layout.context(request, data["frame"], "users", message=message),
        users=[
            {
                **each,
                "facts": _facts(site, each),
            }
            for each in data["users"]
        ],
        roles={role: access.role_name(role) for role in accounts.ROLES},
        errors=errors or {},
        typed={**fields, "role": fields["role"] or "moderator"},
        about=about,
        invites=site.settings.mail is not None,
    )


def _facts(site: Site, user: Mapping[str, Any]) -> list[str]:
    """Return what is known of an account: email, age, use, sessions and passkeys."""
    seen = user["seen_at"] and gettext("last active {time}", time=site.render.moment(user["seen_at"]))
    return [
        *([user["email"]] if user["email"] else []),
        gettext("since {day}", day=site.render.day(user["created_at"])),
        seen or gettext("not active lately"),
        ngettext("{n} session", "{n} sessions", user["sessions"]),
        ngettext("{n} passkey", "{n} passkeys", user["passkeys"]),
    ]


async def create(request: Request) -> Response:
    site, fields = sites.of(request), await forms.fields(request)
    invited = invitations.Invited(fields.get("username", ""), fields.get("email", ""), fields.get("role", ""))
    try:
        if site.settings.mail and not fields.get("password"):
            await site.store.write(invitations.invite, invited, by=access.by(request))
            return RedirectResponse("/admin/users?said=invited", 303)
        await site.store.write(
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
