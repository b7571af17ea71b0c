"""A server that only reads refuses whatever would change something, and gives back what was typed."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from blog.errors import AfterwordError, Unavailable
from blog.web import errors, forms
from blog.web import site as sites
from blog.web.middleware.security import SAFE_METHODS
from blog.wording import gettext

TYPED = ("comment", "text", "body", "content", "message", "note", "reason")  # fields that hold somebody's words


class NothingSaved:
    """Answer unsafe requests with 503. The form for comments answers itself: it is shown again, filled in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        own = path.endswith("/comments") and not path.startswith(("/wp-json", "/admin"))
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or own:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        site = sites.of(request)
        sentence = gettext(
            "This could not be saved just now. {why} Please try again in a minute.", why=site.store.trouble
        )
        headers = {"Retry-After": str(Unavailable.retry_after)}
        text = "" if path.startswith("/wp-json") else await _typed(request)
        if path.startswith("/wp-json"):
            response = errors.for_program(503, sentence, headers)
        elif forms.wants_json(request):
            response = errors.problem(503, sentence, headers=headers, comment=text or None)
        else:
            response = await errors.page(request, 503, sentence, headers=headers, text=text)
        await response(scope, receive, send)


async def _typed(request: Request) -> str:
    """Return the words that somebody typed into a form, "" where there are none."""
    try:
        fields = await forms.fields(request)
    except AfterwordError:
        return ""
    return "\n\n".join(fields[name] for name in TYPED if fields.get(name))
