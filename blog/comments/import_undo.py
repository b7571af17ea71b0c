"""Undo of an import: what it brought in is removed, a small import at once, a large one piece by piece.

A large one is hidden in the transaction of the undo, as an import is until it is whole. The pieces are removed
afterwards (blog/importing/unfinished.py), so that no reader waits for it.
"""

from sqlite_utils import Database

from blog import posts
from blog.errors import Conflict
from blog.journal import events
from blog.journal.acts import Undoing
from blog.wording import gettext, ngettext

SMALL = 300  # comments, posts and files: some 0.1 s
OF_POSTS = """
    posts p cross join events e indexed by events_of_post
      on e.post_id = p.id and e.comment_id is null and e.batch_id = :batch
"""


def undo(db: Database, undoing: Undoing) -> None:
    """Remove what an import brought: its comments, and its posts, whose files the caller removes.

    Raises Conflict when somebody answered or a post was changed since, so that nobody's text is lost with it.
    """
    if undoing.again:
        raise Conflict(
            gettext("Batch {batch} took an import back. To have it again, import the page again.", batch=undoing.number)
        )
    made = _posts_made(db, undoing.act)
    comments = _comments_of(db, undoing.act)
    _check_unanswered(db, undoing.act, comments)
    undoing.files.extend(files(db, undoing.act))
    if comments and _moved(db, undoing.act) > SMALL:
        _hide(db, undoing, made, comments)
        return
    events.reverse(db, undoing.act, batch=undoing.batch, by=undoing.by)
    db.conn.execute("delete from revisions where batch_id = ?", [undoing.act])
    for table, column in (("mentions_received", "comment_id"), ("comments", "id")):
        ours = "select comment_id from events where batch_id = ?"
        db.conn.execute(f"delete from {table} where {column} in ({ours})", [undoing.act])
    for post in made:
        remove_post(db, post)


def files(db: Database, batch: int) -> list[tuple[str, str]]:
    """Return path and hash of the files that an import brought: the posts' own, then those beside them."""
    rows = db.conn.execute(
        f"select p.path, p.source_hash, e.after, e.reason from {OF_POSTS} order by e.id", {"batch": batch}
    ).fetchall()
    beside = [(path, digest) for _, _, path, digest in rows if not path.endswith(posts.ENDINGS)]
    return [*dict.fromkeys((path, digest) for path, digest, _, _ in rows), *beside]


def is_hiding(db: Database) -> bool:
    """Tell whether there is an import that nobody sees: it is written, or removed."""
    return db.conn.execute("select 1 from unfinished_import").fetchone() is not None


def remove_post(db: Database, post: int) -> None:
    db.conn.execute("delete from closures where post_id = ?", [post])
    db.conn.execute("delete from posts where id = ?", [post])


def _posts_made(db: Database, batch: int) -> list[int]:
    """Return the posts that an import brought; raise Conflict when one was changed since."""
    rows = db.conn.execute(
        f"""
        select p.id, p.path, p.source_hash <> e.reason, min(e.id) from {OF_POSTS} group by p.id order by p.id
        """,
        {"batch": batch},
    ).fetchall()
    if path := next((path for _, path, changed, _ in rows if changed), ""):
        raise Conflict(
            gettext(
                "Batch {batch} cannot be undone: posts/{path} was changed since. Delete it by hand.",
                batch=batch,
                path=path,
            )
        )
    return [row[0] for row in rows]


def _moved(db: Database, batch: int) -> int:
    return int(db.conn.execute("select moved from batches where id = ?", [batch]).fetchone()[0])


def _comments_of(db: Database, batch: int) -> tuple[int, int] | None:
    """Return the first and the last of the ids that are this import's alone, None where they are not in one row.

    Its comments came in by one transaction, or with ids that were set apart for it, in the order of their ids.
    """
    ends = [
        db.conn.execute(
            f"select comment_id from events where batch_id = ? and comment_id is not null order by id {order} limit 1",
            [batch],
        ).fetchone()
        for order in ("", "desc")
    ]
    first, last = (ends[0][0], ends[1][0]) if ends[0] else (0, -1)
    others = db.conn.execute(f"select count(*) from {OF_POSTS}", {"batch": batch}).fetchone()[0]
    return (first, last) if _moved(db, batch) - others == last - first + 1 else None


def _check_unanswered(db: Database, batch: int, comments: tuple[int, int] | None) -> None:
    """Raise Conflict if others have commented on the imported posts or answered the imported comments."""
    imported = "(select comment_id from events where batch_id = :batch and comment_id is not null)"
    ours = f"in {imported}" if comments is None else "between :first and :last"
    first, last = comments or (0, 0)
    row = db.conn.execute(
        f"""
        select count(*) from (
          select id from comments arriving where arriving.parent_id {ours} and not arriving.id {ours}
          union
          select id from comments c where c.post_id in (select p.id from {OF_POSTS}) and not c.id {ours})
        """,
        {"batch": batch, "first": first, "last": last},
    ).fetchone()
    if row[0]:
        raise Conflict(
            ngettext(
                "Batch {batch} cannot be undone: one comment was written on what it brought in, and would be lost. Set"
                " `status: withdrawn` in the post's file instead.",
                "Batch {batch} cannot be undone: {n} comments were written on what it brought in, and would be lost."
                " Set `status: withdrawn` in the post's file instead.",
                row[0],
                batch=batch,
            )
        )


def _hide(db: Database, undoing: Undoing, made: list[int], comments: tuple[int, int]) -> None:
    """Let nobody see what an import brought, until all of it is removed."""
    if is_hiding(db):
        raise Conflict(gettext("Another import is being written or removed. Wait until that has ended."))
    db.conn.execute(
        "insert into unfinished_import (id, first_comment, last_comment, batch_id, removing) values (1, ?, ?, ?, 1)",
        [*comments, undoing.batch],
    )
    db.conn.executemany(
        "insert into unfinished_posts (post_id, status) values (?, 'draft')", [(post,) for post in made]
    )
    db.conn.execute(
        "update posts set status = 'draft', version = version + 1 where id in (select post_id from unfinished_posts)"
    )
    db.conn.execute("update site set version = version + 1, posts_version = posts_version + 1")
