"""Letting whoever is refused finish: a connection that is closed while a form is still being sent is reset, and the
answer, with the reason in it, is never seen (a proxy in front makes a 502 of it)."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.web.security import header

MOST = 4 * 1024 * 1024  # bytes that are taken in to be thrown away; whoever announces more is cut off
SECONDS = 5.0


class LetFinish:
    """Take in the rest of a refused body before the answer goes out, within bounds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _worth(scope):
            return await self.app(scope, receive, send)
        ended = False

        async def noted() -> Message:
            nonlocal ended
            message = await receive()
            ended = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def patient(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400 and not ended:
                with suppress(TimeoutError):
                    await asyncio.wait_for(rest(), SECONDS)
            await send(message)

        async def rest() -> None:
            size = 0
            while not ended and size < MOST:
                size += len((await noted()).get("body", b""))

        return await self.app(scope, noted, patient)


def _worth(scope: Scope) -> bool:
    """Tell whether a body comes that is small enough to be waited for."""
    if header(scope, b"transfer-encoding") is not None:
        return True
    length = header(scope, b"content-length") or b""
    return length.isdigit() and 0 < int(length[:20]) <= MOST
