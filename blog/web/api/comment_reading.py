"""Reading comments: lists and single ones, and who may see what of them."""

from collections.abc import Mapping
from typing import Any

from blog.comments import catalog
from blog.comments.catalog import CommentsWanted
from blog.posts import catalog as posts
from blog.representations import comments as representation
from blog.representations.place import EDIT
from blog.web.api.answers import Answer
from blog.web.api.call import PAGES, SINGLE, Call, item_methods, moments_of, numbers_of, paged
from blog.web.api.parameters import MOMENT, NUMBERS, Param

ORDERS = ("date", "date_gmt", "id", "include", "post", "parent", "type")
FILTERS = ("include", "exclude", "author", "author_exclude", "parent", "parent_exclude", "post")
LIST = {
    **PAGES,
    "after": MOMENT,
    "before": MOMENT,
    **dict.fromkeys(FILTERS, NUMBERS),
    "author_email": Param(format="email"),
    "offset": Param("integer", minimum=0),
    "order": Param(enum=("asc", "desc"), default="desc"),
    "orderby": Param(enum=ORDERS, default="date_gmt"),
    "status": Param(default="approve"),
    "type": Param(default="comment"),
    "password": Param(),
}
ONE = {**SINGLE, "password": Param()}
# Filters that only those who may moderate may use, with the value that everybody may.
PROTECTED: dict[str, Any] = {
    "author": None,
    "author_exclude": None,
    "author_email": None,
    "type": "comment",
    "status": "approve",
}
NO_EDIT = "Sorry, you are not allowed to edit comments."


async def index(call: Call) -> Answer:
    """A list of comments, the newest first; public ones, unless those who may moderate ask for others."""
    caller = call.caller
    await _check_posts(call)
    if call.context == EDIT and not _sees_addresses(call):
        raise call.refuse("rest_forbidden_context", NO_EDIT)
    for name, allowed in PROTECTED.items():
        permitted = _sees_addresses(call) if name == "author_email" else caller.may_read("moderate")
        if not permitted and call.get(name) not in (None, [], allowed) and call.has(name):
            raise call.refuse("rest_forbidden_param", f"Query parameter not permitted: {name}")
    wanted = CommentsWanted(
        status=call.get("status"),
        kind=call.get("type"),
        owner=caller.owner if caller.owner or not caller.may_read("moderate") else None,
        search=call.get("search", ""),
        email=call.get("author_email", ""),
        numbers=numbers_of(call, *FILTERS),
        moments=moments_of(call, "after", "before"),
        order=call.get("orderby"),
        direction=call.get("order"),
    )
    found = await call.read(catalog.chosen, wanted, at=call.at, size=call.get("per_page"), skip=call.skip)
    return paged(call, [shown(call, row) for row in found["rows"]], found["total"])


def _sees_addresses(call: Call) -> bool:
    """Tell whether this caller may see addresses and networks of writers: who moderates the whole site."""
    return call.caller.may_read("moderate") and not call.caller.owner


async def _check_posts(call: Call) -> None:
    """Raise ApiError when comments of a post are asked for that this caller may not read."""
    for number in call.get("post", []):
        if number == 0:
            if not call.caller.may_read("moderate"):
                message = "Sorry, you are not allowed to read comments without a post."
                raise call.refuse("rest_cannot_read", message)
            continue
        row = await call.read(posts.of_any_kind, number)
        if row is not None and not _reads_post(call, row):
            message = "Sorry, you are not allowed to read the post for this comment."
            raise call.refuse("rest_cannot_read_post", message)


def _reads_post(call: Call, row: Mapping[str, Any]) -> bool:
    return posts.is_public(dict(row), call.at) or (call.caller.may_read("moderate") and call.caller.owns(row["author"]))


def shown(call: Call, row: Mapping[str, Any], context: str = "") -> dict[str, Any]:
    """Return a comment as this caller sees it."""
    editable = call.caller.moderates(row["post_author"])
    return representation.of_row(call.place, row, context or call.context, editable=editable)


def after_writing(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a comment as whoever wrote or changed it sees it."""
    return shown(call, row, EDIT if _sees_addresses(call) else "view")


async def find(call: Call) -> dict[str, Any]:
    """Return the row of the comment that the address names; raise ApiError when there is none."""
    found = await call.find("rest_comment_invalid_id", "Invalid comment ID.", catalog.one, call.number, at=call.at)
    return dict(found)


async def show(call: Call) -> Answer:
    """One comment; one that is not public only for those who may moderate it."""
    row, caller = await find(call), call.caller
    if call.context == EDIT and not _sees_addresses(call):
        raise call.refuse("rest_forbidden_context", NO_EDIT)
    reaches = caller.may_read("moderate") and caller.owns(row["post_author"])
    if not reaches and not (row["status"] == "approved" and row["post_public"]):
        raise call.refuse("rest_cannot_read", "Sorry, you are not allowed to read this comment.")
    return Answer(shown(call, row), allow=methods(call, row))


def methods(call: Call, row: Mapping[str, Any]) -> tuple[str, ...]:
    return item_methods(call.caller.moderates(row["post_author"]))
