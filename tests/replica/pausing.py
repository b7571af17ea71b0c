"""The program, with one worker that stops itself once (SIGSTOP) at a point named by PAUSE_AT: run it with `python -m`.

It stops when there is a file `pause` in the site's folder, which it removes.
"""

import os
import runpy
import signal
import time
from pathlib import Path
from typing import Any

from blog.storage.writer import Writer
from blog.web.read_only import NothingSaved

POINTS = (
    "before the lease is checked",
    "between the check and the commit",
    "between the commit and the check after it",
    "between that check and the check before the answer",
    "between that check and the answer",
)
AT = os.environ.get("PAUSE_AT", "")
CHECKS = {  # of the writer in one commit, by number: whether it stops before or after it
    POINTS[0]: (1, "before"),
    POINTS[1]: (2, "after"),
    POINTS[2]: (3, "before"),
    POINTS[3]: (3, "after"),
}


def _pause() -> None:
    flag = Path(os.environ["BLOG_SITE"], "pause")
    if flag.exists():
        flag.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(0.2)  # the signal may stop another thread a moment before this one


check_lease, commit = Writer._check_lease, Writer._commit


def _commit(self: Writer, *values: Any) -> Any:
    self.checks = 0  # type: ignore[attr-defined]
    return commit(self, *values)


def _check_lease(self: Writer) -> None:
    self.checks += 1  # type: ignore[attr-defined]
    number, when = CHECKS.get(AT, (0, ""))
    if self.checks == number and when == "before":  # type: ignore[attr-defined]
        _pause()
    check_lease(self)
    if self.checks == number and when == "after":  # type: ignore[attr-defined]
        _pause()


answer = NothingSaved._answer_while_leased


async def _answer(self: NothingSaved, store: Any, scope: Any, receive: Any, send: Any) -> None:
    async def pausing_send(message: Any) -> None:
        if POINTS[4] == AT and message["type"] == "http.response.start":
            _pause()
        await send(message)

    await answer(self, store, scope, receive, pausing_send)


if __name__ == "__main__":
    Writer._commit, Writer._check_lease = _commit, _check_lease  # type: ignore[method-assign]
    NothingSaved._answer_while_leased = _answer  # type: ignore[method-assign]
    runpy.run_module("blog", run_name="__main__", alter_sys=True)
