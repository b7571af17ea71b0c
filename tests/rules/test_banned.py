import pytest

from blog.rules import Action, History, Submission, Verdict, banned
from tests.rules.submissions import typed


@pytest.mark.parametrize(
    ("submission", "verdict"),
    [
        (typed(), None),
        (
            typed(history=History(banned="this email")),
            Verdict(Action.TRASH, "banned", "This email is banned."),
        ),
    ],
)
def test_what_comes_from_a_banned_sender_goes_to_the_trash(submission: Submission, verdict: Verdict | None) -> None:
    assert banned.judge(submission) == verdict
