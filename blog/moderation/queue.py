"""The queue: what it holds, in which order, by which filter, and how many stand where."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import search
from blog.errors import Invalid, NotFound
from blog.events import moment, stamp
from blog.ownership import OWN_POSTS

STATUSES = ("pending", "approved", "spam", "trash")
LISTED = {"all": ("approved", "pending"), **{status: (status,) for status in STATUSES}}
PAGE = 50


@dataclass(frozen=True)
class Selection:
    """What of the queue: a status (or `all`: approved and pending), and what narrows it.

    `post` is a slug, `rule` the name of the rule that held ("none" for those that no rule did), `author` a part of
    name or email, `domain` one that the comment links to, `days` the youngest age, `newest` the highest id.
    `sender` is what another comment's sender is known by, and that comment's id: "reader:42". `later` is whether it was
    left for later (None: either), `made` the moment since which nothing has happened to it. `found` are the newest
    comments that have the words of `search`, where these were asked for before and are enough. `owner` is an
    author on whose posts it stands.
    """

    status: str = "pending"
    post: str = ""
    search: str = ""
    rule: str = ""
    author: str = ""
    domain: str = ""
    replied: bool = False
    days: int = 0
    now: str = ""
    newest: int | None = None
    sender: str = ""
    later: bool | None = None
    made: str = ""
    found: tuple[int, ...] | None = None
    owner: str = ""

    @property
    def narrow(self) -> bool:
        """Tell whether more than status and post decide, so that no stored count answers."""
        texts = (self.search, self.rule, self.author, self.domain, self.sender, self.owner)
        return any(texts) or self.replied or self.days > 0 or self.later is not None

    def checked(self) -> "Selection":
        if self.status not in LISTED:
            raise Invalid({"status": f"There is no status {self.status!r}; there are {', '.join(LISTED)}."})
        kind, _, number = self.sender.partition(":")
        if self.sender and (kind not in SENDERS or not number.isdigit()):
            raise Invalid({"sender": f"A sender is a kind and a comment, like email:42, not {self.sender[:40]!r}."})
        return self


def counts(db: Database, post: int = 0) -> dict[str, int]:
    """Return how many comments stand in each status, of a post or (0) of the site; `all` are approved and pending."""
    found = dict(db.conn.execute("select status, n from comment_counts where post_id = ?", [post]).fetchall())
    each = {status: int(found.get(status, 0)) for status in STATUSES}
    return {**each, "all": each["approved"] + each["pending"]}


def condition_of(selection: Selection) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition of a selection, and its values; every branch of it goes through an index."""
    parts = ["c.status in (select value from json_each(:statuses))"]
    values: dict[str, Any] = {"statuses": json.dumps(LISTED[selection.status])}
    if selection.post:
        parts.append("c.post_id = (select id from posts where slug = :post)")
        values["post"] = selection.post
    if selection.search:
        conditions, words = search.condition(selection.search, found=selection.found)
        parts += conditions
        values |= words
    if selection.author:
        named, words = search.by_author(selection.author.replace("\0", " "))
        parts.append(named)
        values |= words
    parts += [condition for name, condition in CONDITIONS.items() if getattr(selection, name) not in ("", 0, None)]
    kind, _, number = selection.sender.partition(":")
    if selection.sender:
        known_by, column = SENDERS[kind]
        parts.append(known_by.replace(":value", f"(select {column} from comments where id = :like)"))
    if selection.later is not None:
        parts.append("c.later = 1" if selection.later else "c.later = 0")
    values |= {
        "like": int(number or 0),
        "made": selection.made,
        "owner": selection.owner,
        "rule": "" if selection.rule == NO_RULE else selection.rule,
        "domain": selection.domain.lower(),
        "newest": selection.newest,
        "oldest": stamp(moment(selection.now) - timedelta(days=selection.days)) if selection.days else "",
    }
    return " and ".join(parts), values


NO_RULE = "none"
CONDITIONS = {
    "owner": f"c.post_id in ({OWN_POSTS})",
    "rule": "c.rule = :rule",
    "domain": "c.id in (select comment_id from comment_domains where domain = :domain)",
    "replied": "c.replies > 0",
    "days": "c.created_at <= :oldest",
    "newest": "c.id <= :newest",
    "made": "(select max(e.at) from events e where e.comment_id = c.id) <= :made",
}
KNOWN_BY = {
    "reader": "c.reader_hash = :value and c.reader_hash is not null",
    "email": "lower(c.email) = lower(:value) and c.email <> ''",
    "network": "c.network = :value and c.network <> ''",
    "domain": "c.id in (select comment_id from comment_domains where domain = :value)",
}
SENDERS = {
    kind: (f"c.id in (select k.id from comments k where {KNOWN_BY[kind].replace('c.', 'k.')})", column)
    for kind, column in (("reader", "reader_hash"), ("email", "email"), ("network", "network"))
}


