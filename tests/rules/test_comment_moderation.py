import pytest

from blog.rules import Action, History, Submission, comment_moderation
from tests.rules.submissions import outcome, typed

HELD = (Action.HOLD, "Every comment on this site is held.")


@pytest.mark.parametrize(
    ("submission", "verdict"),
    [
        (typed(), None),
        (typed(settings={"comment_moderation": True}), HELD),
        (typed(settings={"comment_moderation": True}, history=History(approved=12)), HELD),
    ],
)
def test_every_comment_is_held_while_the_setting_is_on(
    submission: Submission, verdict: tuple[Action, str] | None
) -> None:
    assert outcome(comment_moderation, submission) == verdict
