"""Comments that wait apart from the queue until their writers confirm the address (require_confirmed_address).

They are pending, and their writers see them, but the queue leaves them out and nobody is told of them.
"""

from sqlite_utils import Database

from blog.journal.acts import Act
from blog.wording import N_, gettext

ASKED_HOURS = 48  # how long the writer has, from the moment when the mail that asks was sent
IN_QUEUE = "not exists (select 1 from unconfirmed_comments u where u.comment_id = c.id)"
APART = "c.id in (select comment_id from unconfirmed_comments)"


def is_first(db: Database, address: str, reader_hash: str) -> bool:
    """Tell whether nothing of a browser was approved yet, and the address was not confirmed in it."""
    row = db.conn.execute(
        """
        select exists (select 1 from confirmed_addresses where address = :address and reader_hash = :reader)
          or exists (select 1 from comments where reader_hash = :reader and status = 'approved')
        """,
        {"address": address, "reader": reader_hash},
    ).fetchone()
    return not row[0]


def set_apart(db: Database, comment: int, address: str, reader_hash: str) -> None:
    db.conn.execute(
        "insert into unconfirmed_comments (comment_id, address, reader_hash) values (?, ?, ?)",
        [comment, address, reader_hash],
    )


def is_apart(db: Database, comment: int) -> bool:
    row = db.conn.execute("select 1 from unconfirmed_comments where comment_id = ?", [comment]).fetchone()
    return row is not None


def bring_in(db: Database, address: str, reader_hash: str, *, at: str) -> None:
    """Bring the comments of a browser and address into the queue: the address was confirmed there."""
    chosen = {"address": address, "reader": reader_hash, "at": at}
    theirs = "select comment_id from unconfirmed_comments where address = :address and reader_hash = :reader"
    db.conn.execute(
        f"""
        insert into events (at, kind, comment_id, post_id, source, before, after, rule)
        select :at, 'address confirmed', id, post_id, 'mail', status, status, rule from comments where id in ({theirs})
        """,
        chosen,
    )
    db.conn.execute("delete from unconfirmed_comments where address = :address and reader_hash = :reader", chosen)


ADDRESS_CONFIRMED = Act(
    kind="address confirmed",
    sentence=lambda row: gettext("Address confirmed."),
    event=lambda event: gettext("Its writer confirmed the address, and it came into the queue."),
)
REMOVED = N_("The address was not confirmed within two days.")
