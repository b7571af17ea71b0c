"""The condition of a site: figures of its disk, its database, its outbox and its last records."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from blog import outbox
from blog.operation.records import Record


@dataclass(frozen=True)
class Sending:
    """What the outbox holds of one kind: how much waits, was given up, and failed several times.

    `overdue_since` is when the first message was due that nobody has tried to send since; `error` is what the newest
    failure said.
    """

    kind: str
    waiting: int
    failed: int
    failing: int
    overdue_since: str = ""
    error: str = ""


@dataclass(frozen=True)
class Disk:
    """Sizes in bytes: the free space and the whole disk of the site, the database, and the log beside it."""

    free: int
    whole: int
    database: int
    log: int


@dataclass(frozen=True)
class Condition:
    """`began_at` is when the first account was made. `blog_toml` is what differs from the settings that hold now.

    It is "" for nothing, "changed", or the error that the file has. Without `sends_mail` no mail is sent.
    """

    at: str
    disk: Disk
    records: Mapping[str, Record] = field(default_factory=dict)
    began_at: str = ""
    outbox: tuple[Sending, ...] = ()
    held: bool = False
    blog_toml: str = ""
    sends_mail: bool = True


TRIES = 3  # after the pauses between them, over half an hour


def outbox_of(db: Database, *, at: str) -> tuple[Sending, ...]:
    """Return what the outbox holds by kind."""
    rows = db.conn.execute(
        """
        select kind, sum(failed_at is null), sum(failed_at is not null),
          sum(failed_at is null and error <> '' and tries >= :tries),
          coalesce(min(iif(failed_at is null and due_at < :at, due_at, null)), ''),
          coalesce((select e.error from outbox e where e.kind = outbox.kind and e.error <> ''
            order by e.id desc limit 1), '')
        from outbox group by kind order by kind
        """,
        {"at": at, "tries": TRIES},
    )
    return tuple(Sending(*row) for row in rows.fetchall())


def of_database(db: Database, *, at: str) -> tuple[str, tuple[Sending, ...], bool]:
    """Return what the database knows: since when there are accounts, the outbox, and whether it is held."""
    began_at = db.conn.execute("select coalesce(min(created_at), '') from accounts").fetchone()[0]
    return str(began_at), outbox_of(db, at=at), outbox.is_held(db)


def disk_of(database: Path) -> Disk:
    usage = shutil.disk_usage(database.parent)
    return Disk(usage.free, usage.total, size(database), size(database.with_name(f"{database.name}-wal")))


def size(path: Path) -> int:
    """Return the size of a file in bytes, 0 where there is none."""
    with suppress(OSError):
        return path.stat().st_size
    return 0
