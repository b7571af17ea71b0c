import pytest

from blog.rules import Action, Submission, disallowed_keys
from tests.rules.submissions import outcome, typed

LIST = {"disallowed_keys": "casino\n*pills\nbuy now"}


@pytest.mark.parametrize(
    ("submission", "entry"),
    [
        (typed("A casino.", settings=LIST), "casino"),
        (typed("CASINO!", settings=LIST), "casino"),
        (typed("Sleeping-pills", settings=LIST), "*pills"),
        (typed("Bluepills", settings=LIST), "*pills"),
        (typed("Pillsbury", settings=LIST), None),
        (typed("Buy now, pay later.", settings=LIST), "buy now"),
        (typed("Buy nowhere.", settings=LIST), None),
        (typed("A thought.", settings=LIST), None),
        (typed(author="Casino Royale", settings=LIST), "casino"),
        (typed(url="https://casino.example/", settings=LIST), "casino"),
        (typed("A casino."), None),
        (typed("A casino.", settings={"moderation_keys": "casino"}), None),
    ],
)
def test_a_listed_word_goes_to_the_trash(submission: Submission, entry: str | None) -> None:
    assert outcome(disallowed_keys, submission) == (
        (Action.TRASH, f"“{entry}” is a disallowed word.") if entry else None
    )
