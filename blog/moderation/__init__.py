"""Moderation: the queue, the decisions, and how many comments stand where."""

from blog.moderation.decisions import Conflict, Decision, Outcome, decide, decide_into, move
from blog.moderation.effects import Effect, effects
from blog.moderation.purging import purge
from blog.moderation.queue import (
    KNOWN_BY,
    LISTED,
    PAGE,
    STATUSES,
    Key,
    Record,
    Selection,
    by_same_author,
    comment,
    counts,
    in_turn,
    left_for_later,
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
    "Effect",
    "Key",
    "Outcome",
    "Record",
    "Selection",
    "by_same_author",
    "comment",
    "counts",
    "decide",
    "decide_into",
    "effects",
    "in_turn",
    "left_for_later",
    "matching",
    "move",
    "oldest_waiting",
    "piles",
    "purge",
    "queue",
    "record",
]
