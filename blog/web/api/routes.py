"""All routes of the API, as WordPress names them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from blog.web.admin.access import Permission
from blog.web.api import (
    application_passwords,
    batch,
    comment_reading,
    comment_writing,
    index,
    kinds,
    media,
    oembed,
    post_reading,
    post_writing,
    search,
    terms,
    users,
)
from blog.web.api.answers import Answer
from blog.web.api.call import ApiRoute, Call, Endpoint
from blog.web.api.parameters import Params

ID = r"(?P<id>[\d]+)"
WORD = r"[\w-]+"
USER = r"/wp/v2/users/(?P<user_id>(?:[\d]+|me))/application-passwords"
NONE: Params = {}


async def root(call: Call) -> Answer:
    return index.of_site(call, ROUTES)


async def namespace(call: Call) -> Answer:
    return index.of_namespace(call, ROUTES, index.WORDPRESS)


async def oembed_namespace(call: Call) -> Answer:
    return index.of_namespace(call, ROUTES, index.OEMBED)


def _get(handler: Callable[[Call], Awaitable[Answer]], params: Params = NONE) -> dict[str, Endpoint]:
    return {"GET": Endpoint(handler, params)}


def _changes(
    handler: Callable[[Call], Awaitable[Answer]], params: Params, needs: Permission | None = None
) -> dict[str, Endpoint]:
    """Return the three methods that change something; all take a part of it."""
    endpoint = Endpoint(handler, params, needs)
    return {"POST": endpoint, "PUT": endpoint, "PATCH": endpoint}


def _posts(kind: str, base: str) -> list[ApiRoute]:
    reading, writing = post_reading, post_writing
    return [
        ApiRoute(
            f"/wp/v2/{base}",
            {
                "GET": Endpoint(partial(reading.index, kind=kind), reading.LISTS[kind]),
                "POST": Endpoint(partial(writing.create, kind=kind), writing.CHANGES[kind], "publish"),
            },
            batched=True,
        ),
        ApiRoute(
            f"/wp/v2/{base}/{ID}",
            {
                "GET": Endpoint(partial(reading.show, kind=kind), reading.ONE),
                **_changes(partial(writing.update, kind=kind), writing.CHANGES[kind], "publish"),
                "DELETE": Endpoint(partial(writing.destroy, kind=kind), writing.REMOVE, "publish"),
            },
            batched=True,
        ),
        ApiRoute(f"/wp/v2/{base}/{ID}/revisions", _get(partial(reading.revisions, kind=kind), reading.REVISIONS)),
    ]


def _terms(taxonomy: str, base: str) -> list[ApiRoute]:
    def act(handler: Callable[..., Awaitable[Answer]]) -> Callable[[Call], Awaitable[Answer]]:
        return partial(handler, taxonomy=taxonomy)

    return [
        ApiRoute(
            f"/wp/v2/{base}",
            {
                "GET": Endpoint(act(terms.index), terms.LIST),
                "POST": Endpoint(act(terms.create), terms.NEW, "publish"),
            },
            batched=True,
        ),
        ApiRoute(
            f"/wp/v2/{base}/{ID}",
            {
                "GET": Endpoint(act(terms.show), terms.ONE),
                **_changes(act(terms.update), terms.CHANGE, "publish"),
                "DELETE": Endpoint(act(terms.destroy), terms.REMOVE, "publish"),
            },
            batched=True,
        ),
    ]


def _users() -> list[ApiRoute]:
    passwords = application_passwords
    return [
        ApiRoute(
            "/wp/v2/users",
            {"GET": Endpoint(users.index, users.LIST), "POST": Endpoint(users.create, users.NEW, "users")},
        ),
        ApiRoute("/wp/v2/users/me", {**_get(users.me, users.ONE), **_changes(users.update, users.CHANGE, "self")}),
        ApiRoute(
            f"/wp/v2/users/{ID}",
            {
                "GET": Endpoint(users.show, users.ONE),
                **_changes(users.update, users.CHANGE, "users"),
                "DELETE": Endpoint(users.destroy, users.REMOVE, "users"),
            },
        ),
        ApiRoute(
            USER,
            {
                "GET": Endpoint(passwords.index, passwords.LIST),
                "POST": Endpoint(passwords.create, passwords.NEW, "self"),
                "DELETE": Endpoint(passwords.destroy_all, NONE, "self"),
            },
        ),
        ApiRoute(f"{USER}/introspect", _get(passwords.introspect, passwords.ONE)),
        ApiRoute(
            rf"{USER}/(?P<uuid>[\w\-]+)",
            {
                "GET": Endpoint(passwords.show, passwords.ONE),
                **_changes(passwords.update, passwords.CHANGE, "self"),
                "DELETE": Endpoint(passwords.destroy, NONE, "self"),
            },
        ),
    ]


def _comments() -> list[ApiRoute]:
    return [
        ApiRoute(
            "/wp/v2/comments",
            {
                "GET": Endpoint(comment_reading.index, comment_reading.LIST),
                "POST": Endpoint(comment_writing.create, comment_writing.NEW, named=False),
            },
        ),
        ApiRoute(
            f"/wp/v2/comments/{ID}",
            {
                "GET": Endpoint(comment_reading.show, comment_reading.ONE),
                **_changes(comment_writing.update, comment_writing.CHANGE, "moderate"),
                "DELETE": Endpoint(comment_writing.destroy, comment_writing.REMOVE, "moderate"),
            },
        ),
    ]


def _media() -> list[ApiRoute]:
    return [
        ApiRoute(
            "/wp/v2/media",
            {"GET": Endpoint(media.index, media.LIST), "POST": Endpoint(media.create, media.NEW, "publish")},
        ),
        ApiRoute(
            f"/wp/v2/media/{ID}",
            {
                "GET": Endpoint(media.show, media.ONE),
                **_changes(media.update, media.CHANGE, "publish"),
                "DELETE": Endpoint(media.destroy, media.REMOVE, "publish"),
            },
        ),
    ]


def _kinds() -> list[ApiRoute]:
    changing = Endpoint(kinds.change_settings, kinds.SETTINGS, "settings")
    routes: Mapping[str, Mapping[str, Endpoint]] = {
        "/wp/v2/types": _get(kinds.types, kinds.LIST),
        f"/wp/v2/types/(?P<type>{WORD})": _get(kinds.type_, kinds.ONE),
        "/wp/v2/statuses": _get(kinds.statuses, kinds.LIST),
        f"/wp/v2/statuses/(?P<status>{WORD})": _get(kinds.status, kinds.ONE),
        "/wp/v2/taxonomies": _get(kinds.taxonomies, kinds.TAXONOMIES_LIST),
        f"/wp/v2/taxonomies/(?P<taxonomy>{WORD})": _get(kinds.taxonomy, kinds.ONE),
        "/wp/v2/settings": {
            "GET": Endpoint(kinds.settings, NONE, "settings"),
            **dict.fromkeys(("POST", "PUT", "PATCH"), changing),
        },
        "/wp/v2/search": _get(search.index, search.LIST),
    }
    return [ApiRoute(name, endpoints) for name, endpoints in routes.items()]


ROUTES: tuple[ApiRoute, ...] = (
    ApiRoute("/", _get(root)),
    ApiRoute("/batch/v1", {"POST": Endpoint(batch.create, batch.PARAMS)}),
    ApiRoute("/oembed/1.0", _get(oembed_namespace)),
    ApiRoute("/oembed/1.0/embed", _get(oembed.show, oembed.PARAMS)),
    ApiRoute("/wp/v2", _get(namespace)),
    *_posts("post", "posts"),
    *_posts("page", "pages"),
    *_media(),
    *_comments(),
    *_terms("category", "categories"),
    *_terms("post_tag", "tags"),
    *_users(),
    *_kinds(),
)
