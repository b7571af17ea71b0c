from tests.reliability.rows import NOT_SHOWN, ROWS, shown


def test_every_row_is_shown_or_says_why_not_and_none_is_both() -> None:
    assert sorted([*shown(), *NOT_SHOWN]) == sorted(ROWS)


def test_a_row_has_one_module() -> None:
    assert {row: modules for row, modules in shown().items() if len(modules) != 1} == {}


def test_what_is_not_shown_says_why() -> None:
    assert all(reason.endswith(".") for reason in NOT_SHOWN.values())
