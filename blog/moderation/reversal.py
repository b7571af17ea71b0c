"""Undo: a batch is taken back by a batch of its own, as long as nothing later depends on it."""

import json
from typing import TypedDict

from sqlite_utils import Database

from blog import closing, comments, filter, moderation
from blog.comments import imports
from blog.errors import Conflict, NotFound
from blog.journal import events
from blog.journal.events import Actor, Batch
from blog.moderation import bans, edits, moves

SWITCHES = ("close", "open", "follow")


class Reversal(TypedDict):
    """`undone` is the batch taken back, `batch` the one that did it; `files` are path and hash of files to remove."""

    batch: int
    undone: int
    moved: int
    files: list[tuple[str, str]]


def undo(db: Database, number: int | None, *, by: Actor) -> Reversal:
    """Take back a batch (the newest that stands: None); raise NotFound, or Conflict with what stands in the way."""
    number = number if number is not None else events.last_batch(db)
    found = events.batch(db, number) if number is not None else None
    if found is None or number is None:
        raise NotFound("There is nothing to undo." if number is None else f"There is no batch {number}.")
    if found["undone_by"] is not None:
        raise Conflict(f"Batch {number} was undone already, by batch {found['undone_by']}.", batch=found["undone_by"])
    root = _root(db, found)
    if found["reverses"] is not None and root["undone_by"] is None:
        found, number = root, root["id"]  # it was done again since: taking that back is taking the act itself back
    elif found["reverses"] is not None and root["undone_by"] != number:
        raise Conflict(
            f"Batch {root['id']}, which batch {number} is about, is undone by batch {root['undone_by']}.",
            batch=root["undone_by"],
        )
    _check_nothing_later(db, found)
    kind = root["kind"]
    _check_still_there(db, found, kind)
    if kind == "import" and found["reverses"] is not None:
        raise Conflict(f"Batch {number} took an import back. To have it again, import the page again.")
    if kind == "import":
        batch, files = imports.take_back(db, found, by=by)
        return {"batch": batch, "undone": number, "moved": found["moved"], "files": files}
    batch = events.open_batch(db, "undo", by=by, reverses=number)
    _write_events(db, number, batch, by)
    if kind in SWITCHES:
        _turn_back(db, number, by)
    elif kind == "lock":
        _unlock(db, number)
    elif kind == "edit":
        edits.turn_back(db, number, batch, by=by)
    elif kind == "move":
        moves.turn_back(db, number, batch)
    elif kind == "learn":
        filter.put(db, root["id"], standing=found["reverses"] is not None)
    else:
        moderation.move(db, batch)
    if kind in ("ban", "trust"):
        bans.turn_back(db, number, batch, by=by)
    db.conn.execute("update batches set undone_by = ? where id = ?", [batch, number])
    if root["id"] != number:
        db.conn.execute("update batches set undone_by = null where id = ?", [root["id"]])
    if kind in (*filter.TEACHES, "answer"):
        filter.reconsider(db, number)
    return {"batch": batch, "undone": number, "moved": found["moved"], "files": []}


def _root(db: Database, found: Batch) -> Batch:
    """Return the act at the bottom of a chain of undoings."""
    return (events.batch(db, json.loads(found["undid"])["id"]) if found["undid"] else None) or found


def _check_nothing_later(db: Database, found: Batch) -> None:
    row = db.conn.execute(
        """
        select count(distinct coalesce(l.comment_id, -l.post_id)), max(l.batch_id),
          count(distinct l.comment_id) filter (where l.kind = 'purge')
        from events e
        join events l on l.id > e.id
          and ((e.comment_id is not null and l.comment_id = e.comment_id)
            or (e.comment_id is null and l.comment_id is null and l.post_id = e.post_id))
        left join batches b on b.id = l.batch_id
        where e.batch_id = ? and e.kind <> 'import'
          and (l.kind = 'purge' or (b.undone_by is null and b.reverses is null and l.batch_id is not null))
        """,
        [found["id"]],
    ).fetchone()
    if row[2]:
        raise Conflict(
            f"Batch {found['id']} cannot be undone: {row[2]:,} of its {found['moved']:,} were purged for good since."
        )
    if row[0]:
        later = events.batch(db, row[1])
        what = f"{later['kind']}{', by ' + later['who'] if later and later['who'] else ''}" if later else ""
        raise Conflict(
            f"Batch {found['id']} cannot be undone alone: batch {row[1]} ({what}) came later and changed"
            f" {row[0]:,} of its {found['moved']:,}. Undo that one first.",
            batch=row[1],
        )


def _check_still_there(db: Database, found: Batch, kind: str) -> None:
    """Refuse to take back what no longer stands as the batch left it, because others were undone or done again."""
    row = db.conn.execute(
        """
        select count(*) from events e join comments c on c.id = e.comment_id
        where e.batch_id = ? and e.kind <> 'import' and e.after <> c.status
        """,
        [found["id"]],
    ).fetchone()
    if row[0]:
        raise Conflict(
            f"Batch {found['id']} cannot be undone: {row[0]:,} of its {found['moved']:,} are not where it left them."
        )
    if kind == "edit" and not edits.stands(db, found["id"]):
        raise Conflict(
            f"Batch {found['id']} cannot be undone: the comment does not say any more what it said then, as another"
            " edit of it was undone or done again since."
        )


def _write_events(db: Database, number: int, batch: int, by: Actor) -> None:
    db.conn.execute(
        """
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule)
        select :batch, :at, 'undo', comment_id, post_id, :account, :source, after, before, rule
        from events where batch_id = :number order by id
        """,
        {"batch": batch, "at": by.at, "account": by.account, "source": by.source, "number": number},
    )


def _turn_back(db: Database, number: int, by: Actor) -> None:
    rows = db.conn.execute("select post_id, before from events where batch_id = ?", [number]).fetchall()
    closing.put(db, dict(rows), by=by)


def _unlock(db: Database, number: int) -> None:
    for (before,) in db.conn.execute("select before from events where batch_id = ?", [number]).fetchall():
        comments.set_lock(db, before)
