"""Which threads of a server interrupt others when they are woken."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.reliability.serving import make_site, running

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone lets a program choose.")


def policies(process: int) -> dict[int, int]:
    """Return how each thread of a process is scheduled; of one that has just ended, nothing."""
    found = {}
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in map(int, os.listdir(f"/proc/{process}/task")):
            found[thread] = os.sched_getscheduler(thread)
    return found


def workers(process: int) -> list[int]:
    """Return the children that serve: each has more threads than one."""
    children = map(int, Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split())
    return [child for child in children if len(policies(child)) > 1]


@pytest.mark.parametrize("count", [1, 2])
def test_with_more_workers_than_one_all_but_the_writing_thread_wait_for_their_turn(tmp_path: Path, count: int) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", count) as server:
        assert server.comment("Words.", 1).status == 303
        assert soon(lambda: as_wanted(server.process.pid, count))
        killed = workers(server.process.pid)[0]
        os.kill(killed, signal.SIGKILL)
        assert soon(lambda: killed not in workers(server.process.pid) and as_wanted(server.process.pid, count))


def test_what_the_owner_chose_for_the_whole_server_stays(tmp_path: Path) -> None:
    make_site(tmp_path)
    before, nothing = os.sched_getscheduler(0), os.sched_param(0)
    os.sched_setscheduler(0, os.SCHED_IDLE, nothing)
    try:
        with running(tmp_path, "--workers", 2) as server:
            os.sched_setscheduler(0, before, nothing)
            assert server.comment("Words.", 1).status == 303
            found = [set(policies(each).values()) for each in workers(server.process.pid)]
    finally:
        os.sched_setscheduler(0, before, nothing)
    assert found == [{os.SCHED_IDLE}] * 2


def soon(found: Callable[[], bool]) -> bool:
    """Wait until it is found, or 20 seconds: a worker may have only begun."""
    deadline = time.monotonic() + 20
    while not found() and time.monotonic() < deadline:
        time.sleep(0.05)
    return found()


def as_wanted(process: int, count: int) -> bool:
    serving = [list(policies(each).values()) for each in workers(process)]
    at_once = [each.count(os.SCHED_OTHER) for each in serving]
    waiting = [each.count(os.SCHED_BATCH) for each in serving]
    if count == 1:
        return len(serving) == 1 and at_once[0] > 3 and waiting == [0]
    return at_once == [1] * count and min(waiting) > 3
