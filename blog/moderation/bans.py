"""Rules for senders: who is trusted and who is banned, by browser, email, network or the domain of an address.

Trust belongs to a browser's secret only: a name and an email can be typed by anybody.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import comments
from blog.comments.unconfirmed import IN_QUEUE
from blog.errors import Conflict, Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, NewEvent
from blog.moderation import SENDER_KEYS, Decision, decisions
from blog.moderation.decisions import Ruling
from blog.wording import N_, gettext, ngettext

KINDS = {
    "reader": N_("this browser"),
    "email": N_("this email"),
    "network": N_("this network"),
    "domain": N_("this address’s domain"),
}
NOTHING = {
    "reader": N_("Comment {comment} has no browser to trust or ban."),
    "email": N_("Comment {comment} has no email to trust or ban."),
    "network": N_("Comment {comment} has no network to trust or ban."),
    "domain": N_("Comment {comment} has no domain to trust or ban."),
    "": N_("Comment {comment} has no such key to trust or ban."),
}
STANDINGS = ("trusted", "held", "banned")
COLUMNS = ("kind", "value", "standing", "until", "reason", "at", "account_id")


class SenderRule(TypedDict):
    kind: str
    value: str
    standing: str
    until: str | None
    reason: str
    at: str
    who: str


def of_comment(db: Database, row: dict[str, Any]) -> list[SenderRule]:
    """Return the rules for the sender of a comment, at most one of each kind."""
    return list(
        db.query(  # type: ignore[arg-type]
            """
            select s.kind, s.value, s.standing, s.until, s.reason, s.at, coalesce(a.name, '') as who
            from json_each(:pairs) p join standings s
              on s.kind = json_extract(p.value, '$[0]') and s.value = json_extract(p.value, '$[1]')
            left join accounts a on a.id = s.account_id order by s.kind
            """,
            {"pairs": json.dumps(list(sender_keys(row).items()))},
        )
    )


def sender_keys(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what identifies a comment's sender, by kind."""
    keys = {
        "reader": row["reader_hash"] or "",
        "email": row["email"].lower(),
        "network": row["network"],
        "domain": comments.host_of(row["url"]),
    }
    return {kind: value for kind, value in keys.items() if value}


def all_rules(db: Database, *, at: str) -> list[SenderRule]:
    """Return the rules that hold at a moment, newest first."""
    return list(
        db.query(  # type: ignore[arg-type]
            """
            select s.kind, s.value, s.standing, s.until, s.reason, s.at, coalesce(a.name, '') as who
            from standings s left join accounts a on a.id = s.account_id
            where s.until is null or s.until > ? order by s.at desc
            """,
            [at],
        )
    )


@dataclass(frozen=True)
class NewRule:
    """What is to be true of a sender: trusted, held, banned or "" (none of them), for good or until a time.

    `trash_existing` moves all approved and pending comments of a banned sender to the trash, in the same batch.
    """

    standing: str
    until: str | None = None
    reason: str = ""
    trash_existing: bool = False


def set_sender(db: Database, comment: int, kind: str, rule: NewRule, *, by: Actor) -> int | None:
    """Set the rule for the sender of a comment by one of its keys; raise NotFound when it has no such key."""
    rows = db.query(
        "select reader_hash, email, network, url from comments where id = ? and status <> 'deleted'", [comment]
    )
    row = next(iter(list(rows)), None)
    if row is None:
        raise NotFound(gettext("There is no comment {id}.", id=comment))
    value = sender_keys(row).get(kind)
    if value is None:
        raise NotFound(gettext(NOTHING.get(kind, NOTHING[""]), comment=comment))
    return set_standing(db, kind, value, rule, by=by)


