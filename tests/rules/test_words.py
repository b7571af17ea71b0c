"""The language of the lists: whole words, stars, any script; and lines that would be slow if they were patterns."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from blog.rules import Submission, words
from tests.rules.submissions import typed

LONGEST = 16_384


@pytest.mark.parametrize(
    ("line", "text", "holds"),
    [
        ("well", "well", True),
        ("well", "Well, well.", True),
        ("well", "farewell", False),
        ("well", "wells", False),
        ("well", "well-being", True),
        ("well", "well_being", False),
        ("well", "¡well!", True),
        ("*well", "farewell", True),
        ("*well", "wells", False),
        ("well*", "wells", True),
        ("well*", "farewell", False),
        ("*well*", "farewells", True),
        ("**well**", "farewells", True),
        ("w*l", "well", True),
        ("w*l", "wheel", True),
        ("w*l", "wl", True),
        ("w*l", "wells", False),
        ("w*l", "swell", False),
        ("w*l", "war and peril", False),
        ("*w*l*", "swells", True),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "aXcYb", False),
        ("a*b*c*", "abcb", True),
        ("a*b*c", "x axb abc axb", True),
        ("ab*ba", "aba", False),
        ("Well", "well", True),
        ("  well  ", "well", True),
        ("установка", "Установка!", True),
        ("УСТАНОВКА", "установка", True),
        ("STRASSE", "straße", True),
        ("ΟΔΟΣ", "οδός οδος", True),
        ("istanbul", "İSTANBUL", True),
        ("ISTANBUL", "İstanbul", True),
        ("casino online", "A Casino online!", True),
        ("casino online", "casino offline", False),
        ("casino online", "my casino onliner", False),
        ("example.com", "http://example.com/x", True),
        ("example.com", "http://myexample.com/", False),
        ("example.com", "http://example.community/", False),
        ("*.example", "http://shop.example/", True),
        ("/spam/", "http://a.example/spam/", True),
        ("/spam/", "spam", False),
        ("(", "a (bracket)", True),
        ("(a+)+$", "aaaa", False),
        ("(a+)+$", "the pattern (a+)+$ itself", True),
        (".", "No full stop", False),
        (".", "One.", True),
        ("[a-z]", "letters", False),
        ("100%", "100% free", True),
        ("100%", "2100% free", False),
        ("🎰", "Win 🎰🎰🎰", True),
        ("赌场", "赌场", True),
        ("赌场", "在线赌场游戏", False),  # no spaces part these words: *赌场* finds it
        ("*赌场*", "在线赌场游戏", True),
        ("buy * now", "Buy   cheap now!", True),
        ("buy * now", "buy very cheap now", False),
        ("buy * now", "buy now", False),
        ("buy ch*p now", "buy cheap now", True),
        ("casino", "ＣＡＳＩＮＯ", True),
        ("casino", "ca\u200bsi\u00adno", True),
        ("café", "cafe\u0301", True),
        ("cafe", "cafe\u0301", False),
        ("नमस्ते", "अरे, नमस्ते!", True),
        ("नमस", "नमस्ते", False),
        ("x*yz", "xayxyz", True),
        ("a*b", "abc ab", True),
        ("a*b", "abcb_ ab_", False),
    ],
)
def test_an_entry_is_whole_words_and_stars_widen_it(line: str, text: str, holds: bool) -> None:
    nobody = {"author": "", "email": "", "ip": "", "user_agent": ""}
    found = words.first_match(line, typed(text, **nobody))
    assert found == (line.strip().casefold() if holds else None)


@pytest.mark.parametrize(
    "submission",
    [
        typed("A casino."),
        typed("`casino`"),
        typed("c**asin**o"),
        typed("cas<b>in</b>o"),
        typed("cas<!-- -->ino"),
        typed("cas[i](https://a.example)no"),
        typed('<a title="casino">x</a>'),
        typed(author="Casino Royale"),
        typed("<b>x</b>", author="Casino Royale"),
        typed(email="casino@example.org"),
        typed(email="me@casino.example"),
        typed(url="https://casino.example/"),
        typed(ip="casino"),
        typed(user_agent="Casino/1.0"),
    ],
)
def test_every_field_is_looked_through_raw_and_without_its_markup(submission: Submission) -> None:
    assert words.first_match("roulette\ncasino", submission) == "casino"


@pytest.mark.parametrize(
    ("line", "ip", "holds"),
    [
        ("198.51.100.7", "198.51.100.7", True),
        ("198.51.100.7", "198.51.100.77", False),
        ("198.51.100.*", "198.51.100.77", True),
        ("198.51.100.*", "198.51.10.77", False),
        ("2001:db8:*", "2001:db8:1::7", True),
        ("198.51.100.0/24", "198.51.100.77", True),
        ("198.51.100.77/24", "198.51.100.1", True),
        ("198.51.100.0/24", "198.51.101.1", False),
        ("0.0.0.0/0", "198.51.101.1", True),
        ("2001:db8::/32", "2001:db8:1::7", True),
        ("2001:db8::/32", "198.51.101.1", False),
        ("2001:db8::/64", "198.51.101.1", False),  # more bits than an IPv4 address has
        ("2001:db8::/128", "198.51.101.1", False),
        ("198.51.100.0/24", "2001:db8::7", False),
        ("0.0.0.0/0", "2001:db8::7", False),
        ("2001:0DB8:0:0::7", "2001:db8::7", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("198.51.100.0/24", "no address", False),
        ("198.51.100.0/99", "198.51.100.0", False),
    ],
)
def test_addresses_are_words_too(line: str, ip: str, holds: bool) -> None:
    assert (words.first_match(line, typed(ip=ip)) is not None) is holds


@pytest.mark.parametrize("lines", ["", "\n\n", " \n\t", "*", "**\n* ", "\r\n"])
def test_a_list_without_a_word_finds_nothing(lines: str) -> None:
    assert words.first_match(lines, typed("Anything * at all ** here.")) is None


def test_of_several_entries_one_is_named_always_the_same() -> None:
    lines = "zebra\napple\nbuy now\nm*lon\npear"
    assert {words.first_match(lines, typed("A pear, a zebra, a melon; buy now!")) for _ in range(5)} == {"pear"}
    assert words.first_match(lines, typed("A melon; buy now!")) == "buy now"
    assert words.first_match(lines, typed("A melon.")) == "m*lon"


def calls(run: Callable[[], Any]) -> int:
    """Count the calls, of Python's own functions too, that it takes."""
    made = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return made


