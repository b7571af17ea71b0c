import pytest

from blog.rules import Action, History, Submission, Verdict, learned
from tests.rules.submissions import typed


def scored(score: float | None, mode: str, *weighed: str, **settings: int) -> Submission:
    history = History(score=score, weighed=weighed)
    return typed(history=history, settings={"filter_mode": mode, **settings})


SAID = "The filter, which learns from decisions here, says {} % spam."


@pytest.mark.parametrize(
    ("submission", "verdict"),
    [
        (scored(None, "spam"), None),
        (scored(0.99, "off"), None),
        (scored(0.99, "advise"), None),
        (scored(0.79, "hold"), None),
        (scored(0.8, "hold"), Verdict(Action.HOLD, "learned", SAID.format(80))),
        (scored(1.0, "hold"), Verdict(Action.HOLD, "learned", SAID.format(99))),
        (scored(0.97, "spam"), Verdict(Action.HOLD, "learned", SAID.format(97))),
        (scored(0.98, "spam"), Verdict(Action.SPAM, "learned", SAID.format(98))),
        (scored(0.98, "spam", filter_spam_at=99, filter_hold_at=99), None),
        (scored(0.6, "hold", filter_hold_at=60), Verdict(Action.HOLD, "learned", SAID.format(60))),
        (scored(0.609, "hold", filter_hold_at=60), Verdict(Action.HOLD, "learned", SAID.format(60))),
        (
            scored(0.9, "hold", "casino"),
            Verdict(Action.HOLD, "learned", SAID.format(90) + " Main signals: “casino”."),
        ),
        (
            scored(0.99, "spam", "casino", "“buy” in a link"),
            Verdict(Action.SPAM, "learned", SAID.format(99) + " Main signals: “casino”, “buy” in a link."),
        ),
    ],
)
def test_the_filter_speaks_where_it_may_and_is_sure_enough(submission: Submission, verdict: Verdict | None) -> None:
    assert learned.judge(submission) == verdict
