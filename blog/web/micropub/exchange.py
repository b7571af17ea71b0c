"""Codes exchanged for tokens, and what a token is worth (IndieAuth's token endpoint, introspection, revocation)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from blog.journal.events import Actor
from blog.people import grants, tokens
from blog.people.grants import Exchange
from blog.people.tokens import Program
from blog.web import forms
from blog.web import site as sites
from blog.web.api.dispatch import place_of
from blog.web.micropub import identity
from blog.web.micropub.access import SCOPES, access_of
from blog.web.micropub.answers import MicropubError, empty, invalid, json_answer
from blog.web.middleware import limits, security
from blog.wording import gettext


async def metadata(request: Request) -> Response:
    """Where the parts of the authorization are, and what they take (RFC 8414)."""
    page = place_of(request).page
    return json_answer(
        {
            "issuer": identity.issuer(place_of(request)),
            "authorization_endpoint": page("/indieauth/authorize"),
            "token_endpoint": page("/indieauth/token"),
            "introspection_endpoint": page("/indieauth/introspection"),
            "introspection_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint": page("/indieauth/revocation"),
            "revocation_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


def _exchange(request: Request, fields: Mapping[str, str]) -> Exchange:
    """Return what a program sends for its code; raise MicropubError where a part is missing."""
    limits.take(request, "mention")
    if not security.takes_passwords(request, sites.of(request).settings):
        raise invalid(gettext("Anybody on the way could read the token. Use https."))
    if fields.get("grant_type", "authorization_code") != "authorization_code":
        sentence = gettext("Only codes are exchanged for a token: grant_type=authorization_code.")
        raise MicropubError(400, "unsupported_grant_type", sentence)
    for name in ("code", "client_id", "redirect_uri"):
        if not fields.get(name):
            raise invalid(gettext("{name} is missing.", name=name))
    return Exchange(fields["code"], fields["client_id"], fields["redirect_uri"], fields.get("code_verifier", ""))


def _no_grant() -> MicropubError:
    sentence = gettext("The code does not count: it was used, it is too old, or it was given to another program.")
    return MicropubError(400, "invalid_grant", sentence)


async def identify(request: Request) -> Response:
    """Tell a program who somebody is, for a code; no token is given."""
    exchange = _exchange(request, await forms.fields(request))
    row = await sites.of(request).store.write(grants.redeem, exchange, at=sites.now())
    if row is None:
        raise _no_grant()
    return json_answer(_identity(request, row["name"], row["role"], row["rights"]))


def _identity(request: Request, name: str, role: str, rights: str) -> dict[str, object]:
    place = place_of(request)
    more = {"profile": identity.profile(place, name, role)} if "profile" in rights.split() else {}
    return {"me": identity.of_account(place, name, role), **more}


async def create(request: Request) -> Response:
    """Give a token for a code; with `action=revoke`, as programs once asked for it, revoke one."""
    fields = await forms.fields(request)
    if fields.get("action") == "revoke":
        return await _revoked(request, fields.get("token", ""))
    exchange = _exchange(request, fields)
    given = await sites.of(request).store.write(grants.exchange, exchange, at=sites.now())
    if given is None:
        raise _no_grant()
    row, token = given
    body = {"access_token": token, "token_type": "Bearer", "scope": row["rights"]}
    return json_answer(body | _identity(request, row["name"], row["role"], row["rights"]), Pragma="no-cache")


async def verify(request: Request) -> Response:
    """Tell whose token is sent, and what it is for."""
    access = await access_of(request)
    if (program := access.caller.program) is None:
        raise _no_grant()
    return json_answer(_of_token(request, program, " ".join(each for each in SCOPES if each in access.rights)))


def _of_token(request: Request, program: Program, scope: str) -> dict[str, object]:
    me = identity.of_account(place_of(request), program["name"], program["role"])
    return {"me": me, "client_id": program["token"]["app_id"], "scope": scope}


async def introspect(request: Request) -> Response:
    """Tell what a token is worth (RFC 7662): who has the token may know."""
    limits.take(request, "mention")
    fields = await forms.fields(request)
    program = await sites.of(request).store.read(tokens.bearer, fields.get("token", "").strip())
    if program is None or not program["token"]["rights"]:
        return json_answer({"active": False})
    return json_answer({"active": True, **_of_token(request, program, program["token"]["rights"])})


async def revoke(request: Request) -> Response:
    """Revoke a token (RFC 7009): who has it may do that. One that there is not is revoked already."""
    return await _revoked(request, (await forms.fields(request)).get("token", ""))


async def _revoked(request: Request, secret: str) -> Response:
    limits.take(request, "mention")
    store, at = sites.of(request).store, sites.now()
    program = await store.read(tokens.bearer, secret.strip())
    if program is not None and (token := program["token"])["rights"]:
        by = Actor(at, program["id"], "api", token["label"])
        await store.write(tokens.revoke, program["id"], token["uuid"], by=by)
    return empty(200)
