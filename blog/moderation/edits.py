"""Editing a comment: earlier texts are kept for moderators, and Undo restores them."""

import difflib
import re
from typing import Any

from sqlite_utils import Database

from blog import comments
from blog.comments import Draft, Sender
from blog.comments.drafts import text_hash
from blog.errors import Conflict, Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Undoing
from blog.journal.events import Actor, NewEvent
from blog.wording import gettext

WORD_BY_WORD = 40_000  # characters of a text that is compared word by word
FIELDS = "author, url, text, text_html, text_hash, edited_at"


def prepare(author: str, url: str, text: str) -> Draft:
    """Check and render a new text, without the database, so that this happens outside of the transaction."""
    return comments.prepare({"author": author, "url": url, "comment": text, "email": ""}, Sender())


def revise(
    db: Database, number: int, draft: Draft, *, by: Actor, reason: str = "", edited: str | None = None
) -> int | None:
    """Give a comment the prepared name, address and text; return the batch, None when nothing differs.

    The same checks as for a reader's own comment; raises Invalid with a sentence for each field, Conflict when it was
    last edited at another time than `edited` ("": never; None: any time).
    """
    old = _row(db, number)
    if draft.errors:
        raise Invalid(draft.errors)
    if (draft.author, draft.url, draft.text) == (old["author"], old["url"], old["text"]):
        return None
    if edited is not None and edited != (old["edited_at"] or ""):
        raise Conflict(
            gettext(
                "Somebody edited this while you wrote. Their text is above; yours is still here, and Save replaces"
                " theirs."
            )
        )
    batch = events.open_batch(db, "edit", by=by, reason=reason)
    new = {
        "author": draft.author,
        "url": draft.url,
        "text": draft.text,
        "text_html": draft.rendered.html,
        "text_hash": text_hash(draft.text),
        "edited_at": by.at,
    }
    status = old["status"]
    event = NewEvent("edit", batch, number, old["post_id"], before=status, after=status, reason=reason)
    events.record(db, event, by=by)
    _revise(db, batch, old, new, by=by)
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    """Give a comment the text that it had before a batch."""
    rows = list(db.query(f"select comment_id, {FIELDS} from revisions where batch_id = ?", [undoing.number]))
    for revision in rows:
        old = _row(db, revision.pop("comment_id"))
        _revise(db, undoing.batch, old, revision, by=undoing.by)


def _check_unchanged(db: Database, batch: int) -> None:
    """Raise Conflict unless the comment has the text that the batch gave it, as the next edit, if any, stored it."""
    row = db.conn.execute(
        """
        select 1 from revisions r join comments c on c.id = r.comment_id
        join revisions n on n.id = (select min(id) from revisions where comment_id = r.comment_id and id > r.id)
        where r.batch_id = ? and (n.author, n.url, n.text, n.edited_at) is not (c.author, c.url, c.text, c.edited_at)
        """,
        [batch],
    ).fetchone()
    if row is not None:
        raise Conflict(
            gettext(
                "Batch {batch} cannot be undone: the comment's text was changed since, by undoing or repeating"
                " another edit of it.",
                batch=batch,
            )
        )


EDIT = Act(
    kind="edit",
    group=acts.EDITS,
    sentence=lambda row: gettext("One comment edited."),
    event=lambda event: gettext("Edited."),
    undo=_undo,
    check=_check_unchanged,
)


def _row(db: Database, number: int) -> dict[str, Any]:
    row = next(iter(db.query(f"select id, post_id, status, {FIELDS} from comments where id = ?", [number])), None)
    if row is None or row["status"] == "deleted":
        raise NotFound(gettext("There is no comment {id}.", id=number))
    return row


def _revise(db: Database, batch: int, old: dict[str, Any], new: dict[str, Any], *, by: Actor) -> None:
    """Store the old text in `revisions` (the journal holds no text), and write the new one."""
    db.conn.execute(
        f"insert into revisions (comment_id, batch_id, at, {FIELDS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [old["id"], batch, by.at, *(old[name.strip()] for name in FIELDS.split(","))],
    )
    db.conn.execute(
        """
        update comments set author = :author, url = :url, text = :text, text_html = :text_html, text_hash = :text_hash,
          edited_at = :edited_at, version = version + 1 where id = :id
        """,
        {**new, "id": old["id"]},
    )


def history(db: Database, number: int) -> list[dict[str, Any]]:
    """Return the texts before each edit of a comment, oldest first, each with the batch that replaced it."""
    return list(
        db.query(
            "select batch_id as batch, at, author, url, text from revisions where comment_id = ? order by id", [number]
        )
    )


def before(db: Database, number: int, *, edits: int) -> dict[str, Any] | None:
    """Return name, address and text before the last so many edits; None when they were erased."""
    rows = db.query(
        "select author, url, text from revisions where comment_id = ? order by id desc limit 1 offset ?",
        [number, edits - 1],
    )
    return next(iter(list(rows)), None) if edits > 0 else None


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Return the difference of two texts as runs of words, of lines in long texts: ("same" | "gone" | "new", words)."""
    piece = r"\s+|[^\s]+" if max(len(before), len(after)) <= WORD_BY_WORD else r"[^\n]*\n|[^\n]+"
    old, new = re.findall(piece, before), re.findall(piece, after)
    runs: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            runs.append(("gone", "".join(old[a:b])))
        if c < d:
            runs.append(("new", "".join(new[c:d])))
    return runs
