import pytest

from blog.rules import Action, Verdict, discussion_moderated
from tests.rules.submissions import typed

HELD = Verdict(Action.HOLD, "discussion_moderated", "Every comment in this discussion is held.")


@pytest.mark.parametrize(
    ("mode", "verdict"), [("open", None), ("moderated", HELD), ("replies-only", None), ("closed", None)]
)
def test_a_moderated_discussion_holds_everything(mode: str, verdict: Verdict | None) -> None:
    assert discussion_moderated.judge(typed(mode=mode)) == verdict
