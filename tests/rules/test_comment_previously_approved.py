from dataclasses import replace

import pytest

from blog.rules import Action, History, Submission, Verdict, comment_previously_approved
from tests.rules.submissions import typed

HELD = Verdict(
    Action.HOLD, "comment_previously_approved", "No comment from this browser or account was approved before."
)


@pytest.mark.parametrize(
    ("submission", "verdict"),
    [
        (typed(), HELD),
        (typed(history=History(approved=1)), None),
        (typed(history=History(approved=200)), None),
        (typed(settings={"comment_approvals_needed": 3}, history=History(approved=3)), None),
        (
            typed(settings={"comment_approvals_needed": 3}, history=History(approved=2)),
            replace(HELD, reason="2 comments from this browser or account were approved before, 3 are wanted."),
        ),
        (
            typed(settings={"comment_approvals_needed": 3}, history=History(approved=1)),
            replace(HELD, reason="One comment from this browser or account was approved before, 3 are wanted."),
        ),
        (typed(settings={"comment_previously_approved": False}), None),
        (typed(settings={"comment_previously_approved": False}, history=History(approved=1)), None),
    ],
)
def test_who_has_no_approved_comment_is_held(submission: Submission, verdict: Verdict | None) -> None:
    assert comment_previously_approved.judge(submission) == verdict
