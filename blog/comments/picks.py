"""Pick comments, up to three on a post, which are then shown at the head of its discussion."""

import json

from sqlite_utils import Database

from blog.errors import Conflict, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, NewEvent
from blog.wording import gettext

MOST = 3  # on a post


def pick(db: Database, comment: int, picked: bool, *, by: Actor) -> int | None:
    """Pick an approved comment, or take that back; return the batch, None when nothing changes."""
    row = db.conn.execute(
        """
        select c.picked, (select count(*) from comments o where o.post_id = c.post_id and o.picked = 1)
        from comments c where c.id = ? and c.status = 'approved'
        """,
        [comment],
    ).fetchone()
    if row is None:
        raise NotFound(gettext("There is no comment {id}.", id=comment))
    if bool(row[0]) == picked:
        return None
    if picked and row[1] >= MOST:
        raise Conflict(gettext("Three comments on this post are picked already. Take one of them back first."))
    batch = events.open_batch(db, "pick", by=by)
    before, after = ({"comment": comment, "picked": value} for value in (not picked, picked))
    events.record(db, NewEvent("pick", batch=batch, before=json.dumps(before), after=json.dumps(after)), by=by)
    _set(db, after)
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    for (before,) in db.conn.execute("select before from events where batch_id = ?", [undoing.number]).fetchall():
        _set(db, json.loads(before))


def _set(db: Database, state: dict[str, int]) -> None:
    db.conn.execute("update comments set picked = :picked where id = :comment", state)


def _sentence(row: Row) -> str:
    return gettext("Picked a comment.") if json.loads(row["after"])["picked"] else gettext("Took a pick back.")


PICK = Act(kind="pick", group=acts.EDITS, sentence=_sentence, undo=_undo)
