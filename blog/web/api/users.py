"""Accounts: in public those who have published something; who calls; and nothing that could be changed."""

from collections.abc import Mapping
from typing import Any

from blog.people import profiles
from blog.people.profiles import ProfilesWanted
from blog.posts import word_slug
from blog.representations import users as representation
from blog.representations.place import EDIT
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import FORCE, PAGES, SINGLE, Call, numbers_of, paged
from blog.web.api.parameters import Param

ORDERS = ("id", "include", "name", "registered_date", "slug", "include_slugs", "email", "url")
LIST = {
    **PAGES,
    "exclude": Param("array"),
    "include": Param("array"),
    "offset": Param("integer", minimum=0),
    "order": Param(enum=("asc", "desc"), default="asc"),
    "orderby": Param(enum=ORDERS, default="name"),
    "slug": Param("array", items="string"),
    "roles": Param("array", items="string"),
    "capabilities": Param("array", items="string"),
    "who": Param(enum=("authors",)),
    "has_published_posts": Param("any"),
}
CHANGE = {name: Param() for name in ("username", "name", "email", "nickname", "url", "description", "slug", "password")}
CHANGE |= {"roles": Param("array", items="string"), "meta": Param("any")}
NEW = {**CHANGE, **{name: Param(required=True) for name in ("username", "email", "password")}}
ONE = SINGLE
REMOVE = {**FORCE, "reassign": Param("integer", required=True)}
LISTED = "Sorry, you are not allowed to list users."
EDITED = "Sorry, you are not allowed to edit users."
ONE_EDITED = "Sorry, you are not allowed to edit this user."
NOT_IN = ("rest_not_logged_in", "You are not currently logged in.")
OF_ROLES = {"administrator": "admin"}


async def index(call: Call) -> Answer:
    """A list of accounts; the public sees those with published posts, administrators all."""
    knows_all = call.caller.may_read("users")
    if call.get("roles") and not knows_all:
        raise call.refuse("rest_user_cannot_view", "Sorry, you are not allowed to filter users by role.")
    if call.context == EDIT and not knows_all:
        raise call.refuse("rest_forbidden_context", EDITED)
    if call.get("orderby") in ("email", "registered_date") and not knows_all:
        message = "Sorry, you are not allowed to order users by this parameter."
        raise call.refuse("rest_forbidden_orderby", message)
    if call.get("who") and not call.caller.may_read("publish"):
        raise call.refuse("rest_forbidden_who", "Sorry, you are not allowed to query users by this parameter.")
    roles = [OF_ROLES.get(role, role) for role in call.get("roles", ())] or None
    wanted = ProfilesWanted(
        public=not knows_all or bool(call.get("has_published_posts")),
        search=call.get("search", ""),
        roles=roles,
        numbers=numbers_of(call, "include", "exclude"),
        order=call.get("orderby"),
        direction=call.get("order"),
    )
    rows = await call.read(profiles.chosen, wanted, at=call.at)
    if slugs := call.get("slug"):
        rows = [row for row in rows if word_slug(row["name"]) in slugs]
    page = rows[call.skip : call.skip + call.get("per_page")]
    return paged(call, [_shown(call, row) for row in page], len(rows))


def _shown(call: Call, row: Mapping[str, Any], context: str = "") -> dict[str, Any]:
    return representation.of_row(call.place, row, context or call.context)


async def find(call: Call, number: int) -> dict[str, Any]:
    """Return an account by its id; raise ApiError when there is none."""
    return dict(await call.find("rest_user_invalid_id", "Invalid user ID.", profiles.one, number, at=call.at))


async def show(call: Call) -> Answer:
    row = await find(call, call.number)
    own = call.caller.id == call.number
    if call.context == EDIT and not (own or call.caller.may_read("users")):
        raise call.refuse("rest_forbidden_context", EDITED)
    if not (row["public"] or own or call.caller.may_read("users")):
        raise call.refuse("rest_user_cannot_view", LISTED)
    return Answer(_shown(call, row), allow=("GET",))


async def me(call: Call) -> Answer:
    """The account that the program signed in for."""
    if call.caller.program is None:
        raise ApiError(401, *NOT_IN)
    row = await find(call, call.caller.id)
    return Answer(_shown(call, row), allow=("GET",))


async def create(call: Call) -> Answer:
    """Accounts are made at the desk, where the password is asked for again."""
    raise call.refuse("rest_cannot_create_user", "Sorry, you are not allowed to create new users.")


async def update(call: Call) -> Answer:
    """What is changed at the desk is not changed here: values as they are pass, others are refused."""
    if call.request.url.path.rstrip("/").endswith("/me") and call.caller.program is None:
        raise ApiError(401, *NOT_IN)
    row = await find(call, call.number if call.has("id") else call.caller.id)
    if call.get("roles") and [OF_ROLES.get(role, role) for role in call.get("roles")] != [row["role"]]:
        raise call.refuse("rest_cannot_edit_roles", "Sorry, you are not allowed to edit roles of this user.")
    shown = _shown(call, row, EDIT)
    changed = [name for name in CHANGE if call.get(name) not in (None, shown.get(name, ""), [], "")]
    if changed or call.caller.id != row["id"] or not call.caller.may("self"):
        raise call.refuse("rest_cannot_edit", ONE_EDITED)
    return Answer(shown, allow=("GET",))


async def destroy(call: Call) -> Answer:
    """Accounts are removed at the desk."""
    await find(call, call.number)
    raise call.refuse("rest_user_cannot_delete", "Sorry, you are not allowed to delete this user.")
