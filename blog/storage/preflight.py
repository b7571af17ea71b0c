"""Can this file be the site's database? Asked before SQLite opens it to write: opening alone would throw a -wal away
that lies beside an empty or foreign file, and make a new database where one is missing."""

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.errors import Unusable
from blog.wording import gettext

# What reading a damaged file raises: its own words, which SQLite quotes, may be no text at all.
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
SECONDS = 0.1  # that a database is looked over at the start, or longer where it holds up nothing
STEPS = 100_000  # some 8 ms between two looks at the clock, as each waits for what runs in Python meanwhile
TABLES = "select name from sqlite_master where type = 'table' and sql not like 'create virtual %'"


def is_damage(error: BaseException) -> bool:
    return _name(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def is_refusal(error: BaseException) -> bool:
    """Tell whether it was the database that refused: it is busy, full, out of reach or damaged."""
    return isinstance(error, sqlite3.OperationalError) or is_damage(error)


def _name(error: BaseException) -> str:
    """Return what SQLite calls an error, "" for one of another's."""
    return str(getattr(error, "sqlite_errorname", ""))


def examine(path: Path) -> None:
    """Raise Unusable with one sentence for what cannot be a database of ours; a missing file is none yet, and fine."""
    try:
        state = path.stat()
    except FileNotFoundError:
        _check_none_was_here(path)
        return
    except OSError as error:
        raise Unusable(gettext("{path} cannot be looked at: {reason}.", path=path, reason=error.strerror)) from error
    if stat.S_ISDIR(state.st_mode):
        raise Unusable(
            gettext("{path} is a folder, and a file of that name is wanted. Move the folder away.", path=path)
        )
    if not stat.S_ISREG(state.st_mode):
        raise Unusable(gettext("{path} is no ordinary file. Move it away.", path=path))
    if not os.access(path, os.R_OK):
        raise Unusable(gettext("{path} may not be read by the user who runs this. Give it to that user.", path=path))
    _check_one_name(path)
    if state.st_size == 0:
        raise Unusable(
            gettext(
                "{path} is empty, as after a failed copy, and {log} beside it holds what was written last. Put a copy"
                " of it back with `blog restore-backup FILE`; if this is a new site, remove the empty file.",
                path=path,
                log=log,
            )
            if (log := beside(path))
            else gettext(
                "{path} is empty, as after a failed copy. Put a copy of it back with `blog restore-backup FILE`; if"
                " this is a new site, remove the empty file.",
                path=path,
            )
        )
    _check_head(path)


def _check_one_name(path: Path) -> None:
    """Raise Unusable for a file with hard links: each of its names has a log of its own, so two programs damage it."""
    for file in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-journal"))):
        try:
            links = file.stat().st_nlink
        except OSError:
            continue
        if links > 1 + _own_links(file):
            raise Unusable(
                gettext(
                    "{file} has {links} names (hard links, as `ln` and `cp -al` make), and two programs that use it"
                    " under different names damage it. Stop all that use it; then give this site a file of its own:"
                    " `cp -p {file} {file}.own && mv {file}.own {file}`.",
                    file=file,
                    links=links,
                )
            )


def _own_links(path: Path) -> int:
    """Count second names that a start or a restoring gave the file for a moment, and could not take away."""
    others = [*path.parent.glob(f"{path.name}.*.new"), *path.parent.glob(f"before-restore-*/{path.name}")]
    return sum(other.samefile(path) for other in others if other.exists())


def _check_none_was_here(path: Path) -> None:
    if path.is_symlink():
        raise Unusable(
            gettext("{path} leads to {target}, where there is nothing.", path=path, target=os.readlink(path))
        )
    if log := beside(path):
        raise Unusable(
            gettext(
                "{path} is gone, and {log} beside it holds what was written last. Put the file back that it belongs"
                " to, or remove it and put a copy back with `blog restore-backup FILE`.",
                path=path,
                log=log,
            )
        )


def beside(path: Path) -> str:
    """Return the name of a log that is there and not empty; it belongs to one database and to no other."""
    for ending in ("-wal", "-journal"):
        log = path.with_name(path.name + ending)
        if log.is_file() and log.stat().st_size:
            return log.name
    return ""


def _check_head(path: Path) -> None:
    """Read the first page as SQLite does, but change nothing and leave the log alone (`immutable`)."""
    try:
        probe = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            probe.execute("pragma schema_version").fetchone()
        finally:
            probe.close()
    except DAMAGE as error:
        # Where bringing the log in was cut short, the file alone is shorter than it says; the log mends it.
        if _name(error).startswith("SQLITE_CORRUPT") and beside(path):
            return
        raise Unusable(cannot_open(path, error)) from error


def cannot_open(path: Path, error: Exception) -> str:
    return gettext(
        "{path} cannot be opened ({error}). Look at it with `pragma integrity_check`, or put a copy of it back with"
        " `blog restore-backup FILE`.",
        path=path,
        error=error,
    )


@contextmanager
def refusing_damage(path: Path) -> Iterator[None]:
    """Raise Unusable with one sentence when reading the database shows that it is damaged; other errors pass."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, UnicodeDecodeError) or is_damage(error):
            raise Unusable(cannot_open(path, error)) from error
        raise


def look_over(connection: Any, path: Path, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Raise Unusable when SQLite finds damage within SECONDS, or until `meanwhile` is done if that takes longer.

    SQLite works outside of Python, so what is to be done anyway is done in the thread of the caller. A large database
    is not read to its end, and of a search index only the tables that hold it: to compare what stands in them takes
    longer than all else, and hears of no deadline. `blog check` does all of it.
    """
    done = threading.Event()
    with ThreadPoolExecutor(1) as aside:
        looking = aside.submit(_look_over, connection, path, done)
        try:
            meanwhile()
        finally:
            done.set()
        looking.result()


def _look_over(connection: Any, path: Path, done: threading.Event) -> None:
    deadline = time.monotonic() + SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline and done.is_set()), STEPS)
    try:
        tables = connection.execute(TABLES).fetchall()
        results = (connection.execute(f'pragma quick_check("{name}")').fetchone()[0] for (name,) in tables)
        wrong = next((each for each in results if each != "ok"), None)
    except sqlite3.OperationalError:
        return  # there was no more time, or it is locked: who reads next will see
    except DAMAGE as error:
        wrong = str(error)
    finally:
        connection.set_progress_handler(None, 0)
    if wrong is not None:
        first = wrong.removeprefix("*** in database main ***\n").splitlines()[0]
        raise Unusable(
            gettext(
                "{path} is damaged ({damage}). Look at it with `pragma integrity_check`, or put a copy of it back with"
                " `blog restore-backup FILE`.",
                path=path,
                damage=first,
            )
        )
