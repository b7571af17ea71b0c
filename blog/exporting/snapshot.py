"""What exports read: posts and comments of one moment, from a copy that is theirs alone."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from blog import closing, posts
from blog.errors import Conflict, Invalid, NotFound, Unusable
from blog.exporting.report import ExportReport
from blog.journal.unfinished import COMMENT_SEEN, POST_LISTED
from blog.rules import policy as policies
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import backups
from blog.wording import gettext, ngettext

Watch = Callable[[int, int], None]
AT_ONCE = 200
NO_HOST = "http://localhost"  # where blog.toml names no address
# When a comment was written; of one without a date, when it came in.
TIME = "coalesce(c.created_at, (select min(e.at) from events e where e.comment_id = c.id), '')"
PINGS = ("pingback", "trackback", "like", "repost")


@dataclass(frozen=True)
class Post:
    """A post or page with the whole address of its page; `row` has its columns, `mode` what its discussion takes."""

    id: int
    url: str
    mode: str
    public: bool
    row: dict[str, Any]


@dataclass(frozen=True)
class Comment:
    """A comment with its number in the export; `parent` is the number of the one that it answers, 0 for none.

    `at` is when it was written, or when it was imported where nobody knows (`undated`); `after_parent` is the same, but
    no earlier than the comment that it answers.
    """

    number: int
    parent: int
    at: str
    after_parent: str
    undated: bool
    row: dict[str, Any]


class Snapshot:
    """A copy of the database, in which comments have new numbers: parents before their replies."""

    def __init__(self, db: Database, settings: Settings, *, at: str, base: str = "") -> None:
        self.db = db
        self.settings = settings
        self.at = at
        self.base = base.rstrip("/") or settings.url or NO_HOST

    def count(self) -> int:
        return int(self.db.conn.execute("select count(*) from comments").fetchone()[0])

    def note_deleted(self, report: ExportReport) -> None:
        """Say in the report how many deleted posts are left out."""
        deleted = int(self.db.conn.execute("select count(*) from posts where deleted_at is not null").fetchone()[0])
        report.note(
            ngettext(
                "One deleted post is left out, with its comments. Undo its deletion first to take it along.",
                "{n} deleted posts are left out, with their comments. Undo their deletion first to take them along.",
                deleted,
            ),
            deleted,
        )

    def posts(self) -> Iterator[Post]:
        """Give every post and page, the oldest first."""
        policy = policies.load(self.db)
        last = ("", 0)
        sql = f"""
            select p.*, {closing.COLUMNS} from posts p where (p.published_at, p.id) > (:at, :id) and {POST_LISTED}
            order by p.published_at, p.id limit {AT_ONCE // 10}
        """
        while rows := store.rows(self.db, sql, {"at": last[0], "id": last[1]}):
            for row in rows:
                mode = closing.state(closing.facts(row), policy, self.at).mode
                public = row["status"] == "published" and row["published_at"] <= self.at
                yield Post(row["id"], self.address(row), mode, public, row)
            last = (rows[-1]["published_at"], rows[-1]["id"])

    def address(self, row: dict[str, Any]) -> str:
        """Return the whole address of a post."""
        path = posts.address_of(self.settings, row["slug"], row["kind"], row["published_at"])
        return f"{self.base}{quote(path)}"

    def find_answered(self, condition: str) -> None:
        """Put into the table `answered` the comments above those that meet a condition on a comment `c`."""
        self.db.conn.execute(
            f"""
            create table answered as
              with recursive above (id) as (
                select c.parent_id from comments c where {condition} and c.parent_id is not null
                union select c.parent_id from comments c join above on above.id = c.id where c.parent_id is not null)
              select id from above
            """
        )
        self.db.conn.execute("create unique index answered_ids on answered (id)")

    def arrange(self, leave_out: str) -> None:
        """Number the comments of each post: by their ids, but parents before their replies.

        A reply to what is left out answers the comment above that.

        `leave_out` is a condition on a comment `c`. What leads round in a circle begins a thread.
        """
        stays = f"not ({leave_out}) and {COMMENT_SEEN}"
        for statement in f"""
            create table leaving (n integer primary key, id integer unique, above integer, time text);
            create table numbered
              (id integer primary key, level integer, above integer, time text, late integer, stays integer);
            insert into numbered
              with recursive tree (id, level, above, time, late, stays) as (
                select c.id, 0, 0, {TIME}, c.id, {stays} from comments c where c.parent_id is null
                union all
                select c.id, tree.level + 1, iif(tree.stays, tree.id, tree.above), max(tree.time, {TIME}),
                  max(tree.late, c.id), {stays}
                from tree join comments c on c.parent_id = tree.id)
              select id, level, above, time, late, stays from tree;
            insert into numbered
              select c.id, 0, 0, {TIME}, c.id, {stays} from comments c where c.id not in (select id from numbered);
            insert into leaving (id, above, time)
              select t.id, t.above, t.time
              from numbered t join comments c on c.id = t.id join posts p on p.id = c.post_id
              where t.stays order by p.published_at, p.id, t.late, t.level, t.id;
            drop table numbered
            """.split(";"):
            self.db.conn.execute(statement)

    def comments(self, post: int) -> Iterator[Comment]:
        """Give the comments of a post by their numbers; call `arrange` first."""
        sql = f"""
            select l.n, coalesce(a.n, 0) as above_n, coalesce(who.name, '') as account, c.*, {TIME} as at, l.time
            from leaving l join comments c on c.id = l.id left join leaving a on a.id = l.above
            left join accounts who on who.id = c.account_id
            where l.n > :last and l.n <= :end order by l.n limit {AT_ONCE}
        """
        span = self.db.conn.execute(
            "select min(l.n), max(l.n) from comments c join leaving l on l.id = c.id where c.post_id = ?", [post]
        ).fetchone()
        last, end = (span[0] or 1) - 1, span[1] or 0  # the numbers of a post follow each other
        while rows := store.rows(self.db, sql, {"last": last, "end": end}):
            for row in rows:
                undated = row["created_at"] is None
                yield Comment(row["n"], row["above_n"], row["at"] or self.at, row["time"] or self.at, undated, row)
            last = rows[-1]["n"]


@contextmanager
def taken(settings: Settings, *, at: str, base: str = "", watch: Watch | None = None) -> Iterator[Snapshot]:
    """Give a snapshot of the site; those who write to it meanwhile do not wait.

    Raises Invalid for a `base` that is no web address.
    """
    if base and not re.fullmatch(r"https?://[^\s\"'<>?#]+", base):
        raise Invalid(
            {
                "base_url": gettext(
                    "{base_url!r} is no whole address. Write one like https://example.org/blog.", base_url=base
                )
            }
        )
    if not settings.database.exists():
        raise Unusable(gettext("There is no database yet. `blog publish` or `blog serve` creates it."))
    with backups.snapshot(settings.database, watch) as db:
        db.conn.execute("pragma journal_mode = off")
        db.conn.execute("begin")
        yield Snapshot(db, settings, at=at, base=base)


def check_target(path: Path) -> None:
    """Raise Conflict for a file that is there, NotFound for a folder that is not."""
    if path.exists():
        raise Conflict(
            gettext("{path} is there already, and an export is never written over. Name a new file.", path=path)
        )
    if not path.parent.is_dir():
        raise NotFound(gettext("There is no folder {folder}.", folder=path.parent))
