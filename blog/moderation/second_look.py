"""A second look at what rules and filter put aside on their own: a sample of each week, and how much of it was wrong.

The sample is drawn once, after the week has ended (Monday to Sunday, UTC), so that everybody sees the same. A comment
of it was rightly put aside when somebody says so (the act `confirm`), and wrongly when a person's decision took it out
of spam or trash, wherever they decided. What was undone does not count.
"""

import json
from datetime import timedelta
from typing import Any, Literal, TypedDict

from sqlite_utils import Database

from blog import filter
from blog.errors import NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Lesson
from blog.journal.events import Actor, moment
from blog.journal.unfinished import COMMENT_SEEN
from blog.moderation import decisions
from blog.moderation.queue import of_ids
from blog.wording import N_, gettext, ngettext

SIZE = 20
WEEKS = 8  # of which the error rate is told
LESSON = Lesson("spam", before="spam")  # what the filter took for spam, and a person too

CONFIRM = Act(
    kind="confirm",
    group=acts.DECISIONS,
    sentence=lambda row: ngettext(
        "One comment found rightly put aside.", "{n} comments found rightly put aside.", row["moved"]
    ),
    event=lambda _: gettext("Found rightly put aside."),
    decided=N_("Found rightly put aside"),
    lesson=LESSON,
    undo=decisions.undo,
)

Look = Literal["", "right", "wrong"]


class Sample(TypedDict):
    """A week's sample: the day on which the week began, of how many it was drawn, and what was found.

    `looks` has what was found for each comment's id, "" before anybody has looked. The comment may be gone by now.
    """

    week: str
    among: int
    looks: dict[int, Look]


class Rate(TypedDict):
    """Of a week's sample: how many comments it has, how many were looked at, and how many of these were wrong."""

    week: str
    size: int
    looked: int
    wrong: int


def week_before(at: str) -> str:
    """Return the Monday of the last week that has ended, as a day in UTC."""
    today = moment(at).date()
    return (today - timedelta(days=today.weekday() + 7)).isoformat()


def week_after(week: str) -> str:
    """Return the day on which the next week begins."""
    return (moment(f"{week}T00:00:00Z") + timedelta(days=7)).date().isoformat()


def draw(db: Database, *, at: str) -> int:
    """Draw the sample of the last week, once; return how many comments were drawn.

    The ids, multiplied by an odd number, are scattered evenly, so the same comments always make the same sample.
    """
    week = week_before(at)
    drawn = db.conn.execute(
        f"""
        insert into second_looks (comment_id, week, among)
        select c.id, :week, count(*) over () from comments c
        where c.verdict in ('spam', 'trash') and c.created_at >= :week and c.created_at < :end
          and c.source <> 'import' and c.text <> '' and c.withdrawn_at is null and {COMMENT_SEEN}
          and not exists (select 1 from second_looks where week = :week)
        order by (c.id * 2654435761) % 4294967296 limit :size
        """,
        {"week": week, "end": week_after(week), "size": SIZE},
    )
    return max(int(drawn.rowcount), 0)


# What the newest decision of a person on a comment of the sample says of it: right, wrong or nothing.
FOUND = """
    coalesce((select iif(e.after in ('spam', 'trash'), 'right', 'wrong')
      from events e join batches b on b.id = e.batch_id
      where e.comment_id = s.comment_id and b.undone_by is null and b.reverses is null and e.source <> 'rule'
        and e.kind in (select value from json_each(:kinds))
        and e.before <> 'deleted' and e.after <> 'deleted'
        and (e.kind = 'confirm' or (e.before in ('spam', 'trash')) <> (e.after in ('spam', 'trash')))
      order by e.id desc limit 1), '')
"""
KINDS = json.dumps(["approve", "unapprove", "spam", "trash", "restore", CONFIRM.kind])


def of_week(db: Database, week: str = "") -> Sample | None:
    """Return the sample of the week that began on a day, "" for the newest; None before the first.

    Raises NotFound for a day with which no week of a sample began.
    """
    found = db.conn.execute(
        f"""
        select s.comment_id, s.week, s.among, {FOUND} from second_looks s
        where s.week = coalesce(nullif(:week, ''), (select max(week) from second_looks))
        """,
        {"kinds": KINDS, "week": week},
    ).fetchall()
    if not found and week:
        raise NotFound(gettext("There is no sample of a week from {week}.", week=week))
    if not found:
        return None
    looks: dict[int, Look] = {row[0]: row[3] for row in found}
    return {"week": found[0][1], "among": found[0][2], "looks": looks}


def comments_of(db: Database, sample: Sample) -> list[dict[str, Any]]:
    """Return the comments of a sample as in the queue, the newest first."""
    return of_ids(db, list(sample["looks"]))


def rates(db: Database) -> list[Rate]:
    """Return of the newest weeks with a sample how much was looked at and how much was wrong, the oldest week first."""
    rows = db.query(
        f"""
        with weeks (week) as materialized (select distinct week from second_looks order by week desc limit :weeks)
        select week, count(*) as size, sum(found <> '') as looked, sum(found = 'wrong') as wrong from (
          select s.week, {FOUND} as found from weeks w join second_looks s on s.week = w.week)
        group by week order by week
        """,
        {"kinds": KINDS, "weeks": WEEKS},
    )
    return list(rows)  # type: ignore[arg-type]


def confirm(db: Database, ids: list[int], *, by: Actor) -> int | None:
    """Say that comments of a sample were rightly put aside; return the batch, None without a change.

    Those that are not in spam or trash any more, or that somebody has looked at, are left alone. Raises NotFound for
    one comment alone that is in no sample.
    """
    batch = events.open_batch(db, CONFIRM.kind, by=by)
    moved = db.conn.execute(
        f"""
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule)
        select :batch, :at, 'confirm', c.id, c.post_id, :account, :source, c.status, c.status, c.rule
        from second_looks s join comments c on c.id = s.comment_id
        where s.comment_id in (select value from json_each(:ids)) and c.status in ('spam', 'trash') and {FOUND} = ''
        """,
        {**vars(by), "batch": batch, "ids": json.dumps(ids), "kinds": KINDS},
    ).rowcount
    if moved > 0:
        filter.label(db, batch, CONFIRM.kind, LESSON)
        return batch
    events.drop_batch(db, batch)
    if len(ids) == 1 and not db.conn.execute("select 1 from second_looks where comment_id = ?", ids).fetchone():
        raise NotFound(gettext("Comment {id} is in no sample.", id=ids[0]))
    return None
