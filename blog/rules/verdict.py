"""What a rule sees and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from blog.rules.policy import Policy


class Action(StrEnum):
    ALLOW = "allow"
    HOLD = "hold"
    SPAM = "spam"
    TRASH = "trash"

    @property
    def status(self) -> str:
        """Return the status that a comment with this verdict begins with."""
        return STATUSES[self]


STATUSES = {Action.ALLOW: "approved", Action.HOLD: "pending", Action.SPAM: "spam", Action.TRASH: "trash"}


Facts = Mapping[str, Any]  # what a rule found, such as {"links": 5, "limit": 2}; stored as JSON


@dataclass(frozen=True)
class Verdict:
    """What a rule wants done, and the facts that its sentence is made of. `rule` is its name, "" when none objected."""

    action: Action
    rule: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """What the database knows of the sender, gathered in one query before the rules are asked.

    `approved` counts approved comments of the same reader secret or account, and those of an email that this browser
    has confirmed; never those of a typed name or email alone. Of a mention it counts those of the same host.
    `resembled_name` is the name of this site that a visitor's name looks like, `staff_email` tells that a visitor
    without a session uses the email of an account.
    `trusted` says that a moderator trusts this browser; `banned` is what of the sender is banned ("reader", "email",
    "network" or "domain"), or "", and `held` likewise what of the sender a moderator wants to see first.
    `alike` counts nearly the same texts that others sent within a month, `domains` is the record of each domain that is
    linked to: (name, comments approved, comments in spam), of its newest 50. `arrivals` came to this post within ten
    minutes, `usual` do on average.
    `score` is how likely the learning filter takes the comment for spam, from 0 to 1, `weighed` the words that tell;
    None while the filter is off or has learned too little.
    """

    approved: int = 0
    resembled_name: str = ""
    staff_email: bool = False
    trusted: bool = False
    banned: str = ""
    held: str = ""
    alike: int = 0
    domains: tuple[tuple[str, int, int], ...] = ()
    arrivals: int = 0
    usual: float = 0.0
    score: float | None = None
    weighed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """One comment as the rules see it. `stamp` is "valid", "missing" or "forged"; `mode` is the discussion's.

    Of a mention by another site `mention` is its host; `shared` tells that this host has sites of many people.
    """

    author: str = ""
    email: str = ""
    url: str = ""
    text: str = ""
    plain: str = ""
    links: int = 0
    ip: str = ""
    user_agent: str = ""
    honeypot: bool = False
    stamp: str = "valid"
    staff: bool = False
    mode: str = "open"
    mention: str = ""
    shared: bool = False
    history: History = field(default_factory=History)
    policy: Policy = field(default_factory=Policy)
