"""F18. The disk takes no writes: /healthz says so within 10 seconds, and is well again 10 seconds after the disk."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reliability.serving import Server, looking, make_site, needs_mounts, running
from tests.reliability.test_f04_disk_full import fill, small

__all__ = ["small"]
SECONDS = 20  # ten are promised; tests share their machine
FAULTS = {
    "fsync": "fsync,fdatasync:error=EIO",
    "pwrite64": "pwrite64:error=EIO",
    "no space": "pwrite64:error=ENOSPC",
    "read-only": "pwrite64:error=EROFS",  # as after the kernel has found an error in a file system
}


def can_trace() -> bool:
    """Tell whether strace is installed and allowed to attach to another process."""
    if shutil.which("strace") is None:
        return False
    target = subprocess.Popen(["sleep", "30"])
    try:
        with fault(target.pid, "pwrite64:error=EIO"):
            return True
    except AssertionError:
        return False
    finally:
        target.kill()
        target.wait()


@contextmanager
def fault(group: int, injection: str) -> Iterator[None]:
    """Let system calls of a process and all its children fail while the block runs."""
    pids = [str(pid) for pid in processes(group)]
    calls = injection.partition(":")[0]
    words = ["strace", "-f", "-q", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={injection}"]
    tracer = subprocess.Popen([*words, *(word for pid in pids for word in ("-p", pid))], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 10
        while not all(is_traced(pid) for pid in pids):
            assert tracer.poll() is None, "strace could not attach"
            assert time.monotonic() < deadline, "strace did not attach"
            time.sleep(0.02)
        yield
    finally:
        tracer.send_signal(signal.SIGTERM)
        tracer.communicate(timeout=10)


def processes(group: int) -> list[int]:
    """Return the processes of a group: the server, and its workers."""
    found = subprocess.run(["ps", "-e", "-o", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    pids = [int(pid) for pid, pgid in (line.split() for line in found.splitlines()) if int(pgid) == group]
    return pids or [group]


def is_traced(pid: str) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/status")
    return all("TracerPid:\t0\n" not in each.read_text() for each in threads)


REASON = "Faults of the disk are made with strace: `apt install strace`, and the right to trace processes."
needs_strace = pytest.mark.skipif(not can_trace(), reason=REASON)


def seconds_until(server: Server, status: int) -> float:
    """Ask /healthz like a monitor, and return after how many seconds it answered with this status."""
    began = time.monotonic()
    while (answer := server.ask("/healthz").status) != status:
        assert time.monotonic() - began < SECONDS, f"/healthz still answers {answer}"
        time.sleep(0.2)
    return time.monotonic() - began


@needs_strace
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if place else []) for place, name in enumerate(FAULTS)]
)
def test_f18_a_disk_that_takes_no_writes_is_503_and_200_when_it_does_again(tmp_path: Path, name: str) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server:
        with fault(server.process.pid, FAULTS[name]):
            seconds_until(server, 503)
            for n in range(8):  # no answer of any worker takes back what a comment would meet
                assert server.comment(f"Lost {n}.", n).status == 503
                assert server.ask("/healthz").status == 503
                time.sleep(0.5)
        seconds_until(server, 200)
        assert server.comment("Saved.", 99).status == 303


@needs_strace
def test_f18_a_comment_that_failed_is_not_covered_by_an_older_good_answer(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path) as server:
        assert server.ask("/healthz").status == 200
        with fault(server.process.pid, FAULTS["fsync"]):
            assert server.comment("Lost.").status == 503
            assert server.ask("/healthz").status == 503
        seconds_until(server, 200)
        assert server.printed().count("takes what is saved again") == 1


@needs_mounts
def test_f18_a_full_disk_is_told_before_the_first_comment_is_lost(small: tuple[Server, Path]) -> None:
    server, folder = small
    seconds_until(server, 200)
    fill(folder)
    seconds_until(server, 503)
    assert "The disk is full" in server.ask("/healthz").text
    server.comment("A few words.", 1)  # for which there may be room in what the database has of the disk already
    assert server.ask("/healthz").status == 503
    (folder / "filler").unlink()
    seconds_until(server, 200)


def test_f18_who_asks_often_costs_one_write_in_some_seconds_for_all_workers_and_no_page(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server, looking(tmp_path) as db:
        versions = "select version, posts_version from site"
        before = db.conn.execute(f"{versions} union all select id, version from posts").fetchall()
        first = db.conn.execute("select beats from heartbeat").fetchone()[0]
        began = time.monotonic()
        while time.monotonic() < began + 4:
            assert server.ask("/healthz").status == 200
        beats = db.conn.execute("select beats from heartbeat").fetchone()[0] - first
        assert 1 <= beats <= 3 + (time.monotonic() - began - 4)
        assert db.conn.execute(f"{versions} union all select id, version from posts").fetchall() == before
