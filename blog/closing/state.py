"""The state of a discussion and its cause: pure, from facts, settings and a moment."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from blog.journal.events import moment, stamp
from blog.rules.policy import Policy

STRICTNESS = ("open", "moderated", "replies-only", "closed")


@dataclass(frozen=True)
class Closure:
    """One setting of a switch, of a post or of the site. `until` ends it by itself."""

    mode: str
    note: str = ""
    until: str | None = None
    at: str = ""
    who: str = ""

    def holds(self, at: str) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True)
class Facts:
    """All that bears on a discussion's state.

    `front` is the file's `comments`; `close_on` a moment, `close_after` and `close_quiet` days, 0 for never, None
    where the file says nothing. Days are those of the clocks in `timezone`: a day with a change to summer time is
    one of them, though it has 23 hours.
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
    that the file gave them; `turns_at` is the next moment at which the state may change with no write. `held` tells
    that whatever is taken waits: so it is in moderated, and in replies-only where post or site is moderated besides.
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
    def by_person(self) -> bool:
        return self.cause in ("switch", "site")


class _Closing(NamedTuple):
    """A closing that comes by itself at `at`."""

    cause: str
    at: str
    limit: int | None
    in_file: bool


def state(facts: Facts, policy: Policy, at: str) -> State:
    """Return the effective state at the moment `at`, and why it is so."""
    closings = _closings(facts, policy)
    found = _own(facts, policy, closings, at)
    site = facts.site if facts.site and facts.site.holds(at) else None
    held = "moderated" in (found.mode, site.mode if site else "")
    if site and STRICTNESS.index(site.mode) > STRICTNESS.index(found.mode):
        found = State(site.mode, "site", site.at, site.until, site.note, site.who)
    held = held and found.mode != "closed"
    turns = [turn for turn in _turns(facts, closings) if turn > at]
    return replace(found, turns_at=min(turns, default=None), held=held) if held or turns else found


def _own(facts: Facts, policy: Policy, closings: list[_Closing], at: str) -> State:
    """Return what the post is by itself; the order of these lines is the precedence."""
    switch = facts.switch
    if switch and switch.holds(at):
        return State(switch.mode, "switch", switch.at, switch.until, switch.note, switch.who)
    if facts.front == "closed":
        return State("closed", "front matter", note=facts.front_note)
    for closing in closings:
        if closing.at <= at:
            # Where a switch kept it open, it is closed since that ended, and forms of before have their grace.
            ended = switch.until if switch and switch.until and switch.mode != "closed" else ""
            since = max(closing.at, ended)
            return State(
                "closed", closing.cause, since, note=facts.front_note, limit=closing.limit, in_file=closing.in_file
            )
    if facts.front:
        return State(facts.front, "front matter", note=facts.front_note)
    return State(policy.default_comment_status, "default", note=facts.front_note)


def _closings(facts: Facts, policy: Policy) -> list[_Closing]:
    """Return what closes the post by itself, in the order of precedence; an undated post does not grow old."""
    rules = facts.front is None  # a file that says how its comments are is not subject to the site's rules
    old = policy.close_comments_days_old if rules and policy.close_comments_for_old_posts else None
    quiet = (policy.close_comments_quiet_days or None) if rules else None
    spoke_at = facts.last_approved_at and max(facts.published_at, facts.last_approved_at)
    found = [_Closing("date", facts.close_on, None, True)] if facts.close_on else []
    for cause, start, own, general in (
        ("age", facts.published_at, facts.close_after, old),
        ("quiet", spoke_at, facts.close_quiet, quiet),
    ):
        days = general if own is None else own or None
        if start and days is not None:
            found.append(_Closing(cause, _later(start, days, facts.timezone), days, own is not None))
    return found


def _later(text: str, days: int, timezone: str) -> str:
    """Return the moment so many days later at which the clocks there show the same time."""
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
    """Return when the state will be another one by itself, and which; None while nothing foreseen changes it."""
    now = found = state(facts, policy, at)
    while found.turns_at:
        turn = found.turns_at
        found = state(facts, policy, turn)
        if found.mode != now.mode:
            return turn, found.mode
    return None


def closed_since(facts: Facts, policy: Policy, at: str) -> str | None:
    """Return since when nobody could write, without a break, whatever closed it first; None where no moment is known.

    A closing by hand of a discussion that had grown too old was none: it was closed since then.
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
    """Return the mode just before the moment `at`, without the switches that were set at it or later."""
    switch, site = (each if each and each.at < at else None for each in (facts.switch, facts.site))
    before = stamp(moment(at) - timedelta(milliseconds=1))
    return state(replace(facts, switch=switch, site=site), policy, before).mode


def never_open(facts: Facts, policy: Policy, at: str) -> bool:
    """Tell whether nobody could ever write here, as far as is known, nor will by itself."""
    if state(facts, policy, at).mode != "closed" or next_turn(facts, policy, at):
        return False
    since = closed_since(facts, policy, at)
    return since is None or since <= facts.published_at


def takes(found: State, *, reply: bool, opened_at: str | None, at: str, policy: Policy) -> bool:
    """Tell whether a comment is taken: also for some minutes from a form opened before a rule closed the discussion."""
    if found.mode in ("open", "moderated") or (found.mode == "replies-only" and reply):
        return True
    return by_grace(found, opened_at=opened_at, at=at, policy=policy)


def by_grace(found: State, *, opened_at: str | None, at: str, policy: Policy) -> bool:
    """Tell whether a form opened before a closing by date, age or silence is still taken; a person's acts at once."""
    if found.mode != "closed" or found.by_person or not found.since or not opened_at or opened_at >= found.since:
        return False
    return at < stamp(moment(found.since) + timedelta(minutes=policy.closing_grace_minutes))
