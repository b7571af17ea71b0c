"""F12. Little memory: it is answered, or the worker ends and a new one serves; nothing acknowledged is lost."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import LOST, Server, command, make_site, running
from tests.reliability.test_c7_fork import _children

MEGABYTE = 1 << 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="A running process is given a limit on Linux alone.")
@pytest.mark.parametrize("spare", [0, 8 * MEGABYTE, 40 * MEGABYTE])
def test_f12_whoever_finds_no_memory_loses_nothing_that_was_acknowledged(tmp_path: Path, spare: int) -> None:
    import resource

    make_site(tmp_path)
    with running(tmp_path) as server:
        assert server.comment("Before.").status == 303
        (worker,) = _children(server.process.pid)
        held = int(Path(f"/proc/{worker}/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.prlimit(worker, resource.RLIMIT_AS, (held + spare, resource.RLIM_INFINITY))
        with ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(lambda n: send(server, n), range(2, 62)))
        with suppress(ProcessLookupError):
            resource.prlimit(worker, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert set(statuses) <= {303, 500, 503, 0}
        assert healthy(server)
        assert server.comment("After.", 99).status == 303
        assert server.get(f"/{SLUG}/")[0] == 200
    acknowledged = 2 + statuses.count(303)
    assert int(command(tmp_path, "queue", "--count").stdout) >= acknowledged
    assert command(tmp_path, "check").returncode == 0


def test_f12_a_worker_whose_event_loop_has_died_ends() -> None:
    """Python alone would wait for ever for a thread that waits for work."""
    code = """if True:
        import threading
        from blog import app
        threading.Thread(target=app._end_with_the_loop, daemon=True).start()
        threading.Thread(target=threading.Event().wait).start()
        raise MemoryError
    """
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert b"MemoryError" in ended.stderr


def send(server: Server, n: int) -> int:
    try:
        return server.comment(f"Words {n}. " + "*So* and `so`. " * 900, n).status
    except LOST:
        return 0


def healthy(server: Server) -> bool:
    """Wait until it serves again: a worker that ended is followed by another within seconds."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(*LOST):
            if server.get("/healthz")[0] == 200:
                return True
        time.sleep(0.1)
    return False
