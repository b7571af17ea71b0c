import pytest

from blog.rules import Action, Submission, honeypot
from tests import factories
from tests.rules.submissions import outcome, typed

SPAM = (Action.SPAM, "Filled in the form's hidden field, which people do not see.")


@pytest.mark.parametrize(("submission", "verdict"), [(typed(), None), (typed(honeypot=True), SPAM)])
def test_who_fills_the_field_that_people_do_not_see_is_a_machine(
    submission: Submission, verdict: tuple[Action, str] | None
) -> None:
    assert outcome(honeypot, submission) == verdict


@pytest.mark.parametrize(("written", "filled"), [("", False), (" \t", False), ("x", True), ("http://a.example", True)])
def test_blanks_in_that_field_are_none(written: str, filled: bool) -> None:
    assert factories.draft(homepage=written).honeypot is filled
