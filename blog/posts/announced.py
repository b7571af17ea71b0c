"""Which state of a post other sites know: what is told of a post is told once, and again after a change.

Imports and the first publication of a folder tell nobody.
"""

from typing import Any

from sqlite_utils import Database

# The hash of a post's file while readers see it, else ''; and the posts whose state others do not know yet.
DIGEST = "iif(p.status = 'published' and p.published_at <= :at, p.source_hash, '')"
CHANGED = f"""
    from posts p indexed by posts_for_others left join announced_posts a on a.post_id = p.id
    where {DIGEST} <> coalesce(a.digest, '') and p.id not in (select post_id from unfinished_posts)
"""


def mark_all(db: Database) -> None:
    """Record that the present state of every post needs no announcement."""
    db.conn.execute(
        """
        insert into announced_posts (post_id, digest) select id, source_hash from posts where true
        on conflict (post_id) do update set digest = excluded.digest
        """
    )


def mark(db: Database, post: int, digest: str) -> None:
    """Take one state of a post for known."""
    db.conn.execute(
        """
        insert into announced_posts (post_id, digest) values (?, ?)
        on conflict (post_id) do update set digest = excluded.digest
        """,
        [post, digest],
    )


def has_changed(db: Database, at: str) -> bool:
    """Tell whether there is a post whose state others do not know."""
    return db.conn.execute(f"select 1 {CHANGED} limit 1", {"at": at}).fetchone() is not None


def changed(db: Database, *, at: str, most: int) -> list[dict[str, Any]]:
    """Return posts whose state others do not know, with it (`digest`); `was_known` tells of those that they knew."""
    return list(
        db.query(
            f"""
            select q.id, q.slug, q.kind, q.published_at, q.title, q.body_html, q.source_key, c.digest, c.was_known
            from (select p.id, {DIGEST} as digest, coalesce(a.digest, '') <> '' as was_known {CHANGED}
              order by p.id limit :most) c join posts q on q.id = c.id
            """,
            {"at": at, "most": most},
        )
    )
