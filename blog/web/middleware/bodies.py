"""Request bodies: their size limits, their time limits, and reading the rest of a refused one.

A connection that is closed while a form is still being sent is reset, so the answer with the reason is never seen; a
proxy in front answers 502.
"""

import asyncio
import math
from contextlib import suppress
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.errors import Refused, TooLarge, TooSlow
from blog.web.middleware.security import header
from blog.wording import N_, gettext, number


class Limit(NamedTuple):
    """What a body may have at most: bytes, seconds for all of it, seconds in which something has to come."""

    size: int
    seconds: float
    refusal: str  # its place is for the size in MB
    silence: float = math.inf


# The server limits the headers to 15 seconds.
FORM = Limit(256 * 1024, 30.0, N_("That was more than 256 KiB. Go back: your browser has kept the text."))
# Posts and their pictures are larger, and a picture takes longer on a slow line.
POST = Limit(24_000_000, 300.0, N_("That was more than {size} MB. Make the picture smaller first; nothing was saved."))
# Of XML-RPC, which is in memory as a whole, with pictures in it.
MESSAGE = Limit(8_000_000, 120.0, N_("That was more than {size} MB, so nothing was saved."))
# Sound and film.
FILE = Limit(
    104_000_000, 1_800.0, N_("That was more than {size} MB, so nothing was saved. Make the file smaller first.")
)
# The export file of another blog, and the form around it; its page refuses a larger one itself, in its own words.
EXPORT = Limit(
    1_001_000_000, 3 * 3_600.0, N_("That was more than {size} MB; so large a file is not taken."), silence=60.0
)
EXPORT_PATH = "/admin/import/file"
MOST_REFUSED = 4 * 1024 * 1024  # bytes that are read and dropped; a request that announces more is cut off
REFUSED_SECONDS = 5.0


def limit_of(path: str) -> Limit:
    if path == EXPORT_PATH:
        return EXPORT
    if path.startswith("/wp-json/"):
        kind = path.removeprefix("/wp-json/wp/v2/").partition("/")[0]
        return {"media": FILE, "posts": POST, "pages": POST}.get(kind, FORM)
    if path in ("/micropub", "/micropub/media"):
        return POST
    if path == "/xmlrpc.php":
        return MESSAGE
    if not path.startswith("/admin/posts/"):
        return FORM
    return FILE if path.endswith("/files") else POST


class Bodies:
    """Limit the time and the size of a whole body, however many pieces it comes in.

    Before a body is refused, what is left of it is read, up to a limit.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (announced := _announced(scope)):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        limit, clock = limit_of(path), asyncio.get_running_loop().time
        until = clock() + limit.seconds
        ended, size = False, 0

        async def timed_receive() -> Message:
            nonlocal ended, size
            if ended:
                return await receive()
            try:
                async with asyncio.timeout_at(min(until, clock() + limit.silence)):
                    message = await receive()
            except TimeoutError as error:
                raise TooSlow(
                    gettext("The rest of what you sent did not come in time. Please send it again.")
                ) from error
            ended = not message.get("more_body", False)
            if message["type"] == "http.disconnect":  # nobody gets the answer, so it is not logged as an error
                raise Refused(gettext("The rest of what you sent did not come."))
            size += len(message.get("body", b""))
            check_size(path, size)
            return message

        async def drain_before_reply(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400 and not ended:
                with suppress(TimeoutError):
                    await asyncio.wait_for(rest(), REFUSED_SECONDS)
            await send(message)

        async def rest() -> None:
            nonlocal ended
            taken = 0
            while not ended and taken < MOST_REFUSED:
                message = await receive()
                ended = not message.get("more_body", False)
                taken += len(message.get("body", b""))

        await self.app(scope, timed_receive, drain_before_reply if announced <= MOST_REFUSED else send)


def _announced(scope: Scope) -> int:
    """Return the announced bytes, 1 for a body of unknown length, 0 for a request without one."""
    if header(scope, b"transfer-encoding") is not None:
        return 1
    return length(scope)


def length(scope: Scope) -> int:
    """Return the content length of a request, 0 without one."""
    value = header(scope, b"content-length") or b""
    return int(value[:20]) if value.isdigit() else 0


def check_size(path: str, size: int) -> None:
    """Raise TooLarge for a body of more bytes than its address accepts."""
    limit = limit_of(path)
    if size > limit.size:
        raise TooLarge(gettext(limit.refusal, size=number(limit.size // 1_000_000)))
