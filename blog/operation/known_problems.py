"""Which problems are known, since when, and whether administrators were told: once of each, and once when it ends."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlite_utils import Database

from blog.journal.events import earlier
from blog.operation.problems import UNMAILED, Problem

LASTING_SECONDS = 600  # before anybody is told: what mends itself is told to nobody
OVER_SECONDS = 3_600  # before that is told too: what comes and goes is told once


class News(NamedTuple):
    """What administrators have not been told yet: new problems, and those that are over. `left` counts the others."""

    new: list[Problem]
    over: list[Problem]
    left: int


def follow(db: Database, found: Sequence[Problem], *, at: str) -> None:
    """Bring what is known up to date with what was found just now."""
    for problem in found:
        db.conn.execute(
            """
            insert into server_problems (name, facts, since) values (:name, :facts, :at)
            on conflict (name) do update set facts = excluded.facts, gone_at = null
            where facts <> excluded.facts or gone_at is not null
            """,
            {"name": problem.name, "facts": json.dumps(dict(problem.facts)), "at": at},
        )
    names = json.dumps([problem.name for problem in found])
    gone = "name not in (select value from json_each(?))"
    db.conn.execute(f"delete from server_problems where told_at is null and {gone}", [names])
    db.conn.execute(f"update server_problems set gone_at = ? where gone_at is null and {gone}", [at, names])


def news(db: Database, *, at: str) -> News:
    """Return what is to be told now, and note that it was told."""
    lasting, over_since = earlier(at, seconds=LASTING_SECONDS), earlier(at, seconds=OVER_SECONDS)
    rows = db.conn.execute("select name, facts, since, gone_at, told_at from server_problems order by rowid").fetchall()
    told = [row for row in rows if row[0] not in UNMAILED]
    new = [row for row in told if not row[4] and row[2] <= lasting]
    over = [row for row in told if row[3] and row[3] <= over_since]
    for row in new:
        db.conn.execute("update server_problems set told_at = ? where name = ?", [at, row[0]])
    for row in over:
        db.conn.execute("delete from server_problems where name = ?", [row[0]])
    return News(
        [_problem(row) for row in new], [_problem(row) for row in over], sum(not row[3] for row in told) - len(new)
    )


def _problem(row: Sequence[str]) -> Problem:
    return Problem(row[0], json.loads(row[1]))


def since(db: Database) -> dict[str, str]:
    """Return since when each problem lasts, by name."""
    return dict(db.conn.execute("select name, since from server_problems where gone_at is null").fetchall())


def count(db: Database) -> int:
    return int(db.conn.execute("select count(*) from server_problems where gone_at is null").fetchone()[0])
