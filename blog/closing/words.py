"""Sentences for moderators about the cause of a state."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from blog import wording
from blog.closing.state import Facts, State, state
from blog.journal import events
from blog.rules.policy import Policy
from blog.wording import ngettext

MODES = {"open": "open", "moderated": "moderated", "replies-only": "replies only", "closed": "closed"}


def because(found: State, facts: Facts, at: str) -> str:
    """Say why a discussion is in its state: "by the age rule: published 400 days ago, limit 14"."""
    said = _cause(found, facts, at, ZoneInfo(facts.timezone))
    return said + ("; replies wait for a moderator" if found.held and found.mode == "replies-only" else "")


def _cause(found: State, facts: Facts, at: str, zone: ZoneInfo) -> str:
    if found.by_person:
        when = f"{found.who or 'the command line'} on {_moment(found.since, zone)}"
        until = f", until {_moment(found.until, zone)}" if found.until else ""
        return f"by {'the switch of the whole site, set by ' if found.cause == 'site' else ''}{when}{until}"
    if found.cause == "date":
        return f"by the date in its file, {_moment(facts.close_on, zone)}"
    if found.cause == "age":
        whose = "its own age rule" if found.in_file else "the age rule"
        return f"by {whose}: published {_ago(facts.published_at, at, zone)}, limit {found.limit}"
    if found.cause == "quiet":
        whose = "its own rule of quiet days" if found.in_file else "the rule of quiet days"
        return f"by {whose}: the last comment came {_ago(facts.last_approved_at, at, zone)}, limit {found.limit}"
    return "by its file" if found.cause == "front matter" else "by default"


def override(facts: Facts, policy: Policy, at: str) -> str:
    """Say what a post's own switch overrides: "File and rules say: closed by its file."; "" without a switch."""
    if facts.switch is None or not facts.switch.holds(at):
        return ""
    without = replace(facts, switch=None, site=None)
    found = state(without, policy, at)
    return f"File and rules say: {MODES[found.mode]} {because(found, without, at)}."


def day_of(at: str, facts: Facts) -> str:
    """Write a time for a form, as `end` reads it: as a day when it is the beginning of one."""
    local = _local(at, ZoneInfo(facts.timezone))
    return local.date().isoformat() if local.hour == local.minute == 0 else local.isoformat(timespec="minutes")


def _ago(then: str | None, at: str, zone: ZoneInfo) -> str:
    days = (_local(at, zone).date() - _local(then or at, zone).date()).days
    return "today" if days <= 0 else ngettext("yesterday", "{n} days ago", days)


def _moment(at: str | None, zone: ZoneInfo) -> str:
    """Write a date, with its time unless the day begins then: 7 May 2026, 09:31."""
    local = _local(at or "", zone)
    return wording.date(local) if local.hour == local.minute == 0 else wording.date_and_time(local)


def _local(at: str, zone: ZoneInfo) -> datetime:
    return events.moment(at).astimezone(zone)
