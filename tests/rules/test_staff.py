import pytest

from blog.rules import Action, staff
from tests.rules.submissions import outcome, typed

ALLOWED = (Action.ALLOW, "Written by a signed-in person of this site.")


@pytest.mark.parametrize(("signed_in", "verdict"), [(False, None), (True, ALLOWED)])
def test_who_is_signed_in_is_published(signed_in: bool, verdict: tuple[Action, str] | None) -> None:
    assert outcome(staff, typed(staff=signed_in)) == verdict
