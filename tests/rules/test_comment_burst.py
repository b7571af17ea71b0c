import pytest

from blog.rules import Action, History, Submission, comment_burst
from tests.rules.submissions import outcome, typed


def came(arrivals: int, usual: float, least: int = 100) -> Submission:
    return typed(history=History(approved=1, arrivals=arrivals, usual=usual), settings={"comment_burst": least})


@pytest.mark.parametrize(
    ("submission", "reason"),
    [
        (came(99, 0.0), None),
        (came(100, 0.0), "100 comments arrived on this post within ten minutes; usually there are hardly any."),
        (came(120, 3.2), "120 comments arrived on this post within ten minutes; about 3 are usual."),
        (came(120, 24.0), "120 comments arrived on this post within ten minutes; about 24 are usual."),
        (came(120, 24.1), None),
        (came(250, 0.0, least=0), None),
        (came(5, 0.5, least=5), "5 comments arrived on this post within ten minutes; usually there are hardly any."),
        (came(5, 0.51, least=5), "5 comments arrived on this post within ten minutes; about 1 are usual."),
        (came(5, 0.4, least=5), "5 comments arrived on this post within ten minutes; usually there are hardly any."),
    ],
)
def test_far_more_than_usual_at_once_is_held(submission: Submission, reason: str | None) -> None:
    assert outcome(comment_burst, submission) == ((Action.HOLD, reason) if reason else None)
