"""What no page can hold is taken out of it."""

from blog.posts.keys import UNFIT


def test_a_page_keeps_all_characters_but_control_characters_surrogates_and_noncharacters() -> None:
    kept = "\t\n\r ~\xa0\xbf\xc2é“😀\ud7ff\ue000\ufdcf\ufdf0\ufffd"
    removed = "\x00\x08\x0b\x1f\x7f\x80\x85\x9f\ud83d\ude00\ufdd0\ufdef\ufffe\uffff"
    assert UNFIT.sub("", f"{removed}{kept}{removed}") == kept
