"""The state of a discussion and its cause: a pure function of facts, settings and time."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from blog.journal.events import moment, stamp
from blog.rules.policy import Policy

STRICTNESS = ("open", "moderated", "replies-only", "closed")


@dataclass(frozen=True)
class Closure:
    """A setting of the switch of a post or of the site; it ends by itself at `until`."""

    mode: str
    note: str = ""
    until: str | None = None
    at: str = ""
    who: str = ""

    def holds(self, at: str) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True)
class Facts:
    """Everything that decides on a discussion's state.

    `front` is the file's `comments`, `close_on` a time. `close_after` and `close_quiet` are days: 0 is never, None is
    not in the file. Days are calendar days in `timezone`, also where a change to summer time makes one shorter.
    """

    published_at: str = ""
    front: str | None = None
    front_note: str = ""
    switch: Closure | None = None
    site: Closure | None = None
    last_approved_at: str | None = None
    close_on: str | None = None
    close_after: int | None = None
    close_quiet: int | None = None
    timezone: str = "UTC"


@dataclass(frozen=True)
class State:
    """`mode` is one of STRICTNESS; `cause` is switch, front matter, date, age, quiet, default or site.

    `since` and `until` are times or None; `note` is Markdown; `limit` is the days of the rule, and `in_file` tells
    that they come from the file. `turns_at` is the next time at which the state may change without a write. `held`:
    every comment waits for a moderator, always in moderated, and in replies-only if post or site is moderated too.
    """

    mode: str
    cause: str
    since: str | None = None
    until: str | None = None
    note: str = ""
    who: str = ""
    turns_at: str | None = None
    limit: int | None = None
    in_file: bool = False
    held: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether new threads are taken, at once or after a moderator."""
        return self.mode in ("open", "moderated")

    @property
    def by_person(self) -> bool:
        return self.cause in ("switch", "site")


class _Closing(NamedTuple):
    """A closing that happens by itself at `at`."""

    cause: str
    at: str
    limit: int | None
    in_file: bool


def state(facts: Facts, policy: Policy, at: str) -> State:
    """Return the effective state at a time, with its cause."""
    closings = _closings(facts, policy)
    current = _own(facts, policy, closings, at)
    site = facts.site if facts.site and facts.site.holds(at) else None
    held = "moderated" in (current.mode, site.mode if site else "")
    if site and STRICTNESS.index(site.mode) > STRICTNESS.index(current.mode):
        current = State(site.mode, "site", site.at, site.until, site.note, site.who)
    held = held and current.mode != "closed"
    turns = [turn for turn in _turns(facts, closings) if turn > at]
    return replace(current, turns_at=min(turns, default=None), held=held) if held or turns else current


def _own(facts: Facts, policy: Policy, closings: list[_Closing], at: str) -> State:
    """Return the state of the post without the site's switch; the order of these lines is the precedence."""
    switch = facts.switch
    if switch and switch.holds(at):
        return State(switch.mode, "switch", switch.at, switch.until, switch.note, switch.who)
    if facts.front == "closed":
        return State("closed", "front matter", note=facts.front_note)
    for closing in closings:
        if closing.at <= at:
            # Where a switch kept it open until now, it is closed since that ended, and open forms have their grace.
            ended = switch.until if switch and switch.until and switch.mode != "closed" else ""
            since = max(closing.at, ended)
            return State(
                "closed", closing.cause, since, note=facts.front_note, limit=closing.limit, in_file=closing.in_file
            )
    if facts.front:
        return State(facts.front, "front matter", note=facts.front_note)
    return State(policy.default_comment_status, "default", note=facts.front_note)


