"""The mails of the outbox: which are due, which failed and why, and when each is tried again."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from blog import deliveries, outbox
from blog.deliveries import Waiting

STOP_AFTER = 2  # refusals of a mail server, after which an address gets nothing any more


def enqueue(db: Database, payload: Mapping[str, Any], *, at: str, due_at: str = "", key: str = "") -> None:
    """Put one mail into the outbox that no act causes; with a `key` that waits already, nothing happens."""
    if not db.conn.execute("select 1 from outbox where key = ? and key <> ''", [key]).fetchone():
        outbox.put(db, "mail", payload, key=key, at=at, due_at=due_at or at)


def is_due(db: Database, at: str) -> bool:
    return deliveries.is_due(db, "mail", at=at)


def claim(db: Database, *, at: str, most: int) -> list[Waiting]:
    """Take mails that are due, so that no other worker sends them too."""
    return deliveries.claim(db, "mail", at=at, most=most)


def refuse(db: Database, mail: Waiting, address: str, error: str, *, at: str) -> None:
    """Give a mail up because the server refuses its address, and count that."""
    deliveries.fail(db, mail, error, at=at)
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
