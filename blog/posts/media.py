"""Files that were uploaded for posts, as they are listed; the bytes are written by blog/publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.errors import Conflict, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Undoing
from blog.journal.events import Actor, NewEvent
from blog.storage.filters import narrow
from blog.wording import gettext

ROW = """m.id, m.path, m.post_id, m.account_id, m.type, m.size, m.width, m.height, m.title, m.alt, m.caption,
  m.created_at, p.slug as post_slug, p.kind as post_kind, p.status as post_status,
  p.published_at as post_published_at"""
TABLES = "media m left join posts p on p.id = m.post_id"
NUMBERS = {
    "include": "m.id in (select value from json_each(:include))",
    "exclude": "m.id not in (select value from json_each(:exclude))",
    "author": "coalesce(m.account_id, 0) in (select value from json_each(:author))",
    "author_exclude": "coalesce(m.account_id, 0) not in (select value from json_each(:author_exclude))",
    "parent": "coalesce(m.post_id, 0) in (select value from json_each(:parent))",
    "parent_exclude": "coalesce(m.post_id, 0) not in (select value from json_each(:parent_exclude))",
}
MOMENTS = {"after": "m.created_at > :after", "before": "m.created_at < :before"}
ORDERS = {"date": "m.created_at", "modified": "m.created_at", "id": "m.id", "title": "m.title collate nocase"}
DIRECTIONS = {"asc": "asc", "desc": "desc"}
TEXTS = ("title", "alt", "caption")


@dataclass(frozen=True)
class MediaWanted:
    """Which files; `type` is a media type, or the part of one before the slash."""

    type: str = ""
    search: str = ""
    numbers: Mapping[str, Sequence[int]] | None = None
    moments: Mapping[str, str] | None = None
    order: str = "date"
    direction: str = "desc"


@dataclass(frozen=True)
class NewFile:
    """A file that was written: its path below posts/, what it is, and for which post it is meant."""

    path: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    title: str = ""
    alt: str = ""
    caption: str = ""
    post: int | None = None


def chosen(db: Database, wanted: MediaWanted, *, at: str, size: int, skip: int) -> dict[str, Any]:
    """Return so many files after the first `skip`: `rows`, and the `total`.

    Files of posts that are not public are left out.
    """
    public = "(m.post_id is null or (p.status = 'published' and p.published_at <= :at))"
    conditions: list[str] = ["m.deleted_at is null", public]
    values: dict[str, Any] = {"at": at}
    if wanted.type:
        conditions.append("(m.type = :type or m.type glob :type || '/*')")
        values["type"] = wanted.type
    if wanted.search:
        conditions.append("has_all(m.title || char(10) || m.caption || char(10) || m.alt, :search)")
        values["search"] = wanted.search.casefold()
    narrow(conditions, values, NUMBERS, wanted.numbers)
    narrow(conditions, values, MOMENTS, wanted.moments)
    source, way = f"from {TABLES} where {' and '.join(conditions)}", DIRECTIONS[wanted.direction]
    total = db.conn.execute(f"select count(*) {source}", values).fetchone()[0]
    order = ORDERS.get(wanted.order, ORDERS["date"])
    rows = db.query(
        f"select {ROW} {source} order by {order} {way}, m.id {way} limit :size offset :skip",
        {**values, "size": size, "skip": skip},
    )
    return {"rows": list(rows), "total": int(total)}


def is_public(row: Mapping[str, Any], at: str) -> bool:
    """Tell whether anybody may know of a file: it is for no post, or for one that is public."""
    return row["post_id"] is None or (row["post_status"] == "published" and row["post_published_at"] <= at)


def one(db: Database, number: int) -> dict[str, Any]:
    """Return an uploaded file by its number; raise NotFound."""
    rows = db.query(f"select {ROW} from {TABLES} where m.id = ? and m.deleted_at is null", [number])
    row = next(iter(list(rows)), None)
    if row is None:
        raise NotFound(gettext("There is no such file."))
    return row


def add(db: Database, file: NewFile, *, by: Actor) -> int:
    """List a file that was uploaded; return its number. The same file again keeps its number."""
    values = {**vars(file), "account": by.account, "at": by.at}
    row = db.conn.execute(
        """
        insert into media (path, post_id, account_id, type, size, width, height, title, alt, caption, created_at)
        values (:path, :post, :account, :type, :size, :width, :height, :title, :alt, :caption, :at)
        on conflict (path) do update set title = iif(excluded.title <> '', excluded.title, title),
          alt = iif(excluded.alt <> '', excluded.alt, alt),
          caption = iif(excluded.caption <> '', excluded.caption, caption),
          post_id = coalesce(excluded.post_id, post_id), deleted_at = null
        returning id
        """,
        values,
    ).fetchone()
    events.record(db, NewEvent("file added", post=file.post, reason=file.path), by=by)
    return int(row[0])


def describe(db: Database, number: int, texts: dict[str, str], post: int | None) -> None:
    """Change title, alternative text or caption of a file, and for which post it is."""
    row = one(db, number)
    values = {name: texts.get(name, row[name]) for name in TEXTS}
    db.conn.execute(
        "update media set title = :title, alt = :alt, caption = :caption, post_id = :post where id = :id",
        {**values, "post": row["post_id"] if post is None else post or None, "id": number},
    )


def is_used(db: Database, name: str) -> bool:
    """Tell whether a post shows or names a file, or has it as its picture."""
    row = db.conn.execute(
        """
        select 1 from posts where (instr(body_html, :name) > 0 or instr(image, :name) > 0) and deleted_at is null
        limit 1
        """,
        {"name": name},
    ).fetchone()
    return row is not None


def remove(db: Database, number: int, *, by: Actor) -> int:
    """Take a file out of the list; return the batch. Whoever calls moves its bytes into the trash."""
    row = one(db, number)
    batch = events.open_batch(db, "file removed", by=by, reason=row["path"])
    event = NewEvent("file removed", batch=batch, post=row["post_id"], before="listed", after="deleted")
    events.record(db, event, by=by)
    db.conn.execute("update media set deleted_at = ? where id = ?", [by.at, number])
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    """List a file again, or take it out again where the undo is undone; whoever calls moves its bytes."""
    deleted_at = undoing.by.at if undoing.again else None
    path = _path_of(db, undoing.act)
    db.conn.execute("update media set deleted_at = ? where path = ?", [deleted_at, path])
    undoing.media.append((path, not undoing.again))


def _check(db: Database, number: int) -> None:
    """Raise Conflict where a file came back in another way, was removed once more, or is gone for good."""
    act, after = db.conn.execute(
        "select coalesce(b.reverses, b.id), e.after from batches b join events e on e.batch_id = b.id where b.id = ?",
        [number],
    ).fetchone()
    row = db.conn.execute("select deleted_at from media where path = ?", [_path_of(db, act)]).fetchone()
    if row is None:
        raise Conflict(gettext("The file was removed for good since."))
    if (row[0] is not None) != (after == "deleted"):
        raise Conflict(
            gettext("The file is back already, so there is nothing to undo.")
            if after == "deleted"
            else gettext("The file was removed once more, so there is nothing to undo.")
        )


def _path_of(db: Database, batch: int) -> str:
    return str(db.conn.execute("select reason from batches where id = ?", [batch]).fetchone()[0])


def in_trash(db: Database) -> list[str]:
    """Return the paths of the files that are in the trash."""
    return [row[0] for row in db.conn.execute("select path from media where deleted_at is not null").fetchall()]


def empty_trash(db: Database, *, before: str) -> int:
    """Forget the files that were removed before a moment; return how many. Whoever calls removes their bytes."""
    return int(db.conn.execute("delete from media where deleted_at < ?", [before]).rowcount)


ACTS = (
    Act(
        kind="file added",
        group=acts.POSTS,
        sentence=lambda row: gettext("Uploaded the file {path}.", path=row["reason"].rpartition("/")[2]),
    ),
    Act(
        kind="file removed",
        group=acts.POSTS,
        sentence=lambda row: gettext("Removed the file {path}.", path=row["reason"].rpartition("/")[2]),
        undone=lambda row: gettext("The file {path} is back.", path=row["reason"].rpartition("/")[2]),
        undo=_undo,
        check=_check,
        independent=True,
        of_post=True,
    ),
)
