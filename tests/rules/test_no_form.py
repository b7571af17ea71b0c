import pytest

from blog.rules import Action, no_form
from tests.rules.submissions import outcome, typed


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        ("valid", None),
        ("missing", "Sent by a script, not from the form."),
        ("forged", "Sent with a forged form, or with the form of another post."),
        ("mail", "Came by mail, and our mail server does not say that its sender is genuine."),
        ("something new", "Sent with a forged form, or with the form of another post."),
    ],
)
def test_what_did_not_come_from_this_posts_own_form_is_held(stamp: str, reason: str | None) -> None:
    assert outcome(no_form, typed(stamp=stamp)) == ((Action.HOLD, reason) if reason else None)
