"""Erasures are repeated: what was erased after a copy was made does not come back with it.

The journal of the database in place has them, if the copy is of the same history. Without that database, as on a new
machine, nobody can know.
"""

import json
from pathlib import Path

from sqlite_utils import Database

from blog.errors import Unusable
from blog.journal.events import Actor
from blog.moderation import erasure
from blog.storage import preflight, store
from blog.upkeep.backups.copying import opened


def repeat(db: Database, standing: Path, *, at: str) -> int:
    """Erase in a restored database what was erased in the one in place since; return of how many comments."""
    try:
        preflight.examine(standing)
        if not standing.exists():
            return 0
        with opened(standing, readonly=True) as other:
            removed, nameless = _since(other, db)
            addresses = [each for each in _addresses(db, [*removed, *nameless]) if not _is_known(other, each)]
    except (Unusable, store.DatabaseError):  # a copy is restored because the one in place cannot be read
        return 0
    if removed or nameless:
        with store.transaction(db):
            erasure.repeat(db, removed, nameless, addresses, by=Actor(at, None, "command"))
    return len(removed) + len(nameless)


def _since(standing: Database, db: Database) -> tuple[list[int], list[int]]:
    """Return the comments that were removed and those that lost their writers, after the last event of the copy."""
    last = db.conn.execute("select id, at, kind from events order by id desc limit 1").fetchone()
    if (
        last is None
        or standing.conn.execute("select id, at, kind from events where id = ?", last[:1]).fetchone() != last
    ):
        return [], []
    rows = standing.conn.execute(
        """
        select comment_id, max(after = 'deleted') from events
        where id > ? and kind = 'purge' and source <> 'rule' and comment_id is not null group by comment_id
        """,
        [last[0]],
    ).fetchall()
    return [row[0] for row in rows if row[1]], [row[0] for row in rows if not row[1]]


def _addresses(db: Database, ids: list[int]) -> list[str]:
    rows = db.conn.execute(
        """
        select distinct lower(email) from comments where id in (select value from json_each(?)) and email <> ''
        """,
        [json.dumps(ids)],
    )
    return [row[0] for row in rows.fetchall()]


def _is_known(standing: Database, address: str) -> bool:
    """Tell whether the database in place still has something of an address, so that it was not erased as a whole."""
    row = standing.conn.execute(
        """
        select exists (select 1 from comments where lower(email) = :address)
          or exists (select 1 from subscriptions where address = :address)
        """,
        {"address": address},
    ).fetchone()
    return bool(row[0])
