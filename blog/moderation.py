"""Moderation: the queue, the decisions, and how many comments stand where.

A decision is one batch: its events are written first (they keep the old status), then one update moves the rows.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import events
from blog.errors import Invalid, NotFound
from blog.events import By, moment, stamp
from blog.policy import Policy

STATUSES = ("pending", "approved", "spam", "trash")
LISTED = {"all": ("approved", "pending"), **{status: (status,) for status in STATUSES}}
PAGE = 50
REASON_LENGTH = 500


class Decision(StrEnum):
    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    SPAM = "spam"
    TRASH = "trash"
    RESTORE = "restore"
    DELETE = "delete"

    @property
    def status(self) -> str:
        """Return the status that it leads to; a restored comment goes where it came from."""
        return {"approve": "approved", "unapprove": "pending", "delete": "deleted"}.get(self.value, self.value)


@dataclass(frozen=True)
class Selection:
    """What of the queue: a status (or `all`: approved and pending), a post's slug, words, no id above `newest`."""

    status: str = "pending"
    post: str = ""
    search: str = ""
    newest: int | None = None

    def checked(self) -> "Selection":
        if self.status not in LISTED:
            raise Invalid({"status": f"There is no status {self.status!r}; there are {', '.join(LISTED)}."})
        return self


class Conflict(TypedDict):
    id: int
    status: str
    by: str
    at: str
    reason: str


class Outcome(TypedDict):
    """`batch` is None when nothing moved; `missing` are ids of no comment; `conflicts` changed while they were read."""

    batch: int | None
    moved: int
    missing: list[int]
    conflicts: list[Conflict]


RESTORABLE = "c.status in ('spam', 'trash', 'deleted')"
BEFORE = """
    coalesce((select x.before from events x join batches b on b.id = x.batch_id
      where x.comment_id = c.id and x.after = c.status and x.kind in ('spam', 'trash', 'delete') and b.undone_by is null
      order by x.id desc limit 1), 'pending')
"""


def decide(
    db: Database,
    chosen: Iterable[int] | Selection,
    decision: Decision,
    *,
    by: By,
    reason: str = "",
    seen: Mapping[int, str] | None = None,
) -> Outcome:
    """Decide on comments by id, or on all that a selection holds, in three statements.

    `seen` are the statuses that the moderator saw: a comment that has another one by now is left alone and named
    among the conflicts, unless it is where the decision leads already. Raises NotFound for one unknown id alone.
    """
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": f"The reason has {len(reason):,} characters; {REASON_LENGTH} fit."})
    ids = None if isinstance(chosen, Selection) else list(dict.fromkeys(chosen))
    batch = events.open_batch(db, decision.value, by=by, reason=reason)
    where, values = (
        ("c.id in (select value from json_each(:ids))", {"ids": json.dumps(ids)})
        if ids is not None
        else (_condition(chosen.checked()) if isinstance(chosen, Selection) else ("0", {}))
    )
    moved = _journal(db, batch, decision, where, {**values, "seen": json.dumps(seen or {})}, by, reason)
    if moved:
        move(db, batch)
    else:
        events.drop_batch(db, batch)
    missing, conflicts = _left(db, ids, moved, decision, seen or {}) if ids is not None else ([], [])
    if ids is not None and len(ids) == 1 and missing:
        raise NotFound(f"There is no comment {ids[0]}.")
    return {
        "batch": batch if moved else None,
        "moved": len(moved),
        "missing": missing,
        "conflicts": conflicts,
    }


def _journal(
    db: Database, batch: int, decision: Decision, where: str, values: dict[str, Any], by: By, reason: str
) -> set[int]:
    restore = decision is Decision.RESTORE
    rows = db.conn.execute(
        f"""
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule, reason)
        select :batch, :at, :kind, c.id, c.post_id, :account, :source, c.status,
          {BEFORE if restore else ":target"}, c.rule, :reason
        from comments c
        where {where} and {RESTORABLE if restore else "c.status not in (:target, 'deleted')"}
          and coalesce(json_extract(:seen, '$."' || c.id || '"'), c.status) = c.status
        returning comment_id
        """,
        {
            "batch": batch,
            "at": by.at,
            "kind": decision.value,
            "account": by.account,
            "source": by.source,
            "target": decision.status,
            "reason": reason,
            **values,
        },
    ).fetchall()
    return {int(row[0]) for row in rows}


