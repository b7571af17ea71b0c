import pytest

from blog.markdown import plain_text, render_comment, render_note, render_post


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
        ("# a", "<p># a</p>"),
        ("a\n===", "<p>a<br>\n===</p>"),
        ("![a](http://x.example/y.png)", '<p>!<a href="http://x.example/y.png" rel="nofollow ugc noopener">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](java\nscript:alert(1))", "<p>[a](java<br>\nscript:alert(1))</p>"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>"),
        ("| a |\n|---|\n| b |", "<p>| a |<br>\n|---|<br>\n| b |</p>"),
        (
            "see http://x.example/a",
            '<p>see <a href="http://x.example/a" rel="nofollow ugc noopener">http://x.example/a</a></p>',
        ),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    ],
)
def test_a_comment_may_hold_emphasis_links_lists_quotes_and_code(text: str, html: str) -> None:
    assert render_comment(text).html == html


def test_links_are_counted_after_rendering_and_plain_text_has_no_markup() -> None:
    found = render_comment("[a](http://x.example?a=1&b=2) and http://y.example\n\n- one\n- two & three")
    assert found.links == ("http://x.example?a=1&b=2", "http://y.example")
    assert found.plain == "a and http://y.example one two & three"


@pytest.mark.parametrize(
    "text", ["[" * 16_000, "[a](" * 4_000, "*" * 16_000, "> " * 8_000, "`" * 16_000, "mailto:" * 2_000, "&" * 16_000]
)
def test_a_hostile_text_ends_and_is_clean(text: str) -> None:
    assert "<script" not in render_comment(text).html


def test_a_post_has_tables_notes_smart_quotes_and_its_authors_html() -> None:
    html = render_post('"Hi"[^n] <kbd>x</kbd>\n\n| a |\n|--:|\n| 1 |\n\n[^n]: A note.')
    assert "“Hi”" in html
    assert "<kbd>x</kbd>" in html
    assert '<td class="align-right">1</td>' in html
    assert 'aria-label="Note 1">1</a>' in html
    assert "style=" not in html


def test_an_empty_note_is_nothing() -> None:
    assert render_note("  ") == ""
    assert render_note("Thanks to *all*.") == "<p>Thanks to <em>all</em>.</p>"


def test_plain_text_parts_blocks_by_spaces() -> None:
    assert plain_text("<p>a</p><p>b<br>c &lt;d&gt;</p>") == "a b c <d>"
