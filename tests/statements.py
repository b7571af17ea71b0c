"""Listening to what SQLite is asked: how many statements, which ones, and how it goes about them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from blog.storage import store

PLUMBING = re.compile(r"(begin|commit|rollback|savepoint|release|pragma data_version)\b", re.IGNORECASE)
# Asked once or twice a second, beside all requests.
OF_JOBS = (
    "select 1 from unfinished_import",
    "select exists (select 1 from outbox where failed_at is null and due_at <=",
    "select 1 from posts p indexed by posts_for_others",
)
INDEX_OF_TEXT = re.compile(r"'main'\.'(?:comments|posts)_search_\w+'")  # full-text search, in tables of its own


class Heard(list[str]):
    """What the trace callback was told, save what is no statement of ours.

    SQLite tells of a trigger's body by its outer statement once more, and of what full-text search does inside by
    lines that begin with `--`, or by naming its tables.
    """

    def note(self, sql: str) -> None:
        if not sql.startswith("--") and not (self and self[-1] == sql):
            self.append(sql)

    @property
    def statements(self) -> list[str]:
        told = (" ".join(sql.split()) for sql in self)
        ours = (sql for sql in told if not PLUMBING.match(sql) and not sql.startswith(OF_JOBS))
        return [sql for sql in ours if not INDEX_OF_TEXT.search(sql)]


@contextmanager
def heard_on(db: Database) -> Iterator[Heard]:
    """Listen to one connection."""
    heard = Heard()
    db.conn.set_trace_callback(heard.note)
    try:
        yield heard
    finally:
        db.conn.set_trace_callback(None)


def hear_all(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Listen to every connection that the engine opens from now on."""
    heard = Heard()
    connect = store.connect

    def listening(*args: Any, **kwargs: Any) -> Database:
        db = connect(*args, **kwargs)
        db.conn.set_trace_callback(heard.note)
        return db

    monkeypatch.setattr(store, "connect", listening)
    return heard


Parameters = Sequence[Any] | Mapping[str, Any]


def note_all(monkeypatch: pytest.MonkeyPatch) -> dict[str, Parameters]:
    """Note each statement with its parameters unfilled, and one set of them, on every connection opened from now on.

    What is planned for `status = :status` is not what is planned for `status = 'approved'`, so the trace, which fills
    the parameters in, will not do here.
    """
    noted: dict[str, Parameters] = {}

    class Noting(sqlite3.Connection):  # type: ignore[name-defined, misc]
        def execute(self, sql: str, parameters: Parameters = ()) -> Any:
            noted.setdefault(sql, parameters)
            return super().execute(sql, parameters)

    connect = sqlite3.connect

    def noting(name: Any, **more: Any) -> Any:
        # Databases of an import and of the desk's presence, and copies that are read whole, are not asked about.
        apart = any(part in str(name) for part in ("afterword-", "isso.db", "blog.db.desk"))
        return connect(name, **more) if apart else connect(name, factory=Noting, **more)

    monkeypatch.setattr(store.sqlite3, "connect", noting)
    return noted


EXPLAINED = re.compile(r"\s*(select|insert|update|delete|with|replace)\b", re.IGNORECASE)
NAMED = re.compile(r"\bcomments(?:\s+as)?\s+(\w+)", re.IGNORECASE)
# Comments that are not in the full-text index yet, and those whose IP address is still known: both go on from a mark.
# Those of an import that is being written: by the ids that were set apart for it.
FROM_A_MARK = {"unfed", "remaining", "arriving"}
NO_NAMES = {"where", "on", "set", "order", "group", "limit", "left", "join", "using", "union", "cross", "inner", "from"}


OF_FEW = "INDEX comments_reported "  # it has only comments that readers reported


def scans(db: Database, sql: str, parameters: Parameters = ()) -> list[str]:
    """Return the lines of the query plan that go through all of `comments`, by whatever name the query has for it.

    A `SEARCH` by no equality is one too: so SQLite calls a lone `max()`, and what it does for `is not null`.
    """
    if not EXPLAINED.match(sql):
        return []
    names = {"comments", *(name for name in NAMED.findall(sql) if name.lower() not in NO_NAMES)}
    return [line for line in plan(db, sql, parameters) if _goes_through(line, names - FROM_A_MARK)]


def _goes_through(line: str, names: set[str]) -> bool:
    how, _, rest = line.partition(" ")
    found = "=?" in rest or (">?" in rest and "<?" in rest) or OF_FEW in rest  # by a value, between two, or among few
    return rest.partition(" ")[0] in names and (how == "SCAN" or (how == "SEARCH" and not found))


def plan(db: Database, sql: str, parameters: Parameters = ()) -> list[str]:
    return [row[3] for row in db.conn.execute(f"explain query plan {sql}", parameters).fetchall()]


def bodies(db: Database) -> list[str]:
    """Return the statements inside the triggers, with what they take from the changed row as parameters."""
    found: list[str] = []
    for (sql,) in db.conn.execute("select sql from sqlite_master where type = 'trigger'").fetchall():
        body = re.search(r"\bbegin\b(.*)\bend\s*$", sql, re.IGNORECASE | re.DOTALL)
        assert body is not None, sql
        parts = [" ".join(part.split()) for part in body[1].split(";")]
        found += [re.sub(r"\b(?:new|old)\.\w+", "?", part) for part in parts if part and "raise(abort" not in part]
    return found
