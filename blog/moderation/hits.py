"""How many comments a search finds in each status, and by which rules they are held."""

import json
from dataclasses import replace

from sqlite_utils import Database

from blog.moderation.queue import Counted, counted, looked_up, newest_ids
from blog.moderation.selections import NO_RULE, STATUSES, Selection


def hits(db: Database, selection: Selection) -> dict[str, Counted]:
    """Count what a search finds in each status, exactly or, of very many, as far as `counted` goes; the index is asked
    once. `all` is approved and pending together.
    """
    chosen = looked_up(db, selection.checked())
    found = {status: counted(db, replace(chosen, status=status)) for status in STATUSES}
    public, waiting = found["approved"], found["pending"]
    found["all"] = {
        "matching": public["matching"] + waiting["matching"],
        "lowest": public["lowest"] or waiting["lowest"],
    }
    return found


def first_with_hits(found: dict[str, Counted]) -> str:
    """Return the first status in which something was found: pending, if nothing was."""
    return next((status for status in STATUSES if found[status]["matching"]), STATUSES[0])


def by_rule(db: Database, selection: Selection) -> list[tuple[str, int]]:
    """Return how many comments of a search each rule accounts for, whatever rule is chosen, the largest first."""
    chosen = looked_up(db, replace(selection.checked(), rule=""))
    rows = db.conn.execute(
        """
        select rule, count(*) from comments where id in (select value from json_each(?))
        group by rule order by count(*) desc, rule
        """,
        [json.dumps(newest_ids(db, chosen))],
    )
    return [(row[0] or NO_RULE, int(row[1])) for row in rows.fetchall()]
