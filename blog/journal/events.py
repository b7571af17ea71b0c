"""Events and batches of the journal, which the database keeps append-only.

The journal holds ids, statuses, rule names and moderators' reasons, never a reader's text, name, address or IP.
`before` and `after` are a plain value (such as a status) or JSON. A batch is one act on any number of subjects; Undo
reverses it as a whole.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.journal.unfinished import BATCH_SEEN

# Events of an imported past that are shown: what they were about is a status, which needs nothing else to be said.
PLAIN_KINDS = ("approve", "unapprove", "spam", "trash", "restore")
# Seconds by which one process may take the time earlier than another that stores first.
PROCESSES_APART = 2


@dataclass(frozen=True)
class Actor:
    """Who acts, when and from where (`source`: web, command, import, rule, api); no account is the owner at the shell.

    `program` is the label of the token by which a program acts for the account.
    """

    at: str
    account: int | None = None
    source: str = "web"
    program: str = ""


@dataclass(frozen=True)
class NewEvent:
    """What happened, to be recorded: of which batch, to which comment or post, what was before and after it, and why.

    `rule` is the one that judged the comment, `reason` what the moderator gave.
    """

    kind: str
    batch: int | None = None
    comment: int | None = None
    post: int | None = None
    before: str = ""
    after: str = ""
    rule: str = ""
    reason: str = ""


class Event(TypedDict):
    id: int
    batch: int | None
    at: str
    kind: str
    comment: int | None
    post: int | None
    who: str
    source: str
    before: str
    after: str
    rule: str
    reason: str
    program: str


class Batch(TypedDict):
    id: int
    kind: str
    at: str
    who: str
    source: str
    reason: str
    moved: int
    reverses: int | None
    undone_by: int | None
    post: str
    title: str
    after: str
    key: int
    comment: int | None
    undid: str | None
    program: str


def stamp(moment: datetime) -> str:
    """Write a time as the database stores it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def latest(at: str) -> str:
    """Return the latest time that a stored row can have; a later one comes from a clock that was set back since."""
    return earlier(at, seconds=-PROCESSES_APART)


def earlier(at: str, *, days: int = 0, seconds: int = 0) -> str:
    """Return the time so many days or seconds before another one."""
    return _second_before(at[:19], days, seconds) + at[19:]  # whole seconds leave the milliseconds as they are


@lru_cache(256)
def _second_before(second: str, days: int, seconds: int) -> str:
    return stamp(moment(f"{second}Z") - timedelta(days, seconds))[:19]


def record(db: Database, event: NewEvent, *, by: Actor) -> None:
    """Write one event."""
    db.conn.execute(
        """
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule, reason,
          program)
        values (:batch, :at, :kind, :comment, :post, :account, :source, :before, :after, :rule, :reason, :program)
        """,
        vars(event) | vars(by),
    )


def open_batch(db: Database, kind: str, *, by: Actor, reason: str = "", reverses: int | None = None) -> int:
    """Begin a batch; the database counts its events (`moved`)."""
    row = db.conn.execute(
        """
        insert into batches (kind, at, account_id, source, reason, reverses, program) values (?, ?, ?, ?, ?, ?, ?)
        returning id
        """,
        [kind, by.at, by.account, by.source, reason, reverses, by.program],
    ).fetchone()
    return int(row[0])


def drop_batch(db: Database, batch: int) -> None:
    """Delete a batch that has no events."""
    db.conn.execute("delete from batches where id = ? and moved = 0", [batch])


# The act that a batch `b` took back or did `again`, as JSON: an undoing may reverse another undoing, and so on.
UNDID = """iif(b.reverses, (
    with recursive chain (id, below, depth) as (
      select id, reverses, 0 from batches where id = b.reverses
      union all select n.id, n.reverses, depth + 1 from chain join batches n on n.id = chain.below
    )
    select json_object('id', act.id, 'kind', act.kind, 'moved', act.moved, 'reason', act.reason, 'again', depth % 2,
      'undone_by', act.undone_by, 'after', coalesce(began.after, ''), 'post', coalesce(its.slug, ''),
      'title', coalesce(its.title, ''))
    from chain join batches act on act.id = chain.id
    left join events began on began.id = (select min(id) from events where batch_id = act.id)
    left join posts its on its.id = began.post_id
    where chain.below is null
), null)"""
BATCH = f"""
    select b.id, b.kind, b.at, coalesce(a.name, '') as who, b.source, b.reason, b.moved, b.reverses, b.undone_by,
      coalesce(p.slug, '') as post, coalesce(p.title, '') as title, coalesce(e.after, '') as after,
      e.id as key, e.comment_id as comment, {UNDID} as undid, b.program
    from batches b left join accounts a on a.id = b.account_id
    left join events e on e.id = (select min(id) from events where batch_id = b.id)
    left join posts p on p.id = e.post_id
"""


