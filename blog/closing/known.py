"""Which state of each discussion webhooks know, so that a closing without a switch is told when it happens, and once.

A switch is in the journal; a date, age, quiet days and the file are not. So of each post the mode is noted, with the
next moment at which it may change by itself. Triggers note what changes it by a write (blog/storage/schema.sql).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from blog.closing.state import State, state
from blog.closing.switch import COLUMNS, facts
from blog.rules import policy as policies
from blog.rules.policy import Policy

AT_ONCE = 200  # discussions that one call looks at
PUBLIC = "(p.status = 'published' and p.deleted_at is null)"


@dataclass(frozen=True)
class Closed:
    """A discussion that was closed by its file or by a rule: the id of its post, and when."""

    post: int
    at: str


def forget(db: Database) -> None:
    """Take the present state of every discussion for known."""
    db.conn.execute("insert or replace into known_discussions (post_id) select id from posts")


def is_due(db: Database, at: str) -> bool:
    """Tell whether there is a discussion that is to be looked at."""
    return db.conn.execute("select 1 from known_discussions where turns_at <= ? limit 1", [at]).fetchone() is not None


def look(db: Database, *, at: str) -> list[Closed]:
    """Note the present mode of some discussions that may have changed; return those closed without a switch."""
    closed: list[Closed] = []
    noted: list[tuple[str, str | None, int]] = []
    policy = policies.load(db)
    for row in _due(db, at):
        current = _present(row, policy, at)
        mode, turns_at = _noted(row, current, at)
        noted.append((mode, turns_at, row["id"]))
        if mode == "closed" and not current.by_person and row["known"] not in ("", "closed"):
            closed.append(Closed(row["id"], row["turns_at"] or at))
    db.conn.executemany("update known_discussions set mode = ?, turns_at = ? where post_id = ?", noted)
    return sorted(closed, key=lambda each: each.at)


def _due(db: Database, at: str) -> list[dict[str, Any]]:
    return list(
        db.query(
            f"""
            select p.id, k.mode as known, k.turns_at, {PUBLIC} as public, {COLUMNS}
            from known_discussions k indexed by known_discussions_due join posts p on p.id = k.post_id
            where k.turns_at <= :at order by k.turns_at limit {AT_ONCE}
            """,
            {"at": at},
        )
    )


def _present(row: Mapping[str, Any], policy: Policy, at: str) -> State:
    return state(replace(facts(dict(row)), site=None), policy, at)


def _noted(row: Mapping[str, Any], current: State, at: str) -> tuple[str, str | None]:
    """Return the mode of a discussion, and when it may change; nobody knows that of a post that is not public."""
    published_at = row["closing_published_at"]
    if not row["public"]:
        return "", None
    if published_at > at:
        return "", published_at
    return current.mode, current.turns_at
