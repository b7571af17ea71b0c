import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.comments import LIMITS
from blog.rendering import markdown
from blog.rendering.markdown import (
    MOST_LINKS,
    for_feeds,
    plain_text,
    rebased,
    render_article,
    render_comment,
    render_commonmark,
    render_note,
    render_post,
    too_much,
)

SPECIFICATION = Path(__file__).parents[2] / "../shared/data/markdown/commonmark-spec.json"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("~~not~~ true", "<p><del>not</del> true</p>"),
        ("a ~~b *c*~~ ~d~", "<p>a <del>b <em>c</em></del> ~d~</p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
        ("# a", "<p># a</p>"),
        ("a\n===", "<p>a<br>\n===</p>"),
        ("![a](http://x.example/y.png)", '<p>!<a href="http://x.example/y.png" rel="nofollow ugc noopener">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](java\nscript:alert(1))", "<p>[a](java<br>\nscript:alert(1))</p>"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>"),
        ("| a |\n|---|\n| b |", "<p>| a |<br>\n|—|<br>\n| b |</p>"),
        (
            "see http://x.example/a",
            '<p>see <a href="http://x.example/a" rel="nofollow ugc noopener">http://x.example/a</a></p>',
        ),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    ],
)
def test_a_comment_may_hold_emphasis_links_lists_quotes_and_code(text: str, html: str) -> None:
    assert render_comment(text).html == html


@pytest.mark.parametrize(
    ("text", "html", "plain"),
    [
        ('"Yes" -- so it\'s...', "<p>“Yes” – so it’s…</p>", '"Yes" -- so it\'s...'),
        ('`"x" --verbose`', '<p><code>"x" --verbose</code></p>', '"x" --verbose'),
        ("a\n\n***\n\nb", "<p>a</p>\n<hr>\n<p>b</p>", "a b"),
        ("“Typed” so", "<p>“Typed” so</p>", "“Typed” so"),
    ],
)
def test_a_comment_is_set_as_a_post_and_its_plain_text_is_what_was_typed(text: str, html: str, plain: str) -> None:
    assert (render_comment(text).html, render_comment(text).plain) == (html, plain)


def test_quotation_marks_are_those_of_the_language() -> None:
    assert render_comment('"So"', language="de").html == "<p>„So“</p>"


def test_links_are_counted_after_rendering_and_plain_text_has_no_markup() -> None:
    found = render_comment("[a](http://x.example?a=1&b=2) and http://y.example\n\n- one\n- two & three")
    assert found.links == ("http://x.example?a=1&b=2", "http://y.example")
    assert found.plain == "a and http://y.example one two & three"


@pytest.mark.parametrize(
    "text", ["[" * 16_000, "[a](" * 4_000, "*" * 16_000, "> " * 8_000, "`" * 16_000, "mailto:" * 2_000, "&" * 16_000]
)
def test_a_hostile_text_ends_and_is_clean(text: str) -> None:
    assert "<script" not in render_comment(text).html


MOST_SECONDS = 0.25  # of the processor: the bound is 0.1 on a machine that does nothing else
COSTLY = (
    *("https://a.b/(", "https://a.b/( ", "http://a.b", ":// ", "//a.b ", "mailto:a@b.c ", "ftp://a.b ", "<a@b.c>"),
    *("[", "![", "[a](", "[a](b)", "[]()", "[[a]]", "[a]: b\n", "[](<", '[](a "', "https://a.b/["),
    *("*", "*a", "**a*", "_a_ ", "__a", "~~a", "`", "`a` ", "``a`", "<", "<a", "<!--", "&", "&amp;", "&#", "\\"),
    *("> ", ">>> ", "> a\n", ">\n", "- ", "- - - - -\n\n", "- a\n", "1. a\n", "    a\n", "```\n", "a\n", "a  \n"),
    *(">>> >>> >>> >>> >>> -\n-\n", "a.b.c", "a@", ":", "'a", '"a', "(c)", "x\u0301", "\u200b", "😀", "<b>a</b>"),
)
TAILS = ("}", "a@b.c ")


@pytest.mark.parametrize("piece", COSTLY)
def test_no_text_of_a_comment_takes_long_to_render_or_it_is_refused_first(piece: str) -> None:
    render_comment("*Warm.*")
    length = LIMITS["comment"]
    for text in (piece * length, *(piece * (MOST_LINKS - 1) + tail * length for tail in TAILS)):
        text = text[:length]
        if too_much(text):
            continue
        took = _seconds(text)
        if took > MOST_SECONDS:
            took = _seconds(text)
        assert took < MOST_SECONDS, (piece, text[-5:], took)


