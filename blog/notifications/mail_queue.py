"""The mails of the outbox: which are due, which failed and why, and when each is tried again."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog import outbox
from blog.journal.events import earlier, moment, stamp

RETRY_MINUTES = (1, 5, 30, 120, 360, 720)
GIVE_UP_DAYS = 2
FAILED_DAYS = 30  # how long the desk shows what could not be sent
STOP_AFTER = 2  # refusals of a mail server, after which an address gets nothing any more


class Waiting(NamedTuple):
    """A mail that is due: `tries` counts this one too."""

    id: int
    payload: Mapping[str, Any]
    tries: int
    created_at: str


def enqueue(db: Database, payload: Mapping[str, Any], *, at: str, due_at: str = "", key: str = "") -> None:
    """Put one mail into the outbox that no act causes; with a `key` that waits already, nothing happens."""
    if key and db.conn.execute("select 1 from outbox where key = ?", [key]).fetchone():
        return
    number = outbox.enqueue(db, "mail", dict(payload), batch=None, at=at, due_at=due_at or at)
    if key:
        db.conn.execute("update outbox set key = ? where id = ?", [key, number])


def is_due(db: Database, at: str) -> bool:
    row = db.conn.execute(
        """
        select exists (select 1 from outbox where failed_at is null and due_at <= ? and kind = 'mail')
          and not (select outbox_held from site)
        """,
        [at],
    ).fetchone()
    return bool(row[0])


def claim(db: Database, *, at: str, most: int) -> list[Waiting]:
    """Take mails that are due, so that no other worker sends them too.

    Each is due again after its next pause, so one that was being sent when the program ended is sent again.
    """
    rows = db.conn.execute(
        """
        select id, payload, tries, created_at from outbox
        where failed_at is null and due_at <= ? and kind = 'mail' and not (select outbox_held from site)
        order by due_at, id limit ?
        """,
        [at, most],
    ).fetchall()
    claimed = [Waiting(row[0], json.loads(row[1]), row[2] + 1, row[3]) for row in rows]
    for each in claimed:
        db.conn.execute(
            "update outbox set tries = ?, due_at = ? where id = ?", [each.tries, next_try(at, each.tries), each.id]
        )
    return claimed


def next_try(at: str, tries: int) -> str:
    """Return when a mail is tried again after so many tries."""
    return later(at, seconds=60 * RETRY_MINUTES[min(tries, len(RETRY_MINUTES)) - 1])


def later(at: str, *, seconds: int = 0) -> str:
    return stamp(moment(at) + timedelta(seconds=seconds))


def remove(db: Database, number: int) -> None:
    """Forget a mail that was sent, or that nobody needs any more."""
    db.conn.execute("delete from outbox where id = ?", [number])


def postpone(db: Database, mail: Waiting, error: str, *, at: str) -> None:
    """Note why a mail was not sent; it is tried again for two days from the first try on."""
    if tried_for_days(mail, at):
        fail(db, mail, error, at=at)
    else:
        db.conn.execute("update outbox set error = ? where id = ?", [error, mail.id])


def tried_for_days(mail: Waiting, at: str) -> bool:
    return mail.tries > 1 and mail.created_at < earlier(at, days=GIVE_UP_DAYS)


def fail(db: Database, mail: Waiting, error: str, *, at: str) -> None:
    """Give a mail up; the desk and `blog mail queue` show it with the reason."""
    db.conn.execute("update outbox set error = ?, failed_at = ? where id = ?", [error, at, mail.id])


def refuse(db: Database, mail: Waiting, address: str, error: str, *, at: str) -> None:
    """Give a mail up because the server refuses its address, and count that."""
    fail(db, mail, error, at=at)
    count_refusal(db, address, error, at=at)


def count_refusal(db: Database, address: str, error: str, *, at: str) -> None:
    """Count that a server refused an address for good; at the second time nothing is sent there any more."""
    db.conn.execute(
        """
        insert into refused_mail (address, failures, at, error) values (lower(?), 1, ?, ?)
        on conflict (address) do update set failures = failures + 1, at = excluded.at, error = excluded.error
        """,
        [address, at, error],
    )


def is_stopped(db: Database, address: str) -> bool:
    row = db.conn.execute(
        "select failures >= ? from refused_mail where address = lower(?)", [STOP_AFTER, address]
    ).fetchone()
    return bool(row and row[0])


def allow_again(db: Database, address: str) -> None:
    """Send mail to an address again that a server refused."""
    db.conn.execute("delete from refused_mail where address = lower(?)", [address])


def listed(db: Database) -> list[dict[str, Any]]:
    """Return the mails that wait or failed, the next due first."""
    return list(
        db.query(
            """
            select id, payload ->> '$.mail' as mail, coalesce(payload ->> '$.to', '') as "to", created_at, due_at,
              tries, error, failed_at
            from outbox where kind = 'mail' order by failed_at is not null, due_at, id
            """
        )
    )


def stopped(db: Database) -> list[dict[str, Any]]:
    """Return the addresses that get no mail any more, because a server refused it."""
    return list(
        db.query("select address, failures, at, error from refused_mail where failures >= ? order by at", [STOP_AFTER])
    )


def troubles(db: Database) -> int:
    """Count mails that failed or had to be tried again, and addresses that are stopped."""
    row = db.conn.execute(
        """
        select (select count(*) from outbox where kind = 'mail' and error <> '')
          + (select count(*) from refused_mail where failures >= ?)
        """,
        [STOP_AFTER],
    ).fetchone()
    return int(row[0])


def retry(db: Database, *, at: str) -> int:
    """Make everything that failed or waits for another try due now; return how many."""
    return int(
        db.conn.execute(
            """
            update outbox set due_at = :at, failed_at = null, tries = min(tries, 1),
              created_at = iif(failed_at is null, created_at, :at)
            where kind = 'mail' and (error <> '' or tries > 0 or failed_at is not null)
            """,
            {"at": at},
        ).rowcount
    )


def purge(db: Database, *, at: str) -> None:
    """Forget mails that failed long ago."""
    db.conn.execute("delete from outbox where kind = 'mail' and failed_at < ?", [earlier(at, days=FAILED_DAYS)])
