"""Who is trusted and who is banned: a browser's secret, an email, a network, or the domain of an address.

Trust belongs to a browser's secret only: a name and an email can be typed by anybody.
"""

import json
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import comments, moderation
from blog.errors import Conflict, Invalid
from blog.journal import events
from blog.journal.events import Actor
from blog.moderation import Decision

KINDS = {"reader": "this browser", "email": "this email", "network": "this network", "domain": "this address’s domain"}
STANDINGS = ("trusted", "banned")


class Standing(TypedDict):
    kind: str
    value: str
    standing: str
    until: str | None
    reason: str
    at: str
    who: str


def of_comment(db: Database, row: dict[str, Any]) -> list[Standing]:
    """Return what stands for the sender of a comment: one entry for each kind that is set."""
    return list(
        db.query(  # type: ignore[arg-type]
            """
            select s.kind, s.value, s.standing, s.until, s.reason, s.at, coalesce(a.name, '') as who
            from json_each(:pairs) p join standings s
              on s.kind = json_extract(p.value, '$[0]') and s.value = json_extract(p.value, '$[1]')
            left join accounts a on a.id = s.account_id order by s.kind
            """,
            {"pairs": json.dumps(list(marks(row).items()))},
        )
    )


def marks(row: dict[str, Any]) -> dict[str, str]:
    """Return what a comment's sender can be known by, kind by kind."""
    found = {
        "reader": row["reader_hash"] or "",
        "email": row["email"].lower(),
        "network": row["network"],
        "domain": comments.host_of(row["url"]),
    }
    return {kind: value for kind, value in found.items() if value}


def every(db: Database, *, at: str) -> list[Standing]:
    """Return all that stand at a moment, newest first."""
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


def set_standing(
    db: Database,
    kind: str,
    value: str,
    standing: str,
    *,
    by: Actor,
    until: str | None = None,
    reason: str = "",
    take_back: bool = False,
) -> int | None:
    """Trust or ban (or neither: ""), for good or until a moment; return the batch, None when it stood so already.

    `take_back` puts all that the banned one has published or waiting into the trash, in the same batch.
    """
    _check(kind, value, standing, until, by)
    before, after = kept(db, kind, value), _written(kind, value, standing, until, reason)
    same, taking = _essence(before) == _essence(after), take_back and standing == "banned"
    if same and not taking:
        return None
    batch = events.open_batch(db, "ban" if standing == "banned" else "trust", by=by, reason=reason)
    if not same:
        _note(db, batch, before, after, by=by)
        put(db, after or before, stands=bool(after), by=by)
    moved = _take_back(db, batch, kind, value, by=by, reason=reason) if taking else set()
    if same and not moved:
        events.drop_batch(db, batch)
        return None
    return batch


def _take_back(db: Database, batch: int, kind: str, value: str, *, by: Actor, reason: str) -> set[int]:
    return moderation.decide_into(db, batch, _theirs(kind), {"value": value}, Decision.TRASH, by=by, reason=reason)


def _note(db: Database, batch: int, before: str, after: str, *, by: Actor) -> None:
    """Write the event without whom it is about: the journal names nobody, `standing_changes` can be erased."""
    events.record(db, "standing", by=by, batch=batch, before=_word(before), after=_word(after))
    db.conn.execute("insert into standing_changes (batch_id, before, after) values (?, ?, ?)", [batch, before, after])


def turn_back(db: Database, number: int, batch: int, *, by: Actor) -> None:
    """Give back the standing that a batch changed, as part of the batch that undoes it."""
    row = db.conn.execute("select before, after from standing_changes where batch_id = ?", [number]).fetchone()
    if row is None:
        return
    before, after = row
    about = json.loads(before or after)
    if _essence(kept(db, about["kind"], about["value"])) != _essence(after):
        raise Conflict(f"Batch {number} cannot be undone: who is trusted or banned here was changed again since.")
    db.conn.execute("insert into standing_changes (batch_id, before, after) values (?, ?, ?)", [batch, after, before])
    put(db, before or after, stands=bool(before), by=by)


def _word(written: str) -> str:
    return str(json.loads(written)["standing"]) if written else ""


def _check(kind: str, value: str, standing: str, until: str | None, by: Actor) -> None:
    if kind not in KINDS or not value:
        raise Invalid({"kind": f"One can trust or ban a browser, an email, a network or a domain, not {kind!r}."})
    if standing not in (*STANDINGS, ""):
        raise Invalid({"standing": f"A standing is trusted or banned, not {standing!r}."})
    if standing == "trusted" and kind != "reader":
        raise Invalid({"kind": "Trust belongs to a browser; a name and an email can be typed by anybody."})
    if until is not None and until <= by.at:
        raise Invalid({"until": "The day until which it holds is over already."})


def _theirs(kind: str) -> str:
    """Return the condition for what a sender has published or waiting."""
    return f"{moderation.KNOWN_BY[kind]} and c.status in ('approved', 'pending')"


def kept(db: Database, kind: str, value: str) -> str:
    """Return a standing as it is written down for Undo: JSON, "" for none."""
    row = db.conn.execute(
        "select kind, value, standing, until, reason, at, account_id from standings where kind = ? and value = ?",
        [kind, value],
    ).fetchone()
    names = ("kind", "value", "standing", "until", "reason", "at", "account")
    return json.dumps(dict(zip(names, row, strict=True))) if row else ""


def put(db: Database, written: str, *, stands: bool, by: Actor) -> None:
    """Make a standing what the text says, or remove it."""
    standing = json.loads(written)
    db.conn.execute("delete from standings where kind = ? and value = ?", [standing["kind"], standing["value"]])
    if stands:
        db.conn.execute(
            "insert into standings (kind, value, standing, until, reason, at, account_id) values (?, ?, ?, ?, ?, ?, ?)",
            [
                standing["kind"],
                standing["value"],
                standing["standing"],
                standing["until"],
                standing["reason"],
                standing.get("at", by.at),
                standing.get("account", by.account),
            ],
        )


def _written(kind: str, value: str, standing: str, until: str | None, reason: str) -> str:
    if not standing:
        return ""
    return json.dumps({"kind": kind, "value": value, "standing": standing, "until": until, "reason": reason})


def _essence(written: str) -> tuple[Any, ...] | None:
    if not written:
        return None
    standing = json.loads(written)
    return standing["standing"], standing["until"], standing["reason"]