def _seconds(text: str) -> float:
    began = time.thread_time()
    render_comment(text)
    return time.thread_time() - began


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("https://a.b/( " * 51, "Your comment has 51 links; 50 fit."),
        ("a\n" * 1_200, "Your comment has 1,201 lines, list items and quotes; 1,000 fit."),
        ("*" * 4_001, "Your comment has 4,001 signs of Markdown (* _ ~ ` < &); 4,000 fit."),
        ("https://a.b/ " * 50, ""),
        ("- a\n" * 400, ""),
    ],
)
def test_what_is_too_much_is_told(text: str, sentence: str) -> None:
    assert too_much(text).startswith(sentence)
    assert bool(too_much(text)) == bool(sentence)


def test_with_many_brackets_none_begins_a_link_and_code_stays_code() -> None:
    html = render_comment("```\n" + "a[1]\n" * 60 + "```\n\n[a](https://b.example) *c*").html
    assert "<pre><code>a[1]" in html
    assert "[a](" in html
    assert "<em>c</em>" in html


def test_a_post_has_tables_notes_smart_quotes_and_its_authors_html() -> None:
    html = render_post('"Hi"[^n] <kbd>x</kbd>\n\n| a |\n|--:|\n| 1 |\n\n[^n]: A note.')
    assert "“Hi”" in html
    assert "<kbd>x</kbd>" in html
    assert '<td class="align-right">1</td>' in html
    assert 'aria-label="Note 1">1</a>' in html
    assert "style=" not in html


def test_all_examples_of_commonmark_are_rendered_as_the_specification_says() -> None:
    if not SPECIFICATION.is_file():
        pytest.skip("The examples of CommonMark are not beside this repository.")
    examples = json.loads(SPECIFICATION.read_text("utf-8"))
    differing = [each["example"] for each in examples if render_commonmark(each["markdown"]) != each["html"]]
    assert (len(examples), differing) == (652, [])


@pytest.mark.parametrize(
    ("language", "html"),
    [
        ("en", "“a ‘b’ c”"),
        ("en-GB", "“a ‘b’ c”"),
        ("de", "„a ‚b‘ c“"),
        ("de-AT", "„a ‚b‘ c“"),
        ("de-CH", "«a ‹b› c»"),
        ("fr", "«\u202fa ‹\u202fb\u202f› c\u202f»"),
        ("sv", "”a ’b’ c”"),
        ("xx", "“a ‘b’ c”"),
        ("", "“a ‘b’ c”"),
    ],
)
def test_quotes_are_those_of_the_language(language: str, html: str) -> None:
    assert render_post("\"a 'b' c\"", language) == f"<p>{html}</p>\n"


def test_headings_have_names_of_their_own_that_no_part_of_the_page_has() -> None:
    html = render_post(
        "## A *B* `c`\n\n## A B c\n\n## Comments\n\n## Comment 1\n\n## fn1\n\n## ?!\n\n## 2026\n\n## Why\n\n## Why"
    )
    names = [
        "a-b-c",
        "a-b-c-1",
        "part-comments",
        "part-comment-1",
        "part-fn1",
        "part",
        "2026",
        "part-why",
        "part-why-1",
    ]
    assert re.findall(r'<h2 id="([^"]+)">', html) == names
    assert re.findall(r'class="anchor" href="#([^"]+)"', html) == names
    assert 'aria-label="Link to “A B c”"' in html


def test_a_table_of_contents_holds_the_second_and_third_level() -> None:
    text = "# One\n\n## Two & *more*\n\n### Three\n\n### Four\n\n#### Five\n\n## Six\n\n> ## Quoted"
    html = render_article(text, toc=True).html
    assert html.startswith(
        '<nav class="toc" aria-label="Contents">\n<ol><li><a href="#two-more">Two &amp; more</a><ol>'
    )
    listed = html[: html.index("</nav>")]
    assert re.findall('href="#([^"]+)"', listed) == ["two-more", "three", "four", "six"]
    assert listed.count("<ol>") == listed.count("</ol>") == 2
    assert listed.count("<li>") == listed.count("</li>") == 4
    assert render_article("Words.", toc=True).html == "<p>Words.</p>\n"
    assert "toc" not in render_article(text).html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            '![A lamp](x.jpg "A <lamp> & more")',
            '<figure><img src="x.jpg" alt="A lamp"><figcaption>A &lt;lamp&gt; &amp; more</figcaption></figure>\n',
        ),
        ("![A lamp](x.jpg)", '<p><img src="x.jpg" alt="A lamp"></p>\n'),
        ('Here: ![A](x.jpg "T")', '<p>Here: <img src="x.jpg" alt="A" title="T"></p>\n'),
        ('- ![A](x.jpg "T")', '<ul>\n<li><img src="x.jpg" alt="A" title="T"></li>\n</ul>\n'),
    ],
)
def test_an_image_with_a_title_alone_in_its_paragraph_is_a_figure(text: str, html: str) -> None:
    assert render_post(text) == html


