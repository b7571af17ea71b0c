"""What belongs to an author: the posts that carry the account's name, the comments on them, and one's own acts."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

OWN_POSTS = "select id from posts where author = :owner collate nocase and author <> ''"


def is_own(owner: str, post: Mapping[str, Any]) -> bool:
    """Tell the same of a row of `posts` as `of_post` asks of the database."""
    return bool(owner) and str(post["author"]).lower() == owner.lower()


def of_post(db: Database, owner: str, slug: str) -> bool:
    """Tell whether a post carries this name as its author's."""
    return _found(db, f"select 1 from posts where slug = :what and id in ({OWN_POSTS})", owner, slug)


def of_comment(db: Database, owner: str, number: int) -> bool:
    """Tell whether a comment stands on a post of this author."""
    return _found(db, f"select 1 from comments where id = :what and post_id in ({OWN_POSTS})", owner, number)


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


def _found(db: Database, sql: str, owner: str, what: str | int) -> bool:
    return db.conn.execute(sql, {"owner": owner, "what": what}).fetchone() is not None
