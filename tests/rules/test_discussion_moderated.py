import pytest

from blog.rules import Action, discussion_moderated
from tests.rules.submissions import outcome, typed

HELD = (Action.HOLD, "Every comment in this discussion is held.")


@pytest.mark.parametrize(
    ("mode", "verdict"), [("open", None), ("moderated", HELD), ("replies-only", None), ("closed", None)]
)
def test_a_moderated_discussion_holds_everything(mode: str, verdict: tuple[Action, str] | None) -> None:
    assert outcome(discussion_moderated, typed(mode=mode)) == verdict
