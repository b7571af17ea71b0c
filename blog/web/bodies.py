"""What comes with a request: how much it may be, how long it may take, and how whoever is refused is let finish.

A connection that is closed while a form is still being sent is reset, and the answer, with the reason in it, is never
seen (a proxy in front makes a 502 of it).
"""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.errors import Refused, TooLarge, TooSlow
from blog.web.security import header

LIMIT, SECONDS = 256 * 1024, 30.0  # for a whole body; the server itself gives 15 seconds for the headers
# Posts and their pictures are longer than all else that is sent, and a picture takes its time on a slow line.
DESK, DESK_LIMIT, DESK_SECONDS = "/admin/posts/", 24_000_000, 300.0
MOST_REFUSED = 4 * 1024 * 1024  # bytes that are taken in to be thrown away; whoever announces more is cut off
REFUSED_SECONDS = 5.0
LOOK_SECONDS = 1.0
TOO_LARGE = "That was more than 256 KiB. Go back: your browser has kept the text."
TOO_LARGE_DESK = f"That was more than {DESK_LIMIT // 1_000_000} MB. Make the picture smaller first; nothing was saved."


class Bodies:
    """Give a body its seconds and its size in all, however many pieces it comes in; what follows may take its time.

    The rest of a refused one is taken in before the answer goes out, within bounds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.waits = Waits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (announced := _announced(scope)):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        until = asyncio.get_running_loop().time() + (DESK_SECONDS if path.startswith(DESK) else SECONDS)
        ended, size = False, 0

        async def in_time() -> Message:
            nonlocal ended, size
            if ended:
                return await receive()
            limit = self.waits.begin(until)
            try:
                async with limit:
                    message = await receive()
            except TimeoutError as error:
                raise TooSlow("The rest of what you sent did not come in time. Please send it again.") from error
            finally:
                self.waits.end(limit)
            ended = not message.get("more_body", False)
            if message["type"] == "http.disconnect":  # nobody hears the answer; the log shall not fill with it
                raise Refused("The rest of what you sent did not come.")
            size += len(message.get("body", b""))
            check_size(path, size)
            return message

        async def patient(message: Message) -> None:
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

        await self.app(scope, in_time, patient if announced <= MOST_REFUSED else send)


class Waits:
    """Limits to what is waited for, of which all have one timer: one for each costs more than to read a short form.

    They are looked at each second, so much later may a limit be noticed.
    """

    def __init__(self) -> None:
        self._until: dict[asyncio.Timeout, float] = {}
        self._looking = False

    def begin(self, until: float) -> asyncio.Timeout:
        """Return the context in which to wait, at most until that moment of the event loop; `end` it in any case."""
        limit = asyncio.Timeout(None)
        self._until[limit] = until
        if not self._looking:
            self._look_later()
        return limit

    def end(self, limit: asyncio.Timeout) -> None:
        self._until.pop(limit, None)

    def _look_later(self) -> None:
        self._looking = True
        asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for limit in [limit for limit, until in self._until.items() if until <= now]:
            limit.reschedule(self._until.pop(limit))
        self._looking = False
        if self._until:
            self._look_later()


def _announced(scope: Scope) -> int:
    """Return how many bytes are to come, at least one where that is not said; 0 for a request without a body."""
    if header(scope, b"transfer-encoding") is not None:
        return 1
    return length(scope)


def length(scope: Scope) -> int:
    """Return the bytes that a request says it brings, 0 where it says nothing."""
    said = header(scope, b"content-length") or b""
    return int(said[:20]) if said.isdigit() else 0


def check_size(path: str, size: int) -> None:
    """Raise TooLarge for more bytes than a body that is sent there may have."""
    if path.startswith(DESK):
        if size > DESK_LIMIT:
            raise TooLarge(TOO_LARGE_DESK)
    elif size > LIMIT:
        raise TooLarge(TOO_LARGE)
