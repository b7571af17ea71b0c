"""What both ways have in common: the parts of a copy, and how one database goes into another."""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from blog.errors import Unusable
from blog.storage import migrations, preflight, store
from blog.wording import gettext, listed, ngettext

SINGLE_FILES = ("blog.toml", "_redirects")
CONTENT = (*SINGLE_FILES, "posts", "pages", "static", "templates", "translations", "media")
STEP = 256  # pages at a time
FILE_MODE = 0o644  # of a file whose mode the copy does not say
ARCHIVE = """
    create table sqlar (name text primary key, mode integer, mtime integer, sz integer, data blob)
"""
Progress = Callable[[int, int], None]  # pages done, pages in all


@dataclass
class Copied:
    """What was copied, and where to: how many comments, posts and files, and bytes in all.

    `erased` are the comments whose erasure was repeated.
    """

    path: Path
    comments: int = 0
    posts: int = 0
    files: int = 0
    size: int = 0
    removed: list[Path] = field(default_factory=list)
    aside: Path | None = None
    erased: int = 0


def transfer(source: Database, target: Database, progress: Progress | None = None) -> None:
    """Copy page by page inside one snapshot, and leave a single file: no -wal beside it.

    A database in WAL mode goes on being written meanwhile. In DELETE mode writers have to wait, so it is one step.
    """
    wal = source.conn.execute("pragma journal_mode").fetchone()[0] == "wal"

    def report(status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total)

    source.conn.backup(target.conn, pages=STEP if wal else -1, progress=report)
    target.conn.execute("pragma journal_mode = delete")


@contextmanager
def snapshot(path: Path, progress: Progress | None = None) -> Iterator[Database]:
    """Give a temporary copy of a database; the database itself is only read, and those who write to it do not wait.

    Raises Unusable when it cannot be read, or is of another version than this program.
    """
    preflight.examine(path)
    with store.temporary() as (copy, place), preflight.refusing_damage(path):
        with opened(path, readonly=True) as source:
            source.conn.execute("begin")
            if pending := migrations.check(source, name=str(path)):
                raise Unusable(
                    ngettext(
                        "{path} is of an older version of Afterword ({missing} is missing), and nothing was"
                        " changed. Restart the server, which brings it up to date, and try again.",
                        "{path} is of an older version of Afterword ({missing} are missing), and nothing was"
                        " changed. Restart the server, which brings it up to date, and try again.",
                        len(pending),
                        path=path,
                        missing=listed(pending),
                    )
                )
            transfer(source, copy, progress)
        copy.conn.execute("pragma journal_mode = off")
        with suppress(OSError):  # without a name it is gone however the process ends; Windows removes no open file
            place.unlink()
        yield copy


def pack(root: Path, copy: Database) -> int:
    """Put the site's files beside its tables; return how many."""
    copy.conn.execute("begin")
    copy.conn.execute(ARCHIVE)
    count = 0
    for name, path in files(root):
        try:
            body, state = path.read_bytes(), path.stat()
        except FileNotFoundError:
            continue  # it went away while we looked
        small = zlib.compress(body, 6)
        data = small if len(small) < len(body) else body
        copy.conn.execute(
            "insert into sqlar (name, mode, mtime, sz, data) values (?, ?, ?, ?, ?)",
            [name, state.st_mode, int(state.st_mtime), len(body), data],
        )
        count += 1
    copy.conn.execute("commit")
    return count


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """Return the files that a copy holds, by name: what is written by people, but nothing hidden or leading out."""
    for first in CONTENT:
        top = root / first
        paths = [top] if top.is_file() else sorted(top.rglob("*"))
        inside = top.resolve()
        for path in paths:
            name = path.relative_to(root)
            hidden = any(part.startswith(".") for part in name.parts)
            if not hidden and path.is_file() and path.resolve().is_relative_to(inside):
                yield name.as_posix(), path


def check_sound(db: Database, path: Path) -> None:
    """Raise Unusable when the file is damaged, as far as SQLite can tell by reading all of it."""
    try:
        wrong = [row[0] for row in db.conn.execute("pragma integrity_check(1)").fetchall() if row[0] != "ok"]
        wrong += [
            gettext("row {row} of {table} refers to nothing", row=row[1], table=row[0])
            for row in db.conn.execute("pragma foreign_key_check")
        ]
    except store.DatabaseError as error:
        wrong = [str(error)]
    if wrong:
        raise Unusable(gettext("{path} is damaged ({wrong}).", path=path, wrong=wrong[0]))


def tallies(db: Database) -> dict[str, int]:
    """Return how many rows each table of ours has."""
    return {name: db.conn.execute(f'select count(*) from "{name}"').fetchone()[0] for name in table_names(db)}


def table_names(db: Database) -> list[str]:
    """Return the names of our tables, without those of SQLite, of the full-text search and of the packed files."""
    rows = db.conn.execute(
        "select name from pragma_table_list where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
        " and name <> 'sqlar' order by name"
    )
    return [row[0] for row in rows.fetchall()]


def compact(at: str) -> str:
    return re.sub(r"[-:]|\.\d+", "", at)


def remove(part: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + ending).unlink(missing_ok=True)


@contextmanager
def opened(path: Path, *, readonly: bool = False, create: bool = False) -> Iterator[Database]:
    db = store.connect(path, readonly=readonly, create=create)
    try:
        yield db
    finally:
        db.conn.close()