def test_code_of_a_known_language_is_coloured_by_classes_and_no_other() -> None:
    html = render_post('```python\ndef f(x):\n    return "a<b"  # note\n```\n\n```nothing\nx < y\n```\n\n    def g\n')
    assert '<span class="k">def</span> <span class="nf">f</span>(x):' in html
    assert '<span class="s2">&quot;a&lt;b&quot;</span>' in html
    assert '<span class="c1"># note</span>\n</code></pre>' in html
    assert '<pre><code class="language-nothing">x &lt; y\n</code></pre>' in html
    assert "<pre><code>def g\n</code></pre>" in html
    assert "style=" not in html


def test_what_stands_above_the_mark_is_the_beginning() -> None:
    text = (
        "## One\n\nFirst[^1] <script>alert(1)</script><b onclick=x>words</b>\n\n<!-- MORE -->\n\nRest.\n\n[^1]: Note."
    )
    article = render_article(text)
    assert article.excerpt_html == "<h2>One</h2>\n<p>First <b>words</b></p>"
    assert '<div id="more"></div>\n<p>Rest.</p>' in article.html
    assert render_article("A\n\n> <!-- more -->\n\nB").excerpt_html == ""


def test_every_size_of_a_picture_has_a_whole_address_elsewhere() -> None:
    article = render_article("![x](b.1600x800.webp)\n\n<!-- more -->")
    for html in (article.html, article.excerpt_html):
        for elsewhere in (rebased(html, "/b/"), for_feeds(html, "/b/")):
            assert 'src="/b/b.1600x800.webp"' in elsewhere
            assert 'srcset="/b/b.800x400.webp 800w, /b/b.1600x800.webp 1600w"' in elsewhere
    assert rebased('<img srcset="a.png, /c,d.png 2x">', "/b/") == '<img srcset="/b/a.png, /c,d.png 2x">'


def test_a_browser_knows_wherever_a_picture_stands_how_wide_it_is_there() -> None:
    article = render_article("![x](b.1600x800.webp)\n\n<!-- more -->")
    for html in (article.html, article.excerpt_html):
        assert 'sizes="(max-width: 48rem) 100vw, 44rem"' in html


def test_the_keyboard_reaches_a_table_wherever_it_stands() -> None:
    article = render_article("|a|\n|:-:|\n|b|\n\n<!-- more -->")
    for html in (article.html, article.excerpt_html):
        assert '<table tabindex="0">' in html
        assert '<td class="align-center">b</td>' in html


def test_the_words_of_a_post_are_what_is_read() -> None:
    text = "## Head\n\nA[^1] &amp; b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n<style>p{}</style><!-- no -->\n\n[^1]: Note."
    assert render_article(text).text == "Head A & b x y 1 2 Note."


def test_an_empty_note_is_nothing() -> None:
    assert render_note("  ") == ""
    assert render_note("Thanks to *all*.") == "<p>Thanks to <em>all</em>.</p>"


def test_plain_text_parts_blocks_by_spaces() -> None:
    assert plain_text("<p>a</p><p>b<br>c &lt;d&gt;</p>") == "a b c <d>"


@given(st.text(st.sampled_from("ab “é&;<>/p\t\n\x0b\x1c\x85\xa0\u2028\u3000\u200d"), max_size=30))
def test_the_words_of_one_paragraph_are_found_as_those_of_any(words: str) -> None:
    paragraph = f"<p>{words}</p>"
    assert plain_text(paragraph) == plain_text(f"<em></em>{paragraph}")
    assert plain_text(paragraph[1:]) == plain_text(f"<em></em>{paragraph[1:]}")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("A <b>word</b>.", "<b>"),
        ("<form>\n</form>", "<form>\n</form>"),
        ("> - <form>", "<form>"),
        ("| a |\n|---|\n| <form> |", "<form>"),
        ("Words[^1].\n\n[^1]: <form>", "<form>"),
        ("<!-- so --><form>", "<!-- so --><form>"),
        ("x <!-- so --> y", "<!-- so -->"),
        ("<!-->\n<form>\n-->", "<!-->"),
        ("[a <button>](/b)", "<button>"),
        ("<!-- more -->", ""),
        ("`<form>` and\n\n    <form>\n\n```\n<form>\n```", ""),
        ("1 < 2 > 1, <https://a.example> and <a@b.example>, \\<form>", ""),
        ('![A lamp](lamp.jpg "The lamp")', ""),
    ],
)
def test_raw_html_is_found_wherever_it_would_be_shown(text: str, html: str) -> None:
    assert markdown.first_raw_html(text) == html
