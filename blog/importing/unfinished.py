"""An import that is being written, or removed: nobody sees it, and what a killed one left is removed.

Its comments have ids that were set apart for it, its posts are drafts in a list of their own, and its files wait in the
folder `.import` of the site. Each transaction is short. The last one adds to the counts and makes all of it visible.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from blog import publishing
from blog.comments import import_undo, imported_past
from blog.comments.import_undo import is_hiding
from blog.journal import events
from blog.journal.events import Actor
from blog.journal.unfinished import BATCH_SEEN
from blog.settings import Settings
from blog.storage import store
from blog.storage.lock import locked, try_lock
from blog.wording import gettext

AT_ONCE = 200  # comments that are removed in one transaction
UNDONE_AT_ONCE, POSTS_AT_ONCE = 60, 10  # of what readers have seen: it is in the index of the search, and in counts


@dataclass(frozen=True)
class Unfinished:
    """The import that is being written."""

    batch: int
    first: int
    last: int


def folder_of(settings: Settings) -> Path:
    return settings.root / ".import"


@contextmanager
def claim(settings: Settings) -> Iterator[None]:
    """Let one import at a time be written; raise Conflict while another one is."""
    with locked(_lock_of(settings), gettext("Another import is being written. Wait until it has ended.")):
        yield


def take_lock(settings: Settings) -> int | None:
    """Take the lock of imports, which ends with its process; return None while another process has it."""
    return try_lock(_lock_of(settings))


def _lock_of(settings: Settings) -> Path:
    return settings.database.resolve().with_name(f"{settings.database.name}.import")


def begin(db: Database, comments: int, *, by: Actor, reason: str) -> Unfinished:
    """Open the batch and set ids apart for so many comments."""
    with store.transaction(db):
        batch = events.open_batch(db, "import", by=by, reason=reason)
        row = db.conn.execute("select seq from sqlite_sequence where name = 'comments'").fetchone()
        first = (row[0] if row else 0) + 1
        last = first + max(comments, 1) - 1
        if row:
            db.conn.execute("update sqlite_sequence set seq = ? where name = 'comments'", [last])
        else:
            db.conn.execute("insert into sqlite_sequence (name, seq) values ('comments', ?)", [last])
        db.conn.execute(
            "insert into unfinished_import (id, first_comment, last_comment, batch_id) values (1, ?, ?, ?)",
            [first, last, batch],
        )
    return Unfinished(batch, first, last)


def hide_post(db: Database, post: int, status: str) -> None:
    """Note that a post, a draft until then, becomes what it is when the import is whole."""
    db.conn.execute("insert into unfinished_posts (post_id, status) values (?, ?)", [post, status])


def reveal(db: Database, settings: Settings) -> None:
    """Make the import visible in one short transaction, after everything was counted; then name its files."""
    counted = _counted(db)
    with store.transaction(db):
        for statement, rows in counted:
            db.conn.executemany(statement, rows)
        db.conn.execute(
            """
            update posts set status = u.status, was_published = u.status <> 'draft', version = version + 1
            from unfinished_posts u where u.post_id = posts.id
            """
        )
        db.conn.execute("delete from unfinished_posts")
        db.conn.execute("delete from unfinished_import")
        db.conn.execute("update site set version = version + 1, posts_version = posts_version + 1")
    name_files(settings)


IN_IT = "between (select first_comment from unfinished_import) and (select last_comment from unfinished_import)"
SEEN = "not in ('pingback', 'trackback', 'like', 'repost')"
BY_POST = f"""
    select post_id, sum(status = 'approved' and kind {SEEN}), sum(root_id is null and approved_in_thread > 0)
    from comments arriving where id {IN_IT} group by post_id