def set_standing(db: Database, kind: str, value: str, rule: NewRule, *, by: Actor) -> int | None:
    """Set the rule for a sender; return the batch, None when nothing changed."""
    _check(kind, value, rule, by)
    before = _stored(db, kind, value)
    values = (kind, value, rule.standing, rule.until, rule.reason, by.at, by.account)
    after = dict(zip(COLUMNS, values, strict=True)) if rule.standing else None
    changed = _comparable(before) != _comparable(after)
    trashing = rule.trash_existing and rule.standing == "banned"
    if not changed and not trashing:
        return None
    batch = events.open_batch(db, KIND_OF_ACT.get(rule.standing, "trust"), by=by, reason=rule.reason)
    if changed:
        # The journal names nobody; whom it is about stands in `standing_changes`, which can be erased.
        old = str(before["standing"]) if before else ""
        events.record(db, NewEvent("standing", batch=batch, before=old, after=rule.standing), by=by)
        _change(db, batch, kind, value, before, after)
    moved = set()
    if trashing:
        theirs = f"{SENDER_KEYS[kind]} and c.status in ('approved', 'pending')"
        trash = Ruling(Decision.TRASH, rule.reason)
        moved = decisions.decide_into(db, batch, theirs, {"value": value}, trash, by)
    if not changed and not moved:
        events.drop_batch(db, batch)
        return None
    return batch


KIND_OF_ACT = {"banned": "ban", "held": "hold"}


def decide_person(
    db: Database, comment: int, standing: str, ruling: Ruling, *, by: Actor, newest: int | None = None
) -> int:
    """Decide on all waiting comments of a comment's browser, and on what comes next from it; return the one batch.

    `newest` is the highest id that a page knew: what came later is left alone. Raises NotFound for a comment without a
    browser, as an imported one.
    """
    row = db.conn.execute("select reader_hash from comments where id = ?", [comment]).fetchone()
    if row is None or not row[0]:
        raise NotFound(gettext("Comment {id} has no browser that others could be known by.", id=comment))
    rule = NewRule(standing, reason=ruling.reason)
    _check("reader", row[0], rule, by)
    before = _stored(db, "reader", row[0])
    values = ("reader", row[0], standing, None, ruling.reason, by.at, by.account)
    after = dict(zip(COLUMNS, values, strict=True))
    batch = events.open_batch(db, "person", by=by, reason=ruling.reason)
    told = json.dumps({"standing": standing, "decision": ruling.decision.value})
    events.record(
        db, NewEvent("standing", batch=batch, before=str(before["standing"]) if before else "", after=told), by=by
    )
    _change(db, batch, "reader", row[0], before, after)
    theirs = f"{SENDER_KEYS['reader']} and c.status = 'pending' and {IN_QUEUE} and c.id <= coalesce(:newest, c.id)"
    decisions.decide_into(db, batch, theirs, {"value": row[0], "newest": newest}, ruling, by)
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    """Give back the comments that a batch moved, and the rule for a sender that it changed."""
    decisions.set_statuses(db, undoing.batch)
    row = db.conn.execute("select before, after from standing_changes where batch_id = ?", [undoing.number]).fetchone()
    if row is None:
        return
    before, after = (json.loads(text) if text else None for text in row)
    about = before or after or {}
    kind, value = about["kind"], about["value"]
    if _comparable(_stored(db, kind, value)) != _comparable(after):
        raise Conflict(
            gettext(
                "Batch {batch} cannot be undone: who is trusted or banned here was changed again since.",
                batch=undoing.number,
            )
        )
    _change(db, undoing.batch, kind, value, after, before)


def _stored(db: Database, kind: str, value: str) -> dict[str, Any] | None:
    rows = db.query(f"select {', '.join(COLUMNS)} from standings where kind = ? and value = ?", [kind, value])
    return next(iter(list(rows)), None)


