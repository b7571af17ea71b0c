import pytest

from blog.rendering.excerpts import beginning

LONG = "Words that go on and on. " * 40


@pytest.mark.parametrize(
    "text_html",
    [
        "<p>Short.</p>",
        "<p>One &amp; two &lt;b&gt;.</p>\n<blockquote><p>Three.</p></blockquote>",
        "<ul><li>One</li><li>Two</li></ul>",
        "",
    ],
)
def test_what_fits_stays_as_it_is(text_html: str) -> None:
    assert beginning(text_html) == (text_html, 0)


def test_a_long_text_ends_at_a_word_and_counts_the_words_it_leaves_out() -> None:
    cut, left_out = beginning(f"<p>{LONG}</p>", lines=2, width=30)
    assert cut == "<p>Words that go on and on. Words that go on and on. Words …</p>"
    assert left_out == len(LONG.split()) - 13


def test_what_is_open_is_closed_and_links_keep_their_address() -> None:
    cut, left_out = beginning(
        f'<blockquote><p>See <a href="https://a.example/?x=1&amp;y=2" rel="nofollow">this {LONG}</a></p></blockquote>',
        lines=1,
        width=30,
    )
    assert cut.startswith('<blockquote><p>See <a href="https://a.example/?x=1&amp;y=2" rel="nofollow">this Words')
    assert cut.endswith("…</a></p></blockquote>")
    assert left_out > 100


def test_each_block_begins_a_line() -> None:
    cut, left_out = beginning("<p>a</p><p>b</p><p>c</p><p>d</p><p>e f</p>", lines=4, width=10)
    assert (cut.count("<p>"), left_out) == (5, 2)
    assert "e" not in cut.replace("</p>", "")
