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
from blog.wording import N_, gettext, number, one_of


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
    rejection_reasons: str = "Off topic\nUnkind\nAdvertising\nSaid already"
    word_list_role: str = "admin"


@dataclass(frozen=True)
class Wording:
    """Describe a setting for the settings page, `blog settings` and the docs; the texts are shown by `gettext`."""

    group: str
    label: str
    help: str
    low: int = 0
    high: int = 100_000
    choices: tuple[str, ...] = ()


WORDINGS: dict[str, Wording] = {
    "comment_moderation": Wording(
        N_("Moderation"), N_("Hold every comment"), N_("Every comment waits for a moderator.")
    ),
    "comment_previously_approved": Wording(
        N_("Moderation"),
        N_("Hold first comments"),
        N_("A writer waits until one comment from the same browser or account has been approved."),
    ),
    "comment_approvals_needed": Wording(
        N_("Moderation"),
        N_("Approved comments that make a writer known"),
        N_("Approved comments that a writer needs before new ones are published at once."),
        1,
        100,
    ),
    "comment_confirmed_address": Wording(
        N_("Moderation"),
        N_("A confirmed address makes a writer known in another browser"),
        N_("Comments approved under the same email count, once the address was confirmed in this browser too."),
    ),
    "require_confirmed_address": Wording(
        N_("Moderation"),
        N_("Ask first writers to confirm their address"),
        N_(
            "A first comment that a rule holds comes into the queue only after its writer confirmed the address by"
            " mail; after two days without that it is removed."
        ),
    ),
    "comment_max_links": Wording(
        N_("Moderation"),
        N_("Hold at this many links"),
        N_("Comments with this many links or more wait for a moderator; 0 turns this off."),
    ),
    "link_domain_spam": Wording(
        N_("Moderation"),
        N_("Hold links to a domain in this many spam comments"),
        N_("Only if no approved comment links to it; 0 turns this off."),
        high=50,
    ),
    "near_duplicates": Wording(
        N_("Moderation"),
        N_("Hold at this many similar comments"),
        N_("Others sent the same text, but for a few words, within a month on any post; 0 turns this off."),
        high=20,
    ),
    "comment_burst": Wording(
        N_("Moderation"),
        N_("Hold a post's comments at this many in ten minutes"),
        N_("Only if that is five times as many as usual on that post; 0 turns this off."),
        high=200,
    ),
    "moderation_keys": Wording(
        N_("Moderation"),
        N_("Moderated words"),
        N_(
            "One a line. Whole words match; * stands for all but a blank (*word* matches inside others); 203.0.113.0/24"
            " is a network. Searched are the text, name, web address, email, IP address and browser."
        ),
    ),
    "disallowed_keys": Wording(
        N_("Moderation"),
        N_("Disallowed words"),
        N_("Comments with one of these go to the trash. Written like the moderated words; the writer is not told."),
    ),
    "require_name_email": Wording(N_("The form"), N_("Require name and email"), N_("When off, both may be empty.")),
    "api_anonymous_comments": Wording(
        N_("The form"),
        N_("Take comments of visitors from programs"),
        N_("Comments that come in by /wp-json/ without an account go through the same rules as those from the form."),
    ),
    "comment_flood_seconds": Wording(
        N_("Limits"),
        N_("Seconds between two comments"),
        N_("From the same network, email or browser; 0 turns this off."),
        high=86_400,
    ),
    "comment_network_limit": Wording(N_("Limits"), N_("Comments a minute from one network"), N_("0 turns this off.")),
    "thread_comments_depth": Wording(
        N_("The page"), N_("Depth of threads"), N_("Deeper replies are shown on the last level."), 1, 10
    ),
    "comments_per_page": Wording(N_("The page"), N_("Threads on a page"), "", 1, 500),
    "comment_order": Wording(
        N_("The page"), N_("Order"), N_("Oldest first (asc) or newest first (desc)."), choices=("asc", "desc")
    ),
    "comment_marks": Wording(
        N_("The page"),
        N_("Marks of readers"),
        N_("thanks: “Thank you”; mind: “This changed my mind”. Counted once a browser, without an account."),
        choices=("off", "thanks", "mind"),
    ),
    "comment_reports": Wording(
        N_("Moderation"),
        N_("Hold a public comment at this many reports"),
        N_("Reports of readers show in the queue; 0: they hold nothing by themselves."),
        high=1_000,
    ),
    "default_comment_status": Wording(
        N_("Closing"), N_("New posts are"), N_("For posts whose file does not say."), choices=("open", "closed")
    ),
    "default_ping_status": Wording(
        N_("Closing"),
        N_("Mentions of other sites are"),
        N_("For posts that take comments."),
        choices=("open", "closed"),
    ),
    "default_pingback_flag": Wording(
        N_("Closing"), N_("Send mentions"), N_("To each site that a new or changed post links to.")
    ),
    "close_comments_for_old_posts": Wording(
        N_("Closing"), N_("Close old posts"), N_("After the days below, from publication.")
    ),
    "close_comments_days_old": Wording(N_("Closing"), N_("Days until a post is old"), "", high=36_500),
    "close_comments_quiet_days": Wording(
        N_("Closing"),
        N_("Close after quiet days"),
        N_("Days after the last approved comment; 0 or off: never."),
        high=36_500,
    ),
    "closing_grace_minutes": Wording(
        N_("Closing"),
        N_("Grace for open forms, in minutes"),
        N_("How long open forms are accepted after a closing by date, age or silence; a closing by hand acts at once."),
        high=1_440,
    ),
    "empty_trash_days": Wording(
        N_("Retention"), N_("Days in the trash"), N_("Then a comment is deleted permanently; 0: never."), high=36_500
    ),
    "empty_spam_days": Wording(
        N_("Retention"), N_("Days in spam"), N_("Then a comment is deleted permanently; 0: never."), high=36_500
    ),
    "keep_ip_days": Wording(
        N_("Retention"),
        N_("Days to keep IP address and browser"),
        N_("Then both are erased; only moderators see them; 0: as long as the comment."),
        high=36_500,
    ),
    "filter_mode": Wording(
        N_("The filter"),
        N_("What the learning filter may do"),
        N_("advise: show a score. hold: also hold probable spam. spam: also move the surest to spam."),
        choices=("off", "advise", "hold", "spam"),
    ),
    "filter_hold_at": Wording(
        N_("The filter"), N_("Score to hold at, in percent"), N_("In the modes hold and spam."), 50, 100
    ),
    "filter_spam_at": Wording(
        N_("The filter"), N_("Score to mark as spam at, in percent"), N_("In the mode spam."), 50, 100
    ),
    "queue_promise_hours": Wording(
        N_("The desk"),
        N_("Hours within which comments are reviewed"),
        N_("The overview warns when the oldest comment has waited longer; 0 turns this off."),
        high=8_760,
    ),
    "outbox_delay_seconds": Wording(
        N_("The desk"),
        N_("Seconds until mail and webhooks tell of a decision"),
        N_("Undo within this time, and nobody is told; 0 sends at once."),
        high=86_400,
    ),
    "rejection_reasons": Wording(
        N_("The desk"),
        N_("Suggested reasons"),
        N_("One a line, suggested with every decision; others can be typed. Only colleagues see them."),
    ),
    "word_list_role": Wording(
        N_("The desk"),
        N_("Lists may be changed by"),
        N_(
            "The lowest role that may change word lists and suggested reasons. Every moderator can read them and try"
            " them on past comments."
        ),
        choices=("admin", "editor", "moderator"),
    ),
}
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
