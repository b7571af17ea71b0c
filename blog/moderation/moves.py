"""Moving a comment with all its answers, within a thread or to another post."""

import json
from typing import Any

from sqlite_utils import Database

from blog.errors import Conflict, Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor
from blog.wording import gettext, ngettext

BELOW = """
    with recursive below (id) as (
      values (:id) union all select c.id from comments c join below b on c.parent_id = b.id
    )
    select id from below
"""


def move(
    db: Database, number: int, *, post: str = "", parent: int | None = None, by: Actor, reason: str = ""
) -> int | None:
    """Put a comment under a parent, or (None) make it a thread of its own; return the batch, None without a change.

    `post` is a slug; "" is the post of the parent, or its own. Its answers move with it. Raises Invalid when the parent
    is newer, because pages list an answer after the comment that it answers.
    """
    here = _place(db, number)
    there = _destination(db, here, post, parent)
    if (here["post_id"], here["parent_id"]) == (there["post_id"], there["parent_id"]):
        return None
    batch = events.open_batch(db, "move", by=by, reason=reason)
    moved = _put(db, number, there)
    _record(db, batch, moved, by=by, reason=reason)
    _note(db, batch, here)
    return batch


def possible_parents(db: Database, number: int, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return comments (id, author, text) under which one can be put: older ones of its post that are public or wait."""
    return list(
        db.query(
            """
            select p.id, p.author, substr(p.text, 1, 200) as text from comments c join comments p
              on p.post_id = c.post_id and p.id < c.id and p.status in ('approved', 'pending')
            where c.id = :id order by p.id desc limit :limit
            """,
            {"id": number, "limit": limit},
        )
    )


def possible_posts(db: Database, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return posts (slug, title) to which a comment can be moved, the newest first: the newest and the busiest."""
    return list(
        db.query(
            """
            select slug, title from posts where id in (
              select id from (
                select id from posts where status = 'published' and kind = 'post'
                order by published_at desc, id desc limit :limit
              )
              union
              select post_id from (
                select post_id from comment_counts where post_id > 0 and n > 0 and status in ('approved', 'pending')
                group by post_id order by sum(n) desc limit :limit
              )
            ) order by published_at desc, id desc
            """,
            {"limit": limit},
        )
    )


def _undo(db: Database, undoing: Undoing) -> None:
    """Put back what a batch moved; raise Conflict when the place is gone."""
    number = undoing.number
    for comment, post, parent in db.conn.execute(
        "select comment_id, post_id, parent_id from moves where batch_id = ?", [number]
    ).fetchall():
        _note(db, undoing.batch, _place(db, comment))
        root = _root_at(db, post, parent) if parent else None
        if parent and root is None:
            raise Conflict(
                gettext(
                    "Batch {batch} cannot be undone: the comment that this one answered is no longer there.",
                    batch=number,
                )
            )
        if not db.conn.execute("select 1 from posts where id = ?", [post]).fetchone():
            raise Conflict(gettext("Batch {batch} cannot be undone: the post that it was on is gone.", batch=number))
        _put(db, comment, {"post_id": post, "parent_id": parent, "root_id": root})


def _sentence(row: Row) -> str:
    if row["moved"] == 1:
        return gettext("Moved a comment to another place.")
    return ngettext(
        "Moved a comment and its answer to another place.",
        "Moved a comment and its {n} answers to another place.",
        row["moved"] - 1,
    )


MOVE = Act(
    kind="move",
    group=acts.EDITS,
    sentence=_sentence,
    event=lambda event: gettext("Moved here."),
    undo=_undo,
)


def _place(db: Database, number: int) -> dict[str, Any]:
    rows = db.query("select id, post_id, parent_id, status from comments where id = ?", [number])
    row = next(iter(rows), None)
    if row is None or row["status"] == "deleted":
        raise NotFound(gettext("There is no comment {id}.", id=number))
    return row


def _destination(db: Database, here: dict[str, Any], post: str, parent: int | None) -> dict[str, Any]:
    """Return post, parent and root of the new place."""
    target = db.conn.execute("select id from posts where slug = ?", [post]).fetchone() if post else (here["post_id"],)
    if target is None:
        raise Invalid({"post": gettext("There is no post {slug!r}.", slug=post)})
    if parent is None:
        return {"post_id": target[0], "parent_id": None, "root_id": None}
    row = db.conn.execute(
        "select post_id, coalesce(root_id, id), status from comments where id = ?", [parent]
    ).fetchone()
    if row is None or row[2] not in ("approved", "pending"):
        raise Invalid({"parent": gettext("There is no comment {parent} that can be answered.", parent=parent)})
    if post and row[0] != target[0]:
        raise Invalid(
            {"parent": gettext("Comment {parent} is on another post than {post!r}.", parent=parent, post=post)}
        )
    if parent >= here["id"]:
        raise Invalid(
            {
                "parent": gettext(
                    "Comment {parent} came after comment {id}: an answer follows what it answers.",
                    parent=parent,
                    id=here["id"],
                )
            }
        )
    return {"post_id": row[0], "parent_id": parent, "root_id": row[1]}


def _root_at(db: Database, post: int, parent: int) -> int | None:
    row = db.conn.execute(
        "select coalesce(root_id, id) from comments where id = ? and post_id = ?", [parent, post]
    ).fetchone()
    return int(row[0]) if row else None


def _put(db: Database, number: int, there: dict[str, Any]) -> list[int]:
    """Write the new place of a comment and of everything below it; return their ids."""
    ids = [row[0] for row in db.conn.execute(BELOW, {"id": number}).fetchall()]
    db.conn.execute(
        """
        update comments set post_id = :post_id, parent_id = iif(id = :id, :parent_id, parent_id),
          root_id = iif(id = :id, :root_id, coalesce(:root_id, :id))
        where id in (select value from json_each(:ids))
        """,
        {**there, "id": number, "ids": json.dumps(ids)},
    )
    return ids


def _record(db: Database, batch: int, moved: list[int], *, by: Actor, reason: str) -> None:
    db.conn.execute(
        """
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, reason,
          program)
        select ?, ?, 'move', c.id, c.post_id, ?, ?, c.status, c.status, ?, ? from comments c
        where c.id in (select value from json_each(?)) and c.status <> 'deleted' order by c.id
        """,
        [batch, by.at, by.account, by.source, reason, by.program, json.dumps(moved)],
    )


def _note(db: Database, batch: int, place: dict[str, Any]) -> None:
    """Store where a comment was before a batch."""
    db.conn.execute(
        "insert into moves (batch_id, comment_id, post_id, parent_id) values (?, ?, ?, ?)",
        [batch, place["id"], place["post_id"], place["parent_id"]],
    )
