"""Acts: what a kind of entry in the journal means, declared once, beside the function that does it.

All declarations are collected in one tuple (moderation/acts.py), which is given as an argument to whatever shows,
filters, counts or takes back acts.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog.journal.events import Actor
from blog.wording import ngettext

Row = Mapping[str, Any]


class Group(NamedTuple):
    """A filter of the log: its name in an address and on the command line, and its heading on the desk."""

    name: str
    label: str


DECISIONS = Group("decisions", "Decisions")
EDITS = Group("edits", "Edits, replies and moves")
SENDERS = Group("senders", "Trust and bans")
SWITCHES = Group("switches", "Switches")
IMPORTS = Group("imports", "Imports")
LEARNING = Group("filter", "Filter")
UNDOINGS = Group("undo", "Undo")
SETTINGS = Group("settings", "Settings")
ACCOUNTS = Group("accounts", "Accounts and sessions")


class Lesson(NamedTuple):
    """What a decision teaches the filter of a comment: `label` is spam, ham, or "" for “nothing any more”.

    With `before`, only of comments that had this status before the decision.
    """

    label: str
    before: str | None = None


@dataclass
class Undoing:
    """An act that is being undone or, if `again`, redone.

    `act` is the act's own batch. `number` is the batch whose effect is undone: the act's own, or that of an undoing.
    `batch` is the new one, and `files` collects path and hash of the files that the caller has to remove.
    """

    act: int
    number: int
    batch: int
    by: Actor
    files: list[tuple[str, str]] = field(default_factory=list)

    @property
    def again(self) -> bool:
        return self.number != self.act


@dataclass(frozen=True, kw_only=True)
class Act:
    """One kind of act.

    `sentence` says what a batch (or an event without a batch) did, `undone` that it was taken back, `event` what one
    event of this kind did to a comment, and `decided` names the act in the queue (“Approved by Ana”).
    `group` is where the log lists it; without one the log does not. `undo` takes it back; without one it stays.
    `check` raises Conflict when that is not possible any more, and `independent` lets it happen although other acts on
    the same comments came later. `of_post` tells that the act is about a post, not about comments.
    `status` is where a decision leads, `doing` what the desk's script says meanwhile ("Approving {}…").
    `consequences` is called with the batch by whatever sends messages about acts; no act has any yet.
    """

    kind: str
    sentence: Callable[[Row], str]
    group: Group | None = None
    undone: Callable[[Row], str] | None = None
    event: Callable[[Row], str] | None = None
    decided: str = ""
    lesson: Lesson | None = None
    undo: Callable[[Database, Undoing], None] | None = None
    check: Callable[[Database, int], None] | None = None
    independent: bool = False
    of_post: bool = False
    status: str = ""
    done: str = ""
    doing: str = ""
    consequences: Callable[[Database, int], None] | None = None


Acts = Sequence[Act]


def find(acts: Acts, kind: str) -> Act | None:
    return next((act for act in acts if act.kind == kind), None)


def groups(acts: Acts) -> dict[str, str]:
    """Return the filters of the log, each with its heading."""
    return dict(act.group for act in acts if act.group)


def kinds(acts: Acts, group: str) -> list[str]:
    """Return the kinds of act in a group; none for ""."""
    return [act.kind for act in acts if act.group and act.group.name == group]


def lessons(acts: Acts) -> dict[str, Lesson]:
    return {act.kind: act.lesson for act in acts if act.lesson}


def sentence(acts: Acts, row: Row) -> str:
    """Say what a batch, or an event without a batch, did."""
    if row["kind"] == UNDO.kind:
        return _undid(acts, json.loads(row["undid"]))
    act = find(acts, row["kind"])
    return act.sentence(row) if act else f"{row['kind'].capitalize()}."


def undone_sentence(acts: Acts, row: Row) -> str:
    """Say that a batch was taken back."""
    if row["kind"] == UNDO.kind:
        act = json.loads(row["undid"])
        return _undid(acts, {**act, "again": not act["again"]})
    act = find(acts, row["kind"])
    return f"Undone: {act.undone(row) if act and act.undone else lowered(sentence(acts, row))}"


def event_sentence(acts: Acts, event: Row) -> str:
    """Say what one event did to a comment."""
    act = find(acts, event["kind"])
    if act and act.event:
        return act.event(event)
    return f"{event['kind'].capitalize()}: {event['before']} → {event['after']}."


def _undid(acts: Acts, act: Row) -> str:
    """Say which act was taken back, or done again, and what it had done."""
    what = f"Did batch {act['id']} again" if act["again"] else f"Undid batch {act['id']}"
    return f"{what}: {lowered(sentence(acts, act))}"


def arrival(event: Row) -> str:
    """Say with which status a comment came in, by which rule; `verdict` is the rule's sentence."""
    rule = f" by {event['rule']}" if event["rule"] else ""
    return f"Received, {event['after']}{rule}: {event['verdict']} {event['reason']}".rstrip()


def lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def comments_counted(count: int) -> str:
    return ngettext("One comment", "{n} comments", count)


def lines_counted(count: int) -> str:
    return ngettext("One line", "{n} lines", count)


UNDO = Act(
    kind="undo",
    group=UNDOINGS,
    sentence=lambda row: "Undo.",
    event=lambda event: f"Undone: {event['before']} → {event['after'] or 'removed'}.",
    decided="Restored by an undo",
)
