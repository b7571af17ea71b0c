"""What a program is answered: objects as JSON, with the headers of WordPress, or an error with a code."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from blog.errors import Invalid, Refused, TooFast, Unavailable

JSON = "application/json; charset=UTF-8"
# Sent with every answer, so that pages of other sites can read it; without credentials, which never count here.
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Access-Control-Allow-Headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
PREFLIGHT = {**SHARED, "Access-Control-Allow-Methods": "OPTIONS, GET, POST, PUT, PATCH, DELETE"}
CALLBACK = re.compile(r"[\w.]{1,60}", re.ASCII)


class ApiError(Exception):
    """An error as WordPress words it: a code, a sentence, the status, and what else its `data` holds."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.data = status, code, message, data
        self.headers: dict[str, str] = {}
        self.more: dict[str, Any] = {}
        self.allow: tuple[str, ...] | None = None

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}, **self.more}


def of_refusal(refusal: Refused) -> ApiError:
    """Return a refusal of the site in WordPress's form; a wrong field is a wrong parameter."""
    if isinstance(refusal, Invalid):
        return ApiError(400, "rest_invalid_param", refusal.sentence, params=refusal.errors)
    error = ApiError(refusal.status, "rest_refused", refusal.sentence)
    if isinstance(refusal, TooFast | Unavailable):
        error.headers["Retry-After"] = str(refusal.retry_after)
    return error


NO_ROUTE = "No route was found matching the URL and request method."


def no_route() -> ApiError:
    return ApiError(404, "rest_no_route", NO_ROUTE)


@dataclass
class Answer:
    """`data` is what is sent; `allow` are the methods that this caller may use at this address, None where not said."""

    data: Any
    status: int = 200
    headers: dict[str, Any] = field(default_factory=dict)
    allow: tuple[str, ...] | None = None


def deleted(shown: dict[str, Any]) -> Answer:
    """Return what is answered when something was deleted: what it was, without its links."""
    return Answer({"deleted": True, "previous": {name: shown[name] for name in shown if name != "_links"}}, allow=())


def of_error(error: ApiError) -> Answer:
    return Answer(error.body(), error.status, dict(error.headers), error.allow)


def enveloped(answer: Answer) -> dict[str, Any]:
    """Return an answer as a part of another one."""
    headers = {**answer.headers, **({"Allow": ", ".join(answer.allow)} if answer.allow else {})}
    return {"body": answer.data, "status": answer.status, "headers": headers or []}


def response(answer: Answer, root: str, query: Mapping[str, str], *, private: bool, head: bool = False) -> Response:
    """Write an answer; `query` may ask for an envelope or a call of a function, `root` is the address of the API."""
    envelope = enveloped(answer)
    data, status, headers = envelope["body"], envelope["status"], dict(envelope["headers"])
    if "_envelope" in query:
        data, status, headers = envelope, 200, {}
    # Its own Link takes the place of the one to the root, as in WordPress.
    out = {
        **SHARED,
        "Link": f'<{root}>; rel="https://api.w.org/"',
        **{name: str(value) for name, value in headers.items()},
    }
    out |= {"Cache-Control": "private, no-store" if private else "no-cache"}
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if "_jsonp" in query and CALLBACK.fullmatch(query["_jsonp"]):
        escaped = body.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        content = f"/**/{query['_jsonp']}({escaped})"
        return Response(content, status, headers=out, media_type="application/javascript; charset=UTF-8")
    return Response(b"" if head else body.encode("utf-8", "replace"), status, headers=out, media_type=JSON)


def only(data: Any, fields: list[str]) -> Any:
    """Return an object, or each of a list, with the named parts alone: `id`, `title.rendered`."""
    if isinstance(data, list):
        return [only(each, fields) for each in data]
    if not isinstance(data, dict):
        return data
    below: dict[str, list[str]] = {}
    for name in fields:
        first, _, rest = name.partition(".")
        below.setdefault(first, []).append(rest)
    return {
        name: value if "" in below[name] or not isinstance(value, dict) else only(value, below[name])
        for name, value in data.items()
        if name in below
    }
