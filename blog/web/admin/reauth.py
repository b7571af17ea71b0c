"""Asking a signed-in person for the password again, with everything that was sent kept in the form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from blog.people import sessions
from blog.web import errors, forms
from blog.web import site as sites
from blog.web.admin import access, authentication, decisions, impact
from blog.web.admin.impact import Impact
from blog.web.middleware import security
from blog.wording import N_, gettext

PROOFS = ("again", "credential")
ASK = N_("Confirm your password at /admin/confirmation, then repeat this.")


def _any_form(fields: Mapping[str, str]) -> bool:
    return True


def deletes(fields: Mapping[str, str]) -> bool:
    """Tell whether a form of decisions deletes comments for good."""
    return fields.get("empty") == "1" or "delete" in (fields.get("decision"), fields.get("only", "").partition(":")[0])


@dataclass(frozen=True)
class Reauth:
    """For which forms a route asks for the password again: when a minute has gone by, or `every_time`."""

    applies: Callable[[Mapping[str, str]], bool] = _any_form
    every_time: bool = False


async def require(request: Request, reauth: Reauth) -> Response | None:
    """Return the page that asks for the password; None when it is not needed, or was just given."""
    site, account = sites.of(request), access.me(request)
    if not reauth.every_time and sessions.is_confirmed(account, sites.now()):
        return None
    await request.body()  # kept with the request, so that its handler reads the form again
    form = await forms.read(request, fields=decisions.FIELDS)
    fields = forms.first(form)
    if not reauth.applies(fields):
        return None
    proved, error = await authentication.confirm(request, account, fields)
    if proved:
        await site.store.write(sessions.confirm, request.cookies[security.SESSION_COOKIE], at=sites.now())
        return None
    if forms.wants_json(request):
        return errors.problem(403, error or gettext(ASK))
    action = request.scope["path"]
    pairs = [(name, value) for name, value in form.multi_items() if name not in PROOFS and isinstance(value, str)]
    return page(request, action, pairs, error, about=await impact.question(request, action, pairs))


def page(
    request: Request, action: str, pairs: list[tuple[str, str]], error: str = "", about: Impact | None = None
) -> Response:
    """Answer with the form that asks for the password, and sends `pairs` to `action` with it."""
    return sites.of(request).render.page(
        "admin/again.html",
        code=200 if request.method in ("GET", "HEAD") else 403,
        me=access.me(request)["name"],
        action=action,
        kept=pairs,
        error=error,
        about=about or Impact(""),
        passkeys=not authentication.passkey_problem(request),
        flash=None,
        waiting=0,
    )
