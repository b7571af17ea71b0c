"""Which threads of a server interrupt others when they are woken."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.reliability.serving import make_site, running

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone lets a program choose.")


def policies(process: int) -> dict[int, int]:
    """Return how each thread of a process is scheduled."""
    return {int(thread): os.sched_getscheduler(int(thread)) for thread in os.listdir(f"/proc/{process}/task")}


def workers(process: int) -> list[int]:
    """Return the children that serve: each has more threads than one."""
    children = map(int, Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split())
    return [child for child in children if len(policies(child)) > 1]


@pytest.mark.parametrize("count", [1, 2])
def test_with_more_workers_than_one_all_but_the_writing_thread_wait_for_their_turn(tmp_path: Path, count: int) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", count) as server:
        assert server.comment("Words.", 1).status == 303
        deadline = time.monotonic() + 20
        while not (found := as_wanted(server.process.pid, count)) and time.monotonic() < deadline:
            time.sleep(0.05)  # the other worker may have only begun
    assert found


def as_wanted(process: int, count: int) -> bool:
    serving = [list(policies(each).values()) for each in workers(process)]
    at_once = [each.count(os.SCHED_OTHER) for each in serving]
    waiting = [each.count(os.SCHED_BATCH) for each in serving]
    if count == 1:
        return len(serving) == 1 and at_once[0] > 3 and waiting == [0]
    return at_once == [1] * count and min(waiting) > 3
