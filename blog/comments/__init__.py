"""Comments: from what somebody typed to a stored row, and from rows to the threads of a page."""

from blog.comments.admission import check_pace_early
from blog.comments.drafts import LIMITS, Draft, Sender, Stamp, host_of, is_web_address, prepare
from blog.comments.locking import lock
from blog.comments.reading import REPLIES, Node, latest, on_post, on_thread, own_held, remembered, target, threads
from blog.comments.rows import Row, insert, place
from blog.comments.submission import Stored, foresee, submit

__all__ = [
    "LIMITS",
    "REPLIES",
    "Draft",
    "Node",
    "Row",
    "Sender",
    "Stamp",
    "Stored",
    "check_pace_early",
    "foresee",
    "host_of",
    "insert",
    "is_web_address",
    "latest",
    "lock",
    "on_post",
    "on_thread",
    "own_held",
    "place",
    "prepare",
    "remembered",
    "submit",
    "target",
    "threads",
]
