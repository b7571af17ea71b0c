"""The door of the desk: who is signed in, what a role may do, and what every page of the desk shows."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog import moderation
from blog.errors import AfterwordError, Forbidden, NotFound
from blog.journal import events
from blog.journal.events import By
from blog.people import accounts
from blog.people.accounts import Account, Session
from blog.posts import authorship
from blog.web import errors, forms
from blog.web import site as sites
from blog.web.admin import authentication, pending_form, public_effect
from blog.web.middleware import security

OPEN = {"/admin/login", "/admin/login/challenge", "/admin/login/passkey", "/admin/setup"}
FEEDS = "/admin/waiting/"  # the secret in the address is the key

# Who may do what. `site` is what concerns posts of everybody: the overview, the log, senders, the switch of the site.
MAY = {
    "admin": {"self", "moderate", "close", "site", "publish", "settings", "users"},
    "editor": {"self", "moderate", "close", "site", "publish"},
    "moderator": {"self", "moderate", "close", "site"},
    "author": {"self", "moderate", "close", "publish"},
}
# These reach no further than the posts that carry the account's name, the comments on them, and the account's own acts.
LIMITED = {"author"}
# What each address of the desk needs; one that is missing here opens for nobody. A post, comment or act that an address
# names is checked here for who is limited; what a form names, its handler narrows by `owner`, or it needs `site`.
NEEDS = {
    "GET /": "self",
    "POST /logout": "self",
    "POST /keys": "self",
    "GET /confirmation": "self",
    "POST /confirmation": "self",
    "POST /confirmation/challenge": "self",
    "GET /account": "self",
    "POST /account/password": "self",
    "POST /account/sessions/removal": "self",
    "POST /account/sessions/{key}/removal": "self",
    "POST /account/passkeys": "self",
    "POST /account/passkeys/challenge": "self",
    "POST /account/passkeys/{key:int}/removal": "self",
    "POST /account/codes": "self",
    "GET /comments": "moderate",
    "GET /comments/{id:int}": "moderate",
    "GET /comments/{id:int}/place": "moderate",
    "POST /comments/{id:int}/revision": "moderate",
    "POST /comments/{id:int}/answer": "moderate",
    "POST /comments/{id:int}/note": "moderate",
    "POST /comments/{id:int}/later": "moderate",
    "POST /comments/{id:int}/lock": "close",
    "POST /comments/{id:int}/move": "site",
    "POST /comments/{id:int}/standing": "site",
    "POST /decisions": "moderate",
    "POST /batches/{id:int}/reversal": "moderate",
    "GET /posts": "close",
    "POST /posts/closures": "site",
    "GET /posts/new": "publish",
    "POST /posts/new": "publish",
    "GET /posts/{slug}/edit": "publish",
    "POST /posts/{slug}/edit": "publish",
    "POST /posts/{slug}/unsaved": "publish",
    "POST /posts/{slug}/images": "publish",
    "GET /posts/{slug}/preview": "publish",
    "GET /posts/{slug}/{file}": "publish",
    "POST /posts/{slug}/closure": "close",
    "POST /posts/{slug}/opening": "close",
    "POST /posts/{slug}/following": "close",
    "POST /closure": "site",
    "POST /opening": "site",
    "POST /waiting": "site",
    "GET /log": "site",
    "GET /filter": "site",
    "POST /filter": "settings",
    "GET /settings/discussion": "settings",
    "POST /settings/discussion": "settings",
    "GET /users": "users",
    "POST /users": "users",
    "POST /users/{key:int}/role": "users",
    "POST /users/{key:int}/password": "users",
    "POST /users/{key:int}/removal": "users",
}


def _deletes(fields: Mapping[str, str]) -> bool:
    return fields.get("empty") == "1" or "delete" in (fields.get("decision"), fields.get("only", "").partition(":")[0])


def _always(fields: Mapping[str, str]) -> bool:
    return True


# What needs the password (or a passkey) again when a minute has gone by: users, keys, and deleting for good.
AGAIN: dict[str, Callable[[Mapping[str, str]], bool]] = {
    "POST /confirmation": _always,
    "POST /decisions": _deletes,
    "POST /account/password": _always,
    "POST /account/passkeys": _always,
    "POST /account/passkeys/{key:int}/removal": _always,
    "POST /account/codes": _always,
    "POST /users": _always,
    "POST /users/{key:int}/role": _always,
    "POST /users/{key:int}/password": _always,
    "POST /users/{key:int}/removal": _always,
}
EVERY_TIME = {"POST /account/password"}  # whoever sits down at somebody's desk shall not take the account over
SEEN_SECONDS = 300  # between two notes that a session is in use
PROOFS = ("again", "credential")


class Impact(NamedTuple):
    """What an act is about: a sentence, and the author and first words of the one comment that it concerns."""

    sentence: str
    author: str = ""
    words: str = ""


# Says what a form that is sent there, with these fields, is about to do.
About = Callable[[Request, str, list[tuple[str, str]]], Awaitable[Impact]]


class Door:
    """Let nobody in without a session or beyond a role, no answer into any cache, and tell the filter of every act."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], about: About) -> None:
        self.app = app
        self.routes = routes
        self.about = about

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)

        async def unstored(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0] != b"cache-control"]
                message["headers"] = [
                    *headers,
                    (b"cache-control", b"private, no-store"),
                    (b"x-robots-tag", b"noindex"),
                ]
            await send(message)

        try:
            refused = None
            if scope["path"] not in OPEN and not scope["path"].startswith(FEEDS):
                refused, receive = await self._enter(request)
        except AfterwordError as error:
            refused = await errors.refused(request, error)
        await (refused or self.app)(scope, receive, unstored)
        if request.method == "POST" and refused is None:
            sites.of(request).decided.set()

    async def _enter(self, request: Request) -> tuple[Response | None, Receive]:
        """Return what refuses the request, if anything does, and from where its body is to be read on."""
        site, at = sites.of(request), sites.now()
        token = request.cookies.get(security.SESSION_COOKIE, "")
        account = await site.store.read(accounts.session, token, at=at) if token else None
        if account is None:
            return await pending_form.offered(request) or _to_login(request), request.receive
        request.state.account = account
        route = await self._permit(request, account)
        if (events.moment(at) - events.moment(account["seen_at"])).total_seconds() > SEEN_SECONDS:
            await site.store.write(accounts.see, token, at=at)
        if route in AGAIN and (route in EVERY_TIME or not accounts.is_confirmed(account, at)):
            return await _again(request, account, route, token, self.about)
        return None, request.receive

    async def _permit(self, request: Request, account: Account) -> str:
        """Return the route; raise Forbidden beyond the role and for another's post, NotFound for all else of others.

        What no route takes is left to the router, which refuses it.
        """
        route, params = self._wanted(request.scope)
        if route:
            need = NEEDS.get(route)
            if need is None or need not in MAY[account["role"]]:
                whom = " and ".join(f"{role}s" for role in MAY if need in MAY[role]) or "nobody"
                raise Forbidden(f"This is for {whom}; you are signed in as {account['name']}, {account['role']}.")
        if account["role"] in LIMITED:
            request.state.waiting = await sites.of(request).store.read(_own, account, route, params, did(request))
        return route

    def _wanted(self, scope: Scope) -> tuple[str, dict[str, Any]]:
        """Return the method and pattern of the route that will answer, and what its address names."""
        for route in self.routes:
            match, found = route.matches(scope)
            if match is Match.FULL and isinstance(route, Route):
                method = "GET" if scope["method"] == "HEAD" else scope["method"]
                return f"{method} {route.path}", found["path_params"]
        return "", {}


