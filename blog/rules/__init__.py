"""The rules in the order in which they are asked: the first verdict stands, none means that the comment is published.

To change a rule, change its file; to add one, write a function `Submission -> Verdict | None` and name it here.
"""

from collections.abc import Callable

from blog.rules import (
    banned,
    comment_burst,
    comment_max_links,
    comment_moderation,
    comment_previously_approved,
    disallowed_keys,
    discussion_moderated,
    honeypot,
    learned,
    link_domains,
    moderation_keys,
    near_duplicates,
    no_form,
    owner_name,
    staff,
    trusted,
)
from blog.rules.policy import Policy
from blog.rules.verdict import Action, History, Submission, Verdict

Rule = Callable[[Submission], Verdict | None]

RULES: tuple[Rule, ...] = (
    staff.judge,
    banned.judge,
    disallowed_keys.judge,
    honeypot.judge,
    learned.judge,
    no_form.judge,
    discussion_moderated.judge,
    comment_moderation.judge,
    owner_name.judge,
    moderation_keys.judge,
    trusted.judge,
    comment_max_links.judge,
    link_domains.judge,
    near_duplicates.judge,
    comment_previously_approved.judge,
    comment_burst.judge,
)

__all__ = ["RULES", "Action", "History", "Rule", "Submission", "Verdict", "judge", "outlook"]


def judge(submission: Submission) -> Verdict:
    """Return the first rule's verdict, or the verdict to publish."""
    for rule in RULES:
        if (verdict := rule(submission)) is not None:
            return verdict
    return Verdict(Action.ALLOW, "", "No rule objected.")


def outlook(policy: Policy, mode: str, history: History, *, staff: bool = False) -> Action:
    """Return what will be done with a comment of somebody before it is written, by what is known already."""
    return judge(Submission(mode=mode, history=history, policy=policy, staff=staff)).action
