"""The health of the queue: what waits, how long a decision takes, what was kept, what came in day by day."""

from datetime import timedelta
from statistics import median
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.journal.events import earlier, moment

SAMPLE = 2_000  # decisions that a median is taken of, the newest first


class Health(TypedDict):
    """Seconds to a decision (None: none was made), shares from 0 to 1, counts of decisions by who made them."""

    delay: float | None
    delay_before: float | None
    kept: float | None
    reversed: float | None
    today: dict[str, int]
    spam_by_rule: list[tuple[str, int]]


def of_queue(db: Database, *, at: str) -> Health:
    """Return figures of this week and the week before, and of today; bounded by the newest 2,000 decisions of each."""
    week, fortnight = earlier(at, days=7), earlier(at, days=14)
    batches = db.conn.execute(
        """
        select count(*), count(undone_by) from (select undone_by from batches
          where at > ? and reverses is null and kind in ('approve', 'unapprove', 'spam', 'trash', 'delete')
          order by id desc limit ?)
        """,
        [earlier(at, days=90), SAMPLE],
    ).fetchone()
    came = dict(db.conn.execute("select status, n from comment_counts where post_id = 0").fetchall())
    decided = sum(came.get(status, 0) for status in ("approved", "spam", "trash", "deleted"))
    return {
        "delay": _delay(db, week, at),
        "delay_before": _delay(db, fortnight, week),
        "kept": came.get("approved", 0) / decided if decided else None,
        "reversed": batches[1] / batches[0] if batches[0] else None,
        "today": _today(db, at[:10]),
        "spam_by_rule": _spam(db),
    }


def _delay(db: Database, since: str, until: str) -> float | None:
    """Return the median of the seconds between a held comment's arrival and its first decision."""
    rows = db.conn.execute(
        """
        select c.created_at, min(e.at) from events e join comments c on c.id = e.comment_id
        where e.batch_id in (select id from batches where at > :since and at <= :until
            and reverses is null and kind in ('approve', 'spam', 'trash') order by id desc limit :most)
          and e.before = 'pending' and c.source = 'web' group by e.comment_id limit :most
        """,
        {"since": since, "until": until, "most": SAMPLE},
    ).fetchall()
    seconds = [(moment(row[1]) - moment(row[0])).total_seconds() for row in rows]
    return median(seconds) if seconds else None


def _today(db: Database, day: str) -> dict[str, int]:
    rows = db.conn.execute(
        """
        select coalesce(a.name, ''), sum(b.moved) from batches b left join accounts a on a.id = b.account_id
        where b.at >= ? and b.undone_by is null
          and b.kind in ('approve', 'unapprove', 'spam', 'trash', 'delete', 'restore')
        group by 1 order by 2 desc
        """,
        [day],
    )
    return {row[0]: int(row[1]) for row in rows.fetchall()}


def _spam(db: Database) -> list[tuple[str, int]]:
    rows = db.conn.execute(
        "select rule, n from rule_counts where status = 'spam' and n > 0 order by n desc, rule limit 8"
    )
    return [(row[0], int(row[1])) for row in rows.fetchall()]


class Burst(TypedDict):
    """A post with more comments than usual at once: `waiting` of them wait for that reason, the first since `since`."""

    slug: str
    title: str
    waiting: int
    since: str


def bursts(db: Database, *, at: str) -> list[Burst]:
    """Return the posts on which comments of the last day wait because too many came at once."""
    rows = db.query(
        """
        select p.slug, p.title, count(*) as waiting, min(q.created_at) as since from (
          select post_id, created_at from comments where status = 'pending' and rule = 'comment_burst'
          order by id desc limit ?
        ) q join posts p on p.id = q.post_id where q.created_at > ? group by p.id order by waiting desc
        """,
        [SAMPLE, earlier(at, days=1)],
    )
    return list(rows)  # type: ignore[arg-type]


def by_day(db: Database, *, at: str, days: int = 90) -> list[dict[str, Any]]:
    """Return for each of the last days (UTC) how many comments that came in are kept, wait, or were spam or trash."""
    start = moment(at).date() - timedelta(days=days - 1)
    found: dict[str, dict[str, int]] = {}
    rows = db.conn.execute("select day, status, n from day_counts where day >= ?", [start.isoformat()])
    for day, status, n in rows.fetchall():
        found.setdefault(day, {})[status] = int(n)
    listed = []
    for offset in range(days):
        day = (start + timedelta(days=offset)).isoformat()
        each = found.get(day, {})
        bad = sum(each.get(status, 0) for status in ("spam", "trash", "deleted"))
        listed.append({"day": day, "kept": each.get("approved", 0), "waiting": each.get("pending", 0), "refused": bad})
    return listed
