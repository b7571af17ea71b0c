"""Posts found by words of their titles, for the desk."""

from typing import Any

from sqlite_utils import Database

MOST_LETTERS = 200


def titled(db: Database, words: str, *, owner: str = "", limit: int) -> list[dict[str, Any]]:
    """Return the newest posts (of an author: `owner`) with every word in title, slug or author's name."""
    wanted = "\n".join(words.replace("\0", " ")[:MOST_LETTERS].split()).casefold()
    return list(
        db.query(
            f"""
            select p.slug, p.title, p.status, p.published_at, p.approved, p.author from posts p
            where p.deleted_at is null and has_all(p.title || char(10) || p.slug || char(10) || p.author, :wanted)
              {"and p.author = :owner collate nocase" if owner else ""}
            order by p.published_at = '' desc, p.published_at desc, p.id desc limit :limit
            """,
            {"wanted": wanted, "owner": owner, "limit": limit},
        )
    )
