"""A selection of comments, and the SQL that finds it."""

import json
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from blog.comments import search
from blog.comments.search import Candidates, Question
from blog.comments.unconfirmed import APART, IN_QUEUE
from blog.errors import Invalid
from blog.journal.events import earlier
from blog.journal.unfinished import COMMENT_SEEN
from blog.posts.authorship import OWN_POSTS
from blog.wording import gettext, listed

STATUSES = ("pending", "approved", "spam", "trash")
LISTED = {"all": ("approved", "pending"), **{status: (status,) for status in STATUSES}}


@dataclass(frozen=True)
class Selection:
    """What of the queue: a status (or `all`: approved and pending), and what narrows it.

    `post` is a slug, `rule` the name of the rule that held ("none" for those that no rule did), `author` a part of
    name or email, `domain` one that the comment links to, `days` the youngest age at the moment `now`.
    `name`, `email` and `ip` are parts of these, `before` is a moment before which it came in; `typed`
    is what of this was typed into the search (moderation/operators.py), and selects nothing.
    `share` is a part of the queue that was split: "1of2". `batch` is the number of an act that changed them.
    `sender` is what another comment's sender is known by, and that comment's id: "reader:42". `later` is whether it was
    left for later (None: either). `unconfirmed` are those whose writers have not confirmed the address; otherwise they
    are left out. `reported` are those with reports of readers. `candidates` is what the index knows of `search` and
    `author`, where it was asked before. `owner` is an author on whose posts it stands.

    `newest`, `lowest` and `event` hold a selection to what a page has counted: the highest and the lowest id, and the
    last event of the journal at that time. A comment that has a later event is not of the selection.
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
    lowest: int | None = None
    event: int | None = None
    sender: str = ""
    later: bool | None = None
    candidates: Candidates | None = None
    owner: str = ""
    name: str = ""
    email: str = ""
    ip: str = ""
    before: str = ""
    typed: str = ""
    share: str = ""
    batch: str = ""
    unconfirmed: bool = False
    reported: bool = False

    @property
    def is_filtered(self) -> bool:
        """Tell whether more than status and post decide, so that no stored count answers."""
        return bool(self.question) or self.has_filters or self.later is not None

    @property
    def has_filters(self) -> bool:
        """Tell whether more than status, post and what is looked for decides; most comments are not left for later."""
        texts = (self.rule, self.domain, self.sender, self.owner, self.share, self.batch)
        flags = (self.replied, self.before, self.later, self.unconfirmed, self.reported)
        return any(texts) or self.days > 0 or any(flags)

    @property
    def small(self) -> bool:
        """Tell whether this is likely to be few comments, whatever is looked for among them."""
        return self.has_filters or bool(self.post) or self.status in ("spam", "trash")

    @property
    def common(self) -> bool:
        """Tell whether the index was asked, and too many comments match to name them."""
        return self.candidates is not None and self.candidates.ids is None

    @property
    def question(self) -> Question:
        return Question(self.search, self.author, self.name, self.email, self.ip)

    def checked(self) -> "Selection":
        if self.status not in LISTED:
            raise Invalid(
                {
                    "status": gettext(
                        "There is no status {status!r}; there are {statuses}.",
                        status=self.status,
                        statuses=listed(LISTED),
                    )
                }
            )
        kind, _, number = self.sender.partition(":")
        if self.sender and (kind not in SENDERS or not number.isdigit()):
            raise Invalid(
                {
                    "sender": gettext(
                        "A sender is a kind and a comment, like email:42, not {sender!r}.", sender=self.sender[:40]
                    )
                }
            )
        return self


def condition_of(selection: Selection) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition of a selection, and its values; every branch of it goes through an index."""
    parts, values = _conditions(selection)
    if selection.question.indexed:
        known, more = source(selection.candidates or Candidates(None, search.query_of(selection.question)))
        parts, values = [*parts, f"c.id in ({known})"], {**values, **more}
    return " and ".join([*parts, IN_ANY]), {**values, "statuses": json.dumps(LISTED[selection.status])}


IN_ANY = "c.status in (select value from json_each(:statuses))"


