"""Posts and pages: lists, one of them, and what each shows to whom."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from blog.errors import NotFound
from blog.posts import catalog, versions
from blog.posts.catalog import PostsWanted
from blog.publishing import editor, post_text
from blog.representations import posts as representation
from blog.representations.place import EDIT
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import CONTEXT, PAGES, SINGLE, Call, item_methods, moments_of, numbers_of, paged
from blog.web.api.parameters import MOMENT, NUMBERS, Param, Wrong, invalid
from blog.web.site import Site

KNOWN = ("publish", "future", "draft", "pending", "private", "trash", "auto-draft", "inherit", "any")
STATUSES = (*KNOWN[:-1], "request-pending", "request-confirmed", "request-failed", "request-completed", "any")
ORDERS = ("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title")
FILTERS = ("include", "exclude", "author", "author_exclude")
OF_POSTS = ("tags", "categories", "tags_exclude", "categories_exclude")
OF_PAGES = ("parent", "parent_exclude", "menu_order")
MOMENTS = ("after", "before", "modified_after", "modified_before")
LIST = {
    **PAGES,
    **dict.fromkeys(MOMENTS, MOMENT),
    **dict.fromkeys(FILTERS, NUMBERS),
    "offset": Param("integer", minimum=0),
    "order": Param(enum=("asc", "desc"), default="desc"),
    "orderby": Param(enum=ORDERS, default="date"),
    "search_columns": Param("array", items="string", enum=("post_title", "post_content", "post_excerpt")),
    "slug": Param("array", items="string"),
    "status": Param("array", items="string", enum=STATUSES, default=["publish"]),
}
LISTS = {
    "post": {
        **LIST,
        **dict.fromkeys(OF_POSTS, NUMBERS),
        "sticky": Param("boolean"),
        "tax_relation": Param(enum=("AND", "OR")),
        "format": Param("array", items="string"),
    },
    "page": {
        **LIST,
        "orderby": Param(enum=(*ORDERS, "menu_order"), default="date"),
        "parent": NUMBERS,
        "parent_exclude": NUMBERS,
        "menu_order": Param("array", items="integer"),
    },
}
ONE = {**SINGLE, "password": Param()}
NO_EDIT_LIST = "Sorry, you are not allowed to edit posts in this post type."
NO_EDIT = "Sorry, you are not allowed to edit this post."


async def index(call: Call, kind: str) -> Answer:
    """A list of posts or pages."""
    caller, edit = call.caller, call.context == EDIT
    if edit and not caller.may_read("publish"):
        raise call.refuse("rest_forbidden_context", NO_EDIT_LIST)
    if call.get("orderby") == "relevance" and not call.get("search"):
        message = "You need to define a search term to order by relevance."
        raise ApiError(400, "rest_no_search_term_defined", message)
    if call.get("orderby") in ("include", "include_slugs") and not call.get("include") and not call.get("slug"):
        message = "You need to define an include parameter to order by include."
        raise ApiError(400, "rest_orderby_include_missing_include", message)
    if call.get("sticky"):
        return paged(call, [], 0)
    numbers = numbers_of(call, *FILTERS, *OF_POSTS, *OF_PAGES)
    wanted = PostsWanted(
        kind=kind,
        statuses=_statuses(call),
        owner=None if caller.may_read("publish") and not caller.owner else caller.owner,
        search=call.get("search", ""),
        slugs=call.get("slug"),
        numbers=numbers | ({"author": [caller.id]} if edit and caller.owner else {}),
        moments=moments_of(call, *MOMENTS),
        order=call.get("orderby"),
        direction=call.get("order"),
    )
    found = await call.read(_load, call.site, wanted, edit, at=call.at, size=call.get("per_page"), skip=call.skip)
    data = [shown(call, row) for row in found["rows"]]
    return paged(call, data, found["total"], refuse_past_end=True)


def _statuses(call: Call) -> tuple[str, ...]:
    """Return the statuses that were asked for; raise ApiError for those that this caller may not see."""
    asked = list(dict.fromkeys(call.get("status")))
    if asked != ["publish"] and not call.caller.may_read("publish"):
        forbidden = Wrong("rest_forbidden_status", "Status is forbidden.", {"status": call.caller.denied})
        raise invalid({"status": forbidden})
    if "any" in asked:
        asked = ["publish", "future", "draft", "private"]
    return tuple(status for status in asked if status in catalog.STATUSES)


def _load(db: Database, site: Site, wanted: PostsWanted, raw: bool, **page: Any) -> dict[str, Any]:
    found = catalog.chosen(db, wanted, **page)
    return {**found, "rows": [with_raw(db, site, row) if raw else row for row in found["rows"]]}


def with_raw(db: Database, site: Site, row: dict[str, Any]) -> dict[str, Any]:
    """Add the Markdown of a post, and the digest of its file; of a deleted one from its last version."""
    try:
        source = editor.source(site.settings, row["path"])
        text, digest = source.text, source.digest
    except NotFound:
        newest = next((each for each in versions.of_post(db, row["id"]) if each["saved"]), None)
        text = editor.plain(versions.contents(db, [newest["id"]])[newest["id"]]) if newest else ""
        digest = ""
    return {**row, "raw": post_text.split(text)[1].rstrip("\n"), "digest": digest}


def shown(call: Call, row: Mapping[str, Any], context: str = "") -> dict[str, Any]:
    """Return a post as this caller sees it."""
    caller = call.caller
    rights = ("author" if caller.owner else "editor") if caller.edits(row["author"]) else ""
    return representation.of_row(call.place, row, context or call.context, at=call.at, rights=rights)


def term_ids(row: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the tags that a post has."""
    return [term[0] for term in json.loads(row["terms"])]


