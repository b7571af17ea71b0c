"""C7. No connection goes through a fork: the process that starts the workers locks the file, each worker opens it."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.reliability.serving import make_site, run, running


def test_c7_each_worker_opens_the_database_for_itself(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", 3) as server:
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda n: server.comment(f"Words {n}.", n), range(60)))
        assert {answer.status for answer in answers} == {303}
        workers = _children(server.process.pid)
        assert _opened(server.process.pid) <= {"blog.db"}  # the lock on the file; a connection has its log open as well
        assert len([worker for worker in workers if "blog.db" in _opened(worker)]) == 3
    assert run(tmp_path, "queue", "--count").stdout == "60\n"
    assert run(tmp_path, "check").returncode == 0


def _children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


def _opened(process: int) -> set[str]:
    """Return which of the database's files a process has open."""
    found = set()
    for name in os.listdir(f"/proc/{process}/fd"):
        try:
            path = Path(os.readlink(f"/proc/{process}/fd/{name}"))
        except FileNotFoundError:
            continue
        if path.name in ("blog.db", "blog.db-wal", "blog.db-shm"):
            found.add(path.name)
    return found
