"""What belongs to an author: the posts that carry the account's name, the comments on them, and one's own acts."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

OWN_POSTS = "select id from posts where author = :owner collate nocase and author <> ''"
# The post that has a slug, else the one that had it: a page to write on outlives a file's new name.
POST_AT = """coalesce(
  (select id from posts where slug = :slug), (select post_id from old_addresses where address = :slug)
)"""


def is_own(owner: str, post: Mapping[str, Any]) -> bool:
    """Tell the same of a row of `posts` as `of_post` asks of the database, which knows capitals of ASCII only."""
    return bool(owner) and _folded(str(post["author"])) == _folded(owner)


def _folded(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass").lower()


def of_post(db: Database, owner: str, slug: str) -> bool | None:
    """Tell whether a post carries this name as its author's; None where none has this slug or had it."""
    sql = f"select id in ({OWN_POSTS}) from posts where id = {POST_AT}"
    rows = db.conn.execute(sql, {"owner": owner, "slug": slug})
    row = rows.fetchone()
    return None if row is None else bool(row[0])


def of_comment(db: Database, owner: str, number: int) -> bool:
    """Tell whether a comment stands on a post of this author."""
    sql = f"select 1 from comments where id = :what and post_id in ({OWN_POSTS})"
    return db.conn.execute(sql, {"owner": owner, "what": number}).fetchone() is not None


def of_batch(db: Database, account: int, number: int) -> bool:
    """Tell whether an act was this account's own."""
    row = db.conn.execute("select 1 from batches where id = ? and account_id = ?", [number, account]).fetchone()
    return row is not None


def waiting(db: Database, owner: str) -> int:
    """Count what waits on the posts of an author."""
    row = db.conn.execute(
        f"select coalesce(sum(n), 0) from comment_counts where status = 'pending' and post_id in ({OWN_POSTS})",
        {"owner": owner},
    ).fetchone()
    return int(row[0])