def move(db: Database, batch: int) -> None:
    """Bring the comments of a batch to the status that its events say."""
    db.conn.execute(
        """
        update comments set status = e.after from events e
        where e.batch_id = ? and e.comment_id is not null and comments.id = e.comment_id
        """,
        [batch],
    )


def _left(
    db: Database, ids: list[int], moved: set[int], decision: Decision, seen: Mapping[int, str]
) -> tuple[list[int], list[Conflict]]:
    """Tell of the ids that did not move which are missing and which somebody else moved meanwhile."""
    left = [number for number in ids if number not in moved]
    if not left:
        return [], []
    rows = {
        row["id"]: row
        for row in db.query(
            """
            select c.id, c.status, coalesce(a.name, '') as by, coalesce(e.at, c.created_at) as at,
              coalesce(e.reason, '') as reason
            from json_each(?) j join comments c on c.id = j.value
            left join events e on e.id = (select max(id) from events where comment_id = c.id)
            left join accounts a on a.id = e.account_id
            """,
            [json.dumps(left)],
        )
    }
    gone = {
        number
        for number in left
        if number not in rows
        or (rows[number]["status"] == "deleted" and decision is not Decision.DELETE and number not in seen)
    }
    there = (decision.status,) if decision is not Decision.RESTORE else ("approved", "pending")
    conflicts = [rows[n] for n in left if n not in gone and rows[n]["status"] not in there]
    return sorted(gone), conflicts  # type: ignore[return-value]


def counts(db: Database, post: int = 0) -> dict[str, int]:
    """Return how many comments stand in each status, of a post or (0) of the site; `all` are approved and pending."""
    found = dict(db.conn.execute("select status, n from comment_counts where post_id = ?", [post]).fetchall())
    each = {status: int(found.get(status, 0)) for status in STATUSES}
    return {**each, "all": each["approved"] + each["pending"]}


def _condition(selection: Selection) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition of a selection, and its values; every branch of it goes through an index."""
    parts = ["c.status in (select value from json_each(:statuses))"]
    values: dict[str, Any] = {"statuses": json.dumps(LISTED[selection.status])}
    if selection.post:
        parts.append("c.post_id = (select id from posts where slug = :post)")
        values["post"] = selection.post
    if selection.search:
        condition, words = _search(selection.search)
        parts.append(condition)
        values["words"] = words
    if selection.newest is not None:
        parts.append("c.id <= :newest")
        values["newest"] = selection.newest
    return " and ".join(parts), values


def _search(words: str) -> tuple[str, str]:
    """Search any part of text, name, email, address and IP; fewer than 3 letters cannot use the index of triples."""
    words = " ".join(words.replace("\0", " ").split())[:200]
    if len(words) >= 3:
        quoted = " ".join('"' + word.replace('"', '""') + '"' for word in words.split(" ") if len(word) >= 3)
        if quoted:
            return "c.id in (select rowid from comments_search where comments_search match :words)", quoted
    return (
        "instr(lower(c.text || ' ' || c.author || ' ' || c.email || ' ' || c.url || ' ' || c.ip), lower(:words)) > 0",
        words,
    )


ROW = """
    c.id, c.parent_id as parent, c.status, c.author, c.email, c.url, c.ip, c.created_at, c.edited_at, c.text,
    c.text_html,
    c.verdict, c.rule, c.reason, c.score, c.reader_hash, c.account_id, c.source, p.slug as post, p.title as post_title,
    p.published_at as post_published_at, coalesce(o.author, '') as parent_author,
    (select json_group_object(status, n) from (
      select x.status, count(*) as n from (select status, id from comments where lower(email) = lower(c.email)
        and email <> '' and c.email <> '' order by created_at desc limit 200) x where x.id <> c.id group by x.status
    )) as record
