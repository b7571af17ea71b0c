"""Words in comments: the full-text index, and what has come in since it was last fed.

The index costs more than all else that is done for a comment, so it is fed in batches when the site has time. Until
then the newest comments (those after `site.searched`) are looked through one by one, and nothing is ever missed.
"""

from collections.abc import Iterable

from sqlite_utils import Database

BATCH = 100
# To be filled in: what every word wants of a comment, `unfed`, that is not in the index yet.
FOUND = """
    c.id in (select rowid from comments_search where comments_search match :words
      union all select unfed.id from comments unfed where unfed.id > (select searched from site) and {})
"""


def anywhere(comment: str, word: str) -> str:
    """Return the condition that a comment, by its name in the query, has a parameter's word in any of its parts."""
    parts = " || ' ' || ".join(f"{comment}.{column}" for column in ("text", "author", "email", "url", "ip"))
    return f"instr(lower({parts}), lower(:{word})) > 0"


def everywhere(words: Iterable[str]) -> str:
    """Return the condition that a comment, `unfed`, has all words."""
    return " and ".join(anywhere("unfed", word) for word in words)


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