def load_one(db: Database, site: Site, number: int, kind: str) -> dict[str, Any]:
    return with_raw(db, site, catalog.one(db, number, kind))


async def find(call: Call, kind: str) -> dict[str, Any]:
    """Return the row of the post that the address names, with its Markdown; raise ApiError when it is none."""
    return dict(await call.find("rest_post_invalid_id", "Invalid post ID.", load_one, call.site, call.number, kind))


async def show(call: Call, kind: str) -> Answer:
    """One post or page; a draft only for those who may change it."""
    row, caller = await find(call, kind), call.caller
    reaches = caller.may_read("publish") and caller.owns(row["author"])
    if call.context == EDIT and not reaches:
        raise call.refuse("rest_forbidden_context", NO_EDIT)
    if not catalog.is_public(row, call.at) and not reaches:
        raise call.refuse("rest_forbidden", "Sorry, you are not allowed to do that.")
    headers = {"Link": f'<{call.place.post(row)}>; rel="alternate"; type=text/html', **validators(row)}
    return Answer(shown(call, row), headers=headers, allow=methods(call, row))


def validators(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers by which a program can tell later that a post is still the one that it read."""
    return {"ETag": f'"{row["digest"]}"'} if row["digest"] else {}


def methods(call: Call, row: Mapping[str, Any]) -> tuple[str, ...]:
    return item_methods(call.caller.edits(row["author"]))


REVISIONS = {"context": CONTEXT, **{name: PAGES[name] for name in ("page", "per_page")}}


async def revisions(call: Call, kind: str) -> Answer:
    """The saved states of a post, the newest first."""
    row = await find(call, kind)
    if not (call.caller.may_read("publish") and call.caller.owns(row["author"])):
        raise call.refuse("rest_cannot_read", "Sorry, you are not allowed to view revisions of this post.")
    listed = await call.read(versions.of_post, row["id"])
    page = listed[call.skip : call.skip + call.get("per_page")]
    return paged(call, [_revision(call, row, each) for each in page], len(listed))


def _revision(call: Call, row: Mapping[str, Any], version: Mapping[str, Any]) -> dict[str, Any]:
    local, gmt = call.place.local(version["at"]), version["at"][:19]
    here = call.place.api(f"{representation.BASES[row['kind']]}/{row['id']}")
    return {
        "author": version.get("account_id") or 0,
        "date": local,
        "date_gmt": gmt,
        "id": version["id"],
        "modified": local,
        "modified_gmt": gmt,
        "parent": row["id"],
        "slug": f"{row['id']}-revision-v1",
        "guid": {"rendered": call.place.post(row)},
        "title": {"rendered": row["title"]},
        "content": {"rendered": ""},
        "excerpt": {"rendered": ""},
        "_links": {"parent": [{"href": here}]},
    }
