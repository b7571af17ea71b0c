"""A form that was sent after the session had ended: it is kept through the login, and then shown to be sent again.

It travels signed in the login's own form, so nothing of a stranger's is stored, and it never sends itself.
"""

from typing import Any

from itsdangerous import BadData, SignatureExpired
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Refused
from blog.people import sessions as stored_sessions
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import impact, sessions
from blog.web.site import Site
from blog.wording import N_, gettext

SECONDS = 3_600  # after which it is only shown, to copy
LONGEST = 160_000  # of it as it travels: the login's form must stay under the limit of a body
# Of signing in, accounts and their secrets nothing is kept: that is typed anew.
NOT_KEPT = tuple(f"/admin/{name}" for name in ("login", "logout", "setup", "keys", "account", "users", "confirmation"))
SECRET = ("password", "code", "token", "credential")
LABELS = {
    "comment": N_("Text"),
    "note": N_("Note"),
    "author": N_("Name"),
    "url": N_("Web address"),
    "reason": N_("Reason"),
    "decision": N_("Decision"),
    "only": N_("Decision"),
    "body": N_("Text"),
    "title": N_("Title"),
}
LONG = {"comment", "note", "body"}


async def login_with_form(request: Request) -> Response | None:
    """Answer a form that came without a session with the login that carries it; None when nothing was typed."""
    if request.method != "POST" or forms.wants_json(request) or request.scope["path"].startswith(NOT_KEPT):
        return None
    try:
        form = await forms.read(request)
    except Refused:
        return None
    fields = [
        [name, value]
        for name, value in form.multi_items()
        if isinstance(value, str) and not any(word in name for word in SECRET)
    ]
    site = sites.of(request)
    sealed = str(site.form_signer.dumps([request.scope["path"], fields]))
    if not any(value for _, value in fields) or len(sealed) > LONGEST:
        return None
    aim = forms.back(forms.first(form), "/admin/")
    return sessions.login_page(request, sessions.LoginForm(aim, pending=sealed), code=401)


async def sign_in(request: Request) -> Response:
    """Sign in by password, and then show the form that was kept, with a button that sends it."""
    return await _show_form(request, await sessions.create(request))


async def sign_in_by_passkey(request: Request) -> Response:
    """Sign in by passkey, and then show the form that was kept."""
    return await _show_form(request, await sessions.create_by_passkey(request))


async def _show_form(request: Request, response: Response) -> Response:
    site, fields = sites.of(request), await forms.fields(request)
    if response.status_code != 303 or not fields.get("kept"):
        return response
    unsealed = _unseal(site, fields["kept"])
    if unsealed is None:
        return response
    path, pairs, late = unsealed
    request.state.account = await site.store.read(stored_sessions.find, request.state.token, at=sites.now())
    page = site.render.page(
        "admin/kept.html",
        action=path,
        fields=[_field(number, name, value) for number, (name, value) in enumerate(pairs)],
        about=await impact.describe_impact(request, path, pairs),
        late=late,
        leave=response.headers["location"],
        **sessions.COMMON,
    )
    page.raw_headers += [pair for pair in response.raw_headers if pair[0] == b"set-cookie"]
    return page


def _unseal(site: Site, sealed: str) -> tuple[str, list[tuple[str, str]], bool] | None:
    """Return the address, the fields and whether it is too old to be sent; None for what was not sealed here."""
    late = False
    try:
        path, pairs = site.form_signer.loads(sealed, max_age=SECONDS)
    except SignatureExpired as error:
        path, pairs = site.form_signer.load_payload(error.payload or b"")
        late = True
    except (BadData, ValueError, TypeError):
        return None
    return str(path), [(str(name), str(value)) for name, value in pairs], late


def _field(number: int, name: str, value: str) -> dict[str, Any]:
    """Return a field as the page shows it: what was typed can be seen and changed, the rest goes along."""
    return {
        "id": f"kept-{number}",
        "name": name,
        "value": value,
        "label": gettext(LABELS.get(name, "")) if value else "",
        "long": name in LONG or len(value) > 80,
    }
