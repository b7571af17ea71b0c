"""The words with the largest weights, for spam and for honest comments."""

import math
from typing import TypedDict

from sqlite_utils import Database

from blog.filter.model import SMOOTH
from blog.filter.training import state
from blog.rules.signals import phrase

FEWEST = 3  # comments in which a word must have occurred to be listed


class Weighed(TypedDict):
    name: str
    spam: int
    ham: int
    weight: float


def strongest(db: Database, most: int = 15) -> dict[str, list[Weighed]]:
    """Return the strongest words and pairs for spam and for ham, with how many comments of each kind had them."""
    counts = state(db)
    every = SMOOTH * counts["different"]
    base = math.log((counts["ham_words"] + every or 1) / (counts["spam_words"] + every or 1))
    sides: dict[str, list[Weighed]] = {}
    for side, order in (("spam", "desc"), ("ham", "asc")):
        rows = db.conn.execute(
            f"""
            select name, spam, ham from filter_words where spam + ham >= ? and name <> ''
            order by (spam + 1.0) / (ham + 1.0) {order}, spam + ham desc, name limit ?
            """,
            [FEWEST, most],
        ).fetchall()
        sides[side] = [
            {
                "name": phrase(name),
                "spam": spam,
                "ham": ham,
                "weight": base + math.log((spam + SMOOTH) / (ham + SMOOTH)),
            }
            for name, spam, ham in rows
        ]
    return sides
