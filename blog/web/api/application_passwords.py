"""Application passwords for programs: everybody manages their own; administrators list and revoke those of others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from blog.people import tokens
from blog.people.tokens import SCOPES, NewToken
from blog.representations.place import EMBED, self_link
from blog.web.api import answers, users
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import ALL_METHODS, SINGLE, Call, number_of
from blog.web.api.parameters import Param
from blog.web.middleware import security

LIST = ONE = SINGLE
NEW = {"name": Param(required=True, least=1), "app_id": Param(format="uuid")}
CHANGE = {"name": Param(least=1), "app_id": Param(format="uuid")}
ALL, EACH = ("GET", "POST", "DELETE"), ALL_METHODS
OFF = ("application_passwords_disabled", "Application passwords are not available.")
DENIED = {
    "list": "Sorry, you are not allowed to list application passwords for this user.",
    "read": "Sorry, you are not allowed to read this application password.",
    "create": "Sorry, you are not allowed to create application passwords for this user.",
    "edit": "Sorry, you are not allowed to edit this application password.",
    "delete": "Sorry, you are not allowed to delete this application password.",
    "deletes": "Sorry, you are not allowed to delete application passwords for this user.",
}


async def _account(call: Call, act: str, code: str) -> int:
    """Return the account that the address names; raise ApiError without the right to this act for it."""
    caller, said = call.caller, str(call.get("user_id"))
    if not security.takes_passwords(call.request, call.site.settings):
        raise ApiError(501, *OFF)
    if said == "me" and caller.program is None:
        raise ApiError(401, *users.NOT_IN)
    number = caller.id if said == "me" else number_of(said)
    await users.find(call, number)
    own, reads = caller.id == number, act in ("list", "read")
    of_others = act != "create" and (caller.may_read("users") if reads else caller.may("users"))
    if not ((own and (reads or caller.may("self"))) or of_others):
        raise call.refuse(code, DENIED[act])
    return number


async def index(call: Call) -> Answer:
    account = await _account(call, "list", "rest_cannot_list_application_passwords")
    listed = await call.read(tokens.of_account, account)
    return Answer([_shown(call, account, each) for each in listed], allow=ALL)


def _shown(call: Call, account: int, token: Mapping[str, Any], context: str = "") -> dict[str, Any]:
    used = {"created": token["created_at"][:19], "last_used": (token["used_at"] or "")[:19] or None}
    used["last_ip"] = token["used_ip"] or None
    href = call.place.api(f"users/{account}/application-passwords/{token['uuid']}")
    return {
        **{"uuid": token["uuid"], "app_id": token["app_id"], "name": token["label"]},
        **({} if (context or call.context) == EMBED else used),
        "_links": {"self": self_link(href, methods=list(EACH))},
    }


async def show(call: Call) -> Answer:
    account = await _account(call, "read", "rest_cannot_read_application_password")
    return Answer(_shown(call, account, await _find(call, account)), allow=EACH)


async def _find(call: Call, account: int) -> tokens.Token:
    code, message = "rest_application_password_not_found", "Application password not found."
    token: tokens.Token = await call.find(code, message, tokens.one, account, call.get("uuid"))
    return token


async def introspect(call: Call) -> Answer:
    """The application password that was used for this call."""
    account = await _account(call, "read", "rest_cannot_introspect_app_password_for_non_authenticated_user")
    if call.caller.program is None or account != call.caller.id:
        code = "rest_cannot_introspect_app_password_for_non_authenticated_user"
        message = "The authenticated application password can only be introspected for the current user."
        raise ApiError(403, code, message)
    return Answer(_shown(call, account, call.caller.program["token"]), allow=("GET",))


async def create(call: Call) -> Answer:
    """Make an application password for the own account, with the scope of the one that asks for it."""
    account = await _account(call, "create", "rest_cannot_create_application_passwords")
    scope = call.caller.program["token"]["scope"] if call.caller.program else SCOPES[0]
    new = NewToken(call.get("name"), scope, call.get("app_id") or "")
    uuid, password = await call.write(tokens.make, account, new, by=call.caller.actor(call.at))
    token = await call.read(tokens.one, account, uuid)
    shown = _shown(call, account, token, "edit")
    links = shown.pop("_links")
    location = call.place.api(f"users/{account}/application-passwords/{uuid}")
    return Answer({**shown, "password": password, "_links": links}, 201, {"Location": location}, allow=ALL)


async def update(call: Call) -> Answer:
    """Give an application password another name."""
    account = await _account(call, "edit", "rest_cannot_edit_application_password")
    token = await _find(call, account)
    if call.get("name"):
        await call.write(tokens.rename, account, token["uuid"], call.get("name"), by=call.caller.actor(call.at))
    return Answer(_shown(call, account, await _find(call, account)), allow=EACH)


async def destroy(call: Call) -> Answer:
    account = await _account(call, "delete", "rest_cannot_delete_application_password")
    token = await _find(call, account)
    await call.write(tokens.revoke, account, token["uuid"], by=call.caller.actor(call.at))
    return replace(answers.deleted(_shown(call, account, token)), allow=EACH)


async def destroy_all(call: Call) -> Answer:
    account = await _account(call, "deletes", "rest_cannot_delete_application_passwords")
    count = await call.write(tokens.revoke_all, account, by=call.caller.actor(call.at))
    return Answer({"deleted": True, "count": count}, allow=ALL)