def _own(db: Any, account: Account, route: str, params: dict[str, Any], did: int | None) -> int:
    """Refuse what is somebody else's; return how many comments wait on one's own posts."""
    number, slug = params.get("id"), params.get("slug")
    if slug is not None and not (own := authorship.of_post(db, account["name"], slug)):
        if own is None:
            raise NotFound(f"There is no post {slug!r}.")
        raise Forbidden(f"The post {slug!r} belongs to another author; you are signed in as {account['name']}, author.")
    if " /batches/" in route and not authorship.of_batch(db, account["id"], number or 0):
        raise NotFound(f"You have no batch {number}.")
    if " /comments/" in route and not authorship.of_comment(db, account["name"], number or 0):
        raise NotFound(f"There is no comment {number} on one of your posts.")
    if did and not authorship.of_batch(db, account["id"], did):
        raise NotFound(f"You have no batch {did}.")
    return authorship.waiting(db, account["name"])


async def _again(
    request: Request, account: Session, route: str, token: str, about: About
) -> tuple[Response | None, Receive]:
    """Ask for the password again, with all that was sent kept in the form; let pass who has just given it."""
    body = await request.body()
    form = await forms.read(Request(request.scope, _once(body, request.receive)))
    fields = forms.first(form)
    if not AGAIN[route](fields):
        return None, _once(body, request.receive)
    proved, wrong = await authentication.again(request, account, fields)
    if proved:
        await sites.of(request).store.write(accounts.confirm, token, at=sites.now())
        return None, _once(body, request.receive)
    if forms.wants_json(request):
        return errors.problem(403, wrong or ASK), request.receive
    kept = [(name, value) for name, value in form.multi_items() if name not in PROOFS and isinstance(value, str)]
    action = request.scope["path"]
    return again_page(request, action, kept, wrong, about=await about(request, action, kept)), request.receive


ASK = "This needs your password. Confirm it at /admin/confirmation, then try again."


def again_page(
    request: Request, action: str, kept: list[tuple[str, str]], wrong: str = "", about: Impact | None = None
) -> Response:
    return sites.of(request).render.page(
        "admin/again.html",
        code=200 if request.method in ("GET", "HEAD") else 403,
        me=me(request)["name"],
        action=action,
        kept=kept,
        error=wrong,
        about=about or Impact(""),
        passkeys=not authentication.passkeys_here(request),
        flash=None,
        waiting=0,
    )