def _change(
    db: Database, batch: int, kind: str, value: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """Replace the rule for a sender, and note both for Undo."""
    db.conn.execute(
        "insert into standing_changes (batch_id, before, after) values (?, ?, ?)",
        [batch, *(json.dumps(each) if each else "" for each in (before, after))],
    )
    db.conn.execute("delete from standings where kind = ? and value = ?", [kind, value])
    if after:
        columns = ", ".join(COLUMNS)
        db.conn.execute(
            f"insert into standings ({columns}) values (?, ?, ?, ?, ?, ?, ?)", [after[name] for name in COLUMNS]
        )


def _comparable(rule: dict[str, Any] | None) -> tuple[Any, ...] | None:
    return (rule["standing"], rule["until"], rule["reason"]) if rule else None


def _check(kind: str, value: str, rule: NewRule, by: Actor) -> None:
    if kind not in KINDS or not value:
        raise Invalid(
            {
                "kind": gettext(
                    "A browser, an email, a network or a domain can be trusted, held or banned, not {kind!r}.",
                    kind=kind,
                )
            }
        )
    if rule.standing not in (*STANDINGS, ""):
        raise Invalid(
            {"standing": gettext("A standing is trusted, held or banned, not {standing!r}.", standing=rule.standing)}
        )
    if rule.standing == "trusted" and kind != "reader":
        raise Invalid({"kind": gettext("Only a browser can be trusted; a name and an email can be typed by anybody.")})
    if rule.until is not None and rule.until <= by.at:
        raise Invalid({"until": gettext("This day is over already.")})


def _ban_sentence(row: Row) -> str:
    """Say that somebody was banned, not who. The first event is the ban's, or that of a comment that was trashed."""
    if row["after"] == "trash":
        return ngettext(
            "Moved one comment of a banned sender to trash.",
            "Moved {n} comments of a banned sender to trash.",
            row["moved"],
        )
    if row["moved"] == 1:
        return gettext("Banned a sender.")
    return ngettext(
        "Banned a sender and moved one comment to trash.",
        "Banned a sender and moved {n} comments to trash.",
        row["moved"] - 1,
    )


def _trust_sentence(row: Row) -> str:
    return (
        gettext("Trusted a browser.")
        if row["after"] == "trusted"
        else gettext("Let the rules decide on a sender again.")
    )


def _hold_sentence(row: Row) -> str:
    return gettext("From now on, every comment of a sender waits for a moderator.")


def _person_sentence(row: Row) -> str:
    """Say what was decided on a sender's waiting comments, and what comes next. One event is about the sender."""
    told = json.loads(row["after"])
    return PERSON[told["decision"], told["standing"]](row["moved"] - 1)


PERSON: dict[tuple[str, str], Callable[[int], str]] = {
    ("approve", "trusted"): lambda n: ngettext(
        "Approved one comment of a sender, who is trusted from now on.",
        "Approved {n} comments of a sender, who is trusted from now on.",
        n,
    ),
    ("approve", "held"): lambda n: ngettext(
        "Approved one comment of a sender, whose comments wait from now on.",
        "Approved {n} comments of a sender, whose comments wait from now on.",
        n,
    ),
    ("approve", "banned"): lambda n: ngettext(
        "Approved one comment of a sender, who is banned from now on.",
        "Approved {n} comments of a sender, who is banned from now on.",
        n,
    ),
    ("spam", "trusted"): lambda n: ngettext(
        "Moved one comment of a sender to spam, who is trusted from now on.",
        "Moved {n} comments of a sender to spam, who is trusted from now on.",
        n,
    ),
    ("spam", "held"): lambda n: ngettext(
        "Moved one comment of a sender to spam, whose comments wait from now on.",
        "Moved {n} comments of a sender to spam, whose comments wait from now on.",
        n,
    ),
    ("spam", "banned"): lambda n: ngettext(
        "Moved one comment of a sender to spam, who is banned from now on.",
        "Moved {n} comments of a sender to spam, who is banned from now on.",
        n,
    ),
    ("trash", "trusted"): lambda n: ngettext(
        "Moved one comment of a sender to trash, who is trusted from now on.",
        "Moved {n} comments of a sender to trash, who is trusted from now on.",
        n,
    ),
    ("trash", "held"): lambda n: ngettext(
        "Moved one comment of a sender to trash, whose comments wait from now on.",
        "Moved {n} comments of a sender to trash, whose comments wait from now on.",
        n,
    ),
    ("trash", "banned"): lambda n: ngettext(
        "Moved one comment of a sender to trash, who is banned from now on.",
        "Moved {n} comments of a sender to trash, who is banned from now on.",
        n,
    ),
}


BAN = Act(kind="ban", group=acts.SENDERS, sentence=_ban_sentence, undo=_undo)
HOLD = Act(kind="hold", group=acts.SENDERS, sentence=_hold_sentence, undo=_undo)
TRUST = Act(kind="trust", group=acts.SENDERS, sentence=_trust_sentence, undo=_undo)
# Its decisions teach the filter; so does their undo.
PERSON_ACT = Act(kind="person", group=acts.SENDERS, sentence=_person_sentence, undo=_undo, lesson=acts.Lesson(""))
