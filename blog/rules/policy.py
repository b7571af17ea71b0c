"""The discussion settings, stored in the database: WordPress's names and defaults where it has one.

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
from blog.journal.events import Actor, NewEvent
from blog.rules.policy_words import WORDINGS, Wording
from blog.wording import N_, gettext, number, one_of

REASONS = (N_("Off topic"), N_("Unkind"), N_("Advertising"), N_("Said already"))  # before a site has its own


@dataclass(frozen=True)
class Policy:
    """Hold every discussion setting. Counts are whole numbers, 0 turns a limit off."""

    comment_moderation: bool = False
    comment_previously_approved: bool = True
    comment_approvals_needed: int = 1
    comment_confirmed_address: bool = True
    require_confirmed_address: bool = False
    comment_max_links: int = 2
    link_domain_spam: int = 3
    near_duplicates: int = 2
    comment_burst: int = 100
    moderation_keys: str = ""
    disallowed_keys: str = ""
    require_name_email: bool = True
    api_anonymous_comments: bool = True
    comment_flood_seconds: int = 15
    comment_network_limit: int = 30
    thread_comments_depth: int = 5
    comments_per_page: int = 50
    comment_order: str = "asc"
    comment_marks: str = "off"
    comment_reports: int = 0
    default_comment_status: str = "open"
    default_ping_status: str = "open"
    default_pingback_flag: bool = True
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
    outbox_delay_seconds: int = 60
    rejection_reasons: str = "\n".join(REASONS)
    word_list_role: str = "admin"


LISTS = ("moderation_keys", "disallowed_keys", "rejection_reasons")


def may_change_lists(policy: Policy, role: str) -> bool:
    """Tell whether a role may change word lists and suggested reasons."""
    roles = WORDINGS["word_list_role"].choices
    return role in roles[: roles.index(policy.word_list_role) + 1]


TRUE, FALSE = ("on", "1", "true", "yes"), ("off", "0", "false", "no", "")


def load(db: Database) -> Policy:
    return from_rows(dict(db.conn.execute("select name, value from settings").fetchall()))


@lru_cache(64)
def from_json(rows: str) -> Policy:
    """Read the settings from the JSON object of stored values that queries return. The result is cached."""
    return from_rows(json.loads(rows))


def from_rows(rows: Mapping[str, str]) -> Policy:
    """Build a policy from stored texts, which `change` has checked; names unknown to this version are ignored."""
    values: dict[str, Any] = {name: text for name, text in rows.items() if name in WORDINGS}
    for name in values:
        if not isinstance(getattr(Policy, name), str):
            values[name] = parse(name, values[name])
    return replace(Policy(), **values)


def reasons(policy: Policy) -> list[str]:
    """Return the suggested reasons; those that the program brings are in the language of whoever reads them."""
    return [gettext(each) if each in REASONS else each for each in policy.rejection_reasons.splitlines()]


def value_text(policy: Policy, name: str) -> str:
    """Return a setting's value as text: on, off, a number or its lines."""
    value = getattr(policy, name)
    if isinstance(value, bool) or (name == "close_comments_quiet_days" and not value):
        return "on" if value else "off"
    return str(value)


def check_name(name: str) -> None:
    """Raise NotFound, with the nearest name as a hint, when there is no such setting."""
    if name not in WORDINGS:
        near = get_close_matches(name, WORDINGS, n=1)
        if near:
            raise NotFound(gettext("There is no setting {name!r}. Did you mean {near!r}?", name=name, near=near[0]))
        raise NotFound(gettext("There is no setting {name!r}.", name=name))


def parse(name: str, value: str) -> Any:
    """Turn a written value into its type; raise NotFound for a name, Invalid with a sentence for a value."""
    check_name(name)
    default, wording = getattr(Policy, name), WORDINGS[name]
    if isinstance(default, bool):
        return _flag(name, value)
    if isinstance(default, int):
        return _number(name, value, wording)
    if wording.choices:
        if value not in wording.choices:
            raise Invalid(
                {
                    name: gettext(
                        "{name} is {choices}, not {value!r}.", name=name, choices=one_of(wording.choices), value=value
                    )
                }
            )
        return value
    return _lines(name, value)


def with_values(before: Policy, values: Mapping[str, str]) -> Policy:
    """Return a policy with these values, given as text; raise NotFound, or Invalid with a sentence for each."""
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


def check_mail(values: Mapping[str, str]) -> None:
    """Raise Invalid for what needs mail; to be called where a site has none."""
    name = "require_confirmed_address"
    if name in values and parse(name, values[name]):
        raise Invalid({name: gettext("Nobody can be asked without mail. Add [mail] to blog.toml first.")})


def change(db: Database, values: Mapping[str, str], *, by: Actor) -> list[str]:
    """Store the settings that differ, with an event each; return their names."""
    before = load(db)
    after = with_values(before, values)
    names = [field.name for field in fields(Policy) if getattr(before, field.name) != getattr(after, field.name)]
    for name in names:
        db.conn.execute(
            "insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
            [name, value_text(after, name)],
        )
        old, new = _journal_text(before, name), _journal_text(after, name)
        events.record(db, NewEvent("setting", before=old, after=new, reason=name), by=by)
    return names


def _journal_text(policy: Policy, name: str) -> str:
    """Return a setting's value for the journal: of a list of words only its length, because such lists name people."""
    value = value_text(policy, name)
    if not value or not isinstance(getattr(Policy, name), str) or WORDINGS[name].choices:
        return value
    return json.dumps({"lines": value.count("\n") + 1})


def _flag(name: str, value: str) -> bool:
    word = value.strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise Invalid({name: gettext("{name} is on or off, not {value!r}.", name=name, value=value)})


def _number(name: str, value: str, wording: Wording) -> int:
    word = value.strip().lower()
    if word == "off" and wording.low == 0:
        return 0
    if word.isascii() and word.isdigit() and wording.low <= int(word[:9]) <= wording.high and len(word) < 9:
        return int(word)
    low, high = number(wording.low), number(wording.high)
    sentence = gettext(
        "{name} is a whole number from {low} to {high}, not {value!r}.", name=name, low=low, high=high, value=value[:40]
    )
    raise Invalid({name: sentence})


def _lines(name: str, value: str) -> str:
    lines = [" ".join(line.split()) for line in value.splitlines()]
    for at, line in enumerate(lines, 1):
        if line and not line.strip("* "):
            raise Invalid(
                {
                    name: gettext(
                        "Line {at} of {name} is only {line!r}, which would match every comment.",
                        at=at,
                        name=name,
                        line=line,
                    )
                }
            )
    return "\n".join(dict.fromkeys(line for line in lines if line))
