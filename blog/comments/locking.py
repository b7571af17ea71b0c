"""Locking a thread, which then takes no more replies, and opening it again."""

from sqlite_utils import Database

from blog.errors import NotFound
from blog.journal import events
from blog.journal.events import Actor


def lock(db: Database, comment: int, locked: bool, *, by: Actor) -> int | None:
    """Lock the thread that a comment stands in, or open it again; return the batch, None when it is so already."""
    row = db.conn.execute(
        """
        select r.id, r.locked from comments c join comments r on r.id = coalesce(c.root_id, c.id)
        where c.id = ? and c.status <> 'deleted'
        """,
        [comment],
    ).fetchone()
    if row is None:
        raise NotFound(f"There is no comment {comment}.")
    if bool(row[1]) == locked:
        return None
    batch = events.open_batch(db, "lock", by=by)
    words = ("locked", "unlocked") if not locked else ("unlocked", "locked")
    events.record(db, "lock", by=by, batch=batch, before=f"{words[0]} {row[0]}", after=f"{words[1]} {row[0]}")
    set_lock(db, f"{words[1]} {row[0]}")
    return batch


def set_lock(db: Database, written: str) -> None:
    """Make a thread's lock what the journal's words say: "locked 7" or "unlocked 7"."""
    word, _, thread = written.partition(" ")
    db.conn.execute("update comments set locked = ? where id = ?", [int(word == "locked"), int(thread)])
