"""What no page can hold is taken out of it, wherever it stands and however its text is parted."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.posts.keys import UNFIT, fit_bytes

EDGES = "\x00\x08\t\n\x0b\r\x1f ~\x7f\x80\x85\x9f\xa0\xbf\xc2é“😀\ud7ff\ud83d\ude00"
EDGES += "\ue000\ufdcf\ufdd0\ufdef\ufdf0\ufffd\ufffe\uffff"


@given(st.lists(st.text(st.sampled_from(EDGES) | st.characters(exclude_categories=()))))
def test_a_page_has_all_letters_but_those_that_are_unfit(pieces: list[str]) -> None:
    assert fit_bytes(pieces) == UNFIT.sub("", "".join(pieces)).encode()


def test_every_letter_is_judged_alike_in_bytes() -> None:
    letters = [chr(number) for number in range(0x10100)]
    told = [letter for letter in letters if fit_bytes(["a", letter, "z"]) == b"az"]
    assert told == re.findall(UNFIT, "".join(letters))


@pytest.mark.parametrize("before", [0, 99, 100, 5_000])
def test_an_unfit_letter_is_found_after_many_that_begin_as_it_does(before: int) -> None:
    assert fit_bytes(["\xa0" * before + "\x85\xa0"]) == ("\xa0" * (before + 1)).encode()
    assert fit_bytes(["\xa0" * before]) == ("\xa0" * before).encode()
