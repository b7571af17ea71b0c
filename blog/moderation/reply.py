"""Answering a comment from the desk, which may approve it at the same time; closed discussions take it too."""

from dataclasses import replace

from sqlite_utils import Database

from blog import comments
from blog.comments import Draft, Sender
from blog.errors import Conflict, Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Lesson
from blog.journal.events import Actor, NewEvent
from blog.moderation import Decision, decisions
from blog.moderation.decisions import Ruling
from blog.rules import BY_STAFF
from blog.wording import N_, gettext

MEANWHILE = {
    "edited": N_(
        "Somebody edited this while you wrote, so nothing was published. Your answer is still here: publish"
        " it once more to approve the comment all the same."
    ),
    "pending": N_(
        "Somebody moved this to pending while you wrote, so nothing was published. Your answer is still here: publish"
        " it once more to approve the comment all the same."
    ),
    "spam": N_(
        "Somebody moved this to spam while you wrote, so nothing was published. Your answer is still here: publish"
        " it once more to approve the comment all the same."
    ),
    "trash": N_(
        "Somebody moved this to trash while you wrote, so nothing was published. Your answer is still here: publish"
        " it once more to approve the comment all the same."
    ),
}


def prepare(text: str, account: int, name: str, email: str) -> Draft:
    """Check and render an answer, without the database; this is slow for a hostile text."""
    return comments.prepare({"comment": text}, Sender(account=account, account_name=name, account_email=email))


def answer(db: Database, number: int, draft: Draft, *, by: Actor, approve: bool, seen: str = "") -> tuple[int, int]:
    """Store an answer under a comment, with `approve` after approving that; return the batch and the answer's id.

    Undo takes both back. Raises Invalid when the comment is not public and `approve` is not set, Conflict when it is
    not public and not as it was `seen`: status, or status and revision ("pending:2"; "" is any).
    """
    row = db.conn.execute(
        "select post_id, status, coalesce(root_id, id), version from comments where id = ?", [number]
    ).fetchone()
    if row is None or row[1] == "deleted":
        raise NotFound(gettext("There is no comment {id}.", id=number))
    if draft.errors:
        raise Invalid(draft.errors)
    if row[1] != "approved" and seen not in ("", row[1], f"{row[1]}:{row[3]}"):
        happened = "edited" if seen.partition(":")[0] == row[1] else str(row[1])
        raise Conflict(gettext(MEANWHILE[happened]))
    if row[1] != "approved" and not approve:
        raise Invalid({"approve": gettext("Only a public comment can get a reply. Approve it with the reply.")})
    batch = events.open_batch(db, "answer", by=by)
    decisions.decide_into(db, batch, "c.id = :id", {"id": number}, Ruling(Decision.APPROVE), by)
    stored = comments.insert(db, comments.Row(row[0], replace(draft, parent=number), BY_STAFF, int(row[2]), by.at))
    events.record(
        db,
        NewEvent("submit", batch=batch, comment=stored, post=row[0], before="deleted", after="approved", rule="staff"),
        by=by,
    )
    return batch, stored


ANSWER = Act(
    kind="answer",
    group=acts.EDITS,
    sentence=lambda row: gettext("Replied to one comment."),
    event=lambda event: gettext("Replied to."),
    lesson=Lesson("ham"),  # the answered comment is approved
    undo=decisions.undo,
)
