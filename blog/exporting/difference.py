"""What the machine that wrote before had stored and the one that took over has not: its last comments, for an import.

A copy holds the beginning of a database's history. So what is missing are the comments and acts with numbers above
those that the promotion noted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from blog import epochs
from blog.epochs import Promotion
from blog.errors import Conflict, NotFound
from blog.exporting import jsonl
from blog.exporting import snapshot as snapshots
from blog.exporting.snapshot import Comment, Snapshot
from blog.journal.unfinished import COMMENT_SEEN
from blog.settings import Settings
from blog.storage import atomic_file, store
from blog.upkeep import backups
from blog.wording import gettext


@dataclass
class Difference:
    """How many comments are missing, and how many acts of each other kind; `posts` are paths of missing posts."""

    comments: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)


def write(db: Database, settings: Settings, old: Path, target: Path, *, at: str) -> Difference:
    """Write what is missing here of an older machine's database into a new file, for `blog import jsonl`.

    Raises Conflict for a database that the present one does not go on from, NotFound for a file that is not there.
    """
    if not old.is_file():
        raise NotFound(gettext("There is no file {file}.", file=old))
    snapshots.check_target(target)
    with backups.snapshot(old) as former:
        promotion = _promotion(db, former, old)
        snapshot = Snapshot(former, settings, at=at)
        done = Difference(acts=_acts(former, promotion), posts=_posts(db, former))
        with atomic_file.written(target) as file:
            for line in _lines(snapshot, promotion):
                done.comments += line["type"] == "comment"
                jsonl.put(file, line)
    return done


def _promotion(db: Database, former: Database, old: Path) -> Promotion:
    """Return the promotion that the history of the other database ended with."""
    own, other = (each.conn.execute("select secret from site").fetchone()[0] for each in (db, former))
    promotion = epochs.promotion_after(db, epochs.current(former))
    if own != other or promotion is None:
        raise Conflict(
            gettext(
                "This site did not take over from {file}: it is of another site, or of the present epoch.", file=old
            )
        )
    return promotion


def _acts(former: Database, promotion: Promotion) -> dict[str, int]:
    rows = former.conn.execute(
        """
        select kind, count(*) from events where id > ? and kind not in ('submit', 'signed in', 'signed out')
        group by kind order by kind
        """,
        [promotion.last_event],
    )
    return dict(rows.fetchall())


def _posts(db: Database, former: Database) -> list[str]:
    here = {row[0] for row in db.conn.execute("select path from posts").fetchall()}
    there = {row[0] for row in former.conn.execute("select path from posts where deleted_at is null").fetchall()}
    return sorted(there - here)


def _lines(snapshot: Snapshot, promotion: Promotion) -> Iterator[dict[str, Any]]:
    yield jsonl.head(snapshot)
    sql = f"""
        select c.*, coalesce(a.name, '') as account, p.slug, p.title, p.kind as post_kind, p.published_at
        from comments c join posts p on p.id = c.post_id left join accounts a on a.id = c.account_id
        where c.id > ? and c.status <> 'deleted' and {COMMENT_SEEN} order by c.post_id, c.id
    """
    numbers: dict[int, int] = {}
    posts: dict[int, int] = {}
    for row in store.rows(snapshot.db, sql, [promotion.last_comment]):
        if row["post_id"] not in posts:
            posts[row["post_id"]] = len(posts) + 1
            yield _discussion(snapshot, row, posts[row["post_id"]])
        numbers[row["id"]] = len(numbers) + 1
        parent = row["parent_id"]
        comment = Comment(numbers[row["id"]], numbers.get(parent, 0), "", "", row["created_at"] is None, row)
        line = jsonl.comment_line(snapshot, comment, posts[row["post_id"]])
        if parent is not None and parent not in numbers:
            line["above"] = _key(snapshot, parent)
        yield line


def _discussion(snapshot: Snapshot, row: dict[str, Any], number: int) -> dict[str, Any]:
    post = {"slug": row["slug"], "kind": row["post_kind"], "published_at": row["published_at"]}
    key = f"{jsonl.origin(snapshot)}:discussion {row['post_id']}"
    return {
        "type": "discussion",
        "id": number,
        "key": key,
        "title": row["title"],
        "addresses": [snapshot.address(post)],
    }


def _key(snapshot: Snapshot, comment: int) -> str:
    """Return what names a comment that is on both machines."""
    rows = store.rows(snapshot.db, "select id, created_at from comments where id = ?", [comment])
    return jsonl.key_of(snapshot, rows[0])
