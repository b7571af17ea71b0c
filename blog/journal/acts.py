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
from blog.wording import N_, gettext

Row = Mapping[str, Any]


class Group(NamedTuple):
    """A filter of the log: its name in an address and on the command line, and its heading on the desk."""

    name: str
    label: str


DECISIONS = Group("decisions", N_("Decisions"))
EDITS = Group("edits", N_("Edits, replies and moves"))
SENDERS = Group("senders", N_("Trust and bans"))
SWITCHES = Group("switches", N_("Switches"))
POSTS = Group("posts", N_("Posts"))
IMPORTS = Group("imports", N_("Imports"))
LEARNING = Group("filter", N_("Filter"))
UNDOINGS = Group("undo", N_("Undo"))
SETTINGS = Group("settings", N_("Settings"))
ACCOUNTS = Group("accounts", N_("Accounts and sessions"))


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
    `batch` is the new one. `files` collects path and hash of the files that the caller has to remove, `back` path and
    bytes of those that it has to write again; `media` the paths of uploaded files that the caller has to bring back
    from the trash, or (False) to put there.
    """

    act: int
    number: int
    batch: int
    by: Actor
    files: list[tuple[str, str]] = field(default_factory=list)
    back: list[tuple[str, bytes]] = field(default_factory=list)
    media: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def again(self) -> bool:
        return self.number != self.act


@dataclass(frozen=True, kw_only=True)
class Act:
    """One kind of act.

    `sentence` says what a batch (or an event without a batch) did, `undone` in a whole sentence that it was taken back,
    `event` what one event of this kind did to a comment, and `decided` names the act in the queue (“Approved by Ana”).
    `group` is where the log lists it; without one the log does not. `undo` takes it back; without one it stays.
    With `writes_events` it also notes what became of each comment, because it may do that piece by piece.
    `check` raises Conflict when that is not possible any more, and `independent` lets it happen although other acts on
    the same comments came later. `of_post` tells that the act is about a post, not about comments.
    `status` is where a decision leads, `doing` what the desk's script says meanwhile ("Approving {}…").
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
    writes_events: bool = False
    of_post: bool = False
    status: str = ""
    done: str = ""
    doing: str = ""


Acts = Sequence[Act]


def who(row: Row) -> str:
    """Return who acted: the account's name, with the program where one acted for it; "" for nobody by name."""
    if row["who"] and row["program"]:
        return gettext("{name} by “{program}”", name=row["who"], program=row["program"])
    return str(row["who"] or row.get("program", ""))


def find(acts: Acts, kind: str) -> Act | None:
    return next((act for act in acts if act.kind == kind), None)


def groups(acts: Acts) -> dict[str, str]:
    """Return the filters of the log, each with its heading."""
    return {act.group.name: gettext(act.group.label) for act in acts if act.group}


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
    return act.sentence(row) if act else gettext("An act of the kind “{kind}”.", kind=row["kind"])


def undone_sentence(acts: Acts, row: Row) -> str:
    """Say that a batch was taken back."""
    if row["kind"] == UNDO.kind:
        act = json.loads(row["undid"])
        return _undid(acts, {**act, "again": not act["again"]})
    act = find(acts, row["kind"])
    if act and act.undone:
        return act.undone(row)
    return gettext("Undone: {sentence}", sentence=sentence(acts, row))


def event_sentence(acts: Acts, event: Row) -> str:
    """Say what one event did to a comment."""
    act = find(acts, event["kind"])
    if act and act.event:
        return act.event(event)
    kind = gettext(event["kind"].capitalize())
    return gettext("{kind}: {before} → {after}.", kind=kind, before=_said(event["before"]), after=_said(event["after"]))


def _said(status: str | None) -> str:
    """Return a status as it stands within a sentence."""
    return gettext(status) if status else ""


def _undid(acts: Acts, act: Row) -> str:
    """Say which act was taken back, or done again, and what it had done."""
    if act["again"]:
        return gettext("Did batch {batch} again: {sentence}", batch=act["id"], sentence=sentence(acts, act))
    return gettext("Undid batch {batch}: {sentence}", batch=act["id"], sentence=sentence(acts, act))


def arrival(event: Row) -> str:
    """Say with which status a comment came in; `verdict` is the sentence of the rule that judged it.

    `reason` is one of the sentences that a comment is stored with, in English.
    """
    said = gettext("Received, {status}: {verdict}", status=_said(event["after"]), verdict=event["verdict"])
    return f"{said} {gettext(event['reason']) if event['reason'] else ''}".rstrip()


def _undo_event(event: Row) -> str:
    if not event["after"]:
        return gettext("Undone: {before} → removed.", before=_said(event["before"]))
    return gettext("Undone: {before} → {after}.", before=_said(event["before"]), after=_said(event["after"]))


UNDO = Act(
    kind="undo",
    group=UNDOINGS,
    sentence=lambda row: gettext("Undo."),
    event=_undo_event,
    decided=N_("Restored by an undo"),
)
