"""Moderation: the queue, the decisions, and how many comments stand where."""

from blog.moderation.decisions import Conflict, Decision, Outcome, decide, move
from blog.moderation.purging import purge
from blog.moderation.queue import (
    LISTED,
    PAGE,
    STATUSES,
    Selection,
    by_same_author,
    comment,
    counts,
    matching,
    oldest_waiting,
    queue,
)

__all__ = [
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
    "matching",
    "move",
    "oldest_waiting",
    "purge",
    "queue",
]
