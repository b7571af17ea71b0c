"""The queue: what it holds, in which order, by which filter, and how many stand where."""

import json
from dataclasses import replace
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.comments import search, unconfirmed
from blog.comments.fields import FIELDS, TABLES
from blog.comments.reading import ARRIVED
from blog.comments.search import Candidates
from blog.errors import NotFound
from blog.journal.unfinished import COMMENT_SEEN
from blog.moderation.selections import (
    LISTED,
    NO_RULE,
    STATUSES,
    TOP,
    Selection,
    among_candidates,
    condition_of,
    in_each_status,
    source,
)
from blog.posts.authorship import OWN_POSTS
from blog.wording import gettext

PAGE = 50


def counts(db: Database, post: int = 0) -> dict[str, int]:
    """Return how many comments stand in each status, of a post or (0) of the site; `all` are approved and pending."""
    numbers = dict(db.conn.execute("select status, n from comment_counts where post_id = ?", [post]).fetchall())
    each = {status: int(numbers.get(status, 0)) for status in STATUSES}
    return {**each, "all": each["approved"] + each["pending"]}


def counts_by_reason(db: Database, status: str) -> list[tuple[str, int]]:
    """Return how many comments of a status each rule accounts for, the largest number first."""
    statuses = json.dumps(LISTED[status])
    rows = db.conn.execute(
        """
        select rule, sum(n) from rule_counts where status in (select value from json_each(?)) and n > 0
        group by rule order by sum(n) desc, rule
        """,
        [statuses],
    )
    return [(row[0] or NO_RULE, int(row[1])) for row in rows.fetchall()]


RECORD = 100  # comments of one sender that are counted at most, the newest
STANDING = """
    'comments', count(*), 'approved', total(status = 'approved'), 'spam', total(status = 'spam'),
    'trash', total(status = 'trash')
"""
# `by_browser` and `by_account` count this comment too, `by_email` what came with its email from elsewhere.
ROW = f"""{FIELDS},
    {ARRIVED} as arrived_at, c.verdict, c.weighed, c.network, c.later, c.picked, c.reports,
    (select r.locked from comments r where r.id = coalesce(c.root_id, c.id)) as locked, c.reader_hash,
    coalesce(nullif(c.evidence, '') ->> 'resembled_name', '') as resembled_name,
    c.source, p.title as post_title, p.language as post_language, coalesce(o.author, '') as parent_author,
    coalesce(o.text_html, '') as parent_html,
    (select json_object({STANDING}, 'names', count(distinct lower(author))) from (
      select status, author from comments where reader_hash = c.reader_hash and reader_hash is not null
        and status <> 'deleted' order by created_at desc limit {RECORD})) as by_browser,
    (select json_object({STANDING}, 'names', count(distinct lower(author))) from (
      select status, author from comments where account_id = c.account_id and account_id is not null
        and status <> 'deleted' order by id desc limit {RECORD})) as by_account,
    (select json_object({STANDING}, 'browsers', count(distinct reader_hash), 'imported', total(source = 'import'))
      from (select id, status, reader_hash, source from comments where lower(email) = lower(c.email) and email <> ''
        and c.email <> '' and status <> 'deleted' order by created_at desc limit {RECORD}) x
      where x.id <> c.id and (x.reader_hash is null or x.reader_hash is not c.reader_hash)) as by_email,
    (select coalesce(u.asked_at, '') from unconfirmed_comments u where u.comment_id = c.id) as unconfirmed,
    exists (select 1 from confirmed_addresses k
      where k.address = lower(c.email) and k.reader_hash = c.reader_hash) as address_confirmed,
    (select json_group_array(json_array(coalesce(a.name, ''), n.text)) from notes n left join accounts a
      on a.id = n.account_id where n.comment_id = c.id) as notes,
    (select json_array(e.kind, coalesce(a.name, ''), e.source, e.at, coalesce(nullif(e.reason, ''), b.reason, ''))
      from events e left join accounts a on a.id = e.account_id left join batches b on b.id = e.batch_id
      where e.comment_id = c.id and e.kind not in ('submit', 'import', 'edit', 'move')
      order by e.id desc limit 1) as decided
"""


