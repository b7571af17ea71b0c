"""Statistics of the queue: time to a decision, shares of approved and undone, comments by day."""

import json
from datetime import timedelta
from statistics import median
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.journal import acts as declared
from blog.journal.acts import Acts
from blog.journal.events import earlier, moment

SAMPLE = 2_000  # decisions that a median is taken of, the newest first


class QueueStatistics(TypedDict):
    """Figures of the last days.

    `delay` is the median of the seconds to a decision (None: none was made), of `delays` decisions, `delay_before` that
    of as many days before. Of `batches` decisions, `undone` were undone. `today` has the comments decided on today by
    person, `last_at` is the time of the newest decision ("" without one).
    """

    delay: float | None
    delays: int
    delay_before: float | None
    batches: int
    undone: int
    last_at: str
    today: dict[str, int]
    spam_by_rule: list[tuple[str, int]]


def of_queue(db: Database, acts: Acts, *, at: str, days: int = 7) -> QueueStatistics:
    """Return figures of the last days, of as many before, and of today; of each at most the newest 2,000 decisions."""
    decisions = json.dumps(declared.kinds(acts, declared.DECISIONS.name))
    since, before = earlier(at, days=days), earlier(at, days=2 * days)
    batches = db.conn.execute(
        """
        select count(*), count(undone_by), coalesce((select max(at) from batches where id = (select max(id) from batches
            where reverses is null and kind in (select value from json_each(:decisions)))), '')
        from (select undone_by from batches
          where at > :since and reverses is null and kind in (select value from json_each(:decisions))
          order by id desc limit :most)
        """,
        {"since": since, "decisions": decisions, "most": SAMPLE},
    ).fetchone()
    delays = _delays(db, decisions, since, at)
    delays_before = _delays(db, decisions, before, since)
    return {
        "delay": median(delays) if delays else None,
        "delays": len(delays),
        "delay_before": median(delays_before) if delays_before else None,
        "batches": batches[0],
        "undone": batches[1],
        "last_at": batches[2],
        "today": _today(db, decisions, at[:10]),
        "spam_by_rule": _spam(db),
    }


def _delays(db: Database, decisions: str, since: str, until: str) -> list[float]:
    """Return the seconds between each held comment's arrival and its first decision."""
    rows = db.conn.execute(
        """
        select c.created_at, min(e.at) from events e join comments c on c.id = e.comment_id
        where e.batch_id in (select id from batches where at > :since and at <= :until
            and reverses is null and source <> 'rule' and kind in (select value from json_each(:decisions))
            order by id desc limit :most)
          and e.before = 'pending' and c.source = 'web' group by e.comment_id limit :most
        """,
        {"decisions": decisions, "since": since, "until": until, "most": SAMPLE},
    ).fetchall()
    return [(moment(row[1]) - moment(row[0])).total_seconds() for row in rows]


def _today(db: Database, decisions: str, day: str) -> dict[str, int]:
    rows = db.conn.execute(
        """
        select coalesce(a.name, ''), sum(b.moved) from batches b left join accounts a on a.id = b.account_id
        where b.at >= ? and b.undone_by is null and b.source <> 'rule'
          and b.kind in (select value from json_each(?))
        group by 1 order by 2 desc
        """,
        [day, decisions],
    )
    return {row[0]: int(row[1]) for row in rows.fetchall()}


def _spam(db: Database) -> list[tuple[str, int]]:
    rows = db.conn.execute(
        "select rule, n from rule_counts where status = 'spam' and n > 0 order by n desc, rule limit 8"
    )
    return [(row[0], int(row[1])) for row in rows.fetchall()]


class Burst(TypedDict):
    """A post with more comments than usual at once: how many are held for that, and when the first one came."""

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
    """Return for each of the last days (UTC) how many of its comments are approved, pending, or spam or trash."""
    start = moment(at).date() - timedelta(days=days - 1)
    counts: dict[str, dict[str, int]] = {}
    rows = db.conn.execute("select day, status, n from day_counts where day >= ?", [start.isoformat()])
    for day, status, n in rows.fetchall():
        counts.setdefault(day, {})[status] = int(n)
    listed = []
    for offset in range(days):
        day = (start + timedelta(days=offset)).isoformat()
        each = counts.get(day, {})
        bad = sum(each.get(status, 0) for status in ("spam", "trash", "deleted"))
        listed.append({"day": day, "kept": each.get("approved", 0), "waiting": each.get("pending", 0), "refused": bad})
    return listed
