"""With `BLOG_LOG=json`: a line in the log for each request, and the number by which somebody finds it there."""

import logging
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger("blog.requests")
VARIABLE = "BLOG_LOG"
HEADER = b"x-request-id"
# What follows these is a secret, as it is in a mail or a hidden address.
SECRET = re.compile(r"^(/(?:mail|unsubscribe|preview|your-comments/open|admin/waiting)/)[^/]+")

_current: ContextVar[str] = ContextVar("request", default="")


def is_wanted() -> bool:
    return os.environ.get(VARIABLE) == "json"


def current() -> str:
    """Return the id of the request that is being answered, "" where requests have none."""
    return _current.get()


async def log_request(
    answer: Callable[[Scope, Receive, Send], Awaitable[bool]], scope: Scope, receive: Receive, send: Send
) -> bool:
    """Answer a request under an id, and log it without what its sender typed; return what `answer` does."""
    number, status, began = secrets.token_hex(8), 500, time.perf_counter()
    mark = _current.set(number)

    async def noting(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            if status >= 400:
                message = {**message, "headers": [*message["headers"], (HEADER, number.encode())]}
        await send(message)

    hit = False
    try:
        hit = await answer(scope, receive, noting)
        return hit
    finally:
        path = SECRET.sub(r"\1…", scope["path"])
        said = {
            "method": scope["method"],
            "path": path,
            "status": status,
            "milliseconds": round((time.perf_counter() - began) * 1_000, 2),
            "cached": hit,
        }
        log.info("%s %s %s", scope["method"], path, status, extra={"said": said})
        _current.reset(mark)
