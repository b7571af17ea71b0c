"""All that a source gave, in a database of its own without a name, until it is known what becomes of it.

So an import of any size needs little memory, parents may come after their replies, and the report comes before the
first row is written. The file is gone when it is closed, however the process ends.
"""

import json
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.importing import packing
from blog.importing.imported import (
    DELETED,
    PINGS,
    ImportedComment,
    ImportedPost,
    ImportedThread,
    Item,
    SiteLine,
    Skipped,
    Unsure,
)
from blog.wording import gettext, number

AT_ONCE = 500
CACHE_KIB = 8_000
SOURCE_LENGTH = 1_500  # characters of a text as its file has it
IS_PING = f"kind in ({', '.join(map(repr, PINGS))})"
MOST_REMARKS = 1_000  # of one kind with the same reason; the others are counted

SCHEMA = """
create table posts (n integer primary key, key text unique, thread integer, title text, data text,
  target integer, slug text not null default '', leaves integer not null default 0);
create table comments (n integer primary key, key text unique, post text, parent text, status text, kind text, at text,
  data text, post_n integer, parent_n integer, known integer, above integer, level integer, root_n integer, sort text,
  source text);
create table site (n integer primary key, kind text, data text);
create table places (place integer primary key, n integer);
create table known (key text primary key, comment integer, root integer, post integer) without rowid;
create table remarks (n integer primary key, skipped integer, what text, why text);
"""


class Placed(NamedTuple):
    """A comment where it belongs: places count from 1, `above` is the id of an older comment that it answers."""

    place: int
    post: int
    key: str
    status: str
    parent: int | None
    root: int
    above: int | None
    above_root: int | None
    kind: str
    at: str | None
    details: dict[str, Any]


