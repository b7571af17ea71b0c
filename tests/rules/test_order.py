"""The order of the rules is the policy: of two that would speak, the first does."""

from typing import Any

import pytest

from blog import rules
from blog.rules import Action, History, Verdict, judge, outlook
from blog.rules.policy import Policy
from tests.rules.submissions import typed

OBJECTIONS: dict[str, dict[str, Any]] = {
    "staff": {"staff": True},
    "banned": {"history": {"banned": "email"}},
    "disallowed_keys": {"settings": {"disallowed_keys": "thought"}},
    "honeypot": {"honeypot": True},
    "learned": {"history": {"score": 0.99}, "settings": {"filter_mode": "spam"}},
    "no_form": {"stamp": "missing"},
    "discussion_moderated": {"mode": "moderated"},
    "comment_moderation": {"settings": {"comment_moderation": True}},
    "owner_name": {"history": {"resembled_name": "Ana"}},
    "moderation_keys": {"settings": {"moderation_keys": "thought"}},
    "held": {"history": {"held": "email"}},
    "mention_host": {"mention": "alice.example", "shared": True},
    "trusted": {"history": {"trusted": True}},
    "comment_max_links": {"links": 2},
    "link_domains": {"history": {"domains": (("shoes.example", 0, 3),)}},
    "near_duplicates": {"history": {"alike": 2}},
    "comment_previously_approved": {},
    "comment_burst": {"history": {"arrivals": 120, "usual": 3.0}},
}
NAMES = tuple(OBJECTIONS)


def facts(names: tuple[str, ...]) -> dict[str, Any]:
    """Return what makes all of these rules speak, and no other."""
    found: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    history: dict[str, Any] = {"approved": int("comment_previously_approved" not in names)}
    for name in names:
        settings |= OBJECTIONS[name].get("settings", {})
        history |= OBJECTIONS[name].get("history", {})
        found |= OBJECTIONS[name]
    return {**found, "settings": settings, "history": History(**history)}


def test_the_rules_are_asked_in_this_order() -> None:
    assert rules.NAMES == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_speaks_alone(name: str) -> None:
    assert judge(typed(**facts((name,)))).rule == name


@pytest.mark.parametrize("first", range(len(NAMES)))
def test_of_all_that_would_speak_the_first_does(first: int) -> None:
    assert judge(typed(**facts(NAMES[first:]))).rule == NAMES[first]


def test_where_none_speaks_it_is_published() -> None:
    verdict = judge(typed(history=History(approved=1)))
    assert verdict == Verdict(Action.ALLOW, "")
    assert rules.sentence(verdict.rule, verdict.facts) == "No rule objected."


KNOWN = History(approved=1)


@pytest.mark.parametrize(
    ("policy", "mode", "history", "staff", "action"),
    [
        (Policy(), "open", KNOWN, False, Action.ALLOW),
        (Policy(), "open", History(), False, Action.HOLD),
        (Policy(), "moderated", KNOWN, False, Action.HOLD),
        (Policy(comment_moderation=True), "open", KNOWN, False, Action.HOLD),
        (Policy(comment_moderation=True), "moderated", History(), True, Action.ALLOW),
        (Policy(), "open", History(approved=1, banned="reader"), False, Action.TRASH),
    ],
)
def test_what_will_be_done_is_known_before_a_word_is_written(
    policy: Policy, mode: str, history: History, staff: bool, action: Action
) -> None:
    known = {"staff": True} if staff else {}
    assert outlook(policy, mode, history, **known) == action


@pytest.mark.parametrize(
    ("action", "status"), [("allow", "approved"), ("hold", "pending"), ("spam", "spam"), ("trash", "trash")]
)
def test_a_verdict_leads_to_a_status(action: str, status: str) -> None:
    assert Action(action).status == status
