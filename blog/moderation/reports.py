"""Reports by readers: they show on the desk with their number, and hold a comment only where the site sets a limit.

They count until a moderator has settled them, or until they have held the comment.
"""

import json

from sqlite_utils import Database

from blog import posts
from blog.comments import marks
from blog.comments.marks import Mark
from blog.errors import NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, NewEvent
from blog.moderation import decisions
from blog.moderation.decisions import Decision, Ruling
from blog.rules import policy as policies
from blog.wording import gettext, ngettext


def report(db: Database, slug: str, comment: int, given: Mark) -> None:
    """Store a report; at the limit of the setting `comment_reports` the comment waits for a moderator again."""
    post = posts.find(db, slug, at=given.at, text=False)
    count = marks.mark(db, post["id"], comment, given)
    limit = policies.from_json(post["policy"]).comment_reports
    if limit and count >= limit:
        reason = ngettext("Reported by one reader.", "Reported by {n} readers.", count)
        decisions.decide(db, [comment], Ruling(Decision.UNAPPROVE, reason), by=Actor(given.at, None, "rule"))
        _clear(db, comment)


def settle(db: Database, comment: int, *, by: Actor) -> int | None:
    """Settle the reports of a comment, which stays as it is; return the batch, None when there are none.

    The same browser cannot report it again; the reports of others count from one.
    """
    row = db.conn.execute("select reports from comments where id = ? and status <> 'deleted'", [comment]).fetchone()
    if row is None:
        raise NotFound(gettext("There is no comment {id}.", id=comment))
    if not row[0]:
        return None
    batch = events.open_batch(db, "settle", by=by)
    before, after = ({"comment": comment, "settled": row[0], "reports": number} for number in (row[0], 0))
    events.record(db, NewEvent("settle", batch=batch, before=json.dumps(before), after=json.dumps(after)), by=by)
    _clear(db, comment)
    return batch


def _clear(db: Database, comment: int) -> None:
    db.conn.execute("update comments set reports = 0 where id = ?", [comment])


def _undo(db: Database, undoing: Undoing) -> None:
    rows = db.conn.execute("select before, after from events where batch_id = ?", [undoing.number]).fetchall()
    for before, after in (map(json.loads, row) for row in rows):
        settled = before["reports"] - after["reports"]  # readers may have reported the comment since
        db.conn.execute("update comments set reports = max(reports + ?, 0) where id = ?", [settled, before["comment"]])


def _sentence(row: Row) -> str:
    return ngettext(
        "Settled one report of a comment.", "Settled {n} reports of a comment.", json.loads(row["after"])["settled"]
    )


SETTLE = Act(kind="settle", group=acts.EDITS, sentence=_sentence, undo=_undo)
