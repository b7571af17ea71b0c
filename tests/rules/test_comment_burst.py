import pytest

from blog.rules import Action, History, Submission, comment_burst
from tests.rules.submissions import typed


def came(arrivals: int, usual: float, least: int = 100) -> Submission:
    return typed(history=History(approved=1, arrivals=arrivals, usual=usual), settings={"comment_burst": least})


@pytest.mark.parametrize(
    ("submission", "reason"),
    [
        (came(99, 0.0), None),
        (came(100, 0.0), "100 comments came here within ten minutes, where hardly any are usual."),
        (came(120, 3.2), "120 comments came here within ten minutes, where 3 are usual."),
        (came(120, 24.0), "120 comments came here within ten minutes, where 24 are usual."),
        (came(120, 24.1), None),
        (came(250, 0.0, least=0), None),
        (came(5, 0.5, least=5), "5 comments came here within ten minutes, where hardly any are usual."),
        (came(5, 0.51, least=5), "5 comments came here within ten minutes, where 1 are usual."),
        (came(5, 0.4, least=5), "5 comments came here within ten minutes, where hardly any are usual."),
    ],
)
def test_far_more_than_usual_at_once_is_held(submission: Submission, reason: str | None) -> None:
    verdict = comment_burst.judge(submission)
    assert (verdict and verdict.reason) == reason
    assert verdict is None or (verdict.action, verdict.rule) == (Action.HOLD, "comment_burst")
