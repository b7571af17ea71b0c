"""A server that only reads refuses whatever would change something, and gives back what was typed.

That is a server with `--read-only`, or one that lacks the lease because another machine may be writing.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.errors import AfterwordError, Unavailable
from blog.storage.store import Store
from blog.web import errors, forms
from blog.web import site as sites
from blog.web.middleware import bodies
from blog.web.middleware.security import SAFE_METHODS
from blog.wording import gettext

TYPED = ("comment", "text", "body", "content", "message", "note", "reason")  # fields that hold somebody's words


class NothingSaved:
    """Answer unsafe requests with 503 while nothing is saved; also when the lease was lost since the request came.

    The form for comments answers itself: it is shown again, filled in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        store, path = sites.of(Request(scope)).store, scope["path"]
        own = path.endswith("/comments") and not path.startswith(("/wp-json", "/admin"))
        if (store.read_only or store.lacks_lease) and not own:
            await _refuse(scope, receive, send)
        elif store.fence is not None:
            await self._answer_while_leased(store, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer_while_leased(self, store: Store, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the lease once more just before the answer goes out: it may say that something is saved."""
        body = _Body(receive, keep=bodies.length(scope) <= bodies.FORM.size)
        late = False

        async def send_in_time(message: Message) -> None:
            nonlocal late
            if message["type"] == "http.response.start" and message["status"] < 400 and store.lacks_lease:
                late = True
            if not late:
                await send(message)

        await self.app(scope, body.receive, send_in_time)
        if late:
            await _refuse(scope, body.receive_again, send)


class _Body:
    """What was received of a request, so that what somebody typed can be given back; nothing of a large one."""

    def __init__(self, receive: Receive, *, keep: bool) -> None:
        self._receive, self._keep = receive, keep
        self._seen = b""
        self._ended = self._given = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._ended = not message.get("more_body", False)
        piece = message.get("body", b"")
        self._keep = self._keep and len(self._seen) + len(piece) <= bodies.FORM.size
        self._seen = self._seen + piece if self._keep else b""
        return message

    async def receive_again(self) -> Message:
        """Give what came so far once more, then what is still to come."""
        if self._given:
            return await self.receive()
        self._given = True
        return {"type": "http.request", "body": self._seen, "more_body": not self._ended}


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    request, path = Request(scope, receive), scope["path"]
    sentence = gettext(
        "This could not be saved just now. {why} Please try again in a minute.", why=sites.of(request).store.trouble
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
