"""Decisions on comments. A decision is one batch: first its events, with the old statuses, then one update."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import filter
from blog.errors import Conflict as ConflictError
from blog.errors import Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Lesson, Row, Undoing
from blog.journal.events import Actor
from blog.moderation.selections import Selection, condition_of
from blog.posts.authorship import OWN_POSTS
from blog.wording import N_, gettext, ngettext

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
        """Return the status that it sets; a restored comment gets its earlier one."""
        return {"approve": "approved", "unapprove": "pending", "delete": "deleted"}.get(self.value, self.value)


def _as_before(row: Row) -> str:
    return ngettext("Undone: one comment is as before.", "Undone: {n} comments are as before.", row["moved"])


def _act(
    decision: Decision,
    sentence: Callable[[int], str],
    *,
    done: str,
    doing: str,
    decided: str,
    lesson: Lesson | None = None,
) -> Act:
    return Act(
        kind=decision.value,
        group=acts.DECISIONS,
        sentence=lambda row: sentence(row["moved"]),
        undone=_as_before,
        decided=decided,
        lesson=lesson,
        undo=undo,
        status="" if decision is Decision.RESTORE else decision.status,
        done=done,
        doing=doing,
    )


def undo(db: Database, undoing: Undoing) -> None:
    """Give the comments of a batch the statuses that they had before it."""
    set_statuses(db, undoing.batch)


# Trash and deletion teach the filter nothing: they say that a comment is unwelcome, not what it is.
ACTS = (
    _act(
        Decision.APPROVE,
        lambda n: ngettext("One comment approved.", "{n} comments approved.", n),
        done=N_("approved"),
        doing=N_("Approving {}…"),
        decided=N_("Approved"),
        lesson=Lesson("ham"),
    ),
    _act(
        Decision.UNAPPROVE,
        lambda n: ngettext("One comment moved back to the queue.", "{n} comments moved back to the queue.", n),
        done=N_("moved back to the queue"),
        doing=N_("Moving {} back to the queue…"),
        decided=N_("Unapproved"),
        lesson=Lesson(""),
    ),
    _act(
        Decision.SPAM,
        lambda n: ngettext("One comment moved to spam.", "{n} comments moved to spam.", n),
        done=N_("moved to spam"),
        doing=N_("Moving {} to spam…"),
        decided=N_("Marked as spam"),
        lesson=Lesson("spam"),
    ),
    _act(
        Decision.TRASH,
        lambda n: ngettext("One comment moved to trash.", "{n} comments moved to trash.", n),
        done=N_("moved to trash"),
        doing=N_("Moving {} to trash…"),
        decided=N_("Moved to the trash"),
    ),
    _act(
        Decision.RESTORE,
        lambda n: ngettext("One comment restored.", "{n} comments restored.", n),
        done=N_("restored"),
        doing=N_("Restoring {}…"),
        decided=N_("Restored"),
        lesson=Lesson("ham", before="spam"),
    ),
    _act(
        Decision.DELETE,
        lambda n: ngettext("One comment deleted.", "{n} comments deleted.", n),
        done=N_("deleted"),
        doing=N_("Deleting {}…"),
        decided=N_("Deleted"),
    ),
)
LESSONS = acts.lessons(ACTS)


@dataclass(frozen=True)
class Ruling:
    """A decision with its reason, and what the moderator saw.

    `seen` is what the page showed of each comment: its status, or status and revision ("pending:2"). `most` is how
    many comments of a selection it counted. With `tell` the writers may read the reason.
    """

    decision: Decision
    reason: str = ""
    seen: Mapping[int, str] = field(default_factory=dict)
    most: int | None = None
    tell: bool = False


class Conflict(TypedDict):
    """A comment that changed after it was shown: by whom and when; `edited` tells that its text changed."""

    id: int
    status: str
    revision: int
    edited: bool
    by: str
    at: str
    reason: str


class Outcome(TypedDict):
    """`batch` is None when nothing moved; `missing` are ids of no comment; `conflicts` changed while they were read."""

    batch: int | None
    moved: int
    missing: list[int]
    conflicts: list[Conflict]


# A purged comment has no text; only its writer brings back what was withdrawn.
RESTORABLE = "c.status in ('spam', 'trash', 'deleted') and c.text <> '' and c.withdrawn_at is null"
BEFORE = """
    coalesce((select x.before from events x join batches b on b.id = x.batch_id
      where x.comment_id = c.id and x.after = c.status and x.kind in ('spam', 'trash', 'delete') and b.undone_by is null
      order by x.id desc limit 1), 'pending')
