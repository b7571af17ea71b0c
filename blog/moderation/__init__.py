"""Moderation: the queue, its counts, decisions and what else a moderator does."""

from blog.moderation.decisions import Conflict, Decision, Outcome, Ruling, decide, give_reason
from blog.moderation.effects import Effect, effects
from blog.moderation.purging import AT_ONCE, forget_machines, purge, remove
from blog.moderation.queue import (
    PAGE,
    Counted,
    Key,
    Page,
    beside,
    busiest_posts,
    by_score,
    comment,
    counted,
    counts,
    counts_by_reason,
    in_turn,
    last_event,
    matching,
    oldest_waiting,
    page,
    queue,
)
from blog.moderation.selections import LISTED, SENDER_KEYS, STATUSES, Selection
from blog.moderation.sender_record import Record, by_same_author, record
from blog.moderation.undoing import UndoOutcome, undo

__all__ = [
    "AT_ONCE",
    "LISTED",
    "PAGE",
    "SENDER_KEYS",
    "STATUSES",
    "Conflict",
    "Counted",
    "Decision",
    "Effect",
    "Key",
    "Outcome",
    "Page",
    "Record",
    "Ruling",
    "Selection",
    "UndoOutcome",
    "beside",
    "busiest_posts",
    "by_same_author",
    "by_score",
    "comment",
    "counted",
    "counts",
    "counts_by_reason",
    "decide",
    "effects",
    "forget_machines",
    "give_reason",
    "in_turn",
    "last_event",
    "matching",
    "oldest_waiting",
    "page",
    "purge",
    "queue",
    "record",
    "remove",
    "undo",
]