"""


def queue(
    db: Database, selection: Selection, *, before: int | None = None, limit: int | None = PAGE
) -> list[dict[str, Any]]:
    """Return rows of the queue, newest first, from below the id `before`; `limit` None is all of it."""
    selection = selection.checked()
    statuses = LISTED[selection.status]
    each = []
    values: dict[str, Any] = {
        "before": before if before is not None else 1 << 62,
        "limit": -1 if limit is None else limit,
    }
    for number, status in enumerate(statuses):
        condition, more = _condition(selection)
        condition = condition.replace(
            "c.status in (select value from json_each(:statuses))", f"c.status = :status{number}"
        )
        values |= {**more, f"status{number}": status}
        newest = f"select c.id from comments c where {condition} and c.id < :before order by c.id desc limit :limit"
        each.append(f"select * from ({newest})")
    return list(
        db.query(
            f"""
            select {ROW} from ({" union all ".join(each)}) q join comments c on c.id = q.id
            join posts p on p.id = c.post_id left join comments o on o.id = c.parent_id
            order by c.id desc limit :limit
            """,
            values,
        )
    )


def matching(db: Database, selection: Selection) -> int:
    """Count what a selection holds; without a search this is a stored count."""
    selection = selection.checked()
    if not selection.search and selection.newest is None:
        post = 0
        if selection.post:
            row = db.conn.execute("select id from posts where slug = ?", [selection.post]).fetchone()
            if row is None:
                return 0
            post = row[0]
        return counts(db, post)[selection.status]
    where, values = _condition(selection)
    return int(db.conn.execute(f"select count(*) from comments c where {where}", values).fetchone()[0])


def comment(db: Database, number: int) -> dict[str, Any]:
    """Return one comment as the queue shows it; raise NotFound for one that is not there or deleted for good."""
    row = next(
        iter(
            db.query(
                f"""
                select {ROW} from comments c join posts p on p.id = c.post_id
                left join comments o on o.id = c.parent_id where c.id = ?
                """,
                [number],
            )
        ),
        None,
    )
    if row is None:
        raise NotFound(f"There is no comment {number}.")
    return row


def by_same_author(db: Database, row: Mapping[str, Any], *, limit: int = 20) -> list[dict[str, Any]]:
    """Return other comments of the same browser, account or email, newest first, each with what it shares (`by`)."""
    return list(
        db.query(
            """
            select c.id, c.status, c.author, c.created_at, c.text, p.title as post_title, min(q.by) as by from (
              select * from (select id, '1 browser' as by from comments
                where reader_hash = :reader and reader_hash is not null order by created_at desc limit :limit)
              union all select * from (select id, '2 account' from comments
                where account_id = :account and account_id is not null order by id desc limit :limit)
              union all select * from (select id, '3 email' from comments
                where lower(email) = lower(:email) and email <> '' order by created_at desc limit :limit)
            ) q join comments c on c.id = q.id join posts p on p.id = c.post_id
            where c.id <> :id and c.status <> 'deleted' group by c.id order by c.id desc limit :limit
            """,
            {
                "reader": row["reader_hash"],
                "account": row["account_id"],
                "email": row["email"],
                "id": row["id"],
                "limit": limit,
            },
        )
    )


def oldest_waiting(db: Database) -> dict[str, Any] | None:
    rows = db.query("select id, author, created_at from comments where status = 'pending' order by id limit 1")
    return next(iter(rows), None)


DELETED_DAYS = 7


def purge(db: Database, rules: Policy, *, at: str) -> int:
    """Remove for good what was deleted over 7 days ago, and what has lain in trash or spam as long as the rules say.

    A comment with replies keeps its place in the thread, without a word of it. Returns how many went, 1,000 at most.
    """

    def ago(days: int) -> str:
        return stamp(moment(at) - timedelta(days=days)) if days else ""

    values = {
        "deleted": ago(DELETED_DAYS),
        "trash": ago(rules.empty_trash_days),
        "spam": ago(rules.empty_spam_days),
    }
    due = """
        select c.id from comments c where c.status in ('deleted', 'trash', 'spam')
          and (c.text <> '' or c.replies = 0)
          and coalesce((select max(e.at) from events e where e.comment_id = c.id), c.created_at)
            < case c.status when 'deleted' then :deleted when 'trash' then :trash else :spam end
        limit 1000
    """
    ids = json.dumps([row[0] for row in db.conn.execute(due, values).fetchall()])
    if ids == "[]":
        return 0
    db.conn.execute(
        """
        insert into events (at, kind, comment_id, post_id, source, before, after)
        select ?, 'purge', id, post_id, 'rule', status, 'deleted' from comments
        where id in (select value from json_each(?))
        """,
        [at, ids],
    )
    blank = db.conn.execute(
        """
        update comments set status = 'deleted', author = '', email = '', url = '', text = '', text_html = '',
          text_hash = '', reader_hash = null, ip = '', network = '', user_agent = '', reason = ''
        where id in (select value from json_each(?)) and replies > 0
        """,
        [ids],
    ).rowcount
    gone = db.conn.execute(
        "delete from comments where id in (select value from json_each(?)) and replies = 0", [ids]
    ).rowcount
    return int(blank + gone)
