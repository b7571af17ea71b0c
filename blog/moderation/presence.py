"""Who is at the desk right now, which comment each is looking at, and who has which share of the queue.

It is kept in a file of its own beside the database, which all workers share: no part of the journal, of a backup or an
export, and nothing that any page depends on. When the file is lost, nobody is there for a few seconds.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.journal.events import moment

SECONDS = 15  # without a word, after which somebody has left
SHARE_SECONDS = 4 * 3_600  # a share of the queue is forgotten after that
TABLES = """
    create table if not exists present (
      account_id integer primary key, name text not null, comment integer not null, at real not null
    ) strict;
    create table if not exists shares (
      account_id integer primary key, number integer not null, of integer not null, by text not null, at real not null
    ) strict;
"""


@dataclass(frozen=True)
class Present:
    """Somebody at the desk; `comment` is the one that is looked at, 0 for none."""

    account: int
    name: str
    comment: int = 0


@dataclass(frozen=True)
class Share:
    """A share of the queue, and who split it."""

    number: int
    of: int
    by: str

    @property
    def part(self) -> str:
        """Return the share as a selection has it: 1of2."""
        return f"{self.number}of{self.of}"


@dataclass(frozen=True)
class Team:
    """The others at the desk, by name, and one's own share of the queue."""

    others: list[Present] = field(default_factory=list)
    share: Share | None = None


def meet(database: Path, me: Present, *, at: str) -> Team:
    """Say that somebody is here, and return who else is; nobody, where the file cannot be written."""
    now = moment(at).timestamp()
    try:
        with _opened(database) as db:
            db.execute("delete from present where at < ?", [now - SECONDS])
            db.execute("delete from shares where at < ?", [now - SHARE_SECONDS])
            db.execute("insert or replace into present values (?, ?, ?, ?)", [me.account, me.name, me.comment, now])
            return _team(db, me.account)
    except (sqlite3.Error, OSError):
        return Team()


def split(database: Path, me: Present, *, at: str) -> Share | None:
    """Give each who is present a share of the queue, instead of earlier shares; return one's own."""
    now = moment(at).timestamp()
    meet(database, me, at=at)
    try:
        with _opened(database) as db:
            accounts = [row[0] for row in db.execute("select account_id from present order by account_id")]
            db.execute("delete from shares")
            db.executemany(
                "insert into shares values (?, ?, ?, ?, ?)",
                [[account, number, len(accounts), me.name, now] for number, account in enumerate(accounts, 1)],
            )
            return _team(db, me.account).share
    except (sqlite3.Error, OSError):
        return None


def _team(db: Any, account: int) -> Team:
    others = db.execute("select account_id, name, comment from present where account_id <> ? order by name", [account])
    share = db.execute("select number, of, by from shares where account_id = ?", [account]).fetchone()
    return Team([Present(*row) for row in others], Share(*share) if share else None)


@contextmanager
def _opened(database: Path) -> Iterator[Any]:
    """Open the file, made for the site's owner alone, in one transaction; nothing of it has to reach the disk."""
    path = database.with_name(f"{database.name}.desk")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as db:
        db.execute("pragma journal_mode = memory")
        db.execute("pragma synchronous = off")
        db.executescript(TABLES)
        db.execute("begin immediate")
        yield db
        db.execute("commit")
