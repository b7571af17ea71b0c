"""Who may do what at the desk: the permissions of each role, and which posts somebody may reach."""

from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request

from blog import wording
from blog.errors import Forbidden, NotFound
from blog.journal import events
from blog.journal.events import Actor
from blog.people import sessions
from blog.people.accounts import Account
from blog.people.sessions import Session
from blog.posts import authorship
from blog.web import forms
from blog.web import site as sites
from blog.web.middleware import security
from blog.wording import N_, gettext, listed

# `site` is what concerns the posts of everybody: the overview, the log, bans, moves and the site's own switch.
Permission = Literal["self", "moderate", "close", "site", "publish", "settings", "users"]
ROLE_PERMISSIONS: dict[str, set[Permission]] = {
    "admin": {"self", "moderate", "close", "site", "publish", "settings", "users"},
    "editor": {"self", "moderate", "close", "site", "publish"},
    "moderator": {"self", "moderate", "close", "site"},
    "author": {"self", "moderate", "close", "publish"},
}
ROLE_NAMES = {
    "admin": N_("admin"),
    "editor": N_("editor"),
    "moderator": N_("moderator"),
    "author": N_("author"),
}
ROLES = {
    "admin": N_("administrators"),
    "editor": N_("editors"),
    "moderator": N_("moderators"),
    "author": N_("authors"),
}
# These roles reach only the posts that carry the account's name, the comments on them, and the account's own acts.
OWN_POSTS_ONLY = {"author"}
SEEN_SECONDS = 300  # how often the last use of a session is written down


async def load_session(request: Request) -> Session | None:
    """Return the session of a request, and remember its account for the handlers; None without a valid session."""
    site, at = sites.of(request), sites.now()
    token = request.cookies.get(security.SESSION_COOKIE, "")
    session = await site.store.read(sessions.find, token, at=at) if token else None
    if session is not None:
        request.state.account = session
        if session["language"]:
            wording.go_on_in(session["language"])
        if (events.moment(at) - events.moment(session["seen_at"])).total_seconds() > SEEN_SECONDS:
            await site.store.write(sessions.touch, token, at=at)
    return session


async def check_permission(request: Request, path: str, needs: Permission) -> None:
    """Raise Forbidden beyond the role and for somebody else's post, NotFound for everything else of others.

    `path` is the pattern of the route. A post, comment or act that the address names is checked here for the roles of
    OWN_POSTS_ONLY. What a form names, its handler narrows by `owner`.
    """
    account = me(request)
    if not may(request, needs):
        roles = [gettext(ROLES[role]) for role, permissions in ROLE_PERMISSIONS.items() if needs in permissions]
        raise Forbidden(
            gettext(
                "This is for {roles}; you are signed in as {name}, {role}.",
                roles=listed(roles),
                name=account["name"],
                role=role_name(account["role"]),
            )
        )
    if account["role"] in OWN_POSTS_ONLY:
        request.state.waiting = await sites.of(request).store.read(
            _check_own, account, path, request.path_params, last_batch(request)
        )


def _check_own(db: Any, account: Account, path: str, params: dict[str, Any], batch: int | None) -> int:
    """Refuse what belongs to somebody else; return how many comments wait on the account's own posts."""
    number, slug = params.get("id"), params.get("slug")
    if slug is not None and not (own := authorship.of_post(db, account["name"], slug)):
        if own is None:
            raise NotFound(gettext("There is no post {slug!r}.", slug=slug))
        raise Forbidden(
            gettext(
                "The post {slug!r} belongs to another author; you are signed in as {name}, author.",
                slug=slug,
                name=account["name"],
            )
        )
    if path.startswith("/batches/") and not authorship.of_batch(db, account["id"], number or 0):
        raise NotFound(gettext("You have no batch {number}.", number=number))
    if path.startswith("/comments/") and not authorship.of_comment(db, account["name"], number or 0):
        raise NotFound(gettext("There is no comment {number} on one of your posts.", number=number))
    if batch and not authorship.of_batch(db, account["id"], batch):
        raise NotFound(gettext("You have no batch {number}.", number=batch))
    return authorship.waiting(db, account["name"])


def role_name(role: str) -> str:
    """Return a role in words: administrator."""
    return gettext(ROLE_NAMES.get(role, role))


def me(request: Request) -> Session:
    account: Session = request.state.account
    return account


def may(request: Request, permission: Permission) -> bool:
    """Tell whether the role of whoever is signed in has a permission."""
    return permission in ROLE_PERMISSIONS[me(request)["role"]]


def owner(request: Request) -> str:
    """Return the name whose posts are all that the signed-in person reaches, "" for who reaches every post."""
    account = me(request)
    return account["name"] if account["role"] in OWN_POSTS_ONLY else ""


def by(request: Request) -> Actor:
    return Actor(sites.now(), me(request)["id"], "web")


def last_batch(request: Request) -> int | None:
    """Return the batch that the address names as just done (`did=12`)."""
    return forms.number(request.query_params.get("did", "")) or None


@dataclass(frozen=True)
class Recent:
    """Whose last acts a page shows: of an account since its session began, and the batch that was just made."""

    account: int
    since: str
    batch: int | None = None


def recent(request: Request, batch: int | None = None) -> Recent:
    account = me(request)
    return Recent(account["id"], account["began_at"], batch or last_batch(request))
