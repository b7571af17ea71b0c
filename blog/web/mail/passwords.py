"""The page where somebody sets a password by a mailed link."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Invalid, Refused
from blog.notifications import link_acts, links
from blog.notifications.links import Link
from blog.web import site as sites
from blog.web.mail.act_page import button, field, page
from blog.wording import gettext


async def show(request: Request, link: Link, *, errors: Mapping[str, str] | None = None) -> Response:
    at, wrong = sites.now(), errors or {}
    if not links.works(link, at):
        return page(
            request,
            gettext("This link was used or has ended."),
            code=410,
            links=[(gettext("Ask for another one"), "/admin/forgot")],
        )
    fields = [
        field(
            "password", gettext("New password"), kind="password", error=wrong.get("password", ""), fill="new-password"
        ),
        field(
            "repeated",
            gettext("Repeat the new password"),
            kind="password",
            error=wrong.get("repeated", ""),
            fill="new-password",
        ),
    ]
    return page(
        request,
        gettext("Set a new password"),
        code=422 if wrong else 200,
        forms=[button(gettext("Set password"), fields=fields)],
        remarks=[gettext("8 to 256 characters; common passwords are refused. All sessions of the account end.")],
    )


async def set_password(request: Request, link: Link, fields: Mapping[str, str], at: str) -> Response:
    if fields.get("password", "") != fields.get("repeated", ""):
        return await show(request, link, errors={"repeated": gettext("The two passwords are not the same.")})
    try:
        name = await sites.of(request).store.write(link_acts.set_password, link, fields.get("password", ""), at=at)
    except Invalid as refusal:
        return await show(request, link, errors=refusal.errors)
    except Refused as refusal:
        return page(request, gettext("This link was used or has ended."), code=410, sentences=[refusal.sentence])
    return page(
        request,
        gettext("The password is set."),
        sentences=[gettext("You can sign in as {name} now.", name=name)],
        done=True,
        links=[(gettext("Sign in"), "/admin/login")],
    )
