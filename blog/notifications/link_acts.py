"""What a link in a mail does to a comment, and how its page says what it would do, did, or cannot do any more.

Looking changes nothing. The act asks for the right of the account at that moment, and is undone like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlite_utils import Database

from blog import moderation
from blog.errors import Forbidden, NotFound
from blog.journal.acts import Acts
from blog.journal.events import Actor
from blog.moderation import Decision, Ruling, decide, edits
from blog.notifications import links
from blog.notifications.choices import MAY_DECIDE
from blog.notifications.links import Link
from blog.notifications.writing import COMMENT
from blog.people import accounts
from blog.wording import N_, gettext

UNKNOWN = N_("There is no such link. It may have been cut off in the mail: open it again from there.")
State = Literal["open", "changed", "decided", "done", "undone", "ended", "forbidden", "gone"]


@dataclass(frozen=True)
class Decided:
    """Who decided on a comment last, when, and how."""

    kind: str
    by: str
    at: str


@dataclass(frozen=True)
class View:
    """A comment and what a link may do with it now; `difference` is what changed since the mail was made."""

    state: State
    link: Link
    account: str
    comment: Mapping[str, Any] = field(default_factory=dict)
    difference: list[tuple[str, str]] = field(default_factory=list)
    decided: Decided | None = None


def find(db: Database, token: str) -> Link:
    link = links.find(db, token)
    if link is None:
        raise NotFound(
            gettext("There is no such link. It may have been cut off in the mail: open it again from there.")
        )
    return link


def look(db: Database, link: Link, *, at: str) -> View:
    """Return what a link to decide on one comment would do now."""
    name = _name(db, link.account)
    comment = next(iter(db.query(COMMENT, [link.comment])), None)
    if comment is None or comment["status"] == "deleted":
        return View("gone", link, name)
    decided = last_decision(db, comment["id"])
    if link.used_at is not None:
        undone = db.conn.execute("select undone_by from batches where id = ?", [link.batch]).fetchone()
        return View("undone" if undone and undone[0] else "done", link, name, comment, decided=decided)
    if link.expires_at <= at:
        return View("ended", link, name, comment)
    if not may_decide(db, link.account, comment["id"]):
        return View("forbidden", link, name)
    if comment["status"] != "pending":
        return View("decided", link, name, comment, decided=decided)
    if comment["version"] != link.revision:
        before = edits.before(db, comment["id"], edits=comment["version"] - (link.revision or 0))
        runs = edits.difference(before["text"], comment["text"]) if before else []
        return View("changed", link, name, comment, difference=runs)
    return View("open", link, name, comment)


def act(db: Database, link: Link, revision: int | None, *, at: str) -> View:
    """Decide on a comment as it is at a revision: by default that of the mail. Otherwise only say how things are."""
    view = look(db, link, at=at)
    wanted = link.revision if revision is None else revision
    if view.state not in ("open", "changed") or view.comment["version"] != wanted:
        return view
    number = int(view.comment["id"])
    ruling = Ruling(Decision(link.purpose), seen={number: f"pending:{wanted}"})
    outcome = decide(db, [number], ruling, by=Actor(at, link.account, "mail"))
    if outcome["batch"]:
        links.use(db, link, at=at, batch=outcome["batch"])
    return look(db, find_again(db, link), at=at)


def find_again(db: Database, link: Link) -> Link:
    """Return a link as it is stored now."""
    return links.stored(db, link) or link


def undo(db: Database, link: Link, acts: Acts, *, at: str) -> View:
    """Take back what a link did; raise Conflict with what prevents that, as the desk does."""
    if link.batch is None:
        return look(db, link, at=at)
    if not may_decide(db, link.account, link.comment or 0):
        return View("forbidden", link, _name(db, link.account))
    moderation.undo(db, link.batch, acts, by=Actor(at, link.account, "mail"))
    return look(db, link, at=at)


def may_decide(db: Database, account: int | None, comment: int) -> bool:
    """Tell whether an account may decide on a comment now: its role may have changed since the mail."""
    row = db.conn.execute(
        f"""
        select 1 from accounts a join comments c on c.id = ? join posts p on p.id = c.post_id
        where a.id = ? and {MAY_DECIDE}
        """,
        [comment, account],
    ).fetchone()
    return row is not None


def last_decision(db: Database, comment: int) -> Decided | None:
    row = db.conn.execute(
        """
        select e.kind, coalesce(a.name, ''), e.at from events e left join accounts a on a.id = e.account_id
        where e.comment_id = ? and e.kind in ('approve', 'unapprove', 'spam', 'trash', 'restore', 'delete', 'undo',
          'withdraw') order by e.id desc limit 1
        """,
        [comment],
    ).fetchone()
    return Decided(*row) if row else None


def _name(db: Database, account: int | None) -> str:
    row = db.conn.execute("select name from accounts where id = ?", [account]).fetchone()
    return str(row[0]) if row else ""


@dataclass(frozen=True)
class Entry:
    """A comment of a digest: still to decide, or decided by whom; `changed` since the mail was made."""

    comment: Mapping[str, Any]
    open: bool
    changed: bool
    decided: Decided | None


def digest(db: Database, link: Link, *, at: str) -> list[Entry]:
    """Return the comments of a digest as they are now; raise Forbidden when the link has ended or the right is gone."""
    if link.expires_at <= at:
        raise Forbidden(gettext("This link has ended; it worked for 7 days. Nothing was changed."))
    entries = []
    for number, revision in links.seen_of(link).items():
        comment = next(iter(db.query(COMMENT, [number])), None)
        if comment is None or not may_decide(db, link.account, number):
            continue
        waits = comment["status"] == "pending"
        changed = waits and comment["version"] != revision
        entries.append(Entry(comment, waits, changed, None if waits else last_decision(db, number)))
    if not entries:
        raise Forbidden(gettext("You no longer decide on these comments. Nothing was changed."))
    return entries


def decide_digest(
    db: Database, link: Link, chosen: Mapping[int, str], seen: Mapping[int, str], *, at: str
) -> tuple[list[int], int]:
    """Decide on comments of a digest as its page showed them; return the batches and how many moved."""
    allowed = {entry.comment["id"] for entry in digest(db, link, at=at)}
    batches, moved = [], 0
    for decision in (Decision.APPROVE, Decision.SPAM, Decision.TRASH):
        ids = [number for number, wanted in chosen.items() if wanted == decision.value and number in allowed]
        if not ids:
            continue
        shown = {number: seen.get(number, "pending:0") for number in ids}
        outcome = decide(db, ids, Ruling(decision, seen=shown), by=Actor(at, link.account, "mail"))
        moved += outcome["moved"]
        if outcome["batch"]:
            batches.append(outcome["batch"])
    return batches, moved


def undo_digest(db: Database, link: Link, batches: list[int], acts: Acts, *, at: str) -> None:
    """Take back what was decided on the page of a digest, by this account and by mail."""
    digest(db, link, at=at)
    for number in reversed(batches):
        row = db.conn.execute(
            "select 1 from batches where id = ? and account_id = ? and source = 'mail'", [number, link.account]
        ).fetchone()
        if row is None:
            raise NotFound(gettext("There is no batch {number} that this link made.", number=number))
        moderation.undo(db, number, acts, by=Actor(at, link.account, "mail"))


def set_password(db: Database, link: Link, password: str, *, at: str) -> str:
    """Give an account a new password by a link; return its name. Raises Forbidden when the link does not work."""
    if not links.works(link, at):
        raise Forbidden(gettext("This link was used or has ended. Ask for another one."))
    name = accounts.name_of(db, link.account or 0)
    accounts.change_password(db, name, password, by=Actor(at, link.account, "mail"))
    links.use(db, link, at=at)
    db.conn.execute(
        "update mail_links set expires_at = ? where purpose = 'password' and account_id = ? and used_at is null",
        [at, link.account],
    )
    return name
