"""What the filter sees of a comment."""

import random
import time
from zlib import crc32

import pytest

from blog.filter import features
from blog.filter.features import GROUPS
from blog.rules.signals import phrase


def named(text: str, **more: str) -> set[str]:
    return {phrase(signal) for signal in features.of({"text": text, **more}).names.values()}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Free money", {"free", "money", "free money", "begins with “free”", "ends with “money”"}),
        ("see http://Shop.Example.com/buy/now?x=1", {"link to shop.example.com", "“buy” in a link", "one link"}),
        ("come to casino.ru today", {"link to casino.ru", "link to a .ru address"}),
        ("<a href='http://a.example/x'>x</a>", {"link to a.example"}),
        ("I waited ... and then.But no", {"no link"}),
        ("ПРИВЕТ", {"Cyrillic letters", "100% capitals"}),
        ("a &amp; b", {"a", "b", "a b"}),
        ("", {"no link", "no words"}),
        ("http://a.example", {"one link", "no words"}),
    ],
)
def test_words_links_and_shape_are_seen(text: str, names: set[str]) -> None:
    assert names <= named(text)


def test_the_sender_is_seen_too() -> None:
    names = named("x", author="Cheap Pills 24", email="q1w2e3@mail.example", url="http://pills.example/")
    assert {"“cheap” in the name", "email at mail.example", "site at pills.example", "digits in the name"} <= names


def test_invisible_characters_and_capitals_make_no_other_word() -> None:
    assert {"casino"} <= named("CAS\u200bINO") & named("casino")


def test_the_same_text_gives_the_same_numbers_in_the_same_order() -> None:
    text = "Check out my channel http://a.example, it is free 😀"
    first, again = features.of({"text": text}), features.of({"text": text})
    assert [list(first.numbers[group]) for group in GROUPS] == [list(again.numbers[group]) for group in GROUPS]
    assert first.numbers["word"][0] == crc32(b"w check")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 16_384,
        "a-" * 8_192,
        "a." * 8_192,
        "<" * 16_384,
        "<a " * 5_461,
        "href=" * 3_276,
        "&amp;" * 3_276,
        "http://" * 2_340,
        "www." * 4_096,
        "\u0301" * 16_384,
        "😀" * 4_096,
        "( ( (" * 3_276,
        "\ud800 lone",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    features.of({"text": text})
    assert time.perf_counter() - began < 2


def test_any_characters_are_taken() -> None:
    chance = random.Random(4)
    for _ in range(200):
        text = "".join(chr(chance.choice([chance.randrange(1, 0x250), chance.randrange(1, 0xD7FF)])) for _ in range(80))
        assert set(features.of({"text": text}).numbers) == set(GROUPS)
