import pytest

from blog.rules import History, Submission, evidence
from blog.rules.policy import Policy
from tests.rules.submissions import typed

FULL = History(
    approved=2,
    resembled_name="Ana",
    staff_email=True,
    trusted=True,
    banned="email",
    alike=3,
    domains=(("shoes.example", 1, 2), ("socks.example", 0, 7)),
    arrivals=12,
    usual=0.25,
    score=0.5,
    weighed=("casino", "café"),
)


@pytest.mark.parametrize(
    "submission",
    [
        Submission(),
        typed("A *thought*.", url="https://ana.example"),
        typed(honeypot=True, stamp="missing", staff=True, mode="moderated", links=4, history=FULL),
        typed(history=FULL, settings={"comment_max_links": 7}),
    ],
)
def test_row_and_facts_give_the_submission_back(submission: Submission) -> None:
    row = {name: getattr(submission, name) for name in evidence.OF_THE_ROW}
    facts = evidence.dump_facts(submission)
    assert evidence.load_facts(row, facts, submission.policy) == submission
    assert evidence.load_facts(row, facts, Policy(comment_moderation=True)).policy.comment_moderation


@pytest.mark.parametrize(
    ("submission", "facts"),
    [
        (typed("Words.", url="https://ana.example"), "{}"),
        (typed(links=2), '{"links":2}'),
        (typed(stamp="forged", history=History(weighed=("café",))), '{"stamp":"forged","weighed":["café"]}'),
    ],
)
def test_what_stands_in_the_row_or_is_as_ever_is_not_kept_again(submission: Submission, facts: str) -> None:
    assert evidence.dump_facts(submission) == facts
