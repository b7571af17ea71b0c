import pytest

from blog.rules import Action, Submission, Verdict, moderation_keys
from tests.rules.submissions import typed

LIST = {"moderation_keys": "refund\nsub*tion"}


@pytest.mark.parametrize(
    ("submission", "entry"),
    [
        (typed("Where is my refund?", settings=LIST), "refund"),
        (typed("Two refunds.", settings=LIST), None),
        (typed("My subscription ended.", settings=LIST), "sub*tion"),
        (typed("My subscriptions ended.", settings=LIST), None),
        (typed(email="refund@example.org", settings=LIST), "refund"),
        (typed(user_agent="Refund/2.0", settings=LIST), "refund"),
        (typed("A thought.", settings=LIST), None),
        (typed("Where is my refund?"), None),
        (typed("Where is my refund?", settings={"disallowed_keys": "refund"}), None),
    ],
)
def test_a_listed_word_waits(submission: Submission, entry: str | None) -> None:
    verdict = Verdict(Action.HOLD, "moderation_keys", f"“{entry}” is a moderated word.")
    assert moderation_keys.judge(submission) == (verdict if entry else None)
