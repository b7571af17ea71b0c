import pytest

from blog.rules import Action, History, Submission, trusted
from tests.rules.submissions import outcome, typed


@pytest.mark.parametrize(
    ("submission", "verdict"),
    [
        (typed(history=History(approved=5)), None),
        (
            typed("http://a.example http://b.example", history=History(trusted=True)),
            (Action.ALLOW, "A moderator trusts this browser."),
        ),
    ],
)
def test_a_trusted_browser_is_published(submission: Submission, verdict: tuple[Action, str] | None) -> None:
    assert outcome(trusted, submission) == verdict
