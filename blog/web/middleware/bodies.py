"""Request bodies: their size limits, their time limits, and reading the rest of a refused one.

A connection that is closed while a form is still being sent is reset, so the answer with the reason is never seen; a
proxy in front answers 502.
"""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.errors import Refused, TooLarge, TooSlow
from blog.web.middleware.security import header
from blog.wording import N_, gettext, number

LIMIT, SECONDS = 256 * 1024, 30.0  # for a whole body; the server limits the headers to 15 seconds
# Posts and their pictures are larger, and a picture takes longer on a slow line.
DESK, DESK_LIMIT, DESK_SECONDS = "/admin/posts/", 24_000_000, 300.0
# Sound and film, at /admin/posts/SLUG/files.
FILES, FILES_LIMIT, FILES_SECONDS = "/files", 104_000_000, 1_800.0
MOST_REFUSED = 4 * 1024 * 1024  # bytes that are read and dropped; a request that announces more is cut off
REFUSED_SECONDS = 5.0
TOO_LARGE = N_("That was more than 256 KiB. Go back: your browser has kept the text.")
TOO_LARGE_FILE = N_("That was more than {size} MB, so nothing was saved. Make the file smaller first.")
TOO_LARGE_DESK = N_("That was more than {size} MB. Make the picture smaller first; nothing was saved.")


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
        until = asyncio.get_running_loop().time() + _seconds(path)
        ended, size = False, 0

        async def timed_receive() -> Message:
            nonlocal ended, size
            if ended:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
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


def _is_file(path: str) -> bool:
    return path.startswith(DESK) and path.endswith(FILES)


def _seconds(path: str) -> float:
    """Return how long a whole body may take."""
    if _is_file(path):
        return FILES_SECONDS
    return DESK_SECONDS if path.startswith(DESK) else SECONDS


def check_size(path: str, size: int) -> None:
    """Raise TooLarge for a body of more bytes than its address accepts."""
    if _is_file(path):
        if size > FILES_LIMIT:
            raise TooLarge(gettext(TOO_LARGE_FILE, size=number(FILES_LIMIT // 1_000_000)))
    elif path.startswith(DESK):
        if size > DESK_LIMIT:
            raise TooLarge(gettext(TOO_LARGE_DESK, size=number(DESK_LIMIT // 1_000_000)))
    elif size > LIMIT:
        raise TooLarge(gettext(TOO_LARGE))
