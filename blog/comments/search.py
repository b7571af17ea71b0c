"""Words in comments: the full-text indexes, and what has come in since they were last fed.

Two indexes lead to the comments that may hold what is asked. `comments_words` knows of each word where it stands; a
part of a word is looked up among the words (`words_search`) first. This is quick where few words hold it, however rare
they are. `comments_search` knows every three letters, and is quick where a part is common. Whether a comment does hold
what is asked, its own text decides (`has_all`, blog/text.py), so all answer alike, what is in no index yet as well.

The indexes cost more than all else that is done for a comment, so they are fed in batches when the site has time. Until
then the newest comments (those after `site.searched`) are looked through one by one, and nothing is ever missed. Their
rowids are the ids below zero, so that the newest come first.
"""

from dataclasses import dataclass
from functools import cached_property

from sqlite_utils import Database

from blog.storage.migrations import IN_SEARCH, WORDS

BATCH = 100
FEW = 200  # comments: where no more may hold what is asked, all are looked at
FORMS = 100  # words that a part stands in: each costs some 15 microseconds before the first comment is found
SHORT_REACH = 20_000
# The indexes know every three letters. Of shorter words alone they know nothing, so these are looked for by reading.
SHORTEST = 3
UNFED = "select unfed.id from comments unfed where unfed.id > (select searched from site)"
NAMED = "{author email} : "
IN_COMMENTS = f"comments c, json_each({WORDS.format(row='c')}) j where j.value <> ''"
STRANGE = f"""
    select exists (select 1 from {IN_COMMENTS} and c.id <= (select searched from site)
        and not exists (select 1 from words where word = lower(j.value)))
      or exists (select 1 from words w where not exists (
        select 1 from comments_words where comments_words match '"' || replace(w.word, '"', '""') || '"'))
"""


@dataclass(frozen=True)
class Found:
    """The comments that may hold what is asked: their `ids`, newest first, or what an `index` is to be asked."""

    ids: tuple[int, ...] | None = None
    index: str = "comments_search"
    match: str = ""


@dataclass(frozen=True)
class Question:
    """What a comment shall hold: every word of `text` in any of its parts, `author` in its writer's name or email."""

    text: str = ""
    author: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.name)

    @cached_property
    def words(self) -> list[str]:
        return self.text.replace("\0", " ")[:200].split()

    @cached_property
    def name(self) -> str:
        return " ".join(self.author.replace("\0", " ").split())

    @property
    def indexed(self) -> bool:
        """Tell whether the indexes help: is anything of three letters asked for?"""
        return any(len(part) >= SHORTEST for part in (*self.words, self.name))

    def condition(self) -> tuple[list[str], dict[str, str]]:
        """Return the conditions on a comment `c`, and their values."""
        parts = [HOLDS] if self.words else []
        parts += [IS_NAMED] if self.name else []
        return parts, {"wanted": "\n".join(self.words).casefold(), "named": self.name.casefold()}


# Where nothing of three letters is asked for, only the newest are looked at.
LATELY = f"c.id > coalesce((select seq from sqlite_sequence where name = 'comments'), 0) - {SHORT_REACH}"
HOLDS = f"has_all({' || char(10) || '.join(f'c.{name}' for name in ('text', 'author', 'email', 'url', 'ip'))}, :wanted)"
IS_NAMED = "has_all(c.author || char(10) || c.email, :named)"


def look_up(db: Database, question: Question) -> Found:
    """Ask the indexes which comments may hold what is asked; where these are few, all of them are named."""
    asked = [*(("", word) for word in question.words), *((NAMED, part) for part in question.name.split())]
    forms = [(where, _forms(db, part)) for where, part in asked if len(part) >= SHORTEST]
    rare = [(where, each) for where, each in forms if len(each) <= FORMS]
    if not all(each for _, each in rare):
        return Found(_unfed(db))
    if not rare:
        return everything(question)
    match = " AND ".join(f"{where}({' OR '.join(map(_quoted, each))})" for where, each in rare)
    ids = _newest(db, match)
    return Found((*_unfed(db), *ids)) if len(ids) <= FEW else Found(None, "comments_words", match)


def everything(question: Question) -> Found:
    """Return what leads to all comments that may hold what is asked, without asking."""
    parts = [_quoted(word) for word in question.words if len(word) >= SHORTEST]
    parts += [NAMED + _quoted(question.name)] if len(question.name) >= SHORTEST else []
    return Found(None, "comments_search", " AND ".join(parts))


def _forms(db: Database, part: str) -> list[str]:
    """Return words that a part stands in, one more than are looked for at most."""
    rows = db.conn.execute(
        "select w.word from words_search s join words w on w.id = s.rowid where words_search match ? limit ?",
        [_quoted(part), FORMS + 1],
    )
    return [row[0] for row in rows.fetchall()]


def _newest(db: Database, match: str) -> list[int]:
    rows = db.conn.execute(
        "select -rowid from comments_words where comments_words match ? order by rowid limit ?", [match, FEW + 1]
    )
    return [row[0] for row in rows.fetchall()]


def _unfed(db: Database) -> tuple[int, ...]:
    return tuple(row[0] for row in db.conn.execute(f"{UNFED} order by unfed.id desc").fetchall())


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def feed(db: Database) -> int:
    """Put the next hundred comments into the indexes; return how many there were."""
    first, last = db.conn.execute(
        """
        select searched, (select max(id) from (
          select unfed.id from comments unfed where unfed.id > searched order by unfed.id limit ?)) from site
        """,
        [BATCH],
    ).fetchone()
    if last is None:
        return 0
    db.conn.execute(
        f"""
        insert or ignore into words (word) select distinct lower(j.value)
        from comments unfed, json_each({WORDS.format(row="unfed")}) j
        where unfed.id > ? and unfed.id <= ? and j.value <> ''
        """,
        [first, last],
    )
    for index in IN_SEARCH:
        fed = db.conn.execute(
            f"""
            insert into {index} (rowid, text, author, email, url, ip)
            select -id, text, author, email, url, ip from comments unfed where id > ? and id <= ? order by id desc
            """,
            [first, last],
        ).rowcount
    db.conn.execute("update site set searched = ?", [last])
    return int(fed)


def build(db: Database) -> None:
    """Build the indexes anew, from what the comments say."""
    db.conn.execute("delete from words")
    db.conn.execute(f"insert or ignore into words (word) select lower(j.value) from {IN_COMMENTS}")
    for index in (*IN_SEARCH, "words_search"):
        db.conn.execute(f"insert into {index} ({index}) values ('rebuild')")
    db.conn.execute("update site set searched = coalesce((select max(id) from comments), 0)")


def strange_words(db: Database) -> bool:
    """Tell whether a word of a comment in the indexes is not among the words, or one is there that no comment has."""
    return bool(db.conn.execute(STRANGE).fetchone()[0])


def behind(db: Database) -> tuple[int, int]:
    """Return the id of the last comment that came in, and of the last one that is in the indexes."""
    newest = "select seq from sqlite_sequence where name = 'comments'"
    row = db.conn.execute(f"select coalesce(({newest}), 0), searched from site").fetchone()
    return int(row[0]), int(row[1])
