"""Group commit: one thread writes, and jobs that wait together are committed together, so that one sync serves all.

An answer to a write means that it is on the disk: each commit is synced before any job is answered.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.storage import heartbeat, outage, preflight
from blog.storage.fence import Fence

T = TypeVar("T")

GROUP = 128


class _Job:
    __slots__ = ("call", "context", "error", "future", "loop", "result")

    def __init__(self, call: Callable[[Database], Any]) -> None:
        self.call = call
        self.context = copy_context()  # the language of whoever asked, for the sentences of errors
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """The writing thread of one process, with its own connection `db`."""

    def __init__(
        self, db: Database, trouble: outage.Trouble, identity: outage.Identity, *, fence: Fence | None = None
    ) -> None:
        self.db = db
        self._fence = fence
        self._trouble = trouble
        self._identity = identity
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.commits = self.writes = 0  # for who watches
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    async def write(self, call: Callable[[Database], T]) -> T:
        """Run `call` in a transaction; return once it is on the disk."""
        job = _Job(call)
        self._jobs.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Write what waits, then close the connection."""
        self._jobs.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            group, stop = self._commit(job)
            for loop in {each.loop for each in group}:
                _wake(loop, [each for each in group if each.loop is loop])
            if stop:
                break
        self.db.conn.close()

    def _drain(self, first: _Job) -> tuple[list[_Job], bool]:
        """Take up to GROUP waiting jobs off the queue, without cancelled ones; tell whether the writer is to stop."""
        group, stop = [first], False
        while len(group) < GROUP and not stop:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                stop = True
            else:
                group.append(job)
        return [each for each in group if not each.future.cancelled()], stop

    def _commit(self, first: _Job) -> tuple[list[_Job], bool]:
        """Run all waiting jobs in one transaction, in their order; a job that fails leaves nothing behind.

        The queue is read after the transaction has begun, so that jobs that came while it waited for the lock are in.
        When the lock cannot be had, all waiting jobs are refused together: none of them would wait as long again.
        """
        error: sqlite3.Error | None = None
        try:
            self._check_may_write()
            self.db.conn.execute("begin immediate")
        except sqlite3.Error as refused:
            error = refused
        group, stop = self._drain(first)
        try:
            if error is not None:
                raise error
            for job in group:
                self._run(job)
            if self._trouble.reason:
                heartbeat.beat(self.db)  # a commit that changes nothing reaches no disk, and would end the trouble
            self._check_lease()
            self.db.conn.execute("commit")
            self.commits += 1
            self.writes += len(group)
            self._check_may_write()
        except sqlite3.Error as refused:
            if self.db.conn.in_transaction:
                self.db.conn.execute("rollback")
            for job in group:
                job.error = job.error or refused
        self._answer_for(group)
        return group, stop

    def _check_may_write(self) -> None:
        """Raise when what is written counts for nothing: another machine writes, or the file has lost its name."""
        if not self._identity.holds():
            raise sqlite3.OperationalError(outage.MOVED)
        self._check_lease()

    def _check_lease(self) -> None:
        if self._fence is not None and not self._fence.is_open:
            raise sqlite3.OperationalError(outage.LEASE)

    def _run(self, job: _Job) -> None:
        try:
            job.result = job.context.run(self._in_savepoint, job.call)
        except _Ended:
            raise
        except BaseException as error:  # answered to whoever asked, never swallowed
            job.error = error

    def _in_savepoint(self, call: Callable[[Database], T]) -> T:
        self.db.conn.execute("savepoint job")
        try:
            result = call(self.db)
        except BaseException as error:
            if not self.db.conn.in_transaction:  # a full disk ends the whole transaction, and the group with it
                raise _Ended(str(error)) from error
            self.db.conn.execute("rollback to job")
            self.db.conn.execute("release job")
            raise
        self.db.conn.execute("release job")
        return result

    def _answer_for(self, group: list[_Job]) -> None:
        """Turn what the database refused into a sentence, and note that it refuses, or does no more."""
        failed = False
        for job in group:
            error = job.error
            if error is not None and preflight.is_refusal(error):
                job.error = job.context.run(self._trouble.begin, error)
                failed = True
        if group and not failed:
            self._trouble.end()


class _Ended(sqlite3.OperationalError):
    """The transaction of the whole group is over."""


def _answer(jobs: list[_Job]) -> None:
    """Set the results, in the thread of the event loop that waits for them."""
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def _wake(loop: asyncio.AbstractEventLoop, jobs: list[_Job]) -> None:
    """Hand an event loop the results of all of its jobs at once; a loop that was closed meanwhile needs none."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_answer, jobs)
