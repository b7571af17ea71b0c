"""Moderation: the queue, the decisions, and how many comments stand where."""

from blog.moderation.decisions import Conflict, Decision, Outcome, decide, decide_into, move
from blog.moderation.purging import purge
from blog.moderation.queue import (
    KNOWN_BY,
    LISTED,
    PAGE,
    STATUSES,
    Selection,
    by_same_author,
    comment,
    counts,
    matching,
    oldest_waiting,
    piles,
    queue,
    record,
)

__all__ = [
    "KNOWN_BY",
    "LISTED",
    "PAGE",
    "STATUSES",
    "Conflict",
    "Decision",
    "Outcome",
    "Selection",
    "by_same_author",
    "comment",
    "counts",
    "decide",
    "decide_into",
    "matching",
    "move",
    "oldest_waiting",
    "piles",
    "purge",
    "queue",
    "record",
]
