"""The store: one writing connection with group commit, a few reading ones, all on `blog.db`.

Handlers say `await store.read(fn, ...)` or `await store.write(fn, ...)`; `fn(db, ...)` is a plain function that
the command line and the tests call directly. An answer to a write means that it is on the disk: WAL with
`synchronous=FULL` syncs at each commit (https://sqlite.org/pragma.html#pragma_synchronous); see writer.py.
"""

import asyncio
import logging
import os
import queue
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog import text
from blog.errors import Unavailable, Unusable
from blog.storage import atomic_file, outage, permissions, preflight
from blog.storage.fence import Fence
from blog.storage.lock import claim
from blog.storage.migrations import check, migrate
from blog.storage.writer import Writer
from blog.wording import gettext, listed, ngettext

log = logging.getLogger("blog")
A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")

DatabaseError = sqlite3.DatabaseError

READERS = 3
READ_SECONDS = 10.0
BUSY_SECONDS = 5.0
FULL = 2  # of `pragma synchronous`: each commit is on the disk before it is answered
CACHE_KIB = 2_000  # of a reading connection: what it does not hold the system's cache does, some microseconds away
LOG_PAGES = 4_000  # 16 MiB of the log are brought into the database at once, and who writes just then waits for it:
# a page that was written many times is brought over once. SQLite's 1,000 cost 7 of 100 comments a second under load.
# Two connections that write or checkpoint at the same moment can corrupt a WAL file before this version
# (https://sqlite.org/wal.html, "the WAL-reset bug").
SAFE_WAL = (3, 51, 3)


def version() -> str:
    return str(sqlite3.sqlite_version)


def caution() -> str:
    """Return a sentence about an old SQLite, or an empty text: WAL is used from 3.51.3 on."""
    if sqlite3.sqlite_version_info >= SAFE_WAL:
        return ""
    return gettext(
        "SQLite {version} is older than 3.51.3, so blog.db is kept in DELETE mode: as safe, but a write makes"
        " readers wait. `pip install pysqlite3` brings a recent one where there is a wheel.",
        version=version(),
    )


def connect(path: Path, *, readonly: bool = False, create: bool = False, frozen: bool = False) -> Database:
    """Open `path`, which is made only when `create` says so; raise Unusable when it cannot be a database of ours.

    In a folder that cannot be written, where SQLite could not make its -shm, or with `frozen`, it is read as a file
    that nobody changes.
    """
    mode = "ro&immutable=1" if frozen else "ro" if readonly else "rwc" if create else "rw"
    if not frozen and path.exists() and not os.access(path.parent, os.W_OK):
        mode = "ro" if preflight.beside(path) else "ro&immutable=1"
    connection = None
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            cached_statements=256,
        )
        connection.create_function("has_all", 2, text.has_all, deterministic=True)
        connection.execute(f"pragma busy_timeout = {int(BUSY_SECONDS * 1000)}")
        if not readonly:
            connection.execute("pragma synchronous = full")
            connection.execute("pragma foreign_keys = on")
            # What is erased is written over (no cost that was measured).
            connection.execute("pragma secure_delete = on")
            connection.execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
        connection.execute(f"pragma cache_size = -{CACHE_KIB if readonly else 2 * CACHE_KIB}")
        connection.execute("pragma temp_store = memory")
        connection.execute("select count(*) from sqlite_master").fetchone()
    except preflight.DAMAGE as error:
        if connection is not None:
            connection.close()
        raise Unusable(preflight.cannot_open(path, error)) from error
    return Database(connection, execute_plugins=False)


def in_memory() -> Database:
    """Make an empty database, up to date, that is gone when it is closed."""
    db = empty_in_memory()
    migrate(db)
    return db


def empty_in_memory() -> Database:
    """Make a database without tables, that is gone when it is closed."""
    return Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)


@contextmanager
def temporary() -> Iterator[tuple[Database, Path]]:
    """Give an empty database and its file, which is gone when the block ends; the caller may remove it earlier.

    It is in SQLITE_TMPDIR, TMPDIR or /var/tmp, the first that there is. SQLite's own temporary databases are kept in
    memory by some builds of it.
    """
    wanted = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp")
    parent = next((each for each in wanted if each and os.path.isdir(each)), None)
    with tempfile.TemporaryDirectory(prefix="afterword-", dir=parent) as folder:
        path = Path(folder, "copy.db")
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"pragma cache_size = -{8 * CACHE_KIB}")
            connection.execute("pragma synchronous = off")
            yield Database(connection, execute_plugins=False), path
        finally:
            connection.close()


