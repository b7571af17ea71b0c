from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog import text
from tests import confusables
from tests.names import NAMES


def alike(one: str, other: str) -> bool:
    return bool(set(text.name_keys(one)) & set(text.name_keys(other)))


@pytest.mark.parametrize(
    "signed",
    [
        "olga owner",
        "OLGA OWNER",
        "  Olga  Owner ",
        "Olga\u00a0Owner",
        "Olga\u2003Owner",
        "Olga\u2800Owner",
        "Olga\u3164Owner",
        "Olga\uffa0 Owner",
        "OlgaOwner",
        "Ol\u200bga Owner",
        "Olga\u00ad Owner",
        "Olga\u034f Owner\ufe0f",
        "Olga\u070f Owner",
        "\u2067Olga Owner\u2069",
        "\u202dOlga Owner\u202c",
        "\U000e004fOlga Owner",
        "Оlga Owner",  # Cyrillic
        "Οlgа Οwnеr",  # Greek and Cyrillic
        "𝐎lga Owner",
        "𝒪𝓁𝑔𝒶 𝒪𝓌𝓃𝑒𝓇",
        "Ｏｌｇａ Ｏｗｎｅｒ",
        "Ⓞⓛⓖⓐ Ⓞⓦⓝⓔⓡ",
        "OIga Owner",  # a capital I
        "oIGA oWNER",
        "O1ga 0wner",
        "O|ga Owner",
        "Oⅼga Owner",  # the Roman number 50
        "ОLGА ОWNЕR",  # Cyrillic capitals
    ],
)
def test_a_name_that_looks_like_another_shares_a_key_with_it(signed: str) -> None:
    assert alike("Olga Owner", signed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ivan", "ivan"),
        ("Ivan", "lvan"),
        ("Emma", "Ernrna"),
        ("Milo", "rniIo"),
        ("Boris", "Вoris"),
        ("Ольга", "Oльгa"),
        ("Straße", "STRASSE"),
        ("Judith", "JUDlTH"),
        ("Judith", "JUD1TH"),
        ("José", "Jose\u0301"),
    ],
)
def test_look_alikes_hide_behind_capitals_and_capitals_behind_look_alikes(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Olaf", "Olga"),
        ("José", "Jose"),
        ("Ольга", "Olga"),
        ("Ann", "Anna"),
        ("Mila", "Mia"),
        ("Åsa", "Asa"),
        ("Elia", "Ella"),
        ("Al", "Ai"),
    ],
)
def test_ordinary_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert not alike(one, other)


def test_thousands_of_names_that_people_have_stay_apart() -> None:
    by_key = defaultdict(set)
    for name in NAMES:
        for key in text.name_keys(name):
            by_key[key].add(name)
    assert len(NAMES) > 10_000
    assert [names for names in by_key.values() if len(names) > 1] == []


@pytest.mark.parametrize(("one", "other"), [("Ian", "Lan"), ("Arne", "Ame")])
def test_a_few_names_that_a_reader_mistakes_for_each_other_are_taken_for_one(one: str, other: str) -> None:
    """A capital I looks like a small l, and rn looks like m: that is the price of seeing “OIga” and “Ernrna”."""
    assert alike(one, other)


def test_a_name_of_which_nothing_is_seen_has_no_key() -> None:
    assert text.name_keys("") == text.name_keys(" \u200b\u3164\u2800") == ()


@given(st.text(max_size=40))
def test_a_name_is_like_itself_in_any_spelling(name: str) -> None:
    keys = set(text.name_keys(name))
    assert set(text.name_keys(f" \u200b{name}\u2060 ")) == keys
    assert not keys or keys & set(text.name_keys(text.fold(name)))


def test_the_table_is_made_of_the_file_that_unicode_publishes() -> None:
    published = "\ufeff# confusables.txt\n0430 ;\t0061 ;\tMA\t# а → a\n\n0251 ;\t0061 ;\tMA\n006D ;\t0072 006E ;\tMA\n"
    assert confusables.table(published, "# Ours.\n") == "# Ours.\n0061;0430 0251\n0072 006E;006D\n"


def test_the_table_holds_all_of_one_version_with_its_licence() -> None:
    table = text.LOOK_ALIKES.read_text("utf-8")
    assert "version 16.0.0" in table
    assert "UNICODE LICENSE V3" in table
    assert sum(len(line.partition(";")[2].split()) for line in table.splitlines() if not line.startswith("#")) > 5_000


def test_what_is_visible_is_one_line_without_invisible_signs() -> None:
    assert text.visible("\u2067Ol\u200bga\u2800\u00a0 Owner\u2069\n") == "Olga Owner"


def test_a_page_keeps_all_characters_but_control_characters_surrogates_and_noncharacters() -> None:
    kept = "\t\n\r ~\xa0\xbf\xc2é“😀\ud7ff\ue000\ufdcf\ufdf0\ufffd"
    removed = "\x00\x08\x0b\x1f\x7f\x80\x85\x9f\ud83d\ude00\ufdd0\ufdef\ufffe\uffff"
    assert text.UNFIT_IN_PAGE.sub("", f"{removed}{kept}{removed}") == kept
    assert text.UNFIT.sub("", f"{removed}\U0001ffff{kept}{removed}") == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [("İSTANBUL", "istanbul"), ("ISPARTA", "ısparta"), ("STRAẞE", "straße"), ("Straße", "STRASSE"), ("ﾊﾞｶﾗ", "バカラ")],
)
def test_capitals_of_turkish_and_german_are_those_of_their_small_letters(one: str, other: str) -> None:
    assert text.fold(one) == text.fold(other)


def test_names_are_sorted_as_people_sort_them() -> None:
    names = ["Zebra", "ärger", "Apfel", "Öl", "ost", "Azur", "école", "Ende", "灯台"]
    assert sorted(names, key=text.alphabetical) == [
        *("Apfel", "ärger", "Azur", "école", "Ende", "Öl", "ost", "Zebra", "灯台"),
    ]
