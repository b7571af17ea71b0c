"""Some threads of an import, each comment beside what the file says of it, so that a person can compare them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.wording import N_

MOST_COMMENTS = 12  # that are shown of one thread
MOST_READ = 300  # from which those are taken, as they stand in the thread
THREADS = """
create temp table threads as
select c.root_n as root, c.post_n as post, count(*) as comments, max(c.level) as deepest, min(c.sort) as first,
  count(r.what) as unsure
from comments c left join (select distinct what from remarks where skipped = 0) r on r.what = c.key
group by c.root_n
"""
CHOICES = (
    ("deepest", N_("Deepest"), "deepest > 0", "deepest desc, comments desc, root"),
    ("most", N_("Most comments"), "true", "comments desc, root"),
    ("oldest", N_("Oldest"), "first <> ''", "first, root"),
    ("unsure", N_("Most unsure"), "unsure > 0", "unsure desc, comments desc, root"),
    ("other", N_("Another"), "true", "abs(root - (select (min(root) + max(root)) / 2 from temp.threads)), root"),
)


@dataclass(frozen=True)
class Pair:
    """A comment: what the file says (`key`, `parent`, `source`), and what becomes of it.

    `level` counts from 0; `unsure` is a sentence or "".
    """

    key: str
    parent: str
    status: str
    kind: str
    at: str | None
    source: str
    author: str
    text: str
    level: int
    unsure: str


@dataclass(frozen=True)
class Sample:
    """A thread: why it was chosen (a name of CHOICES), its post's title, and its first comments in pairs."""

    why: str
    post: str
    comments: int
    levels: int
    pairs: tuple[Pair, ...]


def choose(staging: Database) -> list[Sample]:
    """Return up to five threads of what was read, each chosen for another reason."""
    conn = staging.conn
    conn.execute(THREADS)
    chosen: list[Sample] = []
    roots: set[int] = set()
    for why, _, condition, order in CHOICES:
        rows = conn.execute(
            f"""
            select t.root, p.title, t.comments, t.deepest from temp.threads t join posts p on p.n = t.post
            where {condition} order by {order} limit ?
            """,
            [len(roots) + 1],
        ).fetchall()
        for root, title, comments, deepest in rows:
            if root not in roots:
                roots.add(root)
                chosen.append(Sample(why, title or "", comments, deepest + 1, _pairs(staging, root)))
                break
    conn.execute("drop table temp.threads")
    return chosen


def _pairs(staging: Database, root: int) -> tuple[Pair, ...]:
    """Return the first comments of a thread, each reply below what it answers."""
    rows = staging.conn.execute(
        """
        select c.n, c.parent_n, c.key, c.parent, c.status, c.kind, c.at, c.source, c.data ->> 'author',
          c.data ->> 'text', c.level,
          (select group_concat(why, ' ') from remarks r where r.skipped = 0 and r.what = c.key)
        from comments c join places o on o.n = c.n where c.root_n = ? order by o.place limit ?
        """,
        [root, MOST_READ],
    ).fetchall()
    replies: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        replies[row[1]].append(row)
    pairs: list[Pair] = []
    waiting = [row for row in rows if row[0] == root]
    while waiting and len(pairs) < MOST_COMMENTS:
        number, _, key, parent, status, kind, at, source, author, text, level, unsure = waiting.pop()
        pairs.append(
            Pair(_short(key), _short(parent or ""), status, kind, at, source or "", author, text, level, unsure or "")
        )
        waiting.extend(reversed(replies[number]))
    return tuple(pairs)


def _short(key: str) -> str:
    """Return the part of a key that its file uses."""
    return key.rpartition(":")[2]
