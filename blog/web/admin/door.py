"""The door of the desk: who is signed in, what a role may do, and what every page of the desk shows."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog import accounts, events, moderation
from blog.accounts import Account
from blog.errors import AfterwordError, Forbidden
from blog.events import By
from blog.web import errors, forms, security
from blog.web import site as sites
from blog.web.admin import kept, shown

OPEN = {"/admin/login", "/admin/setup"}
FEEDS = "/admin/waiting/"  # the secret in the address is the key
# Who may do what: the desk is `moderate`, the switches `close`, posts `publish`, the rules `settings`.
MAY = {
    "admin": {"moderate", "close", "publish", "settings"},
    "editor": {"moderate", "close", "publish"},
    "moderator": {"moderate", "close"},
    "author": set[str](),
}


class Door:
    """Let nobody in without a session, no answer of the desk into any cache, and tell the filter of every act."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
            refused = None if scope["path"] in OPEN or scope["path"].startswith(FEEDS) else await self._enter(request)
        except AfterwordError as error:
            refused = await errors.refused(request, error)
        await (refused or self.app)(scope, receive, unstored)
        if request.method == "POST" and refused is None:
            sites.of(request).decided.set()

    async def _enter(self, request: Request) -> Response | None:
        token = request.cookies.get(security.SESSION_COOKIE, "")
        account = await sites.of(request).store.read(accounts.session, token, at=sites.now()) if token else None
        if account is None:
            return await kept.offered(request) or _to_login(request)
        if "moderate" not in MAY[account["role"]]:
            raise Forbidden(
                f"You are signed in as {account['name']}, {account['role']}: you may answer on the site's"
                " pages; the desk is for moderators."
            )
        request.state.account = account
        return None


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


def allows(request: Request, what: str) -> bool:
    return what in MAY[me(request)["role"]]


def may(request: Request, what: str) -> None:
    """Raise Forbidden when the role of whoever is signed in does not reach so far."""
    account = me(request)
    if what not in MAY[account["role"]]:
        others = " and ".join(f"{role}s" for role, rights in MAY.items() if what in rights and role != "admin")
        for_ = f"administrators and {others}" if others else "administrators"
        raise Forbidden(f"This is for {for_}; you are signed in as {account['name']}, {account['role']}.")


def by(request: Request) -> By:
    return By(sites.now(), me(request)["id"], "web")


def frame(db: Any, did: int | None) -> dict[str, Any]:
    """Gather what every page of the desk shows: how many wait, and what was just done."""
    found = events.batch(db, did) if did else None
    now = (found["undone_by"] or found["id"]) if found else None
    return {
        "waiting": moderation.counts(db)["pending"],
        "did": found,
        "effects": moderation.effects(db, now) if now else [],
    }


def context(request: Request, framed: dict[str, Any], current: str, *, said: str = "") -> dict[str, Any]:
    """Return the variables of the desk's layout; `did=N` in the address shows what batch N did, with Undo."""
    did, account = framed["did"], me(request)
    flash: dict[str, Any] | None = None
    if said:
        flash = {"sentence": said, "undo_url": "", "shown": None}
    elif did:
        undone = did["undone_by"] is not None
        sentence = events.undone(did) if undone else events.sentence(did)
        flash = {
            "sentence": sentence,
            "undo_url": "" if undone else f"/admin/batches/{did['id']}/reversal",
            "shown": shown.to_readers(sites.of(request), framed["effects"]),
        }
    elif request.query_params.get("did") == "0":
        flash = {"sentence": "Nothing changed: it stands as you want it already.", "undo_url": "", "shown": None}
    return {
        "me": {"name": account["name"], "role": account["role"]},
        "current": current,
        "waiting": framed["waiting"],
        "flash": flash,
        "back": here(request),
        "keys": "on" if account["keys"] else "off",
        "trouble": sites.of(request).store.trouble,
    }


def did(request: Request) -> int | None:
    value = request.query_params.get("did", "")
    return int(value) if value.isdigit() and len(value) < 16 and value != "0" else None


def here(request: Request) -> str:
    """Return the address of this page without what was just done."""
    stays = [(name, value) for name, value in request.query_params.multi_items() if name != "did"]
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in stays)
    return f"{request.scope['path']}{'?' + query if query else ''}"


def with_batch(path: str, batch: int | None) -> str:
    path, _, place = path.partition("#")
    return f"{path}{'&' if '?' in path else '?'}did={batch or 0}{'#' + place if place else ''}"
