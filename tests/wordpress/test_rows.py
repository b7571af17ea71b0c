from tests.wordpress.rows import NOT_APPLICABLE, ROWS, SECTIONS, shown

PACKAGE = "tests.wordpress"


def test_every_row_is_shown_or_left_for_later_or_has_no_place_here_and_none_is_two_of_these() -> None:
    named = [*shown(PACKAGE), *(row for row, _ in NOT_APPLICABLE)]
    assert sorted(named) == sorted(ROWS)


def test_a_row_is_shown_in_the_module_of_its_section() -> None:
    for row, modules in shown(PACKAGE).items():
        assert [module[:7] for module in modules] == [f"test_{row[0].lower()}_"]


def test_what_is_left_out_says_why() -> None:
    assert all(reason.endswith(".") and row in ROWS for row, reason in NOT_APPLICABLE)
    assert len(ROWS) == sum(SECTIONS.values()) == 133
