"""Delete a post: its file is removed; its row, its versions and its comments stay, so that Undo can restore it all."""

from typing import Any

from sqlite_utils import Database

from blog.errors import Conflict, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, NewEvent
from blog.posts import versions
from blog.wording import gettext


def delete(db: Database, post: int, *, by: Actor) -> int:
    """Take a post from the site and from all lists; return the batch. Raises NotFound for a deleted one.

    One that readers saw is then as withdrawn, so that its address says that it is gone; one that was still to come is
    as a draft, whose address says nothing.
    """
    row = _row(db, post)
    if row["deleted_at"]:
        raise NotFound(gettext("This post is deleted already."))
    batch = events.open_batch(db, "delete post", by=by)
    events.record(db, NewEvent("delete post", batch=batch, post=post, before=row["status"], after="deleted"), by=by)
    _hide(db, row, by.at)
    return batch


def hide_for_good(db: Database, post: int) -> None:
    """Leave a deleted post out of the trash that programs see; Undo brings it back all the same."""
    db.conn.execute("update posts set removed = 1 where id = ? and deleted_at is not null", [post])


def batch_of(db: Database, post: int) -> int | None:
    """Return the batch that deleted a post and was not undone, None where it is not deleted."""
    row = db.conn.execute(
        """
        select b.id from events e join batches b on b.id = e.batch_id
        where e.post_id = ? and e.comment_id is null and b.kind = 'delete post' and b.undone_by is null
        order by b.id desc limit 1
        """,
        [post],
    ).fetchone()
    return int(row[0]) if row else None


def _row(db: Database, post: int) -> dict[str, Any]:
    names = "id, path, title, status, published_at, source_hash, deleted_at"
    return next(iter(db.query(f"select {names} from posts where id = ?", [post])))


def _hide(db: Database, row: dict[str, Any], at: str) -> None:
    public = {"published": "withdrawn", "scheduled": "draft"}
    now = versions.status_at(row["status"], row["published_at"], at)
    change = "update posts set status = ?, deleted_at = ?, version = version + 1 where id = ?"
    db.conn.execute(change, [public.get(now, now), at, row["id"]])


def _undo(db: Database, undoing: Undoing) -> None:
    """Restore a deleted post, or delete it again where the undo is undone; the caller writes or removes its file."""
    post, status = db.conn.execute("select post_id, before from events where batch_id = ?", [undoing.act]).fetchone()
    row = _row(db, post)
    if undoing.again:
        _hide(db, row, undoing.by.at)
        undoing.files.append((row["path"], row["source_hash"]))
        return
    change = "update posts set status = ?, deleted_at = null, removed = 0, version = version + 1 where id = ?"
    db.conn.execute(change, [status, post])
    newest = next((each for each in versions.of_post(db, post) if each["saved"]), None)
    if newest:
        undoing.back.append((row["path"], versions.contents(db, [newest["id"]])[newest["id"]]))


def _check(db: Database, number: int) -> None:
    """Raise Conflict where the post came back in another way, or was deleted once more, since."""
    post, after = db.conn.execute("select post_id, after from events where batch_id = ?", [number]).fetchone()
    if (_row(db, post)["deleted_at"] is not None) != (after == "deleted"):
        raise Conflict(
            gettext("The post is back already, so there is nothing to undo.")
            if after == "deleted"
            else gettext("The post was deleted once more, so there is nothing to undo.")
        )


def _sentence(row: Row) -> str:
    return gettext("Deleted the post “{title}”.", title=row["title"])


DELETE = Act(
    kind="delete post",
    group=acts.POSTS,
    sentence=_sentence,
    undone=lambda row: gettext("The post “{title}” is back, with its comments.", title=row["title"]),
    undo=_undo,
    check=_check,
    independent=True,
    of_post=True,
)
