"""Tags, which programs see as tags and as categories: the site has one kind only."""

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from blog import publishing
from blog.errors import NotFound
from blog.posts import terms
from blog.posts.front_matter import TAG_LENGTH
from blog.posts.terms import TermsWanted
from blog.publishing import program_posts
from blog.publishing.program_posts import PostChange, Writer
from blog.representations import terms as representation
from blog.web.api import answers
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import FORCE, PAGES, SINGLE, Call, item_methods, paged
from blog.web.api.parameters import Param, Wrong, invalid

ORDERS = ("id", "include", "name", "slug", "include_slugs", "term_group", "description", "count")
LIST = {
    **PAGES,
    "exclude": Param("array"),
    "include": Param("array"),
    "offset": Param("integer", minimum=0),
    "order": Param(enum=("asc", "desc"), default="asc"),
    "orderby": Param(enum=ORDERS, default="name"),
    "hide_empty": Param("boolean", default=False),
    "parent": Param("integer"),
    "post": Param("integer"),
    "slug": Param("array", items="string"),
}
CHANGE = {"name": Param(), "slug": Param(), "description": Param(), "parent": Param("integer"), "meta": Param("any")}
NEW = {**CHANGE, "name": Param(required=True)}
ONE, REMOVE = SINGLE, FORCE
MOST_POSTS = 500  # whose files are changed when a tag is
DENIED = {
    "create": ("rest_cannot_create", "Sorry, you are not allowed to create terms in this taxonomy."),
    "update": ("rest_cannot_update", "Sorry, you are not allowed to edit this term."),
    "delete": ("rest_cannot_delete", "Sorry, you are not allowed to delete this term."),
}


async def index(call: Call, taxonomy: str) -> Answer:
    """A list of tags, by name."""
    _check_edit(call)
    if call.get("parent"):
        return paged(call, [], 0)
    wanted = TermsWanted(
        search=call.get("search", ""),
        slugs=call.get("slug"),
        include=call.get("include") or None,
        exclude=call.get("exclude", ()),
        post=call.get("post"),
        used=call.get("hide_empty"),
        order=call.get("orderby"),
        direction=call.get("order"),
    )
    found = await call.read(terms.chosen, wanted, at=call.at, size=call.get("per_page"), skip=call.skip)
    return paged(call, [_shown(call, row, taxonomy) for row in found["rows"]], found["total"])


async def show(call: Call, taxonomy: str) -> Answer:
    row = await _find(call)
    _check_edit(call)
    return Answer(_shown(call, row, taxonomy), allow=_methods(call))


def _check_edit(call: Call) -> None:
    if call.context == "edit" and not call.caller.may_read("publish"):
        raise call.refuse("rest_forbidden_context", "Sorry, you are not allowed to edit terms in this taxonomy.")


def _manages(call: Call) -> bool:
    """Tell whether this caller may change and remove tags, which belong to all posts."""
    return call.caller.may("publish") and not call.caller.owner


def _methods(call: Call) -> tuple[str, ...]:
    return item_methods(_manages(call))


def _shown(call: Call, row: Mapping[str, Any], taxonomy: str, context: str = "") -> dict[str, Any]:
    return representation.of_row(call.place, row, taxonomy, context or call.context, editable=_manages(call))


async def _find(call: Call) -> dict[str, Any]:
    return dict(await call.find("rest_term_invalid", "Term does not exist.", terms.one, call.number, at=call.at))


async def create(call: Call, taxonomy: str) -> Answer:
    """Add a tag, which posts can have from then on."""
    if not (call.caller.may("publish") if taxonomy == "post_tag" else _manages(call)):
        raise call.refuse(*DENIED["create"])
    if taxonomy == "post_tag" and call.get("parent"):
        raise ApiError(400, "rest_taxonomy_not_hierarchical", "Cannot set parent term, taxonomy is not hierarchical.")
    if call.get("parent"):  # the site's tags have no order of their own, so that it is not stored
        try:
            await call.read(terms.one, call.get("parent"), at=call.at)
        except NotFound as error:
            raise ApiError(400, "rest_term_invalid", "Parent term does not exist.") from error
    try:
        number = await call.write(terms.add, _name(call), call.get("slug", ""))
    except terms.Taken as taken:
        raise _exists(taken.number, taxonomy) from taken
    row = await call.read(terms.one, number, at=call.at)
    location = call.place.api(f"{representation.BASES[taxonomy]}/{number}")
    return Answer(_shown(call, row, taxonomy, "edit"), 201, {"Location": location})


def _name(call: Call) -> str:
    """Return the name that was given, on one line; raise ApiError for one that no tag can have."""
    name = " ".join(str(call.get("name") or "").split())
    if not name:
        raise ApiError(400, "empty_term_name", "A name is required for this term.")
    if len(name) > TAG_LENGTH or "," in name or not name.isprintable():
        wrong = Wrong("rest_invalid_pattern", f"A name has {TAG_LENGTH} characters at most and no comma.")
        raise invalid({"name": wrong})
    return name


def _exists(number: int, taxonomy: str) -> ApiError:
    where = "with this parent" if taxonomy == "category" else "in this taxonomy"
    error = ApiError(400, "term_exists", f"A term with the name provided already exists {where}.", term_id=number)
    error.more["additional_data"] = [number, number]
    return error


async def update(call: Call, taxonomy: str) -> Answer:
    """Give a tag another name, also in the files of the posts that have it."""
    row = await _find(call)
    if not _manages(call):
        raise call.refuse(*DENIED["update"])
    name = _name(call) if call.has("name") else row["name"]
    if name != row["name"]:
        if (other := await call.read(terms.named, name)) not in (None, call.number):
            raise _exists(other, taxonomy)
        await _change_posts(call, name, DENIED["update"])
        await call.write(terms.rename, call.number, name)
        row = await _find(call)
    return Answer(_shown(call, row, taxonomy, "edit"), allow=_methods(call))


async def _change_posts(call: Call, name: str, denied: tuple[str, str]) -> None:
    """Write another name of a tag, or ("") none, into the files of its posts; each keeps its version from before."""
    posts = await call.read(terms.posts_with, call.number)
    if len(posts) > MOST_POSTS:
        raise ApiError(403, *denied)
    await run_in_threadpool(_rewrite, call, posts, name)


def _rewrite(call: Call, posts: list[dict[str, Any]], name: str) -> None:
    writer, settings, written = Writer(call.caller.actor(call.at)), call.site.settings, []
    with call.site.store.another() as db:
        try:
            for post in posts:
                names = [name if number == call.number else other for number, other in post["tags"]]
                change = PostChange(tags=[each for each in names if each])
                program_posts.write(db, settings, post["path"], change, lambda file: None, writer)
                written.append(settings.posts / post["path"])
        finally:
            report = publishing.publish(db, settings, written, by=writer.by)
    if report.problems:
        raise report.problems[0]


async def destroy(call: Call, taxonomy: str) -> Answer:
    """Remove a tag, also from the files of the posts that have it."""
    row = await _find(call)
    if not _manages(call):
        raise call.refuse(*DENIED["delete"])
    if not call.get("force"):
        message = "Terms do not support trashing. Set 'force=true' to delete."
        raise ApiError(501, "rest_trash_not_supported", message)
    await _change_posts(call, "", DENIED["delete"])
    await call.write(terms.remove, call.number)
    return answers.deleted(_shown(call, row, taxonomy, "edit"))
