import pytest

from blog.rules import Action, History, Submission, Verdict, trusted
from tests.rules.submissions import typed


@pytest.mark.parametrize(
    ("submission", "verdict"),
    [
        (typed(history=History(approved=5)), None),
        (
            typed("http://a.example http://b.example", history=History(trusted=True)),
            Verdict(Action.ALLOW, "trusted", "A moderator trusts this browser."),
        ),
    ],
)
def test_a_trusted_browser_is_published(submission: Submission, verdict: Verdict | None) -> None:
    assert trusted.judge(submission) == verdict
