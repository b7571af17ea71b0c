from tests.attacks import rows


def test_every_row_has_its_test_or_a_reason_why_there_is_none() -> None:
    shown = rows.shown()
    assert set(rows.ROWS) - set(shown) - set(rows.NOT_APPLICABLE) == set()
    assert set(shown) <= set(rows.ROWS)
    assert not set(shown) & set(rows.NOT_APPLICABLE)


def test_every_test_that_is_named_is_there() -> None:
    for row, places in rows.ELSEWHERE.items():
        for place in places:
            path, _, name = place.partition("::")
            assert name in rows.tests_of(rows.ROOT / path), (row, place)
