"""From a request to its route and back: methods, bodies, parameters, embedded objects, and the form of the answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from blog.errors import Refused
from blog.representations.place import Place
from blog.web import site as sites
from blog.web.api import answers, index
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import ApiRoute, Call, Endpoint, Pairs, Prepared, allowing
from blog.web.api.caller import Caller, caller_of
from blog.web.api.parameters import checked, pairs_as_values
from blog.web.api.routes import ROUTES
from blog.web.middleware import bodies, limits

MOST_FIELDS = 500
MOST_EMBEDS = 1_000  # objects that one answer embeds
NO_BODY = ("GET", "HEAD", "OPTIONS")


class Api:
    """The application under /wp-json."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await answer(request)
        await response(scope, receive, send)


async def answer(request: Request) -> Response:
    """Answer a request, whatever is wrong with it."""
    place = place_of(request)
    pairs = parse_qsl(request.url.query, keep_blank_values=True)[:MOST_FIELDS]
    query = dict(pairs)
    private, head = "authorization" in request.headers, request.method == "HEAD"
    try:
        made = await _answer(request, place, pairs)
        if isinstance(made, Response):
            return made
    except ApiError as error:
        made = answers.of_error(error)
    except Refused as error:
        made = answers.of_error(answers.of_refusal(error))
    return answers.response(made, f"{place.base}/wp-json/", query, private=private, head=head)


def place_of(request: Request) -> Place:
    """Return where the site is. Without `url` the address that was asked is used: no answer of the API is cached."""
    settings = sites.of(request).settings
    base = settings.url or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
    return Place(settings, base)


def path_of(request: Request) -> str:
    """Return the route that was asked for: /wp/v2/posts."""
    return "/" + str(request.scope["path"]).removeprefix("/wp-json").strip("/")


async def _answer(request: Request, place: Place, pairs: Pairs) -> Answer | Response:
    path, method = path_of(request), _method(request, dict(pairs))
    if method == "OPTIONS" and "access-control-request-method" in request.headers:
        return Response(status_code=200, headers=answers.PREFLIGHT)
    caller = await caller_of(request)
    if method == "OPTIONS":
        return _options(path, caller, place)
    route, endpoint, named = _find(path, method)
    with allowing(route, caller):
        body = await _body(request, endpoint, caller) if method not in NO_BODY else {}
        given = {**pairs_as_values(pairs), **body}
        call = _call(request, caller, Wanted(path, endpoint, named, given, pairs))
    if call.get("search") and caller.program is None:
        limits.take(request, "search")
    try:
        made = await Prepared(route, endpoint, call).answer()
    finally:
        for value in given.values():
            if isinstance(value, UploadFile):
                await value.close()
    return await _finished(request, call, made, given)


@dataclass(frozen=True)
class Wanted:
    """What a request asks for: `named` is what its path names, `query` what stands in its address."""

    path: str
    endpoint: Endpoint
    named: Mapping[str, str]
    given: Mapping[str, Any]
    query: Pairs


def _call(request: Request, caller: Caller, wanted: Wanted) -> Call:
    params, place = wanted.endpoint.params, place_of(request)
    values = checked(params, wanted.given, place.settings.zone)
    return Call(
        request=request,
        site=sites.of(request),
        caller=caller,
        place=place,
        at=sites.now(),
        path=wanted.path,
        values={**values, **wanted.named},
        query=wanted.query,
        given=wanted.given,
        listed=frozenset(name for name, param in params.items() if param.type == "array"),
        prepare=partial(_prepare_batched, caller),
    )


def _prepare_batched(caller: Caller, request: Request, path: str, given: Mapping[str, Any]) -> Prepared:
    """Return the call of a part of a batch; raise ApiError where there is none, or none for batches."""
    route, endpoint, named = _find(path, request.method)
    with allowing(route, caller):
        if not route.batched:
            raise ApiError(400, "rest_batch_not_allowed", "The requested route does not support batch requests.")
        call = _call(request, caller, Wanted(path, endpoint, named, given, []))
    return Prepared(route, endpoint, call)


def _method(request: Request, query: Mapping[str, str]) -> str:
    """Return the method, or for a POST the one that it stands for."""
    method = request.method
    if method == "POST":
        method = (query.get("_method") or request.headers.get("x-http-method-override") or "POST").upper()
    return method


