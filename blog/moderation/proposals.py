"""Changes that writers propose to their public comments: the public text stays until a moderator accepts one."""

from typing import Any

from sqlite_utils import Database

from blog.comments import Draft
from blog.errors import Conflict, Invalid
from blog.journal import acts, events
from blog.journal.acts import Act, Undoing
from blog.journal.events import Actor, NewEvent
from blog.moderation import edits
from blog.moderation.own_comments import OwnComment
from blog.wording import N_, gettext

PAGE = 50


def propose(db: Database, own: OwnComment, draft: Draft, *, at: str) -> None:
    """Store a change in place of an earlier one; the text as it is already takes the proposal back."""
    if draft.errors:
        raise Invalid(draft.errors)
    take_back(db, own)
    if draft.text != own.row["text"]:
        db.conn.execute(
            "insert into proposals (comment_id, at, revision, text, text_html) values (?, ?, ?, ?, ?)",
            [own.row["id"], at, own.row["version"], draft.text, draft.rendered.html],
        )


def take_back(db: Database, own: OwnComment) -> None:
    db.conn.execute("delete from proposals where comment_id = ?", [own.row["id"]])


def waiting(db: Database, *, owner: str = "") -> list[dict[str, Any]]:
    """Return the oldest proposals, with an `owner` those on the posts of this author."""
    return list(
        db.query(
            f"""
            select g.comment_id as id, g.at, g.text as proposed, c.text, c.author, c.url, p.slug, p.title,
              p.language as post_language
            from proposals g join comments c on c.id = g.comment_id and c.status = 'approved'
            join posts p on p.id = c.post_id
            where g.declined_in is null and (:owner = '' or p.author = :owner collate nocase)
            order by g.at limit {PAGE}
            """,
            {"owner": owner},
        )
    )


def find(db: Database, number: int) -> dict[str, Any]:
    """Return the proposal for a comment, with the comment's name and address."""
    row = next(
        iter(
            db.query(
                """
                select g.comment_id as id, g.at, g.text, c.author, c.url, c.status, c.post_id
                from proposals g join comments c on c.id = g.comment_id where g.comment_id = ? and g.declined_in is null
                """,
                [number],
            )
        ),
        None,
    )
    if row is None:
        raise Conflict(
            gettext("There is no proposed change for comment {number}. Somebody may have decided on it.", number=number)
        )
    return row


def accept(db: Database, number: int, draft: Draft, *, seen: str, by: Actor) -> int | None:
    """Give a comment the proposed text, as an edit that Undo takes back; `seen` is when the shown proposal was made."""
    found = find(db, number)
    if found["at"] != seen or draft.text != found["text"]:
        raise Conflict(gettext("The writer changed this proposal since you saw it. Please look at it again."))
    db.conn.execute("delete from proposals where comment_id = ?", [number])
    batch = edits.revise(db, number, draft, by=by, reason=gettext("Proposed by its writer"))
    if batch:
        db.conn.execute("update batches set told = 1 where id = ?", [batch])
    return batch


def decline(db: Database, number: int, *, by: Actor) -> int:
    """Leave the public text as it is; return the batch."""
    found = find(db, number)
    batch = events.open_batch(db, "decline", by=by)
    state = {"before": found["status"], "after": found["status"]}
    events.record(db, NewEvent("decline", batch=batch, comment=number, post=found["post_id"], **state), by=by)
    db.conn.execute("update proposals set declined_in = ? where comment_id = ?", [batch, number])
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    if undoing.again:
        db.conn.execute(
            """
            update proposals set declined_in = :act where declined_in is null
            and comment_id in (select comment_id from events where batch_id = :act)
            """,
            {"act": undoing.act},
        )
    else:
        db.conn.execute("update proposals set declined_in = null where declined_in = ?", [undoing.act])


def _check(db: Database, batch: int) -> None:
    """Raise Conflict unless the proposal is still as this batch left it: declined by it, or waiting after its undo."""
    row = db.conn.execute(
        """
        select 1 from proposals where comment_id in (select comment_id from events where batch_id = :batch)
          and declined_in is (select id from batches where id = :batch and kind = 'decline')
        """,
        {"batch": batch},
    ).fetchone()
    if row is None:
        raise Conflict(gettext("The writer has changed or taken back what was declined."))


DECLINE = Act(
    kind="decline",
    group=acts.EDITS,
    sentence=lambda row: gettext("Declined a change that a writer proposed."),
    event=lambda event: gettext("The proposed change was declined."),
    decided=N_("Change declined"),
    undo=_undo,
    check=_check,
    independent=True,
)
