"""Undo: a batch is taken back by a batch of its own, as long as nothing later depends on it."""

import json
from typing import TypedDict

from sqlite_utils import Database

from blog import filter, outbox
from blog.errors import Conflict, NotFound
from blog.journal import acts as declared
from blog.journal import events
from blog.journal.acts import Acts, Undoing
from blog.journal.events import Actor, Batch
from blog.wording import gettext, ngettext, number


class UndoOutcome(TypedDict):
    """`undone` is the batch that was taken back, `batch` the new one.

    `files` are path and hash of files to remove, `back` path and bytes of those to write again, `media` the paths of
    uploaded files that come back, or (False) go, by the trash.
    """

    batch: int
    undone: int
    moved: int
    files: list[tuple[str, str]]
    back: list[tuple[str, bytes]]
    media: list[tuple[str, bool]]


def undo(db: Database, number: int | None, acts: Acts, *, by: Actor) -> UndoOutcome:
    """Undo a batch, or the newest that was not undone (None). Raise NotFound, or Conflict with the reason."""
    number = number if number is not None else events.last_batch(db)
    named = events.batch(db, number) if number is not None else None
    if named is None:
        raise NotFound(
            gettext("There is nothing to undo.")
            if number is None
            else gettext("There is no batch {batch}.", batch=number)
        )
    root, batch = _to_undo(db, named)
    number = batch["id"]
    act = declared.find(acts, root["kind"])
    if act is None or act.undo is None:
        raise Conflict(
            gettext(
                "Batch {batch} cannot be undone: an act of this kind ({kind}) is final.",
                batch=number,
                kind=root["kind"],
            )
        )
    if not act.independent:
        _check_nothing_later(db, batch)
        _check_statuses(db, batch)
    if act.check:
        act.check(db, number)
    undoing = Undoing(root["id"], number, events.open_batch(db, "undo", by=by, reverses=number), by)
    if not act.writes_events:
        events.reverse(db, number, batch=undoing.batch, by=by)
    outbox.drop_of_batch(db, number)
    act.undo(db, undoing)
    _mark_undone(db, undoing)
    if act.lesson:
        filter.relabel(db, number, declared.lessons(acts))
    return {
        "batch": undoing.batch,
        "undone": number,
        "moved": batch["moved"],
        "files": undoing.files,
        "back": undoing.back,
        "media": undoing.media,
    }


def _to_undo(db: Database, batch: Batch) -> tuple[Batch, Batch]:
    """Return the act that a batch is, or takes back, and the batch to undo: the act itself if it was done again."""
    number = batch["id"]
    if batch["undone_by"] is not None:
        raise Conflict(
            gettext(
                "Batch {batch} was undone already, by batch {undone_by}.", batch=number, undone_by=batch["undone_by"]
            ),
            batch=batch["undone_by"],
        )
    root = _root(db, batch)
    if batch["reverses"] is None or root["undone_by"] == number:
        return root, batch
    if root["undone_by"] is None:
        return root, root
    raise Conflict(
        gettext(
            "Batch {id}, which batch {batch} is about, is undone by batch {undone_by}.",
            id=root["id"],
            batch=number,
            undone_by=root["undone_by"],
        ),
        batch=root["undone_by"],
    )


def _root(db: Database, batch: Batch) -> Batch:
    """Return the act that a chain of undoings began with."""
    return (events.batch(db, json.loads(batch["undid"])["id"]) if batch["undid"] else None) or batch


def _check_nothing_later(db: Database, batch: Batch) -> None:
    row = db.conn.execute(
        """
        select count(distinct coalesce(l.comment_id, -l.post_id)), max(l.batch_id),
          count(distinct l.comment_id) filter (where l.kind = 'purge')
        from events e
        join events l on l.id > e.id
          and ((e.comment_id is not null and l.comment_id = e.comment_id)
            or (e.comment_id is null and l.comment_id is null and l.post_id = e.post_id))
        left join batches b on b.id = l.batch_id
        where e.batch_id = ?
          and (l.kind = 'purge' or (b.undone_by is null and b.reverses is null and l.batch_id is not null))
        """,
        [batch["id"]],
    ).fetchone()
    if row[2]:
        raise Conflict(
            ngettext(
                "Batch {batch} cannot be undone: {n} of its {moved} was purged for good since.",
                "Batch {batch} cannot be undone: {n} of its {moved} were purged for good since.",
                row[2],
                batch=batch["id"],
                moved=number(batch["moved"]),
            )
        )
    if row[0]:
        raise Conflict(_later(batch, row[1], row[0], events.batch(db, row[1])), batch=row[1])


def _later(batch: Batch, number_of_later: int, changed: int, later: Batch | None) -> str:
    """Say that a later batch changed some of what a batch moved; it may have no name of whoever did it."""
    places = {
        "batch": batch["id"],
        "later": number_of_later,
        "kind": later["kind"] if later else "",
        "moved": number(batch["moved"]),
    }
    if later and later["who"]:
        return ngettext(
            "Batch {batch} cannot be undone alone: batch {later} ({kind}, by {who}) came later and changed {n} of its"
            " {moved}. Undo that one first.",
            "Batch {batch} cannot be undone alone: batch {later} ({kind}, by {who}) came later and changed {n} of its"
            " {moved}. Undo that one first.",
            changed,
            who=later["who"],
            **places,
        )
    return ngettext(
        "Batch {batch} cannot be undone alone: batch {later} ({kind}) came later and changed {n} of its {moved}. Undo"
        " that one first.",
        "Batch {batch} cannot be undone alone: batch {later} ({kind}) came later and changed {n} of its {moved}. Undo"
        " that one first.",
        changed,
        **places,
    )


def _check_statuses(db: Database, batch: Batch) -> None:
    """Raise Conflict when a comment is not in the status to which the batch brought it."""
    row = db.conn.execute(
        """
        select count(*) from events e join comments c on c.id = e.comment_id
        where e.batch_id = ? and e.after <> c.status
        """,
        [batch["id"]],
    ).fetchone()
    if row[0]:
        raise Conflict(
            ngettext(
                "Batch {batch} cannot be undone: {n} of its {moved} has changed since.",
                "Batch {batch} cannot be undone: {n} of its {moved} have changed since.",
                row[0],
                batch=batch["id"],
                moved=number(batch["moved"]),
            )
        )


def _mark_undone(db: Database, undoing: Undoing) -> None:
    db.conn.execute("update batches set undone_by = ? where id = ?", [undoing.batch, undoing.number])
    if undoing.again:
        db.conn.execute("update batches set undone_by = null where id = ?", [undoing.act])
