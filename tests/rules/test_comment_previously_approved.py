import pytest

from blog.rules import Action, History, Submission, comment_previously_approved
from tests.rules.submissions import outcome, typed

NONE = "No comment from this browser or account was approved before."


@pytest.mark.parametrize(
    ("submission", "reason"),
    [
        (typed(), NONE),
        (typed(history=History(approved=1)), None),
        (typed(history=History(approved=200)), None),
        (typed(settings={"comment_approvals_needed": 3}, history=History(approved=3)), None),
        (
            typed(settings={"comment_approvals_needed": 3}, history=History(approved=2)),
            "2 comments from this browser or account were approved before; 3 are needed.",
        ),
        (
            typed(settings={"comment_approvals_needed": 3}, history=History(approved=1)),
            "One comment from this browser or account was approved before; 3 are needed.",
        ),
        (
            typed(settings={"comment_approvals_needed": 3}),
            "No comment from this browser or account was approved before; 3 are needed.",
        ),
        (typed(settings={"comment_previously_approved": False}), None),
        (typed(settings={"comment_previously_approved": False}, history=History(approved=1)), None),
    ],
)
def test_who_has_no_approved_comment_is_held(submission: Submission, reason: str | None) -> None:
    assert outcome(comment_previously_approved, submission) == ((Action.HOLD, reason) if reason else None)
