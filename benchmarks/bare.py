"""What our server would do if it did next to nothing: a page kept in memory, a comment put into the table.

`python -m benchmarks.bare page PORT FILE` answers every request with the answer that FILE holds (a line of JSON with
the headers, then the body) from a plain Starlette route; `asgi` does so without Starlette, and from so many workers as
a last word says. `comments PORT FOLDER` stores forms in the site's database, with its indexes and without its triggers,
rules, checks and journal. Where the real table has a hash it has one as well: with the text itself in its place, each
key would come right after the one before, and the indexes would cost next to nothing. With `in-order` as a last word
the readers' keys begin with the moment, as ours do (blog/web/readers.py).
"""

import asyncio
import json
import queue
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from hashlib import blake2b
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from blog.storage import store
from blog.storage.writer import GROUP
from blog.web import readers


def page() -> Starlette:
    headers, body = _answer()

    async def show(request: Request) -> Response:
        return Response(body, headers=headers)

    return Starlette(routes=[Route("/{path:path}", show)])


def asgi() -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    headers, body = _answer()
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": pairs})
            await send({"type": "http.response.body", "body": body})

    return app


def _answer() -> tuple[dict[str, str], bytes]:
    head, _, body = Path(sys.argv[3]).read_bytes().partition(b"\n")
    return json.loads(head), body


def comments() -> Starlette:
    writer = Writer(Path(sys.argv[3]) / "blog.db")

    async def create(request: Request) -> Response:
        form = await request.form()
        await asyncio.wrap_future(writer.put(form))
        return Response(status_code=202)

    async def healthz(request: Request) -> Response:
        return Response()

    return Starlette(routes=[Route("/{slug}/comments", create, methods=["POST"]), Route("/healthz", healthz)])


class Writer:
    """Insert in one thread; what waits together is committed together."""

    def __init__(self, path: Path) -> None:
        self._db = store.connect(path).conn
        for (name,) in self._db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            self._db.execute(f"drop trigger {name}")
        self._jobs: queue.SimpleQueue[tuple[Any, Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._loop, daemon=True).start()

    def put(self, form: Any) -> Future[None]:
        done: Future[None] = Future()
        self._jobs.put((form, done))
        return done

    def _loop(self) -> None:
        while True:
            group = [self._jobs.get()]
            while not self._jobs.empty() and len(group) < GROUP:
                group.append(self._jobs.get())
            self._db.execute("begin immediate")
            for form, _ in group:
                row = _row(form)
                self._db.execute(INSERT, row)
                self._db.execute(FINGERPRINTS, row)
            self._db.execute("commit")
            for _, done in group:
                done.set_result(None)


def _row(form: Any) -> dict[str, str]:
    row = {name: form.get(name, "") for name in ("author", "email", "comment")}
    text = row["comment"].encode()
    keys = {"text": (text, 12), "reader": (b"by " + text, 32), "head": (text[:40], 9), "tail": (text[-40:], 9)}
    row |= {name: blake2b(part, digest_size=size).hexdigest() for name, (part, size) in keys.items()}
    if "in-order" in sys.argv:
        row["reader"] = readers.hash_of(readers.new_secret())
    return row


INSERT = """
    insert into comments (post_id, status, author, email, url, text, text_html, text_hash, reader_hash, ip, network,
      user_agent, verdict, rule, verdict_facts, created_at, source)
    values (1, 'pending', :author, :email, '', :comment, :comment, :text, :reader, '127.0.0.1', '127.0.0.1', '',
      'hold', 'comment_previously_approved', '{}', '2026-05-01T00:00:00.000Z', 'web')
"""
FINGERPRINTS = """
    insert into comment_fingerprints (hash, comment_id)
    values (:head, last_insert_rowid()), (:tail, last_insert_rowid())
"""


if __name__ == "__main__":
    Server(
        f"benchmarks.bare:{sys.argv[1]}",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[2]),
        workers=int(sys.argv[4]) if sys.argv[1] == "asgi" and len(sys.argv) > 4 else 1,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
    ).serve()
