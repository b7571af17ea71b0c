"""Isso's SQLite file, opened so that nothing in it can act: read-only, without trust in its schema."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.importing import comment_text, moments, opening
from blog.importing.imported import (
    APPROVED,
    DELETED,
    PENDING,
    ImportedComment,
    ImportedThread,
    Items,
    Progress,
    Unsure,
)
from blog.importing.model import Unreadable
from blog.wording import gettext

HEADER = b"SQLite format 3\x00"
MODES = {1: APPROVED, 2: PENDING, 4: DELETED}
NEEDED = {
    "threads": {"id", "uri", "title"},
    "comments": {"id", "tid", "parent", "created", "mode", "text", "author", "email", "website"},
}
MOST_STEPS = 4_000_000_000  # of SQLite's machine, in all: a schema that computes without end is stopped
STEPS = 1_000_000


def read(path: Path) -> Items:
    """Give the threads and comments of an `isso.db`. Its texts are Markdown, its times seconds since 1970."""
    if not opening.check(path).startswith(HEADER):
        raise Unreadable(gettext("{name} is no SQLite database, as Isso keeps one.", name=path.name))
    try:
        with _opened(path) as db:
            yield from _items(db)
    except sqlite3.DatabaseError as error:
        raise Unreadable(
            gettext("{name} cannot be read as a database of Isso: {why}.", name=path.name, why=error)
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
        spent = 0

        def stop() -> int:
            nonlocal spent
            spent += STEPS
            return int(spent > MOST_STEPS)

        db.execute("pragma trusted_schema = off")
        db.execute("pragma query_only = on")
        db.execute("pragma cell_size_check = on")
        db.set_progress_handler(stop, STEPS)
        db.row_factory = sqlite3.Row
        _check_schema(path, db)
        yield db


def _check_schema(path: Path, db: Any) -> None:
    """Raise Unreadable unless both tables are plain tables with Isso's columns: no views, nothing that computes."""
    kinds = dict(
        db.execute("select name, type || iif(sql like 'create virtual%', ' virtual', '') from sqlite_master").fetchall()
    )
    for table, columns in NEEDED.items():
        there = {row["name"]: row["hidden"] for row in db.execute(f"pragma table_xinfo({table})")}
        if kinds.get(table) != "table" or not columns <= there.keys() or any(there[name] for name in columns):
            raise Unreadable(
                gettext("{name} is no database of Isso: it has no plain table {table}.", name=path.name, table=table)
            )


def _items(db: Any) -> Items:
    for row in db.execute("select id, uri, title from threads order by id"):
        uri = _words(row["uri"])
        yield ImportedThread(
            f"isso:thread {uri}", (uri,) if uri else (), comment_text.name(_words(row["title"])) or uri
        )
    keys = "c.id || '@' || c.created"
    total = max(1, db.execute("select count(*) from comments").fetchone()[0])
    rows = db.execute(
        f"""
        select {keys} as key, t.uri, c.created, c.modified, c.mode, c.text, c.author, c.email, c.website,
          {"c.remote_addr" if _has(db, "remote_addr") else "''"} as ip,
          (select p.id || '@' || p.created from comments p where p.id = c.parent) as parent_key, c.parent
        from comments c left join threads t on t.id = c.tid order by c.id
        """
    )
    for count, row in enumerate(rows):
        yield from _comment(row)
        yield Progress(count / total)


def _has(db: Any, column: str) -> bool:
    return any(row["name"] == column for row in db.execute("pragma table_xinfo(comments)"))


def _comment(row: Any) -> Items:
    status = MODES.get(row["mode"], PENDING)
    key = f"isso:{row['key']}"
    if row["mode"] not in MODES:
        yield Unsure(key, gettext("Its mode {mode} is not known; it waits for you.", mode=row["mode"]))
    yield ImportedComment(
        key=key,
        post=f"isso:thread {_words(row['uri'])}",
        parent="" if row["parent"] is None else f"isso:{row['parent_key'] or row['parent']}",
        status=status,
        published_at=moments.epoch(row["created"]),
        edited_at=moments.epoch(row["modified"]) if row["modified"] else None,
        author="" if status == DELETED else comment_text.name(_words(row["author"])),
        email="" if status == DELETED else _words(row["email"]),
        url="" if status == DELETED else _words(row["website"]),
        ip="" if status == DELETED else _words(row["ip"]),
        text="" if status == DELETED else comment_text.from_markdown(_words(row["text"])),
        source=_words(row["text"]),
    )


def _words(value: object) -> str:
    """Return a value as text, whatever a column holds."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
