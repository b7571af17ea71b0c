"""The rules in the order in which they are asked: the first verdict stands; without one the comment is published.

To change a rule, change its file. To add one, write a file with `judge(submission)` and `sentence(facts)`, and name it
here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from blog.rules import (
    banned,
    comment_burst,
    comment_max_links,
    comment_moderation,
    comment_previously_approved,
    disallowed_keys,
    discussion_moderated,
    held,
    honeypot,
    learned,
    link_domains,
    mention_host,
    moderation_keys,
    near_duplicates,
    no_form,
    owner_name,
    staff,
    trusted,
)
from blog.rules.policy import Policy
from blog.rules.verdict import Action, Facts, History, Submission, Verdict
from blog.wording import gettext


class Rule(Protocol):
    """A module of this package. `judge` asks no database and no clock; it returns None when it has no opinion."""

    __name__: str

    @property
    def judge(self) -> Callable[[Submission], Verdict | None]: ...
    @property
    def sentence(self) -> Callable[[Facts], str]: ...


RULES: tuple[Rule, ...] = (
    staff,
    banned,
    disallowed_keys,
    honeypot,
    learned,
    no_form,
    discussion_moderated,
    comment_moderation,
    owner_name,
    moderation_keys,
    held,
    mention_host,
    trusted,
    comment_max_links,
    link_domains,
    near_duplicates,
    comment_previously_approved,
    comment_burst,
)
NAMES = tuple(rule.__name__.rpartition(".")[2] for rule in RULES)
NO_OBJECTION = Verdict(Action.ALLOW, "")
IMPORTED = Verdict(Action.ALLOW, "imported")
BY_STAFF = Verdict(Action.ALLOW, "staff")
# How the facts of a stored verdict are shown, by its rule.
SENTENCES: dict[str, Callable[[Facts], str]] = {
    **dict(zip(NAMES, (rule.sentence for rule in RULES), strict=True)),
    NO_OBJECTION.rule: lambda _: gettext("No rule objected."),
    IMPORTED.rule: lambda _: gettext("Imported together with its post."),
}

__all__ = [
    "BY_STAFF",
    "IMPORTED",
    "NAMES",
    "RULES",
    "Action",
    "History",
    "Rule",
    "Submission",
    "Verdict",
    "judge",
    "outlook",
    "sentence",
    "stored_sentence",
]


def judge(submission: Submission) -> Verdict:
    """Return the first rule's verdict, or the verdict to publish."""
    for rule in RULES:
        if (verdict := rule.judge(submission)) is not None:
            return verdict
    return NO_OBJECTION


def sentence(rule: str, facts: Facts) -> str:
    """Say for a moderator why a rule decided so; "" for a rule that is gone, or whose facts were erased.

    Comments from before 0.1.0 have the sentence itself among their facts.
    """
    if "sentence" in facts:
        return str(facts["sentence"])
    try:
        return SENTENCES[rule](facts)
    except KeyError:
        return ""


def stored_sentence(row: Mapping[str, Any]) -> str:
    """Say why a stored comment got its verdict; the row has `rule` and `verdict_facts`."""
    return sentence(row["rule"], json.loads(row["verdict_facts"]))


def outlook(policy: Policy, mode: str, history: History, *, staff: bool = False) -> Action:
    """Return what the rules will do with a comment of this sender, as far as is known before it is written."""
    return judge(Submission(mode=mode, history=history, policy=policy, staff=staff)).action