def _conditions(selection: Selection, before: int | None = None) -> tuple[list[str], dict[str, Any]]:
    """Return all conditions of a selection but for its status and what the indexes know, with their values.

    There is one condition on how high an id is, because SQLite begins to read at one alone.
    """
    day = _oldest_of(selection)
    parts = [f"c.id < {IN_DAYS if day else ':below'}", COMMENT_SEEN]
    if selection.post:
        parts.append("c.post_id = (select id from posts where slug = :post)")
    parts += [condition for name, condition in CONDITIONS.items() if getattr(selection, name)]
    parts += [condition for name, condition in LIMITS.items() if getattr(selection, name) is not None]
    if selection.replied and selection.newest is not None:
        parts.append("exists (select 1 from comments r where r.parent_id = c.id and r.id <= :newest)")
    kind, _, number = selection.sender.partition(":")
    if selection.sender:
        known_by, column = SENDERS[kind]
        parts.append(known_by.replace(":value", f"(select {column} from comments where id = :like)"))
    if selection.later is not None:
        parts.append("c.later = 1" if selection.later else "c.later = 0")
    if selection.unconfirmed:
        parts.append(APART)
    elif "pending" in LISTED[selection.status]:
        parts.append(IN_QUEUE)
    question = selection.question
    if question and not question.indexed:
        parts.append(search.LATELY)
    matching, values = question.condition()
    return [*parts, *matching], {
        **values,
        "below": min(TOP if before is None else before, TOP if selection.newest is None else selection.newest + 1),
        "post": selection.post,
        "like": int(number or 0),
        "lowest": selection.lowest,
        "event": selection.event,
        "newest": selection.newest,
        "owner": selection.owner,
        "rule": "" if selection.rule == NO_RULE else selection.rule,
        "domain": selection.domain.lower(),
        "of_batch": int(selection.batch or 0),
        "day": day,
        **dict(zip(("share", "shares"), map(int, selection.share.split("of")), strict=True) if selection.share else ()),
    }


def _oldest_of(selection: Selection) -> str:
    """Return the moment up to which comments of a selection came in, "" without one."""
    by_age = earlier(selection.now, days=selection.days) if selection.days else ""
    return min(filter(None, (by_age, selection.before)), default="")


TOP = 1 << 62  # above every id
IN_DAYS = "min(:below, coalesce((select max(last) + 1 from day_counts where day <= substr(:day, 1, 10)), 0))"
NO_RULE = "none"
CONDITIONS = {
    "owner": f"c.post_id in ({OWN_POSTS})",
    "rule": "c.rule = :rule",
    "domain": "c.id in (select comment_id from comment_domains where domain = :domain)",
    "batch": "c.id in (select comment_id from events where batch_id = :of_batch)",
    "replied": "c.replies > 0",
    "reported": "c.reports > 0",
    "days": "c.created_at <= :day",
    "before": "c.created_at <= :day",
    "share": "c.id % :shares = :share - 1",
}
LIMITS = {
    "lowest": "c.id >= :lowest",
    "event": "not exists (select 1 from events e where e.comment_id = c.id and e.id > :event)",
}
SENDER_KEYS = {
    "reader": "c.reader_hash = :value and c.reader_hash is not null",
    "email": "lower(c.email) = lower(:value) and c.email <> ''",
    "network": "c.network = :value and c.network <> ''",
    "domain": "c.id in (select comment_id from comment_domains where domain = :value)",
}
SENDERS = {
    kind: (f"c.id in (select k.id from comments k where {SENDER_KEYS[kind].replace('c.', 'k.')})", column)
    for kind, column in (("reader", "reader_hash"), ("email", "email"), ("network", "network"))
}


def among_candidates(selection: Selection, before: int | None = None) -> tuple[str, dict[str, Any]]:
    """Return the query of the ids that the index found, newest first, as far as they are of a selection."""
    assert selection.candidates is not None
    parts, values = _conditions(selection, before)
    known, more = source(selection.candidates)
    ids = f"""
        select c.id from ({known}) f cross join comments c on c.id = f.id
        where {" and ".join([*parts, IN_ANY])} limit :limit
    """
    return ids, {**values, **more, "statuses": json.dumps(LISTED[selection.status])}


def source(candidates: Candidates) -> tuple[str, dict[str, Any]]:
    """Return the query of the ids that the index found, newest first."""
    if candidates.ids is not None:
        return "select value as id from json_each(:candidates)", {"candidates": json.dumps(candidates.ids)}
    indexed = "select -rowid from comments_search where comments_search match :match and rowid > -:below order by rowid"
    unfed = f"select * from ({search.UNFED} order by unfed.id desc)"
    return f"{unfed} union all select * from ({indexed})", {"match": candidates.match}


def in_each_status(
    selection: Selection,
    order: str,
    *,
    before: int | None = None,
    further: str = "true",
    columns: str = "c.id",
) -> tuple[str, dict[str, Any]]:
    """Return the query of ids that reads of each status, by its own part of an index, only as much as is wanted.

    Comments with replies are in an index that has those left for later apart.
    """
    each: list[str] = []
    values: dict[str, Any] = {}
    laters = (False, True) if selection.replied and selection.later is None else (selection.later,)
    for number, (status, later) in enumerate(product(LISTED[selection.status], laters)):
        parts, more = _conditions(replace(selection, later=later), before)
        condition = " and ".join([*parts, further, f"c.status = :status{number}"])
        values |= {**more, f"status{number}": status}
        each.append(
            f"select * from (select {columns} from comments c where {condition} order by {order} desc limit :limit)"
        )
    return " union all ".join(each), values
