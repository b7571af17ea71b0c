"""What programs are answered by Micropub and IndieAuth: JSON, and errors with a word and a sentence."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from blog.errors import BadPost, Conflict, Refused, TooFast, Unavailable
from blog.web.api.answers import ApiError
from blog.wording import gettext

Handler = Callable[[Request], Awaitable[Response]]

# Sent with every answer, so that pages of other sites can read it; without credentials, which never count here.
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
PREFLIGHT = {
    **SHARED,
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
}
STATUSES = {404: 400, 410: 400, 415: 400, 422: 400}  # of refusals, where Micropub has another


class MicropubError(Exception):
    """An error as Micropub and OAuth word it: a status, a word, and a sentence for a person."""

    def __init__(self, status: int, error: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.error, self.sentence, self.more = status, error, sentence, more
        self.headers: dict[str, str] = {}


def invalid(sentence: str) -> MicropubError:
    """Return the error for a request that cannot be understood."""
    return MicropubError(400, "invalid_request", sentence)


def json_answer(body: Any, status: int = 200, **headers: str) -> Response:
    return JSONResponse(body, status, {**SHARED, **headers})


def empty(status: int, **headers: str) -> Response:
    return Response(status_code=status, headers={**SHARED, **headers})


def answering(*, get: Handler | None = None, post: Handler | None = None) -> Handler:
    """Return the handler of a route: what each method does, and every error in Micropub's form."""
    handlers = {"GET": get, "HEAD": get, "POST": post}
    allowed = ", ".join(name for name, each in {**handlers, "OPTIONS": get or post}.items() if each)

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        handler = handlers.get(request.method)
        if handler is None:
            sentence = gettext("This address does not take {method}.", method=request.method)
            return json_answer(_body("invalid_request", sentence), 405, Allow=allowed)
        try:
            return await handler(request)
        except MicropubError as error:
            body = _body(error.error, error.sentence) | error.more
            return json_answer(body, error.status, **error.headers)
        except ApiError as error:
            return json_answer(_body("temporarily_unavailable", error.message), error.status, **error.headers)
        except BadPost as problem:
            return json_answer(_body("invalid_request", problem.by_line), 400)
        except Refused as refusal:
            return _refusal(refusal)
        finally:
            await request.close()  # the files of a form

    return answer


def _refusal(refusal: Refused) -> Response:
    status = STATUSES.get(refusal.status, refusal.status)
    word = {403: "forbidden"}.get(status, "conflict" if isinstance(refusal, Conflict) else "invalid_request")
    headers = {}
    if isinstance(refusal, TooFast | Unavailable):
        word, headers = "temporarily_unavailable", {"Retry-After": str(getattr(refusal, "retry_after", 5))}
    return json_answer(_body(word, refusal.sentence), status, **headers)


def _body(error: str, sentence: str) -> dict[str, Any]:
    return {"error": error, "error_description": sentence}
