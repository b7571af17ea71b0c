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
        (typed(settings={"comment_previously_approved": False}), None),
        (typed(settings={"comment_previously_approved": False}, history=History(approved=1)), None),
    ],
)
def test_who_has_no_approved_comment_is_held(submission: Submission, verdict: Verdict | None) -> None:
    assert comment_previously_approved.judge(submission) == verdict
