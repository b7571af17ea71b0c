"""The queue: what it holds, in which order, by which filter, and how many stand where."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.events import moment, stamp

STATUSES = ("pending", "approved", "spam", "trash")
LISTED = {"all": ("approved", "pending"), **{status: (status,) for status in STATUSES}}
PAGE = 50


@dataclass(frozen=True)
class Selection:
    """What of the queue: a status (or `all`: approved and pending), and what narrows it.

    `post` is a slug, `rule` the name of the rule that held ("none" for those that no rule did), `author` a part of
    name or email, `domain` one that the comment links to, `days` the youngest age, `newest` the highest id.
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

    @property
    def narrow(self) -> bool:
        """Tell whether more than status and post decide, so that no stored count answers."""
        return bool(self.search or self.rule or self.author or self.domain or self.replied or self.days)

    def checked(self) -> "Selection":
        if self.status not in LISTED:
            raise Invalid({"status": f"There is no status {self.status!r}; there are {', '.join(LISTED)}."})
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
        conditions, words = _search(selection.search)
        parts += conditions
        values |= words
    parts += [
        condition for name, condition in CONDITIONS.items() if getattr(selection, name) not in ("", False, 0, None)
    ]
    values |= {
        "rule": "" if selection.rule == NO_RULE else selection.rule,
        "domain": selection.domain.lower(),
        "author": selection.author,
        "newest": selection.newest,
        "oldest": stamp(moment(selection.now) - timedelta(days=selection.days)) if selection.days else "",
    }
    return " and ".join(parts), values


NO_RULE = "none"
CONDITIONS = {
    "rule": "c.rule = :rule",
    "domain": "c.id in (select comment_id from comment_domains where domain = :domain)",
    "author": "(instr(lower(c.author), lower(:author)) > 0 or instr(lower(c.email), lower(:author)) > 0)",
    "replied": "c.replies > 0",
    "days": "c.created_at <= :oldest",
    "newest": "c.id <= :newest",
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


ANYWHERE = "instr(lower(c.text || ' ' || c.author || ' ' || c.email || ' ' || c.url || ' ' || c.ip), lower({})) > 0"


def _search(words: str) -> tuple[list[str], dict[str, str]]:
    """Search every word in any part of text, name, email, address and IP.

    Words of fewer than 3 letters cannot use the index of triples: they are looked for in what the others leave.
    """
    each = words.replace("\0", " ")[:200].split()
    short = {f"short{n}": word for n, word in enumerate(each) if len(word) < 3}
    conditions = [ANYWHERE.format(f":{name}") for name in short]
    if len(short) == len(each):
        return conditions, short
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in each if len(word) >= 3)
    found = "c.id in (select rowid from comments_search where comments_search match :words)"
    return [found, *conditions], {**short, "words": quoted}


ROW = """
    c.id, c.parent_id as parent, c.status, c.author, c.email, c.url, c.ip, c.created_at, c.edited_at, c.text,
    c.text_html,
    c.verdict, c.rule, c.reason, c.score, c.network, c.later,
    (select r.locked from comments r where r.id = coalesce(c.root_id, c.id)) as locked, c.reader_hash,
    c.account_id, c.source, p.slug as post, p.title as post_title,
    p.published_at as post_published_at, coalesce(o.author, '') as parent_author,
    coalesce(o.text_html, '') as parent_html,
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
        condition, more = condition_of(selection)
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


KNOWN_BY = {
    "reader": "reader_hash = :value and reader_hash is not null",
    "email": "lower(email) = lower(:value) and email <> ''",
    "network": "network = :value and network <> ''",
}


def record(db: Database, row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return, for each thing a comment's sender is known by, how many comments stand where, and when the first came.

    Of the newest 1,000 of each: enough to know somebody, and bounded.
    """
    values = {"reader": row["reader_hash"], "email": row["email"], "network": row["network"]}
    found: dict[str, dict[str, Any]] = {}
    for kind, condition in KNOWN_BY.items():
        rows = db.conn.execute(
            f"""
            select status, count(*), min(created_at) from (
              select status, created_at from comments where {condition} order by created_at desc limit 1000
            ) group by status
            """,
            {"value": values[kind]},
        ).fetchall()
        counts_of = {status: int(n) for status, n, _ in rows if status != "deleted"}
        found[kind] = {"counts": counts_of, "first_at": min((row[2] for row in rows), default=row["created_at"])}
    return found


def oldest_waiting(db: Database) -> dict[str, Any] | None:
    rows = db.query("select id, author, created_at from comments where status = 'pending' order by id limit 1")
    return next(iter(rows), None)
