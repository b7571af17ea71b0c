"""Which program sends a request, and what it may do: by a token in the header or in the form, never by a cookie."""

from dataclasses import dataclass

from starlette.requests import Request

from blog.errors import TooLarge
from blog.people import tokens
from blog.web import site as sites
from blog.web.api.caller import Caller, caller_of, checked
from blog.web.micropub.answers import MicropubError, invalid
from blog.web.middleware import bodies, security
from blog.wording import gettext

# What a scope of IndieAuth lets a program do. `draft` is `create` for drafts alone.
SCOPES = ("create", "draft", "update", "delete", "undelete", "media", "profile")
PUBLISHING = frozenset(SCOPES) - {"profile"}


@dataclass(frozen=True)
class Access:
    """Who calls, and the scopes that the token has."""

    caller: Caller
    rights: frozenset[str]

    def check(self, *rights: str) -> None:
        """Raise MicropubError unless the token has one of the scopes and its account may publish."""
        if not self.rights & set(rights):
            scope = rights[0]
            sentence = gettext("The token does not have the scope {scope!r}.", scope=scope)
            raise MicropubError(401, "insufficient_scope", sentence, scope=scope)
        if not self.caller.may("publish"):
            raise MicropubError(403, "forbidden", gettext("This account may not write posts."))


async def access_of(request: Request, in_form: str = "") -> Access:
    """Return who sends a request; `in_form` is the token of its form.

    Raises MicropubError: 400 for a token at two places, 401 without one and for a wrong one, 429 after many wrong ones.
    """
    header = request.headers.get("authorization")
    if header is not None and in_form:
        raise invalid(gettext("The token is sent twice, in the header and in the form. Send it in the header."))
    kind, _, secret = (header or f"Bearer {in_form}").partition(" ")
    if not secret.strip():
        raise _unauthorized(gettext("Send the token in the header Authorization: Bearer."), known=False)
    if not security.takes_passwords(request, sites.of(request).settings):
        sentence = gettext("Anybody on the way could read the token. Use https.")
        raise _unauthorized(sentence)
    caller = await (caller_of(request) if kind.lower() == "basic" else _by_token(request, kind, secret.strip()))
    if caller.program is None:
        raise _unauthorized(gettext("The token is wrong, or it was revoked."))
    return Access(caller, rights_of(caller))


async def early(request: Request) -> Access | None:
    """Return who sends a request before its body is read; None where the token may be in its form, which is short then.

    So nobody sends files before it is known who sends them.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if "authorization" in request.headers or kind in ("multipart/form-data", "application/json"):
        return await access_of(request)
    if bodies.length(request.scope) > bodies.FORM.size:
        raise TooLarge(gettext(bodies.FORM.refusal))
    return None


def rights_of(caller: Caller) -> frozenset[str]:
    """Return the scopes of a token. An application password has those for posts if it may write, else none."""
    token = caller.program["token"] if caller.program else None
    if token is None:
        return frozenset()
    if token["rights"]:
        return frozenset(token["rights"].split())
    return PUBLISHING if token["scope"] == "write" else frozenset()


async def _by_token(request: Request, kind: str, secret: str) -> Caller:
    if kind.lower() != "bearer":
        return Caller(refused=True)
    caller, wait = await checked(request, "", lambda db: tokens.bearer(db, secret))
    if wait:
        error = MicropubError(429, "temporarily_unavailable", gettext("Too many wrong tokens. Wait, then try again."))
        error.headers["Retry-After"] = str(wait)
        raise error
    return caller


def _unauthorized(sentence: str, *, known: bool = True) -> MicropubError:
    error = MicropubError(401, "unauthorized", sentence)
    error.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if known else "Bearer"
    return error