def batch(db: Database, number: int) -> Batch | None:
    row = next(iter(db.query(f"{BATCH} where b.id = ? and {BATCH_SEEN}", [number])), None)
    return row  # type: ignore[return-value]


def last_batch(db: Database) -> int | None:
    """Return the newest batch that is neither undone nor an undoing."""
    row = db.conn.execute(
        f"""
        select id from batches b where undone_by is null and reverses is null and {BATCH_SEEN}
        order by id desc limit 1
        """
    ).fetchone()
    return int(row[0]) if row else None


class LastActs(TypedDict):
    """Batches of an account in a session: its newest act that stands, and its newest undo if no act came after it."""

    stands: int | None
    undo: int | None


def last_acts(db: Database, account: int, *, since: str) -> LastActs:
    """Return what an account did last on the desk since a moment; acts by mail or by a program do not count."""
    row = db.conn.execute(
        """
        with own as (select * from batches where account_id = :account and source = 'web' and at >= :since)
        select
          (select id from own where undone_by is null and reverses is null order by id desc limit 1),
          (select u.id from own u join batches act
             on act.id = u.reverses and act.reverses is null and act.undone_by = u.id
            where u.undone_by is null and u.id > (select max(id) from own where reverses is null)
            order by u.id desc limit 1)
        """,
        {"account": account, "since": since},
    ).fetchone()
    return {"stands": row[0], "undo": row[1]}


def statuses_before(db: Database, number: int) -> list[str]:
    """Return the statuses that the comments of a batch had before it, each once."""
    rows = db.conn.execute(
        "select distinct before from events where batch_id = ? and comment_id is not null order by 1", [number]
    )
    return [row[0] for row in rows.fetchall()]


def on_comment(db: Database, comment: int) -> list[Event]:
    """Return all events of a comment, oldest first; those of its past on another site come from an import."""
    rows = db.query(
        """
        select 0 as id, null as batch, p.at, p.kind, p.comment_id as comment, null as post, p.who, 'import' as source,
          p.before, p.after, p.rule, p.reason, '' as program
        from (select * from comment_past where comment_id = :comment and kind in (select value from json_each(:kinds))
          order by id) p
        union all
        select * from (select e.id, e.batch_id as batch, e.at, e.kind, e.comment_id as comment, e.post_id as post,
          coalesce(a.name, '') as who, e.source, e.before, e.after, e.rule,
          coalesce(nullif(e.reason, ''), b.reason, '') as reason, coalesce(b.program, e.program) as program
        from events e left join accounts a on a.id = e.account_id left join batches b on b.id = e.batch_id
        where e.comment_id = :comment order by e.id)
        """,
        {"comment": comment, "kinds": json.dumps(PLAIN_KINDS)},
    )
    return list(rows)  # type: ignore[arg-type]


def undone_by(row: Any) -> int | None:
    """Return the batch that took an act back, or None. A batch that did an act again is undone with that act."""
    act = json.loads(row["undid"]) if row["undid"] else {}
    return row["undone_by"] or (act["undone_by"] if act.get("again") else None)


def reverse(db: Database, number: int, *, batch: int, by: Actor, comments: Sequence[int] | None = None) -> None:
    """Note in a batch that all that another one did was taken back, or what it did to some comments."""
    if comments is None:
        _reverse(db, "batch_id = :number", {"number": number, "batch": batch}, by)
    else:
        chosen = "batch_id = :number and comment_id in (select value from json_each(:comments))"
        _reverse(db, chosen, {"number": number, "batch": batch, "comments": json.dumps(list(comments))}, by)


def reverse_of_post(db: Database, number: int, post: int, *, batch: int, by: Actor) -> None:
    """Note in a batch that what another one did to a post itself was taken back."""
    chosen = "batch_id = :number and post_id = :post and comment_id is null"
    _reverse(db, chosen, {"number": number, "batch": batch, "post": post}, by)


def _reverse(db: Database, chosen: str, values: dict[str, Any], by: Actor) -> None:
    db.conn.execute(
        f"""
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule, program)
        select :batch, :at, 'undo', comment_id, post_id, :account, :source, after, before, rule, :program
        from events where {chosen} order by id
        """,
        {**values, "at": by.at, "account": by.account, "source": by.source, "program": by.program},
    )
