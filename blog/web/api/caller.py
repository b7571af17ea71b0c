"""Who calls: an account by its application password, or nobody. A session cookie never counts here."""

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlite_utils import Database
from starlette.requests import Request

from blog.errors import Unavailable
from blog.journal.events import Actor
from blog.people import throttle, tokens
from blog.people.tokens import Program
from blog.posts import authorship
from blog.web import site as sites
from blog.web.admin.access import OWN_POSTS_ONLY, ROLE_PERMISSIONS, Permission
from blog.web.api.answers import ApiError
from blog.web.middleware import security

# What each scope lets a program do; what the account may not, it may not either.
SCOPE_PERMISSIONS: dict[str, set[Permission]] = {
    "read": set(),
    "moderate": {"self", "moderate", "close", "site"},
    "write": {"self", "moderate", "close", "site", "publish", "settings", "users"},
}


@dataclass(frozen=True)
class Caller:
    """Whoever sends a request; `refused` tells that it came with a password that does not count."""

    program: Program | None = None
    refused: bool = False

    @property
    def id(self) -> int:
        return self.program["id"] if self.program else 0

    @property
    def denied(self) -> int:
        """Return the status with which nobody, or somebody without the right, is refused."""
        return 403 if self.program else 401

    def may(self, permission: Permission) -> bool:
        """Tell whether the account has a permission and the scope lets this program use it."""
        return self.may_read(permission) and permission in self._of_scope()

    def may_read(self, permission: Permission) -> bool:
        """Tell whether the account may see what this permission is about; every scope lets a program read."""
        return self.program is not None and permission in ROLE_PERMISSIONS[self.program["role"]]

    def _of_scope(self) -> set[Permission]:
        return SCOPE_PERMISSIONS[self.program["token"]["scope"]] if self.program else set()

    @property
    def owner(self) -> str:
        """Return the name whose posts are all that the account reaches, "" for one that reaches every post."""
        return self.program["name"] if self.program and self.program["role"] in OWN_POSTS_ONLY else ""

    def owns(self, author: str) -> bool:
        """Tell whether the account reaches the posts of an author."""
        return self.program is not None and (not self.owner or authorship.is_own(self.owner, {"author": author}))

    def edits(self, author: str) -> bool:
        """Tell whether this program may change the posts of an author."""
        return self.may("publish") and self.owns(author)

    def moderates(self, author: str) -> bool:
        """Tell whether this program may decide on the comments on the posts of an author."""
        return self.may("moderate") and self.owns(author)

    def actor(self, at: str) -> Actor:
        return Actor(at, self.id or None, "api", self.program["token"]["label"] if self.program else "")


async def caller_of(request: Request) -> Caller:
    """Return who sends a request. Passwords over a connection that anybody could read are not looked at.

    Raises ApiError with 429 after many wrong passwords.
    """
    header = request.headers.get("authorization")
    if header is None:
        return Caller()
    name, password = _basic(header)
    if not name or not password or not security.takes_passwords(request, sites.of(request).settings):
        return Caller(refused=True)
    return await by_password(request, name, password)


async def by_password(request: Request, name: str, password: str) -> Caller:
    """Return whose name and application password these are; wrong ones are counted. Raises ApiError as above."""
    if not name or not password:
        return Caller(refused=True)
    caller, wait = await checked(request, name, lambda db: tokens.find(db, name, password))
    if wait:
        raise _too_many(wait)
    return caller


async def checked(request: Request, name: str, find: Callable[[Database], Program | None]) -> tuple[Caller, int]:
    """Find a program by its secret, and count a wrong one; while there were too many, return how many seconds to wait.

    `name` is the account that it was sent for, "" where the secret alone counts.
    """
    site, at = sites.of(request), sites.now()
    ip = security.client_ip(request, site.settings)
    network = security.network_of(ip)
    wait, program = await site.store.read(_look_up, name, network, find, at=at)
    if wait:
        return Caller(refused=True), wait
    with suppress(Unavailable):  # what cannot be written just now can still be read
        if program is None:
            await site.store.write(throttle.record_program_failure, name, network, at=at)
        elif not tokens.is_noted(program["token"], ip, at):
            await site.store.write(tokens.touch, program["token"]["id"], ip, at=at)
    return Caller(program, refused=program is None), 0


def _look_up(
    db: Database, name: str, network: str, find: Callable[[Database], Program | None], *, at: str
) -> tuple[int, Program | None]:
    wait = throttle.program_delay(db, name, network, at=at)
    return wait, None if wait else find(db)


def _too_many(wait: int) -> ApiError:
    error = ApiError(429, "rest_too_many_attempts", "Too many wrong application passwords. Wait, then try again.")
    error.headers["Retry-After"] = str(wait)
    return error


def _basic(header: str) -> tuple[str, str]:
    """Return name and password of an Authorization header, "" for another kind and for a broken one."""
    kind, _, coded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return name, password
