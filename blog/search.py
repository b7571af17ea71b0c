"""Words in comments: the full-text index, and what has come in since it was last fed.

The index costs more than all else that is done for a comment, so it is fed in batches when the site has time. Until
then the newest comments (those after `site.searched`) are looked through one by one, and nothing is ever missed.
"""

import json
from collections.abc import Sequence

from sqlite_utils import Database

BATCH = 100
NEAR = 2_000
SHORT_REACH = 20_000
# The index knows every three letters. Of shorter words alone it knows nothing, so these are looked for by reading.
SHORTEST = 3
INDEXED = "select rowid from comments_search where comments_search match :{words}"
UNFED = "select unfed.id from comments unfed where unfed.id > (select searched from site)"


def condition(text: str, *, found: Sequence[int] | None = None) -> tuple[list[str], dict[str, str]]:
    """Return the conditions on a comment `c` for all words of a text in any of its parts, and their values.

    `found` is what the index was asked for before (newest); without it, it is asked in the query, for all it has.
    """
    each = _words(text)
    values = {f"word{n}": word for n, word in enumerate(each)}
    short = [_anywhere("c", name) for name, word in values.items() if len(word) < SHORTEST]
    if len(short) == len(each):
        newest = "coalesce((select seq from sqlite_sequence where name = 'comments'), 0)"
        return [*short, f"c.id > {newest} - {SHORT_REACH}"], values
    indexed = INDEXED.format(words="words") if found is None else "select value from json_each(:words)"
    words = _query(each) if found is None else json.dumps(found)
    unfed = " and ".join([UNFED, *(_anywhere("unfed", name) for name in values)])
    return [f"c.id in ({indexed} union all {unfed})", *short], {**values, "words": words}


def newest(db: Database, text: str, *, below: int) -> list[int]:
    """Return the newest comments that the index finds for a text, below an id: at most one more than 2,000."""
    rows = db.conn.execute(
        "select rowid from comments_search where comments_search match ? and rowid < ? order by rowid desc limit ?",
        [_query(_words(text)), below, NEAR + 1],
    ).fetchall()
    return [row[0] for row in rows]


def by_author(part: str) -> tuple[str, dict[str, str]]:
    """Return the condition on a comment `c` for a part of its author's name or email, and its values."""
    if len(part) < SHORTEST:
        return _named("c"), {"author": part}
    words = {"author": part, "authors": f"{{author email}} : {_quoted(part)}"}
    return f"c.id in ({INDEXED.format(words='authors')} union all {UNFED} and {_named('unfed')})", words


def is_indexed(text: str) -> bool:
    """Tell whether the index helps to find a text: does it have a word of three letters?"""
    return any(len(word) >= SHORTEST for word in _words(text))


def _words(text: str) -> list[str]:
    return text.replace("\0", " ")[:200].split()


def _query(words: list[str]) -> str:
    return " ".join(_quoted(word) for word in words if len(word) >= SHORTEST)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _anywhere(comment: str, word: str) -> str:
    parts = " || ' ' || ".join(f"{comment}.{column}" for column in ("text", "author", "email", "url", "ip"))
    return f"instr(lower({parts}), lower(:{word})) > 0"


def _named(comment: str) -> str:
    return f"(instr(lower({comment}.author), lower(:author)) > 0 or instr(lower({comment}.email), lower(:author)) > 0)"


def feed(db: Database) -> int:
    """Put the next hundred comments into the index; return how many there were."""
    first, last = db.conn.execute(
        """
        select searched, (select max(id) from (
          select unfed.id from comments unfed where unfed.id > searched order by unfed.id limit ?)) from site
        """,
        [BATCH],
    ).fetchone()
    if last is None:
        return 0
    fed = db.conn.execute(
        """
        insert into comments_search (rowid, text, author, email, url, ip)
        select id, text, author, email, url, ip from comments unfed where id > ? and id <= ?
        """,
        [first, last],
    ).rowcount
    db.conn.execute("update site set searched = ?", [last])
    return int(fed)


def behind(db: Database) -> tuple[int, int]:
    """Return the id of the last comment that came in, and of the last one that is in the index."""
    newest = "select seq from sqlite_sequence where name = 'comments'"
    row = db.conn.execute(f"select coalesce(({newest}), 0), searched from site").fetchone()
    return int(row[0]), int(row[1])