def piles(db: Database, status: str) -> list[tuple[str, int]]:
    """Return the rules with how many comments of a status each accounts for, the largest pile first."""
    statuses = json.dumps(LISTED[status])
    rows = db.conn.execute(
        """
        select rule, sum(n) from rule_counts where status in (select value from json_each(?)) and n > 0
        group by rule order by sum(n) desc, rule
        """,
        [statuses],
    )
    return [(row[0] or NO_RULE, int(row[1])) for row in rows.fetchall()]


ROW = """
    c.id, c.parent_id as parent, c.status, c.author, c.email, c.url, c.ip, c.created_at, c.edited_at, c.text,
    c.text_html,
    c.verdict, c.rule, c.reason, c.score, c.weighed, c.network, c.later,
    (select r.locked from comments r where r.id = coalesce(c.root_id, c.id)) as locked, c.reader_hash,
    c.account_id, c.source, p.slug as post, p.title as post_title,
    p.published_at as post_published_at, p.kind as post_kind, coalesce(o.author, '') as parent_author,
    coalesce(o.text_html, '') as parent_html,
    (select json_group_object(status, n) from (
      select x.status, count(*) as n from (select status, id from comments where lower(email) = lower(c.email)
        and email <> '' and c.email <> '' order by created_at desc limit 200) x where x.id <> c.id group by x.status
    )) as record,
    (select json_array(e.kind, coalesce(a.name, ''), e.source, e.at, e.reason)
      from events e left join accounts a on a.id = e.account_id
      where e.comment_id = c.id and e.kind not in ('submit', 'import', 'edit', 'move')
      order by e.id desc limit 1) as decided
"""


def queue(
    db: Database, selection: Selection, *, before: int | None = None, limit: int | None = PAGE
) -> list[dict[str, Any]]:
    """Return rows of the queue, newest first, from below the id `before`; `limit` None is all of it."""
    condition, values = condition_of(selection.checked())
    values |= {"before": before if before is not None else 1 << 62, "limit": -1 if limit is None else limit}
    each = []
    for number, status in enumerate(LISTED[selection.status]):
        one = condition.replace("c.status in (select value from json_each(:statuses))", f"c.status = :status{number}")
        values[f"status{number}"] = status
        newest = f"select c.id from comments c where {one} and c.id < :before order by c.id desc limit :limit"
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


def by_score(
    db: Database, selection: Selection, *, after: tuple[float, int] | None = None, limit: int | None = PAGE
) -> list[dict[str, Any]]:
    """Return rows of the queue, the surest spam first and what has no score last, from below a row's score and id."""
    selection = selection.checked()
    score, before = after or (2.0, 1 << 62)
    values: dict[str, Any] = {"score": score, "before": before, "limit": -1 if limit is None else limit}
    each = []
    for number, status in enumerate(LISTED[selection.status]):
        condition, more = condition_of(replace(selection, status=status))
        condition = condition.replace(
            "c.status in (select value from json_each(:statuses))", f"c.status = :status{number}"
        )
        values |= {**more, f"status{number}": status}
        each.append(
            f"""
            select * from (select c.id from comments c
              where {condition} and coalesce(c.score, -1) <= :score
                and (coalesce(c.score, -1) < :score or c.id < :before)
              order by coalesce(c.score, -1) desc, c.id desc limit :limit)
            """
        )
    return list(
        db.query(
            f"""
            select {ROW} from ({" union all ".join(each)}) q join comments c on c.id = q.id
            join posts p on p.id = c.post_id left join comments o on o.id = c.parent_id
            order by coalesce(c.score, -1) desc, c.id desc limit :limit
            """,
            values,
        )
    )


class Page(TypedDict):
    """A page of the queue: its rows and one more, how many there are, and whether these are only the newest of more."""

    rows: list[dict[str, Any]]
    matching: int
    more: bool


