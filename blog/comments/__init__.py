"""Comments: from what somebody typed to a stored row, and from rows to the threads of a page."""

from blog.comments.admission import check_pace_early
from blog.comments.drafts import LIMITS, Draft, Sender, Stamp, host_of, is_web_address, prepare
from blog.comments.locking import lock
from blog.comments.paging import THREAD_PAGE, page_at, place_on
from blog.comments.picks import pick
from blog.comments.reading import (
    LAST,
    held_for_moderator,
    latest,
    on_post,
    on_thread,
    own_held,
    public,
    remembered,
    target,
)
from blog.comments.rows import Row, insert, place
from blog.comments.submission import Stored, foresee, submit
from blog.comments.threads import OPEN_REPLIES, Node, Shown, threads

__all__ = [
    "LAST",
    "LIMITS",
    "OPEN_REPLIES",
    "THREAD_PAGE",
    "Draft",
    "Node",
    "Row",
    "Sender",
    "Shown",
    "Stamp",
    "Stored",
    "check_pace_early",
    "foresee",
    "held_for_moderator",
    "host_of",
    "insert",
    "is_web_address",
    "latest",
    "lock",
    "on_post",
    "on_thread",
    "own_held",
    "page_at",
    "pick",
    "place",
    "place_on",
    "prepare",
    "public",
    "remembered",
    "submit",
    "target",
    "threads",
]
