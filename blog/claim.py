"""One server for one database: a lock beside the file's real path, which ends with the process that holds it.

SQLite itself lets any number of programs in; a server has to be known all the same, so that nobody starts a second one
through another name, or puts another database in its place while it runs.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blog.errors import Conflict, Unusable

if sys.platform != "win32":
    import fcntl


@contextmanager
def claim(path: Path) -> Iterator[None]:
    """Hold the lock of a database while the block runs; raise Conflict when another process has it.

    Raises Unusable where locks do not keep others out, as in some network folders. Where nothing can be written there
    is nothing to keep apart, and on Windows nothing is locked.
    """
    held = None if sys.platform == "win32" else _lock(path)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


if sys.platform != "win32":

    def _lock(path: Path) -> int | None:
        beside = path.resolve().with_name(f"{path.resolve().name}.lock")
        try:
            held = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            return None
        try:
            _take(held, path)
        except BaseException:
            os.close(held)
            raise
        os.ftruncate(held, 0)
        os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
        return held

    def _take(held: int, path: Path) -> None:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            who = os.pread(held, 20, 0).decode("ascii", "replace").strip()
            raise Conflict(
                f"A server runs on {path} already{f' (process {who})' if who.isdigit() else ''}. Stop it first."
            ) from error
        except OSError as error:
            raise Unusable(_no_locks(path, str(error.strerror))) from error
        if not _keeps_others_out(held):
            raise Unusable(_no_locks(path, "two processes could hold the same one"))

    def _keeps_others_out(held: int) -> bool:
        """Let a child try the lock that this process holds: such locks are never kept from their own process."""
        child = os.fork()
        if child == 0:
            try:
                fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os._exit(0)
            os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def _no_locks(path: Path, why: str) -> str:
        return (
            f"Files in {path.parent} cannot be locked ({why}), and without locks a database is damaged sooner or later."
            " Put the site on a disk of this machine, not on a network folder."
        )
