"""One call of the API: who calls, with which parameters; and the routes that calls go to."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from starlette.requests import Request

from blog.errors import NotFound
from blog.representations.place import Place
from blog.web.admin.access import Permission
from blog.web.api.answers import Answer, ApiError
from blog.web.api.caller import Caller
from blog.web.api.parameters import Param, Params
from blog.web.middleware import security
from blog.web.site import Site

LONGEST_NUMBER = 16  # digits
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """A request that was understood: `values` are its checked parameters, `query` its address as it was written.

    `prepare` makes another call for the same caller.
    """

    request: Request
    site: Site
    caller: Caller
    place: Place
    at: str
    path: str
    values: Mapping[str, Any]
    query: Pairs = field(default_factory=list)
    given: Mapping[str, Any] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    prepare: "Prepare | None" = None

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    @property
    def number(self) -> int:
        """Return the number in the address."""
        return number_of(str(self.values["id"]))

    @property
    def context(self) -> str:
        return str(self.get("context", "view"))

    def has(self, name: str) -> bool:
        return name in self.values

    async def read(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.site.store.read(fn, *args, **kwargs)

    async def find(self, code: str, message: str, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what the address names, as `read` does; raise ApiError with 404 when there is no such thing."""
        try:
            return await self.read(fn, *args, **kwargs)
        except NotFound as error:
            raise ApiError(404, code, message) from error

    async def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.site.store.write(fn, *args, **kwargs)

    def refuse(self, code: str, message: str) -> ApiError:
        """Return the refusal for whoever calls: 401 for nobody, 403 for somebody without the right."""
        return ApiError(self.caller.denied, code, message)

    def client_ip(self) -> str:
        return security.client_ip(self.request, self.site.settings)

    @property
    def skip(self) -> int:
        """Return how many are skipped before those that are listed: an offset counts more than a page."""
        return int(self.get("offset", (self.get("page", 1) - 1) * self.get("per_page", 10)))


def number_of(digits: str) -> int:
    """Return the number that an address names, 0 for one that is larger than any."""
    return int(digits) if len(digits) < LONGEST_NUMBER else 0


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    """What a method does at a route, and which permission the caller needs for it.

    `named` tells whether `Allow` names it: whether somebody may comment depends on the post.
    """

    handler: Handler
    params: Params = field(default_factory=dict)
    needs: Permission | None = None
    named: bool = True


@dataclass(frozen=True)
class ApiRoute:
    """A route as WordPress names it, `/wp/v2/posts/(?P<id>[\\d]+)`, and what each method does there.

    `batched` tells that a batch may change something there.
    """

    name: str
    endpoints: Mapping[str, Endpoint]
    schema: Mapping[str, Any] | None = None
    batched: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        found = re.fullmatch(self.name, path, re.ASCII)
        return found.groupdict() if found else None

    def allowed(self, caller: Caller) -> tuple[str, ...]:
        """Return the methods that a caller may use."""
        return tuple(
            method
            for method, each in self.endpoints.items()
            if each.named and (each.needs is None or caller.may(each.needs))
        )


@dataclass(frozen=True)
class Prepared:
    """A call whose parameters are right, and that was not made yet."""

    route: ApiRoute
    endpoint: Endpoint
    call: Call

    async def answer(self) -> Answer:
        """Make the call; raises ApiError and Refused."""
        with allowing(self.route, self.call.caller):
            made = await self.endpoint.handler(self.call)
        if made.allow is None:
            made.allow = self.route.allowed(self.call.caller)
        return made


Prepare = Callable[[Request, str, Mapping[str, Any]], Prepared]


@contextmanager
def allowing(route: ApiRoute, caller: Caller) -> Iterator[None]:
    """Let errors say what the caller may do at a route."""
    try:
        yield
    except ApiError as error:
        error.allow = route.allowed(caller) if error.status not in (401, 403) else ("GET",)
        raise


ALL_METHODS: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")


def item_methods(may_change: bool) -> tuple[str, ...]:
    """Return the methods for one thing: all of them for who may change it."""
    return ALL_METHODS if may_change else ("GET",)


CONTEXT = Param(enum=("view", "embed", "edit"), default="view")
SINGLE = {"context": CONTEXT}
PAGES = {
    "context": CONTEXT,
    "page": Param("integer", default=1, minimum=1, early=True),
    "per_page": Param("integer", default=10, minimum=1, maximum=100, early=True),
    "search": Param(early=True),
}
FORCE = {"force": Param("boolean", default=False)}


def paged(call: Call, data: list[Any], total: int, *, refuse_past_end: bool = False) -> Answer:
    """Return a page of a list with its totals and links; for some resources a page past the end is an error."""
    size, page = call.get("per_page", 10), call.get("page", 1)
    pages = -(-total // size)
    if refuse_past_end and page > max(pages, 1) and not call.has("offset"):
        message = "The page number requested is larger than the number of pages available."
        raise ApiError(400, "rest_post_invalid_page_number", message)
    if call.has("offset") and not data and call.get("offset") >= total:
        total = pages = 0
    links = []
    if page > 1:
        links.append(f'<{_page_address(call, min(page - 1, max(pages, 1)))}>; rel="prev"')
    if page < pages:
        links.append(f'<{_page_address(call, page + 1)}>; rel="next"')
    headers: dict[str, Any] = {"X-WP-Total": total, "X-WP-TotalPages": pages}
    if links:
        headers["Link"] = ", ".join(links)
    return Answer(data, headers=headers)


def _page_address(call: Call, page: int) -> str:
    """Return the address of another page of a list; lists are written one by one, as in WordPress."""
    parts: list[tuple[str, str | None]] = []
    done: set[str] = set()
    for name, value in call.query:
        plain = name.partition("[")[0]
        if plain in call.listed and plain in call.values:
            if plain not in done:
                parts += [(f"{plain}[{place}]", str(each)) for place, each in enumerate(call.values[plain])]
                done.add(plain)
        elif name != "page":
            parts.append((name, value))
        elif "page" not in done:
            parts.append(("page", str(page)))
            done.add("page")
    if "page" not in done:
        parts.append(("page", str(page)))
    query = "&".join(quote_plus(name) + (f"={quote_plus(value)}" if value else "") for name, value in parts)
    return f"{call.place.base}/wp-json{call.path}?{query}"


def numbers_of(call: Call, *names: str) -> dict[str, list[int]]:
    """Return the filters by numbers that were given."""
    return {name: call.get(name) for name in names if call.get(name)}


def moments_of(call: Call, *names: str) -> dict[str, str]:
    return {name: call.get(name) for name in names if call.get(name)}
