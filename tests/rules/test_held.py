import pytest

from blog.rules import Action, History, held, judge
from tests.rules.submissions import outcome, typed


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("reader", "A moderator wants to see every comment of this browser first."),
        ("email", "A moderator wants to see every comment with this email first."),
        ("network", "A moderator wants to see every comment of this network first."),
        ("domain", "A moderator wants to see every comment that links to this domain first."),
    ],
)
def test_a_comment_of_a_held_sender_waits(kind: str, sentence: str) -> None:
    assert outcome(held, typed(history=History(held=kind))) == (Action.HOLD, sentence)


def test_a_held_email_waits_in_a_trusted_browser_too() -> None:
    submission = typed(history=History(approved=9, trusted=True, held="email"))
    assert judge(submission).rule == "held"


def test_a_sender_who_is_not_held_passes() -> None:
    assert outcome(held, typed(history=History(approved=1))) is None
