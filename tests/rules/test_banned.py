import pytest

from blog.rules import Action, History, banned
from tests.rules.submissions import outcome, typed


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("reader", "This browser is banned."),
        ("email", "This email is banned."),
        ("network", "This network is banned."),
        ("domain", "This link's domain is banned."),
    ],
)
def test_a_comment_of_a_banned_sender_goes_to_the_trash(kind: str, sentence: str) -> None:
    assert outcome(banned, typed(history=History(banned=kind))) == (Action.TRASH, sentence)


def test_a_sender_who_is_not_banned_passes() -> None:
    assert outcome(banned, typed()) is None