def page(db: Database, selection: Selection, *, after: "Key | None" = None) -> Page:
    """Return the page after a row. Of a search that finds very much only the newest are looked at, if they fill it."""
    turn = in_turn if selection.status == "pending" else _newest_first
    if not search.is_indexed(selection.search):
        rows = turn(db, selection, after=after, limit=PAGE + 1)
        return {"rows": rows, "matching": matching(db, selection), "more": False}
    found = search.newest(db, selection.search, below=1 << 62 if after is None or after[0] else after[1])
    near = replace(selection, found=tuple(found[: search.NEAR]))
    rows = turn(db, near, after=after, limit=PAGE + 1)
    count = matching(db, near)
    if len(found) <= search.NEAR and after is None:
        return {"rows": rows, "matching": count, "more": False}
    mixed = turn is in_turn and selection.later is None and not (after and after[0])
    # Among what was left for later the page is not full: older ones that were not belong before it.
    if len(found) > search.NEAR and len(rows) > PAGE and not (mixed and rows[-1]["later"]):
        return {"rows": rows, "matching": count, "more": True}
    return {
        "rows": turn(db, selection, after=after, limit=PAGE + 1),
        "matching": matching(db, selection),
        "more": False,
    }


def _newest_first(
    db: Database, selection: Selection, *, after: "Key | None" = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    return queue(db, selection, before=after and after[1], limit=limit)


Key = tuple[bool, int]  # of a row: was it left for later, and its id


def in_turn(db: Database, selection: Selection, *, after: Key | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """Return what comes after a row, newest first, but what was left for later at the end."""
    later, below = after or (False, None)
    if later or selection.later is not None:
        return queue(db, replace(selection, later=True if later else selection.later), before=below, limit=limit)
    rows = queue(db, replace(selection, later=False), before=below, limit=limit)
    if len(rows) < limit:
        rows += queue(db, replace(selection, later=True), limit=limit - len(rows))
    return rows


def left_for_later(db: Database, status: str) -> int:
    row = db.conn.execute(
        "select count(*) from comments where later = 1 and status in (select value from json_each(?))",
        [json.dumps(LISTED[status])],
    ).fetchone()
    return int(row[0])


def matching(db: Database, selection: Selection) -> int:
    """Count what a selection holds; without a search this is a stored count."""
    selection = selection.checked()
    if not selection.narrow and selection.newest is None:
        post = 0
        if selection.post:
            row = db.conn.execute("select id from posts where slug = ?", [selection.post]).fetchone()
            if row is None:
                return 0
            post = row[0]
        return counts(db, post)[selection.status]
    where, values = condition_of(selection)
    return int(db.conn.execute(f"select count(*) from comments c where {where}", values).fetchone()[0])


def busiest_posts(db: Database, status: str, *, limit: int = PAGE) -> list[dict[str, Any]]:
    """Return the posts with the most comments of a status (slug, title, n), the busiest first."""
    return list(
        db.query(
            """
            select p.slug, p.title, q.n from (
              select post_id, sum(n) as n from comment_counts
              where post_id > 0 and n > 0 and status in (select value from json_each(:statuses))
              group by post_id order by sum(n) desc limit :limit
            ) q join posts p on p.id = q.post_id order by q.n desc, p.id desc
            """,
            {"statuses": json.dumps(LISTED[status]), "limit": limit},
        )
    )


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
    if row is None or (row["status"] == "deleted" and not row["text"]):
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


class Record(TypedDict):
    """How many comments of a sender stand where, when the first came, the median seconds to a decision (None: none)."""

    counts: dict[str, int]
    first_at: str
    delay: float | None


NEWEST = {"domain": "c.id"}  # the order that the index of each kind has: by time, but for the domains


def record(db: Database, row: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, Record]:
    """Return the record of each thing (`marks`) that a comment's sender is known by.

    Of the newest 1,000 comments of each: enough to know somebody, and bounded.
    """
    return {kind: _record_of(db, kind, value, row["created_at"]) for kind, value in marks.items()}


def _record_of(db: Database, kind: str, value: str, since: str) -> Record:
    rows = db.conn.execute(
        f"""
        with newest as materialized (
          select c.id, c.status, c.created_at from comments c where {KNOWN_BY[kind]} and c.status <> 'deleted'
          order by {NEWEST.get(kind, "c.created_at")} desc limit 1000
        )
        select status, count(*), min(created_at), (select json_group_array(seconds) from (
          select (julianday(min(e.at)) - julianday(n.created_at)) * 86400 as seconds
          from (select * from newest limit 50) n join events e on e.comment_id = n.id and e.before = 'pending'
          group by n.id))
        from newest group by status
        """,
        {"value": value},
    ).fetchall()
    delays = json.loads(rows[0][3]) if rows else []
    return {
        "counts": {row[0]: int(row[1]) for row in rows},
        "first_at": min((row[2] for row in rows), default=since),
        "delay": median(delays) if delays else None,
    }


def oldest_waiting(db: Database) -> dict[str, Any] | None:
    rows = db.query("select id, author, created_at from comments where status = 'pending' order by id limit 1")
    return next(iter(rows), None)