def _find(path: str, method: str) -> tuple[ApiRoute, Endpoint, dict[str, str]]:
    """Return the route of a path and what a method does there; raise ApiError where there is none."""
    method = "GET" if method == "HEAD" else method
    for route in ROUTES:
        named = route.match(path)
        if named is not None and method in route.endpoints:
            return route, route.endpoints[method], named
    raise answers.no_route()


def _options(path: str, caller: Caller, place: Place) -> Answer:
    route = next((each for each in ROUTES if each.match(path) is not None), None)
    if route is None:
        raise answers.no_route()
    allow = None if path.endswith("/comments") else route.allowed(caller)
    return Answer(index.described(route, place), allow=allow)


async def _body(request: Request, endpoint: Endpoint, caller: Caller) -> dict[str, Any]:
    """Return the values of a body: JSON or a form; anything else says nothing.

    Files are not taken of who will be refused.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return _json(await request.body())
    if kind == "application/x-www-form-urlencoded":
        text = (await request.body()).decode("utf-8", "replace")
        return pairs_as_values(parse_qsl(text, keep_blank_values=True)[:MOST_FIELDS])
    if kind == "multipart/form-data" and (endpoint.needs is None or caller.may(endpoint.needs)):
        try:
            form = await request.form(max_files=2, max_fields=MOST_FIELDS, max_part_size=bodies.FORM.size)
        except (HTTPException, ValueError) as error:
            raise ApiError(400, "rest_invalid_form", "The form could not be read.") from error
        return pairs_as_values(form.multi_items())
    return {}


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        read = json.loads(body)
        json.dumps(read, ensure_ascii=False).encode()  # halves of characters are no text
    except (ValueError, RecursionError) as error:
        data = {"json_error_code": 4, "json_error_message": "Syntax error"}
        raise ApiError(400, "rest_invalid_json", "Invalid JSON body passed.", **data) from error
    return read if isinstance(read, dict) else {}


async def _finished(request: Request, call: Call, made: Answer, given: Mapping[str, Any]) -> Answer:
    """Embed what was asked for, and leave out the parts that were not."""
    fields = given.get("_fields")
    names = [name.strip() for name in (fields if isinstance(fields, list) else str(fields or "").split(","))]
    names = [name for name in names if name]
    if "_embed" in given and (not names or "_embedded" in names):
        wanted = given["_embed"]
        rels = wanted if isinstance(wanted, list) else [each for each in str(wanted).split(",") if each]
        every = not rels or rels in (["1"], ["true"])
        await _embed(request, call, made.data, None if every else set(map(str.strip, map(str, rels))))
    if names and made.status < 400:
        made.data = answers.only(made.data, names)
    return made


async def _embed(request: Request, call: Call, data: Any, rels: set[str] | None) -> None:
    """Add to objects what their embeddable links lead to; what leads nowhere is left out."""
    known: dict[str, Any] = {}
    for each in data if isinstance(data, list) else [data]:
        links = each.get("_links", {}) if isinstance(each, dict) else {}
        embedded: dict[str, list[Any]] = {}
        for rel, targets in links.items():
            if rels is not None and rel not in rels:
                continue
            for target in targets:
                href = target.get("href", "")
                if not target.get("embeddable"):
                    continue
                if href not in known and len(known) < MOST_EMBEDS:
                    known[href] = await _linked(request, call, href)
                if known.get(href) is not None:
                    embedded.setdefault(rel, []).append(known[href])
        if embedded:
            each["_embedded"] = embedded


async def inner(request: Request, caller: Caller, to: tuple[str, str], given: Mapping[str, Any]) -> Answer:
    """Return what a method and path, ("GET", "/wp/v2/posts"), answer a caller; raise ApiError or Refused."""
    method, path = to
    route, endpoint, named = _find(path, method)
    return await Prepared(route, endpoint, _call(request, caller, Wanted(path, endpoint, named, given, []))).answer()


async def _linked(request: Request, call: Call, href: str) -> Any:
    """Return what is at an address of this API in the context `embed`, None where nothing is."""
    parts = urlsplit(href)
    path = "/" + parts.path.partition("/wp-json")[2].strip("/")
    given = pairs_as_values([*parse_qsl(parts.query), ("context", "embed")])
    try:
        return (await inner(request, call.caller, ("GET", path), given)).data
    except (ApiError, Refused):
        return None
