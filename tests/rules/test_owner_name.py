import pytest

from blog.rules import Action, History, owner_name
from tests.rules.submissions import outcome, typed

EMAIL = "Uses the email of somebody of this site, without being signed in."
NAME = "Signs as “Ana”, a name of this site, without being signed in."


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History(), None),
        (History(approved=12), None),
        (History(resembled_name="Ana"), NAME),
        (History(staff_email=True), EMAIL),
        (History(resembled_name="Ana", staff_email=True), EMAIL),
        (History(approved=12, resembled_name="Ana"), NAME),
    ],
)
def test_a_visitor_who_signs_as_somebody_of_the_site_is_held(history: History, reason: str | None) -> None:
    assert outcome(owner_name, typed(history=history)) == ((Action.HOLD, reason) if reason else None)


@pytest.mark.parametrize(
    ("author", "said"),
    [
        ("ANA", "“ANA”, a name"),
        ("\u2067A\u200bna\u2069", "“Ana”, a name"),
        ("Αna", "“Αna”, which looks like “Ana”, a name"),
        ("A na", "“A na”, which looks like “Ana”, a name"),
    ],
)
def test_the_reason_says_whose_name_it_looks_like(author: str, said: str) -> None:
    submission = typed(author=author, history=History(resembled_name="Ana"))
    assert outcome(owner_name, submission) == (
        Action.HOLD,
        f"Signs as {said} of this site, without being signed in.",
    )
