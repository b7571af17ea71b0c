"""The one renderer of comments against every hostile text: what comes out is on the short list and stays so."""

import time
from collections.abc import Callable

import pytest

from blog.rendering.markdown import render_comment
from tests.attacks import hostile
from tests.attacks.judging import again, dangers, strange_in_comment

Corpus = Callable[[], list[str]]
CORPORA = pytest.mark.parametrize(
    "corpus", [hostile.ours, pytest.param(hostile.shared, marks=pytest.mark.slow)], ids=["ours", "shared"]
)


def test_the_judge_finds_what_is_dangerous() -> None:
    """All that raw HTML may be is found by the judge when nothing cleans it."""
    blind = []
    for text in hostile.RAW:
        page = f"<!doctype html><title>x</title><p>{text.replace('{}', 'alert(1)')}"
        if not dangers(page):
            blind.append(text)
    # What only a filter that takes something out, cuts, or decodes once more would make dangerous, is none yet.
    harmless = (
        "&",
        "%",
        "\\u",
        "+ADw",
        "＜",
        "\u2039",
        "`",
        '" on',
        "' on",
        "<![CDATA",
        "<scr<",
        "<a ",
        "<select><template>",
    )
    assert [text for text in blind if not text.startswith(harmless) and "//" not in text[-2:]] == []
    assert len(blind) < 20


@CORPORA
def test_no_text_comes_out_with_more_than_the_short_list(corpus: Corpus) -> None:
    texts = corpus()
    assert len(texts) > 1_000
    assert {text: found for text in texts if (found := strange_in_comment(render_comment(text).html))} == {}


@CORPORA
def test_what_comes_out_is_the_same_after_it_was_parsed_and_written_again(corpus: Corpus) -> None:
    """Mutation: a fixed point has nothing that a second parser would take for something else."""
    for text in corpus():
        once = again(render_comment(text).html)
        twice = again(once)
        assert (twice, strange_in_comment(once), strange_in_comment(twice)) == (once, [], []), text


@CORPORA
def test_every_text_is_rendered_in_time(corpus: Corpus) -> None:
    slow = {}
    for text in [*corpus(), *hostile.pathological()]:
        start = time.process_time()
        render_comment(text[: hostile.LONGEST])
        if (took := time.process_time() - start) > 1:
            slow[text[:60]] = took
    assert slow == {}
