"""Epochs: how often the site went on on another machine, and what may be missing since.

Each epoch has its own place in the store (blog/replica.py). A database of an earlier epoch than the lease's is never
served again.
"""

import json
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog import outbox
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent
from blog.wording import gettext, number


class Promotion(NamedTuple):
    """That a machine took over: from which one, and the window whose acts may be missing here.

    `since` is the time of the newest act in the copy, "" for none; `until` is when the other machine must have stopped.
    Comments and events that the other machine stored with higher numbers than the two last ones are missing here.
    """

    epoch: int
    machine: str
    former: str
    since: str
    until: str
    last_comment: int = 0
    last_event: int = 0


def current(db: Database) -> int:
    """Return the epoch of a database; the first is 1."""
    return int(db.conn.execute("select epoch from site").fetchone()[0])


def last_numbers(db: Database) -> tuple[int, int]:
    """Return the numbers that the last comment and the last event of the journal have had."""
    seen = dict(db.conn.execute("select name, cast(seq as integer) from sqlite_sequence").fetchall())
    return seen.get("comments", 0), seen.get("events", 0)


def newest_act(db: Database) -> str:
    """Return the time of the newest act, "" for none."""
    row = db.conn.execute("select max(at) from (select at from events order by id desc limit 20)").fetchone()
    return str(row[0] or "")


def promote(db: Database, promotion: Promotion, *, by: Actor) -> None:
    """Begin an epoch: nothing leaves the machine until somebody releases the outbox, and the journal has the window."""
    db.conn.execute("update site set epoch = ?, outbox_held = 1", [promotion.epoch])
    event = NewEvent("promotion", before=str(promotion.epoch - 1), after=json.dumps(promotion._asdict()))
    events.record(db, event, by=by)


def release_outbox(db: Database, *, by: Actor) -> bool:
    """Let the outbox be sent again after a restore or a promotion; tell whether it was stopped."""
    released = outbox.release(db)
    if released:
        events.record(db, NewEvent("outbox released"), by=by)
    return released


def why_held(db: Database) -> str:
    """Say since when nothing leaves the machine, for one whose outbox is stopped."""
    promotion = last_promotion(db)
    if promotion is None:
        return gettext("The outbox is stopped since a backup was restored: it may hold what was sent since.")
    return gettext("{promotion} The outbox is stopped: it may hold what was sent there.", promotion=sentence(promotion))


def last_promotion(db: Database) -> Promotion | None:
    """Return the promotion that began the present epoch, None in the first one."""
    if current(db) == 1:
        return None
    found = _promotions(db)
    return found[0] if found else None


def promotion_after(db: Database, epoch: int) -> Promotion | None:
    """Return the promotion with which the site went on from an epoch, None if it did not."""
    return next((each for each in reversed(_promotions(db)) if each.epoch > epoch), None)


def _promotions(db: Database) -> list[Promotion]:
    """Return all promotions, the newest first."""
    rows = db.conn.execute(
        """
        select after from events where batch_id is null and kind not in ('submit', 'address confirmed', 'purge')
          and kind = 'promotion' order by id desc
        """
    )
    return [Promotion(**json.loads(after)) for (after,) in rows.fetchall()]


def sentence(promotion: Promotion) -> str:
    """Say who took over, and what may be missing."""
    return gettext(
        "{machine} took over from {former} and began epoch {epoch}. What {former} saved between {since} and {until} UTC"
        " may be missing.",
        machine=promotion.machine,
        former=promotion.former,
        epoch=number(promotion.epoch),
        since=_second(promotion.since) or "–",
        until=_second(promotion.until),
    )


def _second(at: str) -> str:
    return at[:19].replace("T", " ")


def _promoted(row: Any) -> str:
    return sentence(Promotion(**json.loads(row["after"])))


ACTS = (
    Act(kind="promotion", group=acts.SETTINGS, sentence=_promoted),
    Act(
        kind="outbox released",
        group=acts.SETTINGS,
        sentence=lambda row: gettext("Let the outbox be sent again."),
    ),
)
