"""In which language a stranger's text is said to be."""

import pytest

from blog.rendering.languages import language_of, script_of, with_territory

JAPANESE = "日本国憲法前文には基本的人権"  # with much more Han than kana
TEXTS = {
    "A thought.": "Latn",
    "“Schöne Grüße” …": "Latn",
    "Zażółć gęślą jaźń": "Latn",
    "😀 123 !": "",
    "": "",
    "Коротко и ясно, said he.": "Cyrl",
    "الميناء": "Arab",
    "אצלנו בנמל חיפה": "Hebr",
    "灯台の火は、だれのものでもなく": "Jpan",
    JAPANESE: "Jpan",
    "灯塔的火不属于任何人": "Hani",
    "등대의 불": "Hang",
    "ประภาคาร": "Thai",
}


@pytest.mark.parametrize("text", TEXTS)
def test_most_letters_tell_the_script(text: str) -> None:
    assert script_of(text) == TEXTS[text]


@pytest.mark.parametrize(
    ("text", "guesses", "language"),
    [
        ("A thought.", ("de", "en"), "de"),
        ("A thought.", ("he", "en-GB"), "en-GB"),
        ("A thought.", ("he", "ar"), "und-Latn"),
        ("灯塔的火不属于任何人", ("ja", "en"), "ja"),
        ("灯塔的火不属于任何人", ("zh-TW", "en"), "zh-TW"),
        ("灯台の火は", ("zh-Hans", "en"), "und-Jpan"),
        ("등대의 불", ("ko",), "ko"),
        ("Коротко и ясно", ("sr",), "sr"),
        ("Коротко и ясно", ("sr-Latn",), "und-Cyrl"),
        ("👍", ("ja", "en"), "ja"),
    ],
)
def test_a_language_is_written_only_where_the_letters_fit(text: str, guesses: tuple[str, ...], language: str) -> None:
    assert language_of(text, *guesses) == language


def test_a_language_gets_the_land_where_most_speak_it() -> None:
    wanted = {"de": "de_DE", "de-AT": "de_AT", "en": "en_US", "zh-Hans": "zh_CN", "zh-TW": "zh_TW", "eo": "eo"}
    assert {tag: with_territory(tag) for tag in wanted} == wanted
