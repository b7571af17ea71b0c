"""Group commit: one thread writes, and what waits together is committed together, so that one sync serves all.

An answer to a write means that it is on the disk: each commit is synced before anybody is told.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any, TypeVar

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog import examining, heartbeat, scheduling, troubles

A = TypeVar("A")
T = TypeVar("T")

GROUP = 128
# Seconds between two tries while another process writes. SQLite's own waiting grows to a tenth of a second, in which a
# busy process begins and commits ten times more: two processes that write would wait for each other most of the time.
TURN, LONGEST_TURN = 0.0002, 0.005
# What takes in several arrivals at once: for each the result, or the error that answers it alone.
Intake = Callable[[Database, Sequence[A]], Sequence[T | Exception]]


class _Job:
    __slots__ = ("arrival", "call", "error", "future", "intake", "loop", "result", "since")

    def __init__(self, call: Callable[[Database], Any], intake: Intake[Any, Any] | None, arrival: Any) -> None:
        self.call = call
        self.intake = intake
        self.arrival = arrival
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.since = time.monotonic()
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """The writing thread of one process; `db` is its connection, `busy` the seconds that a lock is waited for."""

    def __init__(
        self, db: Database, trouble: troubles.Trouble, identity: troubles.Identity, *, busy: float, wal: bool
    ) -> None:
        self.db = db
        self._busy = busy
        self._wal = wal
        if wal:  # nothing waits but the beginning; without a log, each page that goes into the file may
            self._let_sqlite_wait(0)
        self._trouble = trouble
        self._identity = identity
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    async def write(self, call: Callable[[Database], T]) -> T:
        """Run `call` in a transaction; return once it is on the disk."""
        result: T = await self._wait(_Job(call, None, None))
        return result

    async def join(self, intake: Intake[A, T], arrival: A) -> T:
        """Have `arrival` taken in, together with what else waits for the same `intake`."""
        result: T = await self._wait(_Job(lambda db: _alone(db, intake, arrival), intake, arrival))
        return result

    async def _wait(self, job: _Job) -> Any:
        self._jobs.put(job)
        return await job.future

    def close(self) -> None:
        """Write what waits, then close the connection."""
        self._jobs.put(None)
        self._thread.join()

    def _loop(self) -> None:
        scheduling.run_at_once()  # it is woken for many at once, and the others can do little before it is done
        while (job := self._jobs.get()) is not None:
            group, stop = self._commit(job)
            for loop in {each.loop for each in group}:
                _tell(loop, [each for each in group if each.loop is loop])
            if stop:
                break
        self.db.conn.close()

    def _group(self, first: _Job) -> tuple[list[_Job], bool]:
        """Return all that waits, but for whoever has gone meanwhile; and whether nothing is to come after it."""
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
        """Run in one transaction what waits once it has begun, in its order; a job that fails leaves nothing behind."""
        group, stop = [first], False
        try:
            self._begin(first.since)
            group, stop = self._group(first)
            runs = [(intake, list(jobs)) for intake, jobs in groupby(group, key=lambda job: job.intake)]
            for intake, jobs in runs:
                if intake is None or not self._run_together(intake, jobs, whole=len(runs) == 1):
                    for job in jobs:
                        self._run(job)
            if self._trouble.reason:
                heartbeat.beat(self.db)  # a commit that changes nothing reaches no disk, and would end the trouble
            self.db.conn.execute("commit")
            self._check_in_place()
        except sqlite3.Error as error:
            if self.db.conn.in_transaction:
                self.db.conn.execute("rollback")
            for job in group:
                job.error = job.error or error
        self._answer_for(group)
        return group, stop

    def _begin(self, since: float) -> None:
        """Wait for the lock as long as is left to who waits since then: 5 seconds in all, however long the queue."""
        self._check_in_place()
        until = self._busy + since
        pause = TURN
        try:
            while not self._begun(until):
                time.sleep(pause)
                pause = min(pause * 1.02, LONGEST_TURN)
        finally:
            if not self._wal:
                self._let_sqlite_wait(self._busy)

    def _begun(self, until: float) -> bool:
        """Begin a transaction; return False when another process writes and there is time left."""
        if not self._wal:
            self._let_sqlite_wait(until - time.monotonic())
        try:
            self.db.conn.execute("begin immediate")
        except sqlite3.OperationalError as error:
            if time.monotonic() >= until or not examining.is_busy(error):
                raise
            return False
        return True

    def _let_sqlite_wait(self, seconds: float) -> None:
        self.db.conn.execute(f"pragma busy_timeout = {max(0, int(seconds * 1000))}")

    def _check_in_place(self) -> None:
        """Raise when the file that is written is not the one of this name any more: nobody would find it again."""
        if not self._identity.holds():
            raise sqlite3.OperationalError(troubles.MOVED)

    def _run_together(self, intake: Intake[Any, Any], jobs: list[_Job], *, whole: bool) -> bool:
        """Run the jobs of one intake at once; when that fails, undo it and return False: each is to be asked alone.

        As a `whole` group they need no savepoint, in which SQLite would keep every page that they change.
        """
        arrivals = [job.arrival for job in jobs]
        try:
            outcomes = intake(self.db, arrivals) if whole else self._in_savepoint(lambda db: intake(db, arrivals))
        except _Ended:
            raise
        except BaseException:
            if whole:
                self._begin_again(jobs[0].since)
            return False
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.result, job.error = (None, outcome) if isinstance(outcome, Exception) else (outcome, None)
        return True

    def _begin_again(self, since: float) -> None:
        if self.db.conn.in_transaction:
            self.db.conn.execute("rollback")
        self._begin(since)

    def _run(self, job: _Job) -> None:
        try:
            job.result = self._in_savepoint(job.call)
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
            if error is not None and examining.is_refusal(error):
                job.error = self._trouble.begin(error)
                failed = True
        if group and not failed:
            self._trouble.end()


class _Ended(sqlite3.OperationalError):
    """The transaction of the whole group is over."""


def _alone(db: Database, intake: Intake[A, T], arrival: A) -> T:
    (outcome,) = intake(db, [arrival])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _answer(jobs: list[_Job]) -> None:
    """Tell those who wait, in the thread of their event loop."""
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def _tell(loop: asyncio.AbstractEventLoop, jobs: list[_Job]) -> None:
    """Wake an event loop once for all of its jobs; one that was closed meanwhile has nobody left who waits."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_answer, jobs)
