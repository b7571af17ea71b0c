"""Uploaded files: lists, one of them, uploads, their texts, and removal."""

from collections.abc import Mapping
from typing import Any

from blog.errors import NotFound
from blog.posts import media
from blog.posts.media import MediaWanted
from blog.representations import files as representation
from blog.representations.place import EDIT
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import PAGES, SINGLE, Call, moments_of, numbers_of, paged
from blog.web.api.parameters import Param

NUMBERS = Param("array", items="integer")
MOMENT = Param(format="date-time", early=True)
ORDERS = ("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title")
FILTERS = ("include", "exclude", "author", "author_exclude", "parent", "parent_exclude")
LIST = {
    **PAGES,
    "after": MOMENT,
    "before": MOMENT,
    **dict.fromkeys(FILTERS, NUMBERS),
    "offset": Param("integer", minimum=0),
    "order": Param(enum=("asc", "desc"), default="desc"),
    "orderby": Param(enum=ORDERS, default="date"),
    "media_type": Param(enum=("image", "video", "text", "application", "audio")),
    "mime_type": Param(),
    "slug": Param("array", items="string"),
    "status": Param("array", items="string"),
}
ONE = SINGLE
NO_EDIT = "Sorry, you are not allowed to edit this post."


async def index(call: Call) -> Answer:
    """A list of uploaded files, the newest first."""
    if call.context == EDIT and not call.caller.may_read("publish"):
        raise call.refuse("rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
    wanted = MediaWanted(
        type=call.get("mime_type") or call.get("media_type") or "",
        search=call.get("search", ""),
        numbers=numbers_of(call, *FILTERS),
        moments=moments_of(call, "after", "before"),
        order=call.get("orderby"),
        direction=call.get("order"),
    )
    found = await call.read(media.chosen, wanted, at=call.at, size=call.get("per_page"), skip=call.skip)
    data = [shown(call, row) for row in found["rows"]]
    return paged(call, data, found["total"], refuse_past_end=True)


def edits(call: Call, row: Mapping[str, Any]) -> bool:
    """Tell whether this caller may change a file: its own, or anybody's where it writes all posts."""
    own = row["account_id"] == call.caller.id and bool(call.caller.id)
    return call.caller.may("publish") and (not call.caller.owner or own)


def shown(call: Call, row: Mapping[str, Any], context: str = "") -> dict[str, Any]:
    return representation.of_row(call.place, row, context or call.context, editable=edits(call, row))


async def find(call: Call) -> dict[str, Any]:
    """Return the row of the file that the address names; raise ApiError when there is none."""
    try:
        row: dict[str, Any] = await call.read(media.one, call.number)
    except NotFound as error:
        raise ApiError(404, "rest_post_invalid_id", "Invalid post ID.") from error
    return row


async def show(call: Call) -> Answer:
    row = await find(call)
    if call.context == EDIT and not (call.caller.may_read("publish") and (not call.caller.owner or edits(call, row))):
        raise call.refuse("rest_forbidden_context", NO_EDIT)
    headers = {"Link": f'<{representation.address_of(call.place, row)}>; rel="alternate"; type=text/html'}
    return Answer(shown(call, row), headers=headers, allow=methods(call, row))


def methods(call: Call, row: Mapping[str, Any]) -> tuple[str, ...]:
    return ("GET", "POST", "PUT", "PATCH", "DELETE") if edits(call, row) else ("GET",)
