"""Search in comments: the full-text index, and the comments that are not in it yet.

The index holds every three letters of every comment. It returns the comments that may match; `has_all` (blog/text.py)
then checks their texts. Words of one or two letters are not in the index.

Indexing a comment costs more than everything else that is done for it, so comments are indexed in batches when the
site is idle. Until then the newest ones (with ids after `site.searched`) are searched one by one, so none is missed.
The rowids of the index are the negative ids, because FTS5 returns the lowest rowids first, and the newest comments
come first.
"""

from dataclasses import dataclass
from functools import cached_property

from sqlite_utils import Database

from blog.journal.unfinished import FIRST, seen

BATCH = 100
FEW = 200  # comments: up to so many matches are listed by id
SHORT_REACH = 20_000
SHORTEST = 3  # letters of a word in the index; shorter words are searched in the newest comments only
UNFED = f"select unfed.id from comments unfed where unfed.id > (select searched from site) and {seen('unfed')}"
# What a question looks for in one place alone: the columns of the index, and the text of a comment `c`.
PLACES = {
    "author": ("{author email} : ", "c.author || char(10) || c.email"),
    "name": ("{author} : ", "c.author"),
    "email": ("{email} : ", "c.email"),
    "ip": ("{ip} : ", "c.ip"),
}


@dataclass(frozen=True)
class Candidates:
    """Which comments may match: their `ids`, newest first; if there are too many (None), the index query `match`."""

    ids: tuple[int, ...] | None = None
    match: str = ""


@dataclass(frozen=True)
class Question:
    """A search for comments with every word of `text`, with `author` in their writer's name or email, and so on."""

    text: str = ""
    author: str = ""
    name: str = ""
    email: str = ""
    ip: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.parts)

    @cached_property
    def words(self) -> list[str]:
        return self.text.replace("\0", " ")[:200].split()

    @cached_property
    def parts(self) -> dict[str, str]:
        """Return what is looked for in one place alone."""
        tidied = {place: " ".join(getattr(self, place).replace("\0", " ").split()) for place in PLACES}
        return {place: text for place, text in tidied.items() if text}

    @property
    def indexed(self) -> bool:
        """Tell whether a word is long enough for the index."""
        return any(len(part) >= SHORTEST for part in (*self.words, *self.parts.values()))

    def condition(self) -> tuple[list[str], dict[str, str]]:
        """Return the conditions on a comment `c`, and their values."""
        conditions = [HOLDS] if self.words else []
        conditions += [f"has_all({PLACES[place][1]}, :in_{place})" for place in self.parts]
        values = {f"in_{place}": text.casefold() for place, text in self.parts.items()}
        return conditions, {"wanted": "\n".join(self.words).casefold(), **values}


# Without a word of three letters, only the newest comments are searched.
LATELY = f"c.id > coalesce((select seq from sqlite_sequence where name = 'comments'), 0) - {SHORT_REACH}"
HOLDS = f"has_all({' || char(10) || '.join(f'c.{name}' for name in ('text', 'author', 'email', 'url', 'ip'))}, :wanted)"


def look_up(db: Database, question: Question) -> Candidates:
    """Query the index for the comments that may match; list their ids if there are at most FEW."""
    match = query_of(question)
    rows = db.conn.execute(
        "select -rowid from comments_search where comments_search match ? order by rowid limit ?", [match, FEW + 1]
    ).fetchall()
    if len(rows) > FEW:
        return Candidates(None, match)
    unfed = db.conn.execute(f"{UNFED} order by unfed.id desc").fetchall()
    return Candidates(tuple(row[0] for row in (*unfed, *rows)))


def query_of(question: Question) -> str:
    """Return the query for FTS5."""
    parts = [_quoted(word) for word in question.words if len(word) >= SHORTEST]
    parts += [PLACES[place][0] + _quoted(text) for place, text in question.parts.items() if len(text) >= SHORTEST]
    return " AND ".join(parts)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def feed(db: Database) -> int:
    """Index the next hundred comments; return how many there were."""
    first, last = db.conn.execute(
        f"""
        select searched, (select max(id) from (
          select unfed.id from comments unfed
          where unfed.id > searched and ({FIRST} = 0 or unfed.id < {FIRST}) order by unfed.id limit ?)) from site
        """,
        [BATCH],
    ).fetchone()
    if last is None:
        return 0
    fed = db.conn.execute(
        """
        insert into comments_search (rowid, text, author, email, url, ip)
        select -id, text, author, email, url, ip from comments unfed where id > ? and id <= ? order by id desc
        """,
        [first, last],
    ).rowcount
    db.conn.execute("update site set searched = ?", [last])
    return int(fed)


def build(db: Database) -> None:
    """Rebuild the index from the comments."""
    db.conn.execute("insert into comments_search (comments_search) values ('rebuild')")
    db.conn.execute("update site set searched = coalesce((select max(id) from comments), 0)")


def behind(db: Database) -> tuple[int, int]:
    """Return the id of the newest comment, and of the newest one in the index."""
    newest = "select seq from sqlite_sequence where name = 'comments'"
    row = db.conn.execute(f"select coalesce(({newest}), 0), searched from site").fetchone()
    return int(row[0]), int(row[1])