"""
COUNTS = f"select {{columns}}, count(*){{more}} from comments arriving where id {IN_IT} group by {{columns}}"
ADD = "insert into {table} ({names}, n{more}) values ({places}) on conflict ({names}) do update set n = n + excluded.n"


def _counted(db: Database) -> list[tuple[str, list[Any]]]:
    """Return the statements that add what the import brings to all counts, with their rows."""

    def rows(columns: str, more: str = "") -> list[Any]:
        return list(db.conn.execute(COUNTS.format(columns=columns, more=more)).fetchall())

    by_post = rows("post_id, status")
    by_rule = rows("status, rule")
    by_day = [row for row in rows("substr(created_at, 1, 10), status", ", max(id)") if row[0]]
    of_site = db.conn.execute(
        f"select 0, status, count(*) from comments arriving where id {IN_IT} group by status"
    ).fetchall()
    add = ADD.format(table="comment_counts", names="post_id, status", places="?, ?, ?", more="")
    add_rule = ADD.format(table="rule_counts", names="status, rule", places="?, ?, ?", more="")
    add_day = ADD.format(table="day_counts", names="day, status", places="?, ?, ?, ?", more=", last")
    outside = f"""
        select count(*), parent_id from comments arriving
        where id {IN_IT} and parent_id < (select first_comment from unfinished_import) group by parent_id
    """
    threads = f"""
        select sum(status = 'approved' and kind {SEEN}), root_id from comments arriving
        where id {IN_IT} and root_id < (select first_comment from unfinished_import) group by root_id
    """
    return [
        (add, [*by_post, *of_site]),
        (add_rule, by_rule),
        (f"{add_day}, last = max(last, excluded.last)", by_day),
        (
            "update posts set approved = approved + ?2, threads = threads + ?3, version = version + 1 where id = ?1",
            db.conn.execute(BY_POST).fetchall(),
        ),
        ("update comments set replies = replies + ? where id = ?", db.conn.execute(outside).fetchall()),
        (
            "update comments set approved_in_thread = approved_in_thread + ? where id = ?",
            db.conn.execute(threads).fetchall(),
        ),
    ]


def name_files(settings: Settings) -> None:
    """Move the files of a complete import into place. If that was interrupted, the next call moves the rest."""
    waiting = folder_of(settings)
    for folder, _, names in os.walk(waiting):
        place = settings.root / Path(folder).relative_to(waiting)
        for name in sorted(names):
            place.mkdir(parents=True, exist_ok=True)
            aside = f"{name}.imported" if (place / name).exists() else name  # somebody made one of that name meanwhile
            os.replace(Path(folder, name), place / aside)
    shutil.rmtree(waiting, ignore_errors=True)


def remove_files(settings: Settings, undone: list[tuple[str, str]] | None) -> None:
    """Remove the files of an import: those that wait for it to be whole, or that came with one that was undone."""
    if undone is None:
        shutil.rmtree(folder_of(settings), ignore_errors=True)
    else:
        publishing.remove_files(settings, undone)


def batch_of(db: Database, account: int, at: str) -> int | None:
    """Return the batch of the whole import that an account began at this time."""
    row = db.conn.execute(
        f"select b.id from batches b where kind = 'import' and account_id = ? and at = ? and {BATCH_SEEN}",
        [account, at],
    ).fetchone()
    return int(row[0]) if row else None


def discard_piece(db: Database) -> bool:
    """Remove a part of an import that is not whole, the last comments first; tell whether more is left."""
    if (undone := _undone(db)) is not None:
        return _remove_piece(db, *undone)
    chosen = [
        row[0]
        for row in db.conn.execute(
            f"select id from comments arriving where id {IN_IT} order by id desc limit ?", [AT_ONCE]
        ).fetchall()
    ]
    if chosen:
        ids = json.dumps(chosen)
        db.conn.execute("delete from events where comment_id in (select value from json_each(?))", [ids])
        db.conn.execute("delete from revisions where comment_id in (select value from json_each(?))", [ids])
        imported_past.forget_mentions(db, chosen)
        db.conn.execute("delete from comments where id in (select value from json_each(?))", [ids])
        return True
    row = db.conn.execute("select batch_id, first_comment, last_comment from unfinished_import").fetchone()
    if row is None:
        return False
    batch, first, last = row
    db.conn.execute("delete from events where batch_id = ?", [batch])
    db.conn.execute("delete from closures where post_id in (select post_id from unfinished_posts)")
    db.conn.execute("delete from posts where id in (select post_id from unfinished_posts)")
    db.conn.execute("delete from unfinished_posts")
    db.conn.execute("delete from unfinished_import")
    db.conn.execute("delete from batches where id = ?", [batch])
    db.conn.execute(  # nobody has seen these ids
        """
        update sqlite_sequence set seq = max(?, coalesce((select max(id) from comments), 0))
        where name = 'comments' and seq = ?
        """,
        [first - 1, last],
    )
    return False


def _undone(db: Database) -> tuple[int, int] | None:
    """Return the batch of the import that is removed after its undo, and that of the undo; None if there is none."""
    row = db.conn.execute(
        "select b.reverses, b.id from unfinished_import u join batches b on b.id = u.batch_id where u.removing = 1"
    ).fetchone()
    return (row[0], row[1]) if row else None


def _remove_piece(db: Database, batch: int, undo: int) -> bool:
    """Remove a part of an import that was undone, replies first, and note it; tell whether more is left."""
    at, account, source = db.conn.execute("select at, account_id, source from batches where id = ?", [undo]).fetchone()
    by = Actor(at, account, source)
    rows = db.conn.execute(
        f"select id from comments arriving where id {IN_IT} and replies = 0 order by id desc limit ?", [UNDONE_AT_ONCE]
    ).fetchall()
    if rows:
        chosen = [row[0] for row in rows]
        events.reverse(db, batch, batch=undo, by=by, comments=chosen)
        imported_past.forget_mentions(db, chosen)
        db.conn.execute("delete from comments where id in (select value from json_each(?))", [json.dumps(chosen)])
        return True
    rows = db.conn.execute("select post_id from unfinished_posts limit ?", [POSTS_AT_ONCE]).fetchall()
    for (post,) in rows:
        events.reverse_of_post(db, batch, post, batch=undo, by=by)
        import_undo.remove_post(db, post)
    if not rows:
        db.conn.execute("delete from unfinished_import")
        db.conn.execute("update site set version = version + 1, posts_version = posts_version + 1")
    return bool(rows)


def undone_files(db: Database) -> list[tuple[str, str]] | None:
    """Return the files of an import that is removed after its undo; None where one is not whole, or none is left."""
    undone = _undone(db)
    return import_undo.files(db, undone[0]) if undone else None


def finish_removal(db: Database, settings: Settings) -> None:
    """Remove what an undo has hidden, unless another process does it already."""
    if is_hiding(db) and (lock := take_lock(settings)) is not None:
        try:
            discard(db, settings)
        finally:
            os.close(lock)


def discard(db: Database, settings: Settings) -> None:
    """Remove all of an import that is not whole or was undone, its files first."""
    if is_hiding(db):
        remove_files(settings, undone_files(db))
        more = True
        while more:
            with store.transaction(db):
                more = discard_piece(db)
    else:
        name_files(settings)
