"""The discussion settings: WordPress's names and defaults where it has one, kept in the database.

Source of the defaults: WordPress, Settings > Discussion; the others are explained in docs/moderating.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.journal import events
from blog.journal.events import By


@dataclass(frozen=True)
class Policy:
    """Hold every discussion setting. Counts are whole numbers, 0 turns a limit off."""

    comment_moderation: bool = False
    comment_previously_approved: bool = True
    comment_approvals_needed: int = 1
    comment_max_links: int = 2
    link_domain_spam: int = 3
    near_duplicates: int = 2
    comment_burst: int = 100
    moderation_keys: str = ""
    disallowed_keys: str = ""
    require_name_email: bool = True
    comment_flood_seconds: int = 15
    comment_network_limit: int = 30
    thread_comments_depth: int = 5
    comments_per_page: int = 50
    comment_order: str = "asc"
    default_comment_status: str = "open"
    close_comments_for_old_posts: bool = False
    close_comments_days_old: int = 14
    close_comments_quiet_days: int = 0
    closing_grace_minutes: int = 10
    empty_trash_days: int = 30
    empty_spam_days: int = 30
    keep_ip_days: int = 30
    filter_mode: str = "advise"
    filter_hold_at: int = 80
    filter_spam_at: int = 98
    queue_promise_hours: int = 24
    rejection_reasons: str = "Off topic\nUnkind\nAdvertising\nSaid already"


@dataclass(frozen=True)
class Wording:
    """Say what a setting does, for the settings page, `blog settings` and the docs."""

    group: str
    label: str
    help: str
    low: int = 0
    high: int = 100_000
    choices: tuple[str, ...] = ()


WORDINGS: dict[str, Wording] = {
    "comment_moderation": Wording("Held comments", "Hold every comment", "Each comment waits for a moderator."),
    "comment_previously_approved": Wording(
        "Held comments",
        "Hold first comments",
        "A writer waits until one comment from the same browser or account has been approved.",
    ),
    "comment_approvals_needed": Wording(
        "Held comments",
        "Approved comments that make a writer known",
        "Approved comments a writer needs before skipping the queue.",
        1,
        100,
    ),
    "comment_max_links": Wording(
        "Held comments",
        "Hold at this many links",
        "Comments with as many links or more wait; 0 turns this off.",
    ),
    "link_domain_spam": Wording(
        "Held comments",
        "Hold links to a domain in this many spam comments",
        "Where none that links to it was approved; 0 turns this off.",
        high=50,
    ),
    "near_duplicates": Wording(
        "Held comments",
        "Hold at this many nearly equal texts of others",
        "The same text with a few words changed, sent within a month, on any post; 0 turns this off.",
        high=20,
    ),
    "comment_burst": Wording(
        "Held comments",
        "Hold a post's comments at this many in ten minutes",
        "Where that is five times as many as usual there; 0 turns this off.",
        high=200,
    ),
    "moderation_keys": Wording(
        "Held comments",
        "Words that wait",
        "One a line: whole words, * widens (*word* is found inside others), 203.0.113.0/24 is a network. Looked for in"
        " text, name, address, email, IP and browser.",
    ),
    "disallowed_keys": Wording(
        "Held comments",
        "Words that go to the trash",
        "As above; the writer is not told.",
    ),
    "require_name_email": Wording("The form", "Ask for name and email", "Off: both may stay empty."),
    "comment_flood_seconds": Wording(
        "Limits",
        "Seconds between two comments",
        "From the same network, email or browser; 0 turns this off.",
        high=86_400,
    ),
    "comment_network_limit": Wording("Limits", "Comments a minute from one network", "0 turns this off."),
    "thread_comments_depth": Wording("The page", "Depth of threads", "Deeper replies join the last level.", 1, 10),
    "comments_per_page": Wording("The page", "Threads on a page", "", 1, 500),
    "comment_order": Wording(
        "The page", "Order", "Oldest first (asc) or newest first (desc).", choices=("asc", "desc")
    ),
    "default_comment_status": Wording(
        "Closing", "New posts are", "Where a post's own file says nothing.", choices=("open", "closed")
    ),
    "close_comments_for_old_posts": Wording(
        "Closing", "Close old posts", "After the days below, counted from publication."
    ),
    "close_comments_days_old": Wording("Closing", "Days until a post is old", "", high=36_500),
    "close_comments_quiet_days": Wording(
        "Closing",
        "Close after quiet days",
        "Days after the last approved comment; 0 or off: never.",
        high=36_500,
    ),
    "closing_grace_minutes": Wording(
        "Closing",
        "Grace for open forms, in minutes",
        "For closings by date, age or silence; a person's switch acts at once.",
        high=1_440,
    ),
    "empty_trash_days": Wording(
        "Keeping", "Days in the trash", "Then a comment is deleted for good; 0: never.", high=36_500
    ),
    "empty_spam_days": Wording("Keeping", "Days in spam", "Then a comment is deleted for good; 0: never.", high=36_500),
    "keep_ip_days": Wording(
        "Keeping",
        "Days that IP and browser of a comment are kept",
        "Then both are cut, and only moderators saw them before; 0: as long as the comment.",
        high=36_500,
    ),
    "filter_mode": Wording(
        "The filter",
        "What the learning filter may do",
        "advise: show a score beside what waits. hold: hold what is probably spam. spam: put aside what surely is.",
        choices=("off", "advise", "hold", "spam"),
    ),
    "filter_hold_at": Wording("The filter", "Percent from which it holds", "In the modes hold and spam.", 50, 100),
    "filter_spam_at": Wording("The filter", "Percent from which it is spam", "In the mode spam.", 50, 100),
    "queue_promise_hours": Wording(
        "The desk",
        "Hours within which comments are looked at",
        "The overview says so when the oldest has waited longer; 0 turns this off.",
        high=8_760,
    ),
    "rejection_reasons": Wording(
        "The desk",
        "Reasons to choose from",
        "One a line, offered beside every decision, where others can be typed too. For colleagues.",
    ),
}

TRUE, FALSE = ("on", "1", "true", "yes"), ("off", "0", "false", "no", "")


def load(db: Database) -> Policy:
    return from_rows(dict(db.conn.execute("select name, value from settings").fetchall()))


@lru_cache(64)
def stored(rows: str) -> Policy:
    """Read a policy from JSON of its stored texts, as a query brings it along; the same texts are read once."""
    return from_rows(json.loads(rows))


def from_rows(rows: Mapping[str, str]) -> Policy:
    """Build a policy of stored texts, tidy since `change`; a name that this version does not know is passed over."""
    values: dict[str, Any] = {name: text for name, text in rows.items() if name in WORDINGS}
    for name in values:
        if not isinstance(getattr(Policy, name), str):
            values[name] = parse(name, values[name])
    return replace(Policy(), **values)


def shown(policy: Policy, name: str) -> str:
    """Return a setting as it is written: on, off, a number or a text."""
    value = getattr(policy, name)
    if isinstance(value, bool) or (name == "close_comments_quiet_days" and not value):
        return "on" if value else "off"
    return str(value)


def known(name: str) -> None:
    """Raise NotFound, with what was perhaps meant, when there is no such setting."""
    if name not in WORDINGS:
        near = get_close_matches(name, WORDINGS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise NotFound(f"There is no setting {name!r}.{hint}")


def parse(name: str, value: str) -> Any:
    """Turn a written value into its type; raise NotFound for a name, Invalid with a sentence for a value."""
    known(name)
    default, wording = getattr(Policy, name), WORDINGS[name]
    if isinstance(default, bool):
        return _flag(name, value)
    if isinstance(default, int):
        return _number(name, value, wording)
    if wording.choices:
        if value not in wording.choices:
            raise Invalid({name: f"{name} is {' or '.join(wording.choices)}, not {value!r}."})
        return value
    return _lines(name, value)


def changed(before: Policy, values: Mapping[str, str]) -> Policy:
    """Return a policy with other values, as they are written; raise NotFound, or Invalid with a sentence for each."""
    errors: dict[str, str] = {}
    wanted: dict[str, Any] = {}
    for name, value in values.items():
        try:
            wanted[name] = parse(name, value)
        except Invalid as error:
            errors.update(error.errors)
    if errors:
        raise Invalid(errors)
    return replace(before, **wanted)


def change(db: Database, values: Mapping[str, str], *, by: By) -> list[str]:
    """Store the settings that differ; return their names. One event tells of each, none of what stays."""
    before = load(db)
    after = changed(before, values)
    names = [field.name for field in fields(Policy) if getattr(before, field.name) != getattr(after, field.name)]
    for name in names:
        db.conn.execute(
            "insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
            [name, shown(after, name)],
        )
        events.record(db, "setting", by=by, before=_told(before, name), after=_told(after, name), reason=name)
    return names


def _told(policy: Policy, name: str) -> str:
    """Return a setting as the journal may hold it: of a list of words its length alone, for such lists name people."""
    value = shown(policy, name)
    if not value or not isinstance(getattr(Policy, name), str) or WORDINGS[name].choices:
        return value
    lines = value.count("\n") + 1
    return "one line" if lines == 1 else f"{lines:,} lines"


def _flag(name: str, value: str) -> bool:
    word = value.strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise Invalid({name: f"{name} is on or off, not {value!r}."})


def _number(name: str, value: str, wording: Wording) -> int:
    word = value.strip().lower()
    if word == "off" and wording.low == 0:
        return 0
    if word.isascii() and word.isdigit() and wording.low <= int(word[:9]) <= wording.high and len(word) < 9:
        return int(word)
    raise Invalid({name: f"{name} is a whole number from {wording.low:,} to {wording.high:,}, not {value[:40]!r}."})


def _lines(name: str, value: str) -> str:
    lines = [" ".join(line.split()) for line in value.splitlines()]
    for number, line in enumerate(lines, 1):
        if line and not line.strip("* "):
            raise Invalid({name: f"Line {number} of {name} is only {line!r}, which would match every comment."})
    return "\n".join(dict.fromkeys(line for line in lines if line))