def _closings(facts: Facts, policy: Policy) -> list[_Closing]:
    """Return the closings by date, age and quiet days in the order of precedence; a post without a date has no age."""
    rules = facts.front is None  # the site's rules do not apply to a file that has `comments`
    old = policy.close_comments_days_old if rules and policy.close_comments_for_old_posts else None
    quiet = (policy.close_comments_quiet_days or None) if rules else None
    spoke_at = facts.last_approved_at and max(facts.published_at, facts.last_approved_at)
    closings = [_Closing("date", facts.close_on, None, True)] if facts.close_on else []
    for cause, start, own, general in (
        ("age", facts.published_at, facts.close_after, old),
        ("quiet", spoke_at, facts.close_quiet, quiet),
    ):
        days = general if own is None else own or None
        if start and days is not None:
            closings.append(_Closing(cause, _later(start, days, facts.timezone), days, own is not None))
    return closings


def _later(text: str, days: int, timezone: str) -> str:
    """Return the same time of day so many days later in a time zone."""
    if not days:
        return text
    try:
        return stamp(moment(text).astimezone(ZoneInfo(timezone)) + timedelta(days=days))
    except OverflowError:  # a post dated 9999, to keep it for later
        return stamp(datetime.max.replace(tzinfo=UTC))


def _turns(facts: Facts, closings: list[_Closing]) -> list[str]:
    ends = [closure.until for closure in (facts.switch, facts.site) if closure and closure.until]
    return ends + [closing.at for closing in closings]


def next_turn(facts: Facts, policy: Policy, at: str) -> tuple[str, str] | None:
    """Return when the mode will change by itself, and to which; None when it will not."""
    now = later = state(facts, policy, at)
    while later.turns_at:
        turn = later.turns_at
        later = state(facts, policy, turn)
        if later.mode != now.mode:
            return turn, later.mode
    return None


def closed_since(facts: Facts, policy: Policy, at: str) -> str | None:
    """Return since when the discussion has been closed without a break; None where no time is known.

    A switch that closes a discussion which was closed by its age does not begin a new closing.
    """
    if state(facts, policy, at).mode != "closed":
        return None
    set_at = [closure.at for closure in (facts.switch, facts.site) if closure]
    turns = {turn for turn in (*_turns(facts, _closings(facts, policy)), *set_at) if turn and turn <= at}
    for turn in sorted(turns, reverse=True):
        if mode_before(facts, policy, turn) != "closed":
            return turn
    return None


def mode_before(facts: Facts, policy: Policy, at: str) -> str:
    """Return the mode just before a time, without the switches that were set then or later."""
    switch, site = (each if each and each.at < at else None for each in (facts.switch, facts.site))
    before = stamp(moment(at) - timedelta(milliseconds=1))
    return state(replace(facts, switch=switch, site=site), policy, before).mode


def never_open(facts: Facts, policy: Policy, at: str) -> bool:
    """Tell whether the discussion was never open, as far as is known, and will not open by itself."""
    if state(facts, policy, at).mode != "closed" or next_turn(facts, policy, at):
        return False
    since = closed_since(facts, policy, at)
    return since is None or since <= facts.published_at


def takes(current: State, *, reply: bool, opened_at: str | None, at: str, policy: Policy) -> bool:
    """Tell whether a comment is accepted, also by grace from a form that was opened before a rule closed it."""
    if current.is_open or (current.mode == "replies-only" and reply):
        return True
    return by_grace(current, opened_at=opened_at, at=at, policy=policy)


def takes_mentions(current: State, policy: Policy) -> bool:
    """Tell whether mentions of other sites are accepted: while new threads are, unless the setting says otherwise."""
    return current.is_open and policy.default_ping_status == "open"


def by_grace(current: State, *, opened_at: str | None, at: str, policy: Policy) -> bool:
    """Tell whether a form that was opened before a closing by date, age or quiet days is still accepted.

    A switch acts at once.
    """
    if (
        current.mode != "closed"
        or current.by_person
        or not current.since
        or not opened_at
        or opened_at >= current.since
    ):
        return False
    return at < stamp(moment(current.since) + timedelta(minutes=policy.closing_grace_minutes))
