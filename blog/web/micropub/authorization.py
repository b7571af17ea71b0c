"""The consent page: a program asks to act for somebody, who sees what for, and lets it in or not (IndieAuth)."""

from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import Conflict, Invalid
from blog.federation import client_pages
from blog.federation.client_pages import ClientPage
from blog.people import grants
from blog.people.grants import Grant
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access as desk
from blog.web.admin import reauth
from blog.web.admin.reauth import Reauth
from blog.web.admin.sessions import COMMON
from blog.web.api.dispatch import place_of
from blog.web.micropub import identity, requests
from blog.web.micropub.access import PUBLISHING, SCOPES
from blog.web.micropub.requests import Wish
from blog.web.middleware import security
from blog.wording import N_, gettext

MINUTES = 60  # how long the page may stay open
SALT = "indieauth"
SENTENCES = {
    "create": N_("Write and publish posts"),
    "draft": N_("Write drafts"),
    "update": N_("Change posts"),
    "delete": N_("Move posts to the trash"),
    "undelete": N_("Bring posts back from the trash"),
    "media": N_("Upload pictures"),
    "profile": N_("See your name"),
}
OLD_WORDS = {"post": "create"}  # what some programs still say
GONE = N_("This page was open for too long, or it was not made here. Go back to the program and begin again.")


async def new(request: Request) -> Response:
    """Ask whoever is signed in whether a program may act for them; who is not signed in does that first."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.url.query, keep_blank_values=True):
        query.setdefault(name, value)
    try:
        wish = requests.read(query)
        if await desk.load_session(request) is None:
            aim = quote(f"{request.url.path}?{request.url.query}")
            return RedirectResponse(f"/admin/login?next={aim}", 303)
        page = await _page_of(request, wish)
        requests.check_allowed(wish, page)
    except Invalid as error:
        return _fault(request, error.sentence)
    if wish.problem:
        return _answered(request, wish, error=wish.problem)
    return _consent(request, wish, page)


async def _page_of(request: Request, wish: Wish) -> ClientPage:
    private = sites.of(request).settings.private_hosts
    return await run_in_threadpool(client_pages.load, wish.client_id, private)


def _fault(request: Request, sentence: str, code: int = 400) -> Response:
    return sites.of(request).render.page("admin/indieauth.html", code=code, fault=sentence, **COMMON)


def _rights(request: Request, scope: str) -> list[str]:
    """Return the scopes that a program asks for and the account can give."""
    wanted = _wanted(scope)
    given = wanted if desk.may(request, "publish") else wanted - PUBLISHING
    return [each for each in SCOPES if each in given]


def _wanted(scope: str) -> set[str]:
    return {OLD_WORDS.get(word, word) for word in scope.split()}


def _consent(request: Request, wish: Wish, page: ClientPage) -> Response:
    site, account = sites.of(request), desk.me(request)
    rights = _rights(request, wish.scope)
    host = urlsplit(wish.client_id).netloc
    label = f"{page.name} ({host})" if page.name else host
    sealed = site.form_signer.dumps([account["id"], asdict(wish), label[:100]], salt=SALT)
    return site.render.page(
        "admin/indieauth.html",
        headers=_policy(wish),
        program=page.name or host,
        client_id=wish.client_id,
        target=wish.redirect_uri,
        is_local=wish.is_local,
        rights=[(each, gettext(SENTENCES[each])) for each in rights],
        cannot=bool(_wanted(wish.scope) & PUBLISHING) and not desk.may(request, "publish"),
        name=account["name"],
        role=desk.role_name(account["role"]),
        me=identity.of_account(place_of(request), account["name"], account["role"]),
        sealed=sealed,
        fault="",
        link="",
        **COMMON,
    )


def _policy(wish: Wish) -> dict[str, str]:
    """Return the policy of this page alone: its form may lead on to where the program is."""
    return security.form_leading_to(wish.origin) if wish.origin else {}


async def create(request: Request) -> Response:
    """Let a program in, with the scopes that were left ticked, or not; either way it is told."""
    if await desk.load_session(request) is None:
        return RedirectResponse("/admin/login", 303)
    form = await forms.read(request)
    try:
        wish, label = _opened(request, str(form.get("request", "")))
    except Conflict as error:
        return _fault(request, error.sentence, 409)
    if form.get("decision") != "allow":
        return _answered(request, wish, error="access_denied")
    if question := await reauth.require(request, Reauth()):
        question.headers.update(_policy(wish))
        return question
    kept = set(map(str, form.getlist("right")))
    rights = " ".join(each for each in _rights(request, wish.scope) if each in kept)
    grant = Grant(wish.client_id, wish.redirect_uri, wish.challenge, rights, label)
    code = await sites.of(request).store.write(grants.begin, desk.me(request)["id"], grant, at=sites.now())
    return _answered(request, wish, code=code)


def _opened(request: Request, sealed: str) -> tuple[Wish, str]:
    """Return what the page was about; raise Conflict for a page of somebody else, or of long ago."""
    try:
        account, wish, label = sites.of(request).form_signer.loads(sealed, max_age=MINUTES * 60, salt=SALT)
    except (BadSignature, ValueError, TypeError):
        raise Conflict(gettext(GONE)) from None
    if account != desk.me(request)["id"]:
        raise Conflict(gettext(GONE))
    return Wish(**wish), label


def _answered(request: Request, wish: Wish, **values: str) -> Response:
    """Lead to the program with its answer; to an app leads a link, which has to be pressed."""
    issuer = identity.issuer(place_of(request))
    address = wish.answered(**values, iss=issuer)
    if wish.origin:
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return RedirectResponse(address, 303, headers=headers)
    context: dict[str, Any] = {**COMMON, "fault": "", "link": address, "allowed": "code" in values}
    return sites.of(request).render.page("admin/indieauth.html", **context)