def queue(
    db: Database, selection: Selection, *, before: int | None = None, limit: int | None = PAGE
) -> list[dict[str, Any]]:
    """Return rows of the queue, newest first, from below the id `before`; `limit` None is all of it."""
    selection = looked_up(db, selection.checked())
    most = -1 if limit is None else limit
    if selection.candidates is None:
        return _rows(db, *in_each_status(selection, "c.id", before=before), most)
    if selection.common and selection.small and limit is not None:
        near = _nearest(db, selection, before)
        rows = _rows(db, *among_candidates(replace(selection, candidates=Candidates(near[:NEAR])), before), most)
        if len(near) <= NEAR or len(rows) == limit:
            return rows
    return _rows(db, *among_candidates(selection, before), most)


NEAR = 2_000  # newest comments of a selection that are searched for common words before the index is asked
Score = tuple[float, int]  # of a row: its score (-1: none) and its id


def looked_up(db: Database, selection: Selection) -> Selection:
    """Return a selection with what the index knows of what it looks for."""
    if selection.candidates is not None or not selection.question.indexed:
        return selection
    return replace(selection, candidates=search.look_up(db, selection.question))


def _nearest(db: Database, selection: Selection, before: int | None) -> tuple[int, ...]:
    """Return the newest comments of a selection, whatever they say, one more than are looked through at most."""
    ids, values = in_each_status(_without_search(selection), "c.id", before=before)
    rows = db.conn.execute(f"{ids} order by 1 desc limit :limit", {**values, "limit": NEAR + 1}).fetchall()
    return tuple(row[0] for row in rows)


def _without_search(selection: Selection) -> Selection:
    return replace(selection, search="", author="", name="", email="", ip="", candidates=None)


def _rows(db: Database, ids: str, values: dict[str, Any], limit: int, order: str = "c.id desc") -> list[dict[str, Any]]:
    return list(
        db.query(
            f"""
            select {ROW} from ({ids}) q join comments c on c.id = q.id
            join posts p on p.id = c.post_id left join comments o on o.id = c.parent_id
            order by {order} limit :limit
            """,
            {**values, "limit": limit},
        )
    )


def of_ids(db: Database, ids: list[int]) -> list[dict[str, Any]]:
    """Return the rows of comments with these ids, the newest first; those that are gone are left out."""
    there = """
        select c.id from comments c
        where c.id in (select value from json_each(:ids)) and (c.status <> 'deleted' or c.text <> '')
    """
    return _rows(db, there, {"ids": json.dumps(ids)}, -1)


def by_score(
    db: Database, selection: Selection, *, after: Score | None = None, limit: int | None = PAGE
) -> list[dict[str, Any]]:
    """Return rows of the queue, the surest spam first and what has no score last, from below a row's score and id."""
    selection = looked_up(db, selection.checked())
    if selection.common and selection.small and limit is not None:
        near = _surest(db, _without_search(selection), after, NEAR + 1)
        rows = _rows(db, *among_candidates(replace(selection, candidates=Candidates(near[:NEAR]))), limit, SURELY)
        if len(near) <= NEAR or len(rows) == limit:
            return rows
    ids = _surest(db, selection, after, limit)
    return _rows(db, "select value as id from json_each(:ids)", {"ids": json.dumps(ids)}, -1, SURELY)