def _once(body: bytes, rest: Receive) -> Receive:
    """Give a body that was read already once more, then whatever comes after it."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return await rest()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _to_login(request: Request) -> Response:
    if forms.wants_json(request):
        return errors.problem(401, "You are not signed in.")
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    wanted = f"{path}?{query}" if query else path
    aim = f"?next={quote(wanted)}" if request.method in ("GET", "HEAD") and path != "/admin/" else ""
    return RedirectResponse(f"/admin/login{aim}", 303)


def me(request: Request) -> Account:
    account: Account = request.state.account
    return account


def may(request: Request, what: str) -> bool:
    """Tell whether the role of whoever is signed in reaches so far."""
    return what in MAY[me(request)["role"]]


def owner(request: Request) -> str:
    """Return the name whose posts are all that the signed-in person reaches, "" for who reaches every post."""
    account = me(request)
    return account["name"] if account["role"] in LIMITED else ""


def by(request: Request) -> By:
    return By(sites.now(), me(request)["id"], "web")


def frame(db: Any, did: int | None) -> dict[str, Any]:
    """Gather what every page of the desk shows: how many wait, and what was just done."""
    found = events.batch(db, did) if did else None
    now = (events.taken_back_by(found) or found["id"]) if found else None
    return {
        "waiting": moderation.counts(db)["pending"],
        "did": found,
        "effects": moderation.effects(db, now) if now else [],
    }


def context(request: Request, framed: dict[str, Any], current: str, *, said: str = "") -> dict[str, Any]:
    """Return the variables of the desk's layout; `did=N` in the address shows what batch N did, with Undo."""
    account = me(request)
    return {
        "me": {"name": account["name"], "role": account["role"]},
        "may": {what: may(request, what) for what in ("site", "publish", "settings", "users")},
        "current": current,
        "waiting": framed["waiting"] if not owner(request) else request.state.waiting,
        "flash": {"sentence": said, "undo_url": "", "shown": None} if said else _flash(request, framed),
        "back": here(request),
        "keys": "on" if account["keys"] else "off",
        "trouble": sites.of(request).store.trouble,
    }


def _flash(request: Request, framed: dict[str, Any]) -> dict[str, Any] | None:
    """Say what was just done, of how many comments it was not done, and offer to take it back."""
    done, left = framed["did"], _left(request)
    if done:
        undone = events.taken_back_by(done) is not None
        sentence = events.undone(done) if undone else events.sentence(done)
        return {
            "sentence": f"{sentence}{'' if undone else left}",
            "undo_url": "" if undone else f"/admin/batches/{done['id']}/reversal",
            "undo": undo_label(done),
            "shown": public_effect.to_readers(sites.of(request), framed["effects"]),
        }
    if beside := SAID.get(request.query_params.get("said", "")):
        return {"sentence": beside, "undo_url": "", "shown": None}
    if request.query_params.get("did") != "0":
        return None
    return {"sentence": f"Nothing to change.{left}", "undo_url": "", "shown": None}


def _left(request: Request) -> str:
    """Say how many of “All that match” were left as they are."""
    text = request.query_params.get("left", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    if not count:
        return ""
    if count == 1:
        return " One comment was not changed: it was already in this state, or was changed after the list was loaded."
    return (
        f" {count:,} comments were not changed: they were already in this state, or were changed after the list was"
        " loaded."
    )


def undo_label(batch: Mapping[str, Any]) -> str:
    """Name the button that takes a batch back: what was undone is done again."""
    undid = json.loads(batch["undid"]) if batch["undid"] else None
    return "Redo" if undid and not undid["again"] else "Undo"


def did(request: Request) -> int | None:
    value = request.query_params.get("did", "")
    return int(value) if value.isdigit() and len(value) < 16 and value != "0" else None


def here(request: Request) -> str:
    """Return the address of this page without what was just done."""
    stays = [(name, value) for name, value in request.query_params.multi_items() if name not in PASSING]
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in stays)
    return f"{request.scope['path']}{'?' + query if query else ''}"


def with_batch(path: str, batch: int | None, *, left: int = 0) -> str:
    """Add to an address what was just done, and of how many comments that was not done."""
    return _with(path, f"did={batch or 0}{f'&left={left}' if left else ''}")


def with_said(path: str, name: str) -> str:
    """Add to an address what was done that makes no batch: one of SAID."""
    return _with(path, f"said={name}")


def _with(path: str, done: str) -> str:
    path, _, place = path.partition("#")
    return f"{path}{'&' if '?' in path else '?'}{done}{'#' + place if place else ''}"


SAID = {
    "later": "Marked for later and moved to the end of the queue.",
    "now": "No longer marked for later.",
    "note": "Note saved.",
}
PASSING = ("did", "left", "said")  # of an address: what was just done
