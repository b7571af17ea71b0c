"""Sound, film, frames, tasks, lists of definitions and boxes in a post; and what of them a stranger could misuse."""

import re
import time

import pytest

from blog.rendering.markdown import render_article, render_comment


def shown(text: str, *, raw_html: bool = True) -> str:
    return render_article(text, raw_html=raw_html).html.strip()


@pytest.mark.parametrize("raw_html", [True, False])
@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "![A talk](talk.mp3)",
            '<p><audio controls preload="none" src="talk.mp3" aria-label="A talk">'
            '<a href="talk.mp3">A talk</a></audio></p>',
        ),
        (
            '![The lamp](/static/lamp.WEBM "In 1811")',
            '<figure><video controls preload="none" src="/static/lamp.WEBM" aria-label="The lamp">'
            '<a href="/static/lamp.WEBM">The lamp</a></video><figcaption>In 1811</figcaption></figure>',
        ),
        (
            "[My talk](talk.ogg)",
            '<figure><audio controls preload="none" src="talk.ogg" aria-label="My talk"></audio>'
            '<figcaption><a href="talk.ogg">My talk</a></figcaption></figure>',
        ),
        ("Hear [my talk](talk.ogg).", '<p>Hear <a href="talk.ogg">my talk</a>.</p>'),
        ("![x](https://other.example/x.mp3)", '<p><img src="https://other.example/x.mp3" alt="x"></p>'),
        ("![x](//other.example/x.mp4)", '<p><img src="//other.example/x.mp4" alt="x"></p>'),
        ("[x](https://other.example/x.mp3)", '<p><a href="https://other.example/x.mp3">x</a></p>'),
    ],
)
def test_sound_and_film_of_the_site_get_a_player(text: str, html: str, raw_html: bool) -> None:
    assert shown(text, raw_html=raw_html).replace('controls=""', "controls") == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            '<iframe width="5" src="https://video.example/e?a=1&amp;b" title="A > film" allowfullscreen></iframe>',
            '<a class="frame" href="https://video.example/e?a=1&amp;b">A &gt; film (video.example)</a>',
        ),
        ("So: <iframe src='//video.example/1'></iframe>.", '<a class="frame" href="https://video.example/1">'),
        ("<IFRAME data-src=https://video.example/2></IFRAME>", '<a class="frame" href="https://video.example/2">'),
    ],
)
def test_a_frame_is_a_link_until_somebody_asks_for_it(text: str, html: str) -> None:
    assert html in shown(text)
    assert "iframe" not in shown(text).lower()


@pytest.mark.parametrize(
    "text",
    [
        '<iframe src="javascript:alert(1)"></iframe>',
        '<iframe src="data:text/html,x"></iframe>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<iframe src="https://[x"></iframe>',
        "<iframe></iframe>",
    ],
)
def test_a_frame_without_an_address_of_the_web_is_nothing(text: str) -> None:
    assert "<iframe" not in shown(text).lower()
    assert "href" not in shown(text)


@pytest.mark.parametrize("raw_html", [True, False])
def test_tasks_definitions_and_boxes_are_signs_and_no_controls(raw_html: bool) -> None:
    text = (
        "- [ ] one\n- [x] *two*\n- [a](b)\n\nTerm\n: Meaning\n\n> [!WARNING]\n> Hot *oil*.\n\n"
        '!!! tip "Own title"\n    Body.\n'
    )
    html = shown(text, raw_html=raw_html)
    assert '<span class="sign" role="img" aria-label="To do:">☐</span> one' in html
    assert '<span class="sign" role="img" aria-label="Done:">☑</span> <em>two</em>' in html
    assert html.count('class="task"') == 2
    assert "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>" in html
    assert '<div class="admonition admonition-warning">\n<p class="admonition-title">Warning</p>' in html
    assert "<p>Hot <em>oil</em>.</p>" in html
    assert '<div class="admonition admonition-tip">\n<p class="admonition-title">Own title</p>\n<p>Body.</p>' in html
    assert "<input" not in html
    assert '<div class="admonition">' in shown("!!! vh skip\n    Not hidden.", raw_html=raw_html)


def test_whole_addresses_are_links_and_words_with_dots_are_not() -> None:
    html = shown("See https://a.example/x_y_z. And a.example, ana@a.example, `https://b.example`, //c.example.")
    assert re.findall('href="([^"]+)"', html) == ["https://a.example/x_y_z"]


@pytest.mark.parametrize(
    "text",
    [
        "![a](x.mp3)",
        "[a](x.mp3)",
        "- [x] a",
        "> [!NOTE]\n> a",
        "!!! note\n    a",
        "Term\n: Meaning",
        '<iframe src="https://video.example/1"></iframe>',
    ],
)
def test_a_comment_has_none_of_it(text: str) -> None:
    html = render_comment(text).html
    assert not re.search("<(audio|video|iframe|dl|div|span|figure)|class=", html)


HOSTILE = [
    '![" autoplay onerror="alert(1)](x.mp3)',
    '![a](x.mp3"onerror=alert(1))',
    '![a](<x.mp3" autoplay src="//evil.example/x.mp3>)',
    "![a](javascript:x.mp3)",
    "![a](data:audio/x.mp3)",
    "![a](\\\\evil.example\\x.mp3)",
    "![a](/\\evil.example/x.mp3)",
    "[a](/\\evil.example/x.mp3)",
    '!!! x"><script>alert(1)</script> "t"\n    a',
    "!!! note onclick=alert(1)\n    a",
    "- [x] <script>alert(1)</script>\n- [ ] <img src=x onerror=alert(1)>",
    "> [!NOTE]\n> <script>alert(1)</script>",
    "<script>\n: <b onclick=alert(1)>x</b>",
    'https://a.example/"onmouseover=alert(1)',
    '<iframe src="https://video.example/1" onload="alert(1)"></iframe>',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_strangers_hand_becomes_an_element_or_attribute(text: str) -> None:
    html = shown(text, raw_html=False)
    assert not re.search(r"<(script|iframe|b|img[^<>]*onerror)\b", re.sub(r'"[^"]*"', '""', html))
    assert not re.search(r"<[^<>]*\s(on\w+|autoplay)=", re.sub(r'"[^"]*"', '""', html))
    for address in re.findall(r'<(?:audio|video)[^<>]* src="([^"]*)"', html):
        assert re.fullmatch(r"/?[^/\\:][^\\:]*", address), html


@pytest.mark.parametrize(
    "piece", ["- [x] ", "> [!NOTE]\n", "!!! a\n", "\n: a", "<iframe ", "<iframe src='", "![](x.mp3)", "[x](x.mp3)\n\n"]
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    shown(piece * (20_000 // len(piece)))
    assert time.process_time() - began < 3
