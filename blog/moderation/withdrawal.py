"""Writers take back their own comments, and may bring them back for a day; after that the words are erased."""

from sqlite_utils import Database

from blog.errors import Conflict
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent, earlier
from blog.moderation.own_comments import RESTORABLE_DAYS, OwnComment
from blog.wording import N_, gettext


def withdraw(db: Database, own: OwnComment, *, by: Actor) -> int | None:
    """Take a comment away at once, also a public one; return the batch, None when it was withdrawn before."""
    row = own.row
    if row["withdrawn_at"]:
        return None
    batch = _move(db, own, "withdraw", row["status"], "deleted", by=by)
    db.conn.execute("update comments set withdrawn_at = ? where id = ?", [by.at, row["id"]])
    db.conn.execute("delete from proposals where comment_id = ?", [row["id"]])
    return batch


def bring_back(db: Database, own: OwnComment, *, by: Actor) -> int | None:
    """Bring a comment back to where it stood; raise Conflict after a day."""
    row = own.row
    if not row["withdrawn_at"]:
        return None
    if row["withdrawn_at"] < earlier(by.at, days=RESTORABLE_DAYS) or not row["text"]:
        raise Conflict(gettext("A comment can be brought back for a day. Its words are gone; please write it again."))
    (before,) = db.conn.execute(
        "select before from events where comment_id = ? and kind = 'withdraw' order by id desc limit 1", [row["id"]]
    ).fetchone()
    db.conn.execute("update comments set withdrawn_at = null where id = ?", [row["id"]])
    return _move(db, own, "restore", "deleted", before, by=by)


def _move(db: Database, own: OwnComment, kind: str, before: str, after: str, *, by: Actor) -> int:
    number, post = own.row["id"], own.row["post_id"]
    batch = events.open_batch(db, kind, by=by)
    events.record(db, NewEvent(kind, batch=batch, comment=number, post=post, before=before, after=after), by=by)
    db.conn.execute("update comments set status = ? where id = ?", [after, number])
    return batch


WITHDRAW = Act(
    kind="withdraw",
    group=acts.EDITS,
    sentence=lambda row: gettext("One comment withdrawn by its writer."),
    event=lambda event: gettext("Withdrawn by its writer."),
    decided=N_("Withdrawn"),
)
