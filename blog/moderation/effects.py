"""The effect of an act for readers: which posts have more or fewer public comments than before."""

from typing import Any, TypedDict

from sqlite_utils import Database

LISTED = 3  # posts at most, those with the largest change first


class Effect(TypedDict):
    """A post with its number of public comments before and now, and the newest `comment` that appeared, if any."""

    slug: str
    title: str
    kind: str
    published_at: str
    before: int
    now: int
    comment: int | None


def effects(db: Database, batch: int) -> list[Effect]:
    """Return what a batch changed for readers. The counts are the present ones, so this is right until the next act."""
    rows: list[dict[str, Any]] = list(
        db.query(
            """
            select p.slug, p.title, p.kind, p.published_at, p.approved - q.more as before, p.approved as now, q.comment
            from (
              select post_id, sum((after = 'approved') - (before = 'approved')) as more,
                max(comment_id) filter (where after = 'approved') as comment
              from events where batch_id = ? and comment_id is not null group by post_id
            ) q join posts p on p.id = q.post_id
            where q.more <> 0 order by abs(q.more) desc, p.id limit ?
            """,
            [batch, LISTED],
        )
    )
    return rows  # type: ignore[return-value]
