"""Many changes in one request: each goes through the same checks and rights as alone, one after the other."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from blog.errors import Refused
from blog.web.api import answers
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import Call, Prepared
from blog.web.api.parameters import Param, Wrong, invalid, listed, pairs_as_values

MOST = 25
METHODS = ("POST", "PUT", "PATCH", "DELETE")
ALL, EACH = "require-all-validate", "normal"
PARAMS = {"validation": Param(enum=(ALL, EACH), default=EACH), "requests": Param("any", required=True)}
HEADERS = ("if-match", "if-unmodified-since")  # that a part may have for itself
ALLOW = ("POST",)


async def create(call: Call) -> Answer:
    """Make changes, at most 25; with `require-all-validate` none of them when one is wrong."""
    parts = [_prepared(call, part) for part in _checked(call.get("requests"))]
    wrong = [answers.of_error(part) if isinstance(part, ApiError) else None for part in parts]
    if call.get("validation") == ALL and any(wrong):
        responses = [each and answers.enveloped(each) for each in wrong]
        return Answer({"failed": "validation", "responses": responses}, 207, allow=ALLOW)
    made = [await _made(part) for part in parts]
    return Answer({"responses": [answers.enveloped(each) for each in made]}, 207, allow=ALLOW)


def _checked(given: Any) -> list[dict[str, Any]]:
    """Return the parts of a batch; raise ApiError for what is none."""
    if not isinstance(given, list):
        raise _wrong("rest_invalid_type", "requests is not of type array.", {"param": "requests"})
    if len(given) > MOST:
        raise _wrong("rest_too_many_items", f"requests must contain at most {MOST} items.")
    for place, part in enumerate(given):
        name = f"requests[{place}]"
        if not isinstance(part, dict):
            raise _wrong("rest_invalid_type", f"{name} is not of type object.", {"param": name})
        if "path" not in part:
            raise _wrong("rest_property_required", f"path is a required property of {name}.")
        if part.get("method", "POST") not in METHODS:
            raise _wrong("rest_not_in_enum", f"{name}[method] is not one of {listed(METHODS)}.")
        for key, kind, word in (("path", str, "string"), ("body", dict, "object"), ("headers", dict, "object")):
            if key in part and not isinstance(part[key], kind) and part[key] != []:  # PHP writes {} as []
                raise _wrong("rest_invalid_type", f"{name}[{key}] is not of type {word}.", {"param": f"{name}[{key}]"})
    return given


def _wrong(code: str, message: str, data: Any = None) -> ApiError:
    return invalid({"requests": Wrong(code, message, data)})


def _prepared(call: Call, part: Mapping[str, Any]) -> Prepared | ApiError:
    """Return a part of a batch, ready to be made, or what is wrong with it."""
    assert call.prepare
    own = {name.lower(): str(value) for name, value in dict(part.get("headers") or {}).items()}
    headers = [(name, value) for name, value in call.request.scope["headers"] if name.decode("latin-1") not in HEADERS]
    headers += [(name.encode(), own[name].encode("latin-1", "replace")) for name in HEADERS if name in own]
    request = Request({**call.request.scope, "method": part.get("method", "POST"), "headers": headers})
    try:
        parts = urlsplit(str(part["path"]))
    except ValueError:
        return ApiError(400, "parse_path_failed", "Could not parse the path.")
    given = {**pairs_as_values(parse_qsl(parts.query, keep_blank_values=True)), **dict(part.get("body") or {})}
    try:
        return call.prepare(request, f"/{parts.path.strip('/')}", given)
    except ApiError as error:
        return error


async def _made(part: Prepared | ApiError) -> Answer:
    if isinstance(part, ApiError):
        return answers.of_error(part)
    try:
        return await part.answer()
    except ApiError as error:
        return answers.of_error(error)
    except Refused as refusal:
        return answers.of_error(answers.of_refusal(refusal))
