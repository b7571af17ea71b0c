"""The other rules, which ask one question each, and the order in which all of them are asked."""

import pytest

from blog import rules
from blog.policy import Policy
from blog.rules import RULES, History, Submission, judge

KNOWN = History(approved=1)
CASINO = Policy(moderation_keys="casino", disallowed_keys="roulette")


@pytest.mark.parametrize(
    ("submission", "action", "rule", "reason"),
    [
        (Submission(history=KNOWN), "allow", "", "No rule objected."),
        (
            Submission(),
            *("hold", "comment_previously_approved"),
            "No comment from this browser or account was approved before.",
        ),
        (Submission(policy=Policy(comment_previously_approved=False)), "allow", "", "No rule objected."),
        (Submission(staff=True), "allow", "staff", "Written by a signed-in person of this site."),
        (
            Submission(history=KNOWN, policy=Policy(comment_moderation=True)),
            *("hold", "comment_moderation", "Every comment on this site is held."),
        ),
        (
            Submission(history=KNOWN, mode="moderated"),
            *("hold", "discussion_moderated", "Every comment in this discussion is held."),
        ),
        (Submission(history=KNOWN, mode="replies-only"), "allow", "", "No rule objected."),
        (
            Submission(history=KNOWN, honeypot=True),
            *("spam", "honeypot", "Filled the field that people do not see."),
        ),
        (
            Submission(history=KNOWN, stamp="missing"),
            *("hold", "no_form", "Sent by a script, not from the form."),
        ),
        (
            Submission(history=KNOWN, stamp="forged"),
            *("hold", "no_form", "Sent with a forged form, or with the form of another post."),
        ),
        (
            Submission(author="Ana", history=History(approved=1, staff_name=True)),
            *("hold", "owner_name", "Signs as “Ana”, a name of this site, without being signed in."),
        ),
        (
            Submission(history=History(approved=1, staff_email=True)),
            *("hold", "owner_name", "Uses the email of somebody of this site, without being signed in."),
        ),
    ],
)
def test_a_rule_answers_with_what_to_do_and_why(submission: Submission, action: str, rule: str, reason: str) -> None:
    verdict = judge(submission)
    assert (verdict.action, verdict.rule, verdict.reason) == (action, rule, reason)


@pytest.mark.parametrize(
    ("submission", "rule"),
    [
        (Submission(staff=True, text="roulette", honeypot=True, mode="moderated", policy=CASINO), "staff"),
        (Submission(text="roulette casino", honeypot=True, policy=CASINO), "disallowed_keys"),
        (Submission(text="casino", honeypot=True, stamp="missing", policy=CASINO), "honeypot"),
        (Submission(text="casino", stamp="missing", mode="moderated", policy=CASINO), "no_form"),
        (Submission(mode="moderated", policy=Policy(comment_moderation=True)), "discussion_moderated"),
        (Submission(history=History(0, True), policy=Policy(comment_moderation=True)), "comment_moderation"),
        (Submission(text="casino", history=History(0, True), policy=CASINO), "owner_name"),
        (Submission(text="casino", links=9, policy=CASINO), "moderation_keys"),
        (Submission(links=9), "comment_max_links"),
        (Submission(), "comment_previously_approved"),
    ],
)
def test_the_first_rule_that_speaks_decides(submission: Submission, rule: str) -> None:
    assert judge(submission).rule == rule


def test_every_rule_is_asked_and_is_named_like_its_file() -> None:
    names = [rule.__module__.removeprefix("blog.rules.") for rule in RULES]
    assert sorted(names) == sorted(name for name in dir(rules) if hasattr(getattr(rules, name), "judge"))
    assert len(set(names)) == len(names)
