"""Lock threads, which then accept no replies, and unlock them."""

import json

from sqlite_utils import Database

from blog.errors import NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, NewEvent
from blog.wording import gettext


def lock(db: Database, comment: int, locked: bool, *, by: Actor) -> int | None:
    """Lock or unlock the thread of a comment; return the batch, None when nothing changes."""
    row = db.conn.execute(
        """
        select r.id, r.locked from comments c join comments r on r.id = coalesce(c.root_id, c.id)
        where c.id = ? and c.status <> 'deleted'
        """,
        [comment],
    ).fetchone()
    if row is None:
        raise NotFound(gettext("There is no comment {id}.", id=comment))
    if bool(row[1]) == locked:
        return None
    batch = events.open_batch(db, "lock", by=by)
    before, after = ({"thread": row[0], "locked": value} for value in (not locked, locked))
    events.record(db, NewEvent("lock", batch=batch, before=json.dumps(before), after=json.dumps(after)), by=by)
    _set(db, after)
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    for (before,) in db.conn.execute("select before from events where batch_id = ?", [undoing.number]).fetchall():
        _set(db, json.loads(before))


def _set(db: Database, state: dict[str, int]) -> None:
    db.conn.execute("update comments set locked = :locked where id = :thread", state)


def _sentence(row: Row) -> str:
    return gettext("Locked a thread.") if json.loads(row["after"])["locked"] else gettext("Unlocked a thread.")


LOCK = Act(kind="lock", group=acts.EDITS, sentence=_sentence, undo=_undo)