def _surest(db: Database, selection: Selection, after: Score | None, limit: int | None) -> tuple[int, ...]:
    """Return ids of a selection in the order of the score, and after them those without a score, the newest first."""
    score, before = after or (2.0, TOP)
    best: list[int] = []
    for scored in (True, False) if score >= 0 else (False,):
        values = {"score": score, "before": before if scored or score < 0 else TOP}
        further = [BELOW if scored else "c.score is null and c.id < :before"]
        if selection.candidates is not None:
            matches, more = source(selection.candidates)
            further, values = [*further, f"c.id in ({matches})"], {**values, **more}
        order = "c.score desc, c.id" if scored else "c.id"
        ids, more = in_each_status(selection, order, further=" and ".join(further), columns="c.id, c.score")
        rows = db.conn.execute(
            f"select q.id from ({ids}) q order by {order.replace('c.', 'q.')} desc limit :limit",
            {**more, **values, "limit": -1 if limit is None else limit - len(best)},
        )
        best += [row[0] for row in rows.fetchall()]
        if len(best) == limit:
            break
    return tuple(best)


SURELY = "coalesce(c.score, -1) desc, c.id desc"
BELOW = "c.score is not null and c.score <= :score and (c.score < :score or c.id < :before)"


class Counted(TypedDict):
    """How many comments `match`; `lowest` is the lowest id that was counted where there may be more below it."""

    matching: int
    lowest: int | None


class Page(Counted):
    """A page of the queue: its rows and one more, and how many there are in all."""

    rows: list[dict[str, Any]]


def page(db: Database, selection: Selection, *, after: "Key | None" = None) -> Page:
    """Return the page after a row."""
    selection = looked_up(db, selection.checked())
    turn = in_turn if selection.status == "pending" else _newest_first
    return {"rows": turn(db, selection, after=after, limit=PAGE + 1), **counted(db, selection)}


COUNTED = 5_000


def counted(db: Database, selection: Selection) -> Counted:
    """Count what a selection holds, exactly; of very many, the newest as far as they can be counted in a short time."""
    selection = looked_up(db, selection.checked())
    if (count := _stored_count(db, selection)) is not None:
        return {"matching": count, "lowest": None}
    if selection.question and (selection.candidates is None or selection.common):
        return _counted_nearby(db, selection)
    return _counted(_ids(db, selection, COUNTED + 1), COUNTED)


def _counted(ids: list[int], most: int) -> Counted:
    if len(ids) <= most:
        return {"matching": len(ids), "lowest": None}
    return {"matching": most, "lowest": ids[most - 1]}


def _counted_nearby(db: Database, selection: Selection) -> Counted:
    """Count common words among the newest comments that may hold them, and never fewer than a page shows."""
    by_kind = selection.small or selection.candidates is None
    nearby = _nearest(db, selection, None) if by_kind else _candidates(db, selection)
    ids = _ids(db, replace(selection, candidates=Candidates(nearby[:NEAR])), NEAR)
    if len(nearby) <= NEAR:
        return _counted(ids, NEAR)
    if len(ids) >= PAGE:
        return {"matching": len(ids), "lowest": ids[-1]}
    return _counted(_ids(db, selection, PAGE + 1), PAGE)


def newest_ids(db: Database, selection: Selection) -> list[int]:
    """Return the ids of the newest comments that are counted; all of them where the count is exact."""
    if not selection.question or (selection.candidates is not None and not selection.common):
        return _ids(db, selection, COUNTED)
    by_kind = selection.small or selection.candidates is None
    nearby = _nearest(db, selection, None) if by_kind else _candidates(db, selection)
    return _ids(db, replace(selection, candidates=Candidates(nearby[:NEAR])), NEAR)


def _candidates(db: Database, selection: Selection) -> tuple[int, ...]:
    """Return the newest comments that an index names for what is looked for, one more than are looked through."""
    assert selection.candidates is not None
    known, values = source(selection.candidates)
    rows = db.conn.execute(f"{known} limit :limit", {**values, "below": TOP, "limit": NEAR + 1}).fetchall()
    return tuple(row[0] for row in rows)


