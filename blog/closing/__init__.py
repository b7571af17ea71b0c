"""Whether a discussion is open: one pure function for state and cause, the switches, and the sentences.

Precedence: the post's own switch, then its file, a date, its age, quiet days, then the default for posts. The site's
switch comes on top and only ever makes the state stricter. The table is in docs/closing.md, where a test reads it.
"""

from blog.closing.state import (
    STRICTNESS,
    Closure,
    Facts,
    State,
    by_grace,
    closed_since,
    mode_before,
    never_open,
    next_turn,
    state,
    takes,
    takes_mentions,
)
from blog.closing.switch import (
    ACTS,
    COLUMNS,
    FILES_DAYS,
    FOLLOW,
    NOTE_LENGTH,
    SITE,
    close,
    end,
    facts,
    follow,
    listed,
    of_post,
    open_again,
    site_switch,
    switch_many,
)
from blog.closing.words import MODES, because, day_of, override

__all__ = [
    "ACTS",
    "COLUMNS",
    "FILES_DAYS",
    "FOLLOW",
    "MODES",
    "NOTE_LENGTH",
    "SITE",
    "STRICTNESS",
    "Closure",
    "Facts",
    "State",
    "because",
    "by_grace",
    "close",
    "closed_since",
    "day_of",
    "end",
    "facts",
    "follow",
    "listed",
    "mode_before",
    "never_open",
    "next_turn",
    "of_post",
    "open_again",
    "override",
    "site_switch",
    "state",
    "switch_many",
    "takes",
    "takes_mentions",
]
