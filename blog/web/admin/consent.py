"""The page on which somebody lets a program act for the account: WordPress's address, fields and answers.

A program opens it in the browser and gets the application password by a redirect, or it is shown to be copied.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Invalid
from blog.people import tokens
from blog.people.tokens import NewToken
from blog.web import errors, forms
from blog.web import site as sites
from blog.web.admin import access, account, reauth, sessions
from blog.web.admin.reauth import Reauth
from blog.web.middleware import security
from blog.wording import N_, gettext

FIELDS = ("app_name", "app_id", "success_url", "reject_url")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
# Schemes that are not a program's own: they run scripts, read files or send the password where all can read it.
REFUSED_SCHEMES = {
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "javascript",
    "vbscript",
    "view-source",
}
UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
NOT_HERE = N_("Application passwords work by https, or on this machine itself. Open this page by https.")
NOT_ALLOWED = N_("This program cannot be connected: {why}")


@dataclass(frozen=True)
class Asked:
    """What a program asks for: its name and id, and where the browser goes after a yes or a no."""

    app_name: str = ""
    app_id: str = ""
    success_url: str = ""
    reject_url: str = ""

    @property
    def rejected(self) -> str:
        """Return where a no leads, "" for the desk."""
        if self.reject_url or not self.success_url:
            return self.reject_url
        return with_query(self.success_url, success="false")


def with_query(address: str, **values: str) -> str:
    """Return an address with more in its query; its fragment stays last."""
    scheme, host, path, query, fragment = urlsplit(address)
    parts = [*parse_qsl(query, keep_blank_values=True), *values.items()]
    return urlunsplit((scheme, host, path, urlencode(parts, quote_via=quote), fragment))


def problem_of(asked: Asked) -> str:
    """Return what is wrong with what a program asks for, "" for nothing."""
    if asked.app_id and not UUID.fullmatch(asked.app_id):
        return gettext("Its app_id is not a UUID.")
    for address in filter(None, (asked.success_url, asked.reject_url)):
        try:
            parts = urlsplit(address)
            scheme, host, _ = parts.scheme, parts.netloc, parts.port
        except ValueError:
            scheme = host = ""
        if not SCHEME.fullmatch(scheme) or not host or not address.isprintable() or re.search(r"[\s\\<>\"]", address):
            return gettext("“{address}” is not a complete address.", address=address[:200])
        if scheme in REFUSED_SCHEMES:
            return gettext("“{address}” is no https address.", address=address[:200])
    return ""


def _origin(address: str) -> str:
    """Return the origin of an https address, as a policy names it; "" for a program's own scheme."""
    parts = urlsplit(address)
    return f"https://{parts.netloc.rpartition('@')[2]}" if parts.scheme == "https" else ""


def _headers(asked: Asked) -> dict[str, str]:
    """Return the policy of the page: its form may lead to where the program waits."""
    origins = (_origin(asked.success_url), _origin(asked.rejected))
    return security.form_leading_to(*(each for each in origins if re.fullmatch(r"[A-Za-z0-9:/.\-\[\]]*", each)))


async def show(request: Request) -> Response:
    """Ask whether a program may act for the account."""
    asked = Asked(**{name: request.query_params.get(name, "") for name in FIELDS})
    return await _refusal(request, asked) or _page(request, asked)


async def _refusal(request: Request, asked: Asked) -> Response | None:
    if not security.takes_passwords(request, sites.of(request).settings):
        return await errors.page(request, 501, gettext(NOT_HERE))
    if why := problem_of(asked):
        return await errors.page(request, 400, gettext(NOT_ALLOWED, why=why))
    return None


def _page(request: Request, asked: Asked, *, error: str = "", password: str = "", link: str = "") -> Response:
    """Answer with the question, or with the password and the link that a program of its own scheme waits for."""
    return sites.of(request).render.page(
        "admin/consent.html",
        headers=_headers(asked),
        me=access.me(request)["name"],
        role=access.role_name(access.me(request)["role"]),
        asked=asked,
        action=sessions.CONSENT,
        error=error,
        password=password,
        link=link,
        host=_origin(asked.success_url).removeprefix("https://") or asked.success_url.partition(":")[0],
        scopes=[(scope, gettext(account.SCOPES[scope])) for scope in reversed(tokens.SCOPES)],
        flash=None,
        waiting=0,
    )


async def decide(request: Request) -> Response:
    """Make the application password and hand it to the program; or tell it no."""
    fields = await forms.fields(request)
    asked = Asked(**{name: fields.get(name, "") for name in FIELDS})
    if refusal := await _refusal(request, asked):
        return refusal
    if "reject" in fields or "approve" not in fields:
        if asked.rejected and not _origin(asked.rejected):
            return _page(request, asked, link=asked.rejected)
        return _leave(asked.rejected or "/admin/")
    if error := tokens.label_error(asked.app_name):
        return _page(request, asked, error=error)
    if question := await reauth.require(request, Reauth()):
        question.headers.update(_headers(asked))
        return question
    new = NewToken(asked.app_name, fields.get("scope", tokens.SCOPES[-1]), asked.app_id)
    try:
        _, password = await sites.of(request).store.write(
            tokens.make, access.me(request)["id"], new, by=access.by(request)
        )
    except Invalid as problem:
        return _page(request, asked, error=problem.sentence)
    return _handed_over(request, asked, password)


def _handed_over(request: Request, asked: Asked, password: str) -> Response:
    """Send the browser to the program with the password; where it has a scheme of its own, show the link to press."""
    if not asked.success_url:
        return _page(request, asked, password=password)
    settings = sites.of(request).settings
    base = settings.url or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
    values = {"site_url": base, "user_login": access.me(request)["name"], "password": password.replace(" ", "")}
    address = with_query(asked.success_url, **values)
    if not _origin(asked.success_url):
        return _page(request, asked, password=password, link=address)
    return _leave(address)


def _leave(address: str) -> Response:
    """Redirect to a program, without telling it the address of this page."""
    return RedirectResponse(address, 302, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


async def to_desk(request: Request) -> Response:
    """Redirect WordPress's address of the desk to this site's."""
    return RedirectResponse("/admin/", 302)