def _ids(db: Database, selection: Selection, most: int) -> list[int]:
    """Return the ids of a selection, the newest first."""
    ids, values = in_each_status(selection, "c.id") if selection.candidates is None else among_candidates(selection)
    rows = db.conn.execute(f"select id from ({ids}) order by id desc limit :limit", {**values, "limit": most})
    return [row[0] for row in rows.fetchall()]


def last_event(db: Database) -> tuple[int, int]:
    """Return the highest id of a comment and of an event so far: what a page knew when it was made."""
    row = db.conn.execute(
        """
        select coalesce(max(iif(name = 'comments', seq, 0)), 0), coalesce(max(iif(name = 'events', seq, 0)), 0)
        from sqlite_sequence where name in ('comments', 'events')
        """
    ).fetchone()
    return int(row[0]), int(row[1])


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


class Beside(TypedDict):
    """Numbers of comments: marked for later, waiting until their writers confirm the address, reported by readers, and
    with a change that their writer proposes; and whether the outbox is stopped.
    """

    later: int
    unconfirmed: int
    reported: int
    edits: int
    held: bool


def beside(db: Database, *, owner: str = "") -> Beside:
    """Count what is beside the queue; with an `owner`, only on the posts of this author.

    SQLite would begin with all comments of the status, of which there are many; what is counted is few.
    """
    own = "" if not owner else f"and c.post_id in ({OWN_POSTS})"
    row = db.conn.execute(
        f"""
        select
          (select count(*) from comments c where later = 1 and status = 'pending' and {COMMENT_SEEN} {own}),
          (select count(*) from unconfirmed_comments u cross join comments c on c.id = u.comment_id
            where c.status = 'pending' {own}),
          (select count(*) from comments c indexed by comments_reported
            where reports > 0 and status = 'approved' {own}),
          (select count(*) from proposals g cross join comments c on c.id = g.comment_id
            where c.status = 'approved' and g.declined_in is null {own}),
          (select outbox_held from site)
        """,
        {"owner": owner},
    ).fetchone()
    return {"later": row[0], "unconfirmed": row[1], "reported": row[2], "edits": row[3], "held": bool(row[4])}


def matching(db: Database, selection: Selection, *, most: int = -1) -> int:
    """Count what a selection holds: all of it, or no further than to `most` where no count is kept."""
    selection = selection.checked()
    if (count := _stored_count(db, selection)) is not None:
        return count
    where, values = condition_of(selection)
    limited = f"select count(*) from (select 1 from comments c where {where} limit :most)"
    return int(db.conn.execute(limited, {**values, "most": most}).fetchone()[0])


def _stored_count(db: Database, selection: Selection) -> int | None:
    """Return a stored count, where there is one: of a status, on a post, or by one rule."""
    only = replace(selection, now="", candidates=None, typed="")
    if only == Selection(only.status):
        return counts(db)[only.status]
    if only == Selection(only.status, post=only.post):
        row = db.conn.execute("select id from posts where slug = ?", [only.post]).fetchone()
        return counts(db, row[0])[only.status] if row else 0
    if only == Selection("pending", unconfirmed=True):
        return beside(db)["unconfirmed"]
    if only == Selection(only.status, rule=only.rule):
        return dict(counts_by_reason(db, only.status)).get(only.rule, 0)
    return None


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
                select {ROW} from {TABLES} where c.id = ? and {COMMENT_SEEN}
                """,
                [number],
            )
        ),
        None,
    )
    if row is None or (row["status"] == "deleted" and not row["text"]):
        raise NotFound(gettext("There is no comment {id}.", id=number))
    return row


def oldest_waiting(db: Database) -> dict[str, Any] | None:
    rows = db.query(
        f"""
        select id, author, created_at from comments c
        where status = 'pending' and created_at is not null and {COMMENT_SEEN} and {unconfirmed.IN_QUEUE}
        order by id limit 1
        """
    )
    return next(iter(rows), None)
