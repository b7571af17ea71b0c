"""Locks on files, and with them one server for one database: a lock beside its real path, and one on the file itself.

SQLite itself lets any number of programs in; a server has to be known all the same, so that nobody starts a second one
through another name, or puts another database in its place while it runs. The lock beside it works where there is no
database yet; the one on the file holds under every name of it, such as a bind mount. Both end with their process.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from blog.errors import Conflict, Unusable
from blog.storage import permissions
from blog.wording import gettext

if sys.platform != "win32":
    import fcntl


def try_lock(path: Path) -> int | None:
    """Lock a file, making it where it is missing; return None where another process has it or nothing can be written.

    The lock ends when what is returned is closed, and with its process. On Windows nothing is locked.
    """
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        if sys.platform != "win32":
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def holder(path: Path) -> int | None:
    """Return the process that holds the lock of a file, as it has written there; None where nobody does."""
    if sys.platform == "win32":
        return None
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except OSError:
        who = os.pread(file, 20, 0).decode("ascii", "replace").strip()
        return int(who) if who.isdigit() else None
    finally:
        os.close(file)


@contextmanager
def locked(path: Path, sentence: str) -> Iterator[None]:
    """Hold the lock of a file while the block runs; raise Conflict with this sentence where it cannot be had."""
    held = try_lock(path)
    if held is None:
        raise Conflict(sentence)
    try:
        yield
    finally:
        os.close(held)


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait for the lock of a folder, and hold it while the block runs: one thread of all processes does so at a time.

    On Windows nothing is locked.
    """
    if sys.platform == "win32":
        yield
        return
    held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


class Claim:
    """The locks that this process holds on a database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside: int | None = None
        self._file: int | None = None

    def take(self) -> None:
        if sys.platform != "win32":
            self._beside = _lock(self._path)
            self.take_file()

    def take_file(self) -> None:
        """Lock the database itself, if there is one by now and it is not locked yet."""
        if sys.platform == "linux" and self._file is None:
            self._file = _lock_file(self._path)

    def release(self) -> None:
        for held in (self._beside, self._file):
            if held is not None:
                os.close(held)


@contextmanager
def claim(path: Path) -> Iterator[Claim]:
    """Hold the locks of a database while the block runs; raise Conflict when another process has one.

    Raises Unusable where locks do not keep others out, as in some network folders. Where nothing can be written there
    is nothing to keep apart, and on Windows nothing is locked.
    """
    held = Claim(path)
    try:
        held.take()
        yield held
    finally:
        held.release()


if sys.platform != "win32":

    def _lock(path: Path) -> int | None:
        beside = path.resolve().with_name(f"{path.resolve().name}.lock")
        try:
            held = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            permissions.give_to_owner(beside, of=beside.parent)
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

    def _lock_file(path: Path) -> int | None:
        """Lock the file with flock(2), which on Linux has nothing to do with the locks that SQLite takes in it."""
        try:
            held = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(held)
            raise Conflict(
                gettext(
                    "A server runs on {path} already, under another name of the same file. Stop it first.", path=path
                )
            ) from error
        except OSError:  # a file system without such locks
            os.close(held)
            return None
        os.register_at_fork(after_in_child=lambda: _close(held))  # it ends with this process, whatever its children do
        return held

    def _close(held: int) -> None:
        with suppress(OSError):
            os.close(held)

    def _take(held: int, path: Path) -> None:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            who = os.pread(held, 20, 0).decode("ascii", "replace").strip()
            if who.isdigit():
                sentence = gettext(
                    "A server runs on {path} already (process {process}). Stop it first.", path=path, process=who
                )
            else:
                sentence = gettext("A server runs on {path} already. Stop it first.", path=path)
            raise Conflict(sentence) from error
        except OSError as error:
            raise Unusable(_no_locks(path, str(error.strerror))) from error
        if not _keeps_others_out(held):
            raise Unusable(
                gettext(
                    "Files in {folder} cannot be locked (two processes could hold the same lock), and without locks a"
                    " database is damaged sooner or later. Put the site on a disk of this machine, not on a network"
                    " folder.",
                    folder=path.parent,
                )
            )

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
        return gettext(
            "Files in {folder} cannot be locked ({why}), and without locks a database is damaged sooner or later."
            " Put the site on a disk of this machine, not on a network folder.",
            folder=path.parent,
            why=why,
        )
