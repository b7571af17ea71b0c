"""How long a body may take and how large it may be; slow clients themselves are in test_slow.py, large ones in F10."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from blog.errors import Refused, TooLarge, TooSlow
from blog.web.middleware import bodies
from blog.web.middleware.bodies import Bodies

Sent = list[dict[str, Any]]


def run(
    app: Callable[[Receive, Send], Awaitable[Any]],
    receive: Callable[[], Awaitable[Any]],
    path: str = "/a-post/comments",
    **headers: str,
) -> tuple[Any, Sent]:
    """Answer a request with `app` behind Bodies; return what it returns, and what was sent."""
    found: list[Any] = []
    sent: Sent = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(await app(receive, send))

    async def send(message: Any) -> None:
        sent.append(message)

    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Bodies(inner)({"type": "http", "path": path, "headers": told}, receive, send))
    return found[0], sent


def pieces(*parts: bytes, pause: float = 0) -> Callable[[], Awaitable[Any]]:
    left = list(parts)

    async def receive() -> Any:
        await asyncio.sleep(pause)
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


def read_until(error: type[Exception]) -> Callable[[Receive, Send], Awaitable[int]]:
    """Return an app that reads until the error; it returns how many pieces came before."""

    async def read(receive: Receive, send: Send) -> int:
        count = 0
        try:
            while True:
                await receive()
                count += 1
        except error:
            return count

    return read


def test_a_body_has_its_seconds_in_all_and_not_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "FORM", bodies.FORM._replace(seconds=0.2))

    count, _ = run(read_until(TooSlow), pieces(*[b"x"] * 100, pause=0.05), transfer_encoding="chunked")
    assert 0 < count < 5


@pytest.mark.parametrize(
    ("path", "size"), [("/a-post/comments", bodies.FORM.size), ("/admin/posts/1/images", bodies.POST.size)]
)
def test_pieces_are_counted_together(path: str, size: int) -> None:
    half = b"x" * (size // 2)
    assert run(read_until(TooLarge), pieces(half, half, b"x", b"never read"), path, transfer_encoding="chunked")[0] == 2


def test_what_comes_after_the_body_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "FORM", bodies.FORM._replace(seconds=0.1))

    async def read(receive: Receive, send: Send) -> list[str]:
        first = await receive()
        await asyncio.sleep(0.15)
        return [first["type"], (await receive())["type"]]

    assert run(read, pieces(b"x"), content_length="1")[0] == ["http.request", "http.disconnect"]


def test_whoever_leaves_in_the_middle_is_no_error_of_ours() -> None:
    async def read(receive: Receive, send: Send) -> None:
        with pytest.raises(Refused, match="did not come"):
            await receive()

    run(read, pieces(), content_length="5")


@pytest.mark.parametrize(
    ("headers", "status", "taken"),
    [
        ({"content_length": "3"}, 403, 3),
        ({"transfer_encoding": "chunked"}, 403, 3),
        ({"content_length": "3"}, 200, 0),  # who is not refused has been read, or need not be
        ({"content_length": str(bodies.MOST_REFUSED + 1)}, 403, 0),
        ({}, 403, 0),
    ],
)
def test_a_refused_body_is_taken_in_before_the_answer_when_it_is_small(
    headers: dict[str, str], status: int, taken: int
) -> None:
    came = pieces(b"a", b"b", b"c")
    count = 0

    async def receive() -> Any:
        nonlocal count
        count += 1
        return await came()

    async def refuse(_: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    _, sent = run(refuse, receive, **headers)
    assert (count, [each["status"] for each in sent]) == (taken, [status])


def test_whoever_does_not_send_the_rest_hears_the_refusal_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "REFUSED_SECONDS", 0.05)

    async def refuse(_: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})

    _, sent = run(refuse, pieces(b"a", b"b", pause=0.2), content_length="2")
    assert [each["status"] for each in sent] == [413]


@pytest.mark.parametrize(
    ("said", "length"), [("0", 0), ("17", 17), ("-1", 0), ("many", 0), ("9" * 5_000, int("9" * 20)), (None, 0)]
)
def test_what_a_request_says_of_its_length(said: str | None, length: int) -> None:
    told = [] if said is None else [(b"content-length", said.encode())]
    assert bodies.length({"headers": told}) == length