"""


def decide(db: Database, chosen: Iterable[int] | Selection, ruling: Ruling, *, by: Actor, owner: str = "") -> Outcome:
    """Decide on comments by id or by a selection, with three statements and one for the filter.

    With an `owner`, comments on the posts of others count as missing. A comment that is not any more as the moderator
    saw it is skipped and listed in the conflicts, unless it has the wanted status already. Of a selection, the newest
    `ruling.most` are decided on. Raises NotFound for one unknown id alone.
    """
    _check_reason(ruling.reason)
    if isinstance(chosen, Selection):
        chosen = replace(chosen.checked(), owner=owner or chosen.owner)
    else:
        chosen = list(dict.fromkeys(chosen))
    batch = events.open_batch(db, ruling.decision.value, by=by, reason=ruling.reason)
    moved = decide_into(db, batch, *_chosen(chosen, owner), ruling, by)
    if not moved:
        events.drop_batch(db, batch)
    elif ruling.tell and ruling.reason:
        db.conn.execute("update batches set told = 1 where id = ?", [batch])
    missing, conflicts = ([], []) if isinstance(chosen, Selection) else _unmoved(db, chosen, moved, ruling, owner)
    if len(missing) == 1 and missing == chosen:
        raise NotFound(gettext("There is no comment {missing}.", missing=missing[0]))
    return {
        "batch": batch if moved else None,
        "moved": len(moved),
        "missing": missing,
        "conflicts": conflicts,
    }


def decide_into(db: Database, batch: int, where: str, values: dict[str, Any], ruling: Ruling, by: Actor) -> set[int]:
    """Decide, in an open batch, on the comments that match a condition on `comments c`; return the ids that moved."""
    moved = _write_events(db, batch, where, values, ruling, by)
    if moved:
        set_statuses(db, batch)
        if ruling.decision in LESSONS:
            filter.label(db, batch, ruling.decision.value, LESSONS[ruling.decision])
    return moved


def _chosen(chosen: list[int] | Selection, owner: str) -> tuple[str, dict[str, Any]]:
    if isinstance(chosen, Selection):
        return condition_of(chosen)
    own = f" and c.post_id in ({OWN_POSTS})" if owner else ""
    return f"c.id in (select value from json_each(:ids)){own}", {"ids": json.dumps(chosen), "owner": owner}


def _write_events(db: Database, batch: int, where: str, values: dict[str, Any], ruling: Ruling, by: Actor) -> set[int]:
    """Write the events of a decision; return the comments that it moves."""
    decision = ruling.decision
    restore = decision is Decision.RESTORE
    rows = db.conn.execute(
        f"""
        with seen (id, status) as materialized (select cast(key as integer), value from json_each(:seen))
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule, reason,
          program)
        select :batch, :at, :kind, c.id, c.post_id, :account, :source, c.status,
          {BEFORE if restore else ":target"}, c.rule, :reason, :program
        from comments c left join seen s on s.id = c.id
        where {where} and {RESTORABLE if restore else "c.status not in (:target, 'deleted')"}
          and coalesce(s.status, c.status) in (c.status, c.status || ':' || c.version)
        {"order by c.id desc limit :most" if ruling.most is not None else ""}
        returning comment_id
        """,
        {
            "batch": batch,
            "at": by.at,
            "kind": decision.value,
            "account": by.account,
            "source": by.source,
            "program": by.program,
            "target": decision.status,
            "reason": ruling.reason,
            "seen": json.dumps(ruling.seen),
            "most": ruling.most,
            **values,
        },
    ).fetchall()
    return {int(row[0]) for row in rows}


REASON_SECONDS = 3_600  # how long after a decision its moderator can give it a reason


def give_reason(db: Database, number: int, reason: str, *, by: Actor, tell: bool = False) -> None:
    """Give a decision a reason afterwards; whoever made it can, within an hour and as long as it stands.

    With `tell` the writers may read the reason.
    """
    _check_reason(reason)
    batch = events.batch(db, number)
    own = db.conn.execute(
        "select 1 from batches where id = ? and account_id is ? and at >= ?",
        [number, by.account, events.earlier(by.at, seconds=REASON_SECONDS)],
    ).fetchone()
    if batch is None or acts.find(ACTS, batch["kind"]) is None:
        raise NotFound(gettext("There is no decision {number}.", number=number))
    if own is None or batch["undone_by"] is not None:
        raise ConflictError(
            gettext(
                "A reason can be given by whoever decided, within an hour, and only to a decision that was not undone."
            ),
            batch=number,
        )
    told = int(tell and bool(reason.strip()))
    db.conn.execute("update batches set reason = ?, told = ? where id = ?", [reason.strip(), told, number])


def _check_reason(reason: str) -> None:
    if len(reason) <= REASON_LENGTH:
        return
    sentence = ngettext(
        "The reason has {n} character; {most} fit.",
        "The reason has {n} characters; {most} fit.",
        len(reason),
        most=REASON_LENGTH,
    )
    raise Invalid({"reason": sentence})


def set_statuses(db: Database, batch: int) -> None:
    """Give the comments of a batch the statuses that its events say."""
    db.conn.execute(
        """
        update comments set status = e.after from events e
        where e.batch_id = ? and e.comment_id is not null and comments.id = e.comment_id
        """,
        [batch],
    )


def _unmoved(
    db: Database, ids: list[int], moved: set[int], ruling: Ruling, owner: str
) -> tuple[list[int], list[Conflict]]:
    """Return which of the ids that did not move are missing, and which somebody else changed meanwhile."""
    unmoved = [number for number in ids if number not in moved]
    if not unmoved:
        return [], []
    rows = {
        row["id"]: row
        for row in db.query(
            f"""
            select c.id, c.status, c.version as revision, coalesce(a.name, '') as by,
              coalesce(e.at, c.created_at) as at, coalesce(nullif(e.reason, ''), b.reason, '') as reason
            from json_each(:ids) j join comments c on c.id = j.value
            left join events e on e.id = (select max(id) from events where comment_id = c.id)
            left join batches b on b.id = e.batch_id
            left join accounts a on a.id = e.account_id
            {f"where c.post_id in ({OWN_POSTS})" if owner else ""}
            """,
            {"ids": json.dumps(unmoved), "owner": owner},
        )
    }
    decision, seen = ruling.decision, ruling.seen
    gone = {
        number
        for number in unmoved
        if number not in rows
        or (rows[number]["status"] == "deleted" and decision is not Decision.DELETE and number not in seen)
    }
    there = (decision.status,) if decision is not Decision.RESTORE else ("approved", "pending")
    conflicts = [
        {**rows[n], "edited": _is_edited(rows[n], seen.get(n, ""))}
        for n in unmoved
        if n not in gone and rows[n]["status"] not in there
    ]
    return sorted(gone), conflicts  # type: ignore[return-value]


def _is_edited(row: Mapping[str, Any], seen: str) -> bool:
    revision = seen.partition(":")[2]
    return revision not in ("", str(row["revision"]))