def prepare(path: Path, *, alone: bool = False, meanwhile: Callable[[], object] = lambda: None) -> list[str]:
    """Make `path` or bring it up to date; return the names of the migrations that ran.

    Raises Unusable, and changes nothing, for what is damaged, newer or another program's. With `alone`, raises Conflict
    when migrations are needed and a server is running. `meanwhile`: see look_over.
    """
    preflight.examine(path)
    if not path.exists():
        return _make(path)
    db = connect(path)
    try:
        with preflight.refusing_damage(path):
            preflight.look_over(db.conn, path, meanwhile=meanwhile)
            if why := outage.hindrance(path):
                _check_up_to_date(db, why)
                return []
            with claim(path) if alone and check(db, empty=True) else nullcontext():
                ran = migrate(db)  # before anything is written: it refuses what is not ours
            _set_journal(db)
            return ran
    finally:
        db.conn.close()


def check_readable(path: Path, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Raise Unusable for what a server that only reads cannot serve; nothing is written, locked or made."""
    preflight.examine(path)
    if not path.exists():
        raise Unusable(gettext("There is no {path}, and a server that only reads makes none.", path=path))
    if log := preflight.beside(path):
        raise Unusable(
            gettext(
                "{log} beside {file} holds what was written last, and a server that only reads cannot bring it in."
                " Stop what writes there, or serve a copy that `blog backup FILE` made.",
                log=log,
                file=path.name,
            )
        )
    db = connect(path, frozen=True)
    try:
        with preflight.refusing_damage(path):
            preflight.look_over(db.conn, path, meanwhile=meanwhile)
            _check_up_to_date(db, gettext("{path} is served read-only.", path=path))
    finally:
        db.conn.close()


def _check_up_to_date(db: Database, why: str) -> None:
    if pending := check(db):
        raise Unusable(
            ngettext(
                "{why} The database cannot be brought up to date: {missing} is missing.",
                "{why} The database cannot be brought up to date: {missing} are missing.",
                len(pending),
                why=why,
                missing=listed(pending),
            )
        )


def _make(path: Path) -> list[str]:
    """Make a database under another name first, so that there is never half of one; whoever is faster made it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.new")
    part.unlink(missing_ok=True)
    permissions.create_private(part)
    db = connect(part)
    try:
        ran = migrate(db)
        db.conn.close()
        with suppress(FileExistsError):
            atomic_file.name(part, path)
    finally:
        db.conn.close()
        part.unlink(missing_ok=True)
    db = connect(path)
    try:
        _set_journal(db)
    finally:
        db.conn.close()
    return ran


def _set_journal(db: Database) -> None:
    wal = sqlite3.sqlite_version_info >= SAFE_WAL
    db.conn.execute(f"pragma journal_mode = {'wal' if wal else 'delete'}")


class Fenced(Database):
    """A connection of a server that may write only while this machine has the lease."""

    fence: Fence


@contextmanager
def transaction(db: Database) -> Iterator[Database]:
    """Run the block in one IMMEDIATE transaction: all of it is on the disk afterwards, or nothing."""
    fence = db.fence if isinstance(db, Fenced) else None
    db.conn.execute("begin immediate")
    try:
        yield db
        if fence is not None:
            fence.check()
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("rollback")
        raise
    db.conn.execute("commit")
    if fence is not None:
        fence.check()


def rows(db: Database, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return what a question finds, as dicts: for the busiest paths, as `db.query` makes a savepoint each time."""
    cursor = db.conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class Store:
    """Hold the connections of one process. Make it after a fork, close it at the end."""

    def __init__(self, path: Path, *, read_only: bool = False, fence: Fence | None = None) -> None:
        self.path = path
        self.read_only = read_only
        self.fence = fence
        self._trouble = outage.Trouble(path, read_only=read_only)
        self._watch = connect(path, readonly=True, frozen=read_only)
        self._watch.conn.execute("pragma busy_timeout = 0")  # the event loop waits for nobody
        self._watch_lock = threading.Lock()
        self._data_version, self._noted = 0, float("-inf")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._idle: queue.SimpleQueue[Database] = queue.SimpleQueue()  # opened now: later the file may be elsewhere
        for _ in range(READERS):
            self._idle.put(connect(path, readonly=True, frozen=read_only))
        self._db = connect(path, frozen=read_only)
        if self._db.conn.execute("pragma synchronous").fetchone()[0] != FULL:
            raise Unusable(
                gettext("{path} would not be synced to the disk (pragma synchronous is not FULL).", path=path)
            )
        wal = _is_wal(self._db)
        self._identity = outage.Identity(path, log=wal)
        self._writer = Writer(self._db, self._trouble, self._identity, fence=fence)

    @property
    def trouble(self) -> str:
        """Why nothing can be saved just now, in words; "" while everything can."""
        if self.lacks_lease:
            return gettext(outage.LEASE)
        return gettext(self._trouble.reason) if self._trouble.reason else ""

    @property
    def is_troubled(self) -> bool:
        """Tell whether nothing can be saved just now, but may be later: no page that says so may be kept."""
        return (bool(self._trouble.reason) or self.lacks_lease) and not self.read_only

    @property
    def lacks_lease(self) -> bool:
        """Tell whether another machine may be writing, so that this one only reads."""
        return self.fence is not None and not self.fence.is_open

    @property
    def commits(self) -> int:
        """How many transactions this process has committed."""
        return self._writer.commits

    @property
    def writes(self) -> int:
        """How many writes were in these transactions."""
        return self._writer.writes

    def is_full(self) -> bool:
        """Tell whether the disk has no room for a large comment, whatever room SQLite's own files have left."""
        return outage.is_full(self.path)

    async def read(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(db, ...)` on one snapshot in a reading thread; raise Unavailable after 10 seconds.

        It runs in the caller's context, so that its sentences are in the language of whoever asked.
        """
        loop, context = asyncio.get_running_loop(), copy_context()
        return await loop.run_in_executor(
            self._readers, lambda: context.run(self._read, lambda db: fn(db, *args, **kwargs))
        )

    async def write(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(db, ...)` in a transaction in the writing thread; return once it is on the disk."""
        return await self._writer.write(lambda db: fn(db, *args, **kwargs))

    @contextmanager
    def another(self, *, readonly: bool = False) -> Iterator[Database]:
        """Open one more connection, for what works with files and would keep the writer waiting."""
        if not readonly and not self._identity.holds():
            raise self._trouble.begin(sqlite3.OperationalError(outage.MOVED))
        db = connect(self.path, readonly=readonly, frozen=self.read_only)
        if self.fence is not None and not readonly:
            db = Fenced(db.conn, execute_plugins=False)
            db.fence = self.fence
        try:
            yield db
        finally:
            db.conn.close()

    def secret(self) -> str:
        """Return the site's own secret, with which it signs its forms."""
        return str(self._db.conn.execute("select secret from site").fetchone()[0])

    def data_version(self) -> int:
        """Return a number that moves when any connection of any process has committed (3 microseconds).

        While another program keeps even readers out, it is the last one that was seen: what is kept is right enough.
        """
        with self._watch_lock:
            with suppress(sqlite3.OperationalError):
                self._data_version = int(self._watch.conn.execute("pragma data_version").fetchone()[0])
            return self._data_version

    def glance(self, question: Callable[[Database], T]) -> T | None:
        """Ask something of one row at once, in the thread of whoever asks; None when the database is busy."""
        with self._watch_lock:
            try:
                return question(self._watch)
            except sqlite3.OperationalError:
                return None

    def close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        for db in (self._watch, *(self._idle.get() for _ in range(READERS))):
            db.conn.close()

    def _read(self, call: Callable[[Database], T]) -> T:
        db = self._idle.get()
        deadline = time.monotonic() + READ_SECONDS
        db.conn.set_progress_handler(lambda: int(time.monotonic() > deadline), 100_000)
        try:
            db.conn.execute("begin")
            try:
                return call(db)
            finally:
                db.conn.execute("rollback")
        except sqlite3.DatabaseError as error:
            if preflight.is_refusal(error):
                self._note_read(error)
                raise Unavailable(
                    gettext("The database cannot be read just now; please try again in a moment.")
                ) from error
            raise
        finally:
            self._idle.put(db)

    def _note_read(self, error: Exception) -> None:
        """Log that something could not be read, once a minute at most."""
        if time.monotonic() > self._noted + 60:
            self._noted = time.monotonic()
            log.error("%s could not be read: %s", self.path, error)


def _is_wal(db: Database) -> bool:
    return bool(db.conn.execute("pragma journal_mode").fetchone()[0] == "wal")
