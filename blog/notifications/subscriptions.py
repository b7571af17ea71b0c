"""Mail that readers ask for. Nothing but a confirmation is sent before the address is confirmed.

An address is confirmed for the browser that asked. Another browser that types the same address has to confirm it again,
so that nobody can subscribe somebody else.
"""

from typing import Any, Literal, TypedDict

from sqlite_utils import Database

from blog import comments
from blog.comments import Draft, unconfirmed
from blog.comments.submission import Stored
from blog.errors import NotFound
from blog.journal.events import earlier
from blog.notifications import first_comments, limits, links, mail_queue
from blog.wording import gettext

Kind = Literal["replies", "all"]
KINDS: tuple[Kind, ...] = ("replies", "all")
UNCONFIRMED_DAYS = 2


class Subscription(TypedDict):
    id: int
    address: str
    post_id: int
    kind: Kind
    reader_hash: str
    created_at: str
    confirmed_at: str | None
    sent_at: str
    seen_event: int
    slug: str
    title: str
    published_at: str
    post_kind: str


def submit(db: Database, slug: str, draft: Draft, *, at: str) -> Stored:
    """Store a comment as `comments.submit` does, and what mail its sender wants; ask to confirm the address."""
    stored = comments.submit(db, slug, draft, at=at)
    if not draft.email or not draft.sender.reader_hash or draft.sender.account is not None:
        return stored
    first_comments.ask(db, stored, draft, at=at)
    kind = next((kind for kind in KINDS if kind == draft.subscribe), None)
    if kind:
        ask(db, stored["post"]["id"], draft, kind, at=at)
    return stored


def ask(db: Database, post: int, draft: Draft, kind: Kind, *, at: str) -> None:
    """Store what a reader asks for; unless this browser confirmed the address before, mail a confirmation first.

    What the rules thought of the comment makes no difference, so that nobody learns it from a mail.
    """
    address, reader = draft.email.lower(), draft.sender.reader_hash or ""
    if is_unwanted(db, address):
        return
    confirmed = is_confirmed(db, address, reader)
    row = db.conn.execute(
        """
        insert into subscriptions (address, post_id, kind, reader_hash, created_at, confirmed_at, seen_event)
        values (?, ?, ?, ?, ?, ?, (select coalesce(max(id), 0) from events))
        on conflict (address, post_id, reader_hash) do update set kind = excluded.kind,
          created_at = excluded.created_at, confirmed_at = coalesce(confirmed_at, excluded.confirmed_at)
        returning id
        """,
        [address, post, kind, reader, at, at if confirmed else None],
    ).fetchone()
    if not confirmed and limits.may_confirm(db, address, draft.sender.network, at=at):
        mail_queue.enqueue(db, {"mail": "confirm", "to": address, "subscription": int(row[0])}, at=at)


def is_confirmed(db: Database, address: str, reader_hash: str) -> bool:
    row = db.conn.execute(
        "select 1 from confirmed_addresses where address = ? and reader_hash = ?", [address, reader_hash]
    ).fetchone()
    return row is not None


def confirm(db: Database, address: str, reader_hash: str, *, at: str) -> None:
    """Confirm an address for a browser, and with it what that browser asked for and its comments that wait for that."""
    db.conn.execute("insert or ignore into confirmed_addresses values (?, ?, ?)", [address, reader_hash, at])
    db.conn.execute(
        """
        update subscriptions set confirmed_at = ?, seen_event = (select coalesce(max(id), 0) from events)
        where address = ? and reader_hash = ? and confirmed_at is null
        """,
        [at, address, reader_hash],
    )
    unconfirmed.bring_in(db, address, reader_hash, at=at)
    limits.forget_confirmations(db, address)


def has_wishes(db: Database, address: str, reader_hash: str) -> bool:
    """Tell whether a browser asked for mail to an address and has not confirmed that yet."""
    row = db.conn.execute(
        "select 1 from subscriptions where address = ? and reader_hash = ? and confirmed_at is null",
        [address, reader_hash],
    ).fetchone()
    return row is not None


COLUMNS = """
    s.*, p.slug, p.title, p.published_at, p.kind as post_kind
    from subscriptions s join posts p on p.id = s.post_id
"""


def find(db: Database, number: int) -> Subscription:
    row = next(iter(db.query(f"select {COLUMNS} where s.id = ?", [number])), None)
    if row is None:
        raise NotFound(gettext("These mails were stopped already."))
    return row  # type: ignore[return-value]


def of_address(db: Database, address: str) -> list[Subscription]:
    """Return the confirmed subscriptions of an address, of each post once."""
    rows: list[Any] = list(
        db.query(
            f"select {COLUMNS} where s.address = ? and s.confirmed_at is not null group by s.post_id order by s.id",
            [address],
        )
    )
    return rows


def stop(db: Database, number: int) -> bool:
    """End a subscription, also where another browser asked for the same; tell whether there was one."""
    ended = db.conn.execute(
        """
        delete from subscriptions where (address, post_id) in (select address, post_id from subscriptions where id = ?)
        """,
        [number],
    ).rowcount
    _drop_waiting(db)
    return bool(ended)


def stop_all(db: Database, address: str) -> int:
    ended = db.conn.execute("delete from subscriptions where address = ?", [address]).rowcount
    _drop_waiting(db)
    return int(ended)


def _drop_waiting(db: Database) -> None:
    """Take back mails of subscriptions that ended."""
    db.conn.execute(
        """
        delete from outbox where kind = 'mail' and payload ->> '$.subscription' is not null
          and payload ->> '$.subscription' not in (select id from subscriptions)
        """
    )


def refuse_all(db: Database, address: str, *, at: str) -> None:
    """Never write to an address again, whoever types it into a form; only its hash is stored."""
    stop_all(db, address)
    db.conn.execute("delete from confirmed_addresses where address = ?", [address])
    db.conn.execute("insert or ignore into unwanted_mail values (?, ?)", [_hash(db, address), at])


def is_unwanted(db: Database, address: str) -> bool:
    row = db.conn.execute("select 1 from unwanted_mail where address_hash = ?", [_hash(db, address)]).fetchone()
    return row is not None


def _hash(db: Database, address: str) -> str:
    return links.keyed_hash(db, f"unwanted {address}")


def purge(db: Database, *, at: str) -> None:
    """Forget what nobody confirmed within two days."""
    db.conn.execute(
        "delete from subscriptions where confirmed_at is null and created_at < ?", [earlier(at, days=UNCONFIRMED_DAYS)]
    )
    _drop_waiting(db)
