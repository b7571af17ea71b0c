import pytest

from blog.rules import Action, Verdict, staff
from tests.rules.submissions import typed

ALLOWED = Verdict(Action.ALLOW, "staff", "Written by a signed-in person of this site.")


@pytest.mark.parametrize(("signed_in", "verdict"), [(False, None), (True, ALLOWED)])
def test_who_is_signed_in_is_published(signed_in: bool, verdict: Verdict | None) -> None:
    assert staff.judge(typed(staff=signed_in)) == verdict
