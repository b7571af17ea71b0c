import pytest

from blog.rules import Action, History, Verdict, owner_name
from tests.rules.submissions import typed

EMAIL = "Uses the email of somebody of this site, without being signed in."
NAME = "Signs as “Ana”, a name of this site, without being signed in."


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History(), None),
        (History(approved=12), None),
        (History(staff_name=True), NAME),
        (History(staff_email=True), EMAIL),
        (History(staff_name=True, staff_email=True), EMAIL),
        (History(approved=12, staff_name=True), NAME),
    ],
)
def test_a_visitor_who_signs_as_somebody_of_the_site_is_held(history: History, reason: str | None) -> None:
    verdict = owner_name.judge(typed(history=history))
    assert verdict == (Verdict(Action.HOLD, "owner_name", reason) if reason else None)