STARS = "a" + "*a" * 5_000 + "*b"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("(a+)+$", "a" * LONGEST + "!"),
        ("(a|aa)*b", "a" * LONGEST),
        (STARS, "a" * LONGEST),
        (STARS, "a " * (LONGEST // 2)),
        (STARS, ("a" * 127 + " ") * 128),
        ("*" * 10_000 + "b", "a" * LONGEST),
        ("x" * 10_000, "x" * LONGEST),
        ("x" * 10_000 + "*", "x" * LONGEST),
        ("ab-" * 3_333, "ab " * 5_461),
        ("b-" + "ab-" * 3_333 + "a", "ab-" * 5_461),
    ],
    ids=["power", "either", "stars", "stars short", "stars middle", "only stars", "long", "open", "phrase", "inside"],
)
def test_a_line_that_would_be_slow_as_a_pattern_takes_few_steps(line: str, text: str) -> None:
    submission = typed(text)
    words.compiled(line)
    assert calls(lambda: words.first_match(line, submission)) < 3 * LONGEST


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ["<" * 1_000_000, "<a " * 300_000, "<b>" * 300_000, "<!--" * 250_000, "&lt" * 300_000])
def test_markup_that_never_ends_is_looked_through_once(text: str) -> None:
    assert words.first_match("zzz", Submission(text=text)) is None


@pytest.mark.timeout(60)
def test_65_000_words_cost_a_comment_no_more_than_one() -> None:
    lines = "\n".join(f"word{n}" for n in range(65_000))
    submission = typed("A thought of some words. " * 200)
    words.compiled(lines)
    assert (
        calls(lambda: words.first_match(lines, submission)) <= calls(lambda: words.first_match("word", submission)) + 5
    )
    assert words.first_match(lines, typed("It is word64999 again.")) == "word64999"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("ending", [".example", " online", "*x"])
def test_65_000_lines_that_are_no_plain_words_come_to_an_end(ending: str) -> None:
    lines = "\n".join(f"word{n:05}{ending}" for n in range(65_000))
    assert words.first_match(lines, typed("A thought of some words.")) is None
    last = f"word64999{ending}"
    assert words.first_match(lines, typed(f"Here is {last.replace('*', 'abc')} for you.")) == last


def test_a_list_is_taken_apart_once() -> None:
    lines = "\n".join(f"once{n}" for n in range(10_000))
    words.first_match(lines, typed())
    first = words.compiled(lines)
    words.first_match("".join(lines), typed())
    assert words.compiled(lines) is first
