"""Sentences for moderators about the cause of a state."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from blog import wording
from blog.closing.state import Facts, State, state
from blog.journal import events
from blog.rules.policy import Policy
from blog.wording import N_, gettext, ngettext, number

MODES = {"open": N_("open"), "moderated": N_("moderated"), "replies-only": N_("replies only"), "closed": N_("closed")}


def because(found: State, facts: Facts, at: str) -> str:
    """Say why a discussion is in its state: "by the age rule: published 400 days ago, limit 14"."""
    cause = _cause(found, facts, at, ZoneInfo(facts.timezone))
    if found.held and found.mode == "replies-only":
        return gettext("{cause}; replies wait for a moderator", cause=cause)
    return cause


def _cause(found: State, facts: Facts, at: str, zone: ZoneInfo) -> str:
    if found.by_person:
        return _by_person(found, zone)
    if found.cause == "date":
        return gettext("by the date in its file, {day}", day=_moment(facts.close_on, zone))
    if found.cause == "age":
        own, general = (
            N_("by its own age rule: published {ago}, limit {limit}"),
            N_("by the age rule: published {ago}, limit {limit}"),
        )
        ago = _ago(facts.published_at, at, zone)
        return gettext(own if found.in_file else general, ago=ago, limit=number(found.limit or 0))
    if found.cause == "quiet":
        own, general = (
            N_("by its own rule of quiet days: the last comment came {ago}, limit {limit}"),
            N_("by the rule of quiet days: the last comment came {ago}, limit {limit}"),
        )
        ago = _ago(facts.last_approved_at, at, zone)
        return gettext(own if found.in_file else general, ago=ago, limit=number(found.limit or 0))
    return gettext("by its file") if found.cause == "front matter" else gettext("by default")


def _by_person(found: State, zone: ZoneInfo) -> str:
    places = {"who": found.who or gettext("the command line"), "since": _moment(found.since, zone)}
    if found.until:
        places["until"] = _moment(found.until, zone)
        if found.cause == "site":
            return gettext("by the switch of the whole site, set by {who} on {since}, until {until}", **places)
        return gettext("by {who} on {since}, until {until}", **places)
    if found.cause == "site":
        return gettext("by the switch of the whole site, set by {who} on {since}", **places)
    return gettext("by {who} on {since}", **places)


def override(facts: Facts, policy: Policy, at: str) -> str:
    """Say what a post's own switch overrides: "File and rules say: closed by its file."; "" without a switch."""
    if facts.switch is None or not facts.switch.holds(at):
        return ""
    without = replace(facts, switch=None, site=None)
    found = state(without, policy, at)
    return gettext(
        "File and rules say: {state} {because}.",
        state=gettext(MODES[found.mode]),
        because=because(found, without, at),
    )


def day_of(at: str, facts: Facts) -> str:
    """Write a time for a form, as `end` reads it: as a day when it is the beginning of one."""
    local = _local(at, ZoneInfo(facts.timezone))
    return local.date().isoformat() if local.hour == local.minute == 0 else local.isoformat(timespec="minutes")


def _ago(then: str | None, at: str, zone: ZoneInfo) -> str:
    days = (_local(at, zone).date() - _local(then or at, zone).date()).days
    return gettext("today") if days <= 0 else ngettext("yesterday", "{n} days ago", days)


def _moment(at: str | None, zone: ZoneInfo) -> str:
    """Write a date, with its time unless the day begins then: 7 May 2026, 09:31."""
    local = _local(at or "", zone)
    return wording.date(local) if local.hour == local.minute == 0 else wording.date_and_time(local)


def _local(at: str, zone: ZoneInfo) -> datetime:
    return events.moment(at).astimezone(zone)