class Staging:
    """What came from a source, in order. With `sources` it keeps how each comment's text stands in the file."""

    def __init__(self, *, sources: bool = False) -> None:
        self.db = _file_without_name()
        self.db.conn.execute(f"pragma cache_size = -{CACHE_KIB}")
        self.db.conn.execute("pragma journal_mode = off")
        self.db.conn.executescript(SCHEMA)
        self.db.conn.execute("begin")
        self.in_file: dict[str, int] = {}  # comments by status, and `pings`, as the file has them
        self._sources = sources
        self._comments: list[tuple[Any, ...]] = []
        self._last: dict[str, str] = {}  # the latest time of each post's comments, for those without one

    def close(self) -> None:
        self.db.conn.close()

    def add(self, item: Item) -> None:
        if isinstance(item, ImportedComment):
            self._add_comment(item)
        elif isinstance(item, ImportedPost):
            self._add_post(item.key, item.title, packing.packed(item), thread=False)
        elif isinstance(item, ImportedThread):
            self._add_post(item.key, item.title, packing.packed(item), thread=True)
        elif isinstance(item, Skipped | Unsure):
            self.remark(item)
        elif isinstance(item, SiteLine):
            self.db.conn.execute("insert into site (kind, data) values (?, ?)", [item.kind, json.dumps(item.values)])

    def remark(self, item: Skipped | Unsure) -> None:
        self.db.conn.execute(
            "insert into remarks (skipped, what, why) values (?, ?, ?)",
            [isinstance(item, Skipped), item.what, item.why],
        )

    def remarks(self, *, skipped: bool) -> list[dict[str, str]]:
        """Return what was skipped, or what is unsure; of very many with the same reason, the first and a count."""
        rows = self.db.conn.execute(
            """
            select what, why, n, total from (
              select n, what, why, row_number() over (partition by why order by n) as place,
                count(*) over (partition by why) as total
              from remarks where skipped = ?)
            where place <= ? order by n
            """,
            [skipped, MOST_REMARKS],
        ).fetchall()
        listed = [{"what": what, "why": why} for what, why, _, _ in rows]
        for why, total in dict.fromkeys((why, total) for _, why, _, total in rows if total > MOST_REMARKS):
            listed.append({"what": gettext("{n} more", n=number(total - MOST_REMARKS)), "why": why})
        return listed

    def many_remarks(self) -> dict[str, int]:
        """Return how many remarks have the same reason, where not all of them are listed."""
        rows = self.db.conn.execute(
            "select why, count(*) from remarks group by why having count(*) > ?", [MOST_REMARKS]
        )
        return dict(rows.fetchall())

    def _add_post(self, key: str, title: str, data: str, *, thread: bool) -> None:
        found = self.db.conn.execute(
            "insert or ignore into posts (key, thread, title, data) values (?, ?, ?, ?)", [key, thread, title, data]
        )
        if not found.rowcount and not thread:
            self.remark(Skipped(title or key, gettext("It is in the file twice.")))

    def _add_comment(self, item: ImportedComment) -> None:
        last = self._last.get(item.post, "")
        sort = item.sort or item.published_at or last
        if sort > last:
            self._last[item.post] = sort
        self._comments.append(
            (
                item.key,
                item.post,
                item.parent or None,
                item.status,
                item.kind,
                item.published_at,
                sort,
                json.dumps(packing.details(item), ensure_ascii=False),
                item.source[:SOURCE_LENGTH] if self._sources else None,
            )
        )
        if len(self._comments) >= AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        before = self.db.conn.total_changes
        self.db.conn.executemany(
            """
            insert or ignore into comments (key, post, parent, status, kind, at, sort, data, source)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            self._comments,
        )
        twice = len(self._comments) - (self.db.conn.total_changes - before)
        for _ in range(twice):
            self.remark(Skipped(gettext("a comment"), gettext("It is in the file twice.")))
        self._comments.clear()

    def of_discussions(self) -> list[tuple[str, int]]:
        """Return the keys of comments of threads, and of what they answer, each with the post of its thread."""
        self._flush()
        return self.db.conn.execute(
            """
            with own as (select c.key, c.parent, p.target from comments c join posts p on p.key = c.post
              where p.thread and p.target is not null)
            select key, target from own union select parent, target from own where parent is not null
            """
        ).fetchall()

    def know(self, rows: Iterator[tuple[str, int, int | None, int]]) -> None:
        """Note which comments came in before: key, id, root and post."""
        self.db.conn.executemany("insert or ignore into known values (?, ?, ?, ?)", rows)

    def arrange(self, leave_out: Collection[str] = ()) -> None:
        """Find the post and the parent of each comment, and the order of writing: parents before their replies.

        Comments with a status of `leave_out` stay outside; where replies hang on one, its place is kept.
        """
        self._flush()
        conn = self.db.conn
        self.in_file = self._counts()
        conn.execute(
            "update comments set post_n = (select n from posts p where p.key = comments.post and p.leaves = 0)"
        )
        conn.execute("update comments set known = (select comment from known k where k.key = comments.key)")
        self._note_without_post()
        self._find_parents()
        self._forget_known()
        conn.execute(
            "update comments set status = ? where status in (select value from json_each(?))",
            [DELETED, json.dumps(list(leave_out))],
        )
        self._drop_deleted()
        self._find_levels()
        conn.execute("create index comments_in_order on comments (post_n, sort, level, n)")
        conn.execute("insert into places (n) select n from comments order by post_n, sort, level, n")
        conn.execute("create unique index places_of_comments on places (n)")

    def _note_without_post(self) -> None:
        conn = self.db.conn
        conn.execute(
            """
            insert into remarks (skipped, what, why)
            select 1, key, ? from comments where post_n is null and known is null
              and not exists (select 1 from posts p where p.key = comments.post)
            """,
            [gettext("The post or thread of this comment is not in the file.")],
        )
        conn.execute("delete from comments where post_n is null")

    def _find_parents(self) -> None:
        conn = self.db.conn
        conn.execute(
            """
            update comments set
              parent_n = (select p.n from comments p
                where p.key = comments.parent and p.post_n = comments.post_n and p.n <> comments.n),
              above = (select k.comment from known k where k.key = comments.parent)
            where parent is not null
            """
        )
        conn.execute("create index comments_of_parent on comments (parent_n)")
        conn.execute(
            """
            insert into remarks (skipped, what, why)
            select 0, key, iif(exists (select 1 from comments p where p.key = c.parent), :other, :unknown)
            from comments c where parent is not null and parent_n is null and above is null and known is null
            """,
            {
                "unknown": gettext("The comment that it answers is not in the file; it begins a thread of its own."),
                "other": gettext("The comment that it answers is on another post; it begins a thread of its own."),
            },
        )

    def _forget_known(self) -> None:
        """Leave out what came in before, and note its id with what answers it."""
        conn = self.db.conn
        conn.execute(
            """
            update comments set above = (select p.known from comments p where p.n = comments.parent_n), parent_n = null
            where parent_n in (select n from comments where known is not null)
            """
        )
        conn.execute("update comments set above = null where parent_n is not null")
        conn.execute("delete from comments where known is not null")

    def _drop_deleted(self) -> None:
        """Leave out deleted comments that no reply needs."""
        while self.db.conn.execute(
            """
            delete from comments
            where status = ? and not exists (select 1 from comments r where r.parent_n = comments.n)
            """,
            [DELETED],
        ).rowcount:
            pass

    def _find_levels(self) -> None:
        """Give each comment its level, from the top down; break circles where they begin, and say so."""
        conn = self.db.conn
        conn.execute("update comments set level = 0, root_n = n where parent_n is null")
        conn.execute("create index comments_of_level on comments (level)")
        level = 0
        while True:
            while conn.execute(
                """
                update comments set level = ?1 + 1,
                  sort = max(sort, (select p.sort from comments p where p.n = comments.parent_n)),
                  root_n = (select p.root_n from comments p where p.n = comments.parent_n)
                where parent_n in (select n from comments where level = ?1) and level is null
                """,
                [level],
            ).rowcount:
                level += 1
            circles = self._circles()
            if not circles:
                return
            for first in circles:
                key = conn.execute("select key from comments where n = ?", [first]).fetchone()[0]
                self.remark(Unsure(key, gettext("Its answers lead round in a circle; it begins a thread of its own.")))
                conn.execute("update comments set parent_n = null, level = 0, root_n = n where n = ?", [first])
            level = 0

    def _circles(self) -> list[int]:
        """Return the first comment of each circle among those that no level was found for."""
        above = dict(self.db.conn.execute("select n, parent_n from comments where level is null").fetchall())
        seen: set[int] = set()
        firsts = []
        for begin in above:
            way: dict[int, None] = {}
            at = begin
            while at not in seen and at not in way:
                way[at] = None
                at = above[at]
            if at in way:
                members = list(way)
                firsts.append(min(members[members.index(at) :]))
            seen.update(way)
        return firsts

    def set_target(self, number: int, target: int | None, *, leaves: bool) -> None:
        """Note the post that something belongs to, or that it stays outside."""
        self.db.conn.execute("update posts set target = ?, leaves = ? where n = ?", [target, leaves, number])

    def make_post(self, number: int, post: ImportedPost) -> None:
        """Put a post in the place of a thread."""
        self.db.conn.execute(
            "update posts set thread = 0, title = ?, data = ? where n = ?", [post.title, packing.packed(post), number]
        )

    def first_time(self, post: str) -> str | None:
        """Return the time of a post's first comment."""
        self._flush()
        row = self.db.conn.execute("select min(at) from comments where post = ?", [post]).fetchone()
        return str(row[0]) if row and row[0] else None

    def without_post(self) -> list[tuple[str, int]]:
        """Return titles of the threads that are not imported, and how many comments each has."""
        self._flush()
        return self.db.conn.execute(
            """
            select p.title, count(c.n) from posts p left join comments c on c.post = p.key and c.status <> 'deleted'
            where p.leaves = 1 group by p.n having count(c.n) > 0 order by p.n
            """
        ).fetchall()

    def site_lines(self) -> list[SiteLine]:
        rows = self.db.conn.execute("select kind, data from site order by n").fetchall()
        return [SiteLine(kind, json.loads(data)) for kind, data in rows]

    def new_comments(self) -> int:
        return int(self.db.conn.execute("select count(*) from comments").fetchone()[0])

    def counts(self) -> dict[str, int]:
        """Return how many new comments there are by status, and how many `replies` and `pings`."""
        found = self._counts()
        found["replies"] = self.db.conn.execute(
            f"""
            select count(*) from comments
            where not ({IS_PING}) and status <> 'deleted'
              and (parent_n is not null or above is not null)
            """
        ).fetchone()[0]
        return found

    def _counts(self) -> dict[str, int]:
        conn = self.db.conn
        found = dict(
            conn.execute(f"select status, count(*) from comments where not ({IS_PING}) group by status").fetchall()
        )
        found["pings"] = conn.execute(f"select count(*) from comments where {IS_PING}").fetchone()[0]
        return found

    def posts(self, *, thread: bool | None = None) -> Iterator[tuple[int, ImportedPost | ImportedThread, int | None]]:
        """Give number, post or thread, and the id of the post where it came in before or belongs to."""
        number = 0
        while rows := self.db.conn.execute(
            "select n, thread, data, target from posts where n > ? and leaves = 0 and (? is null or thread = ?)"
            " order by n limit 50",
            [number, thread, thread],
        ).fetchall():
            for number, is_thread, data, target in rows:
                yield number, packing.thread(data) if is_thread else packing.post(data), target

    def comments(self) -> Iterator[Placed]:
        """Give all comments in the order in which they are written."""
        place = 0
        while rows := self.db.conn.execute(
            """
            select o.place, c.post_n, c.key, c.status, p.place, r.place, c.above, root.above, c.kind, c.at, c.data
            from places o join comments c on c.n = o.n left join places p on p.n = c.parent_n
            join comments root on root.n = c.root_n join places r on r.n = c.root_n
            where o.place > ? order by o.place limit ?
            """,
            [place, AT_ONCE],
        ).fetchall():
            for row in rows:
                yield Placed._make((*row[:-1], json.loads(row[-1])))
            place = rows[-1][0]


def _file_without_name() -> Database:
    """Make an empty database in a file that is removed at once, and so is gone with its process.

    SQLite's own temporary databases are kept in memory by some builds of it.
    """
    handle, name = tempfile.mkstemp(prefix="afterword-import-")
    os.close(handle)
    db = Database(sqlite3.connect(name, isolation_level=None), execute_plugins=False)
    with suppress(OSError):  # Windows removes no open file
        os.unlink(name)
    return db
