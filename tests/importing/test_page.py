"""Saved pages of all kinds, and what is read from them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlite_utils import Database

from blog.importing import page, tree
from blog.importing.page_import import import_page
from blog.journal.unfinished import COMMENT_SEEN
from blog.rendering.markdown import render_comment, render_post
from blog.settings import Settings
from tests import factories

PAGES = Path(__file__).parent / "pages"
SEED = Path(__file__).parents[3] / "shared" / "seed"

Thread = tuple[int, int | None, str, str | None, str]


def saved(name: str) -> page.Page:
    return page.read((PAGES / name).read_bytes(), name=name)


def html(body: str, *, comments: str = "", head: str = "") -> str:
    """A whole page around a post's body and its comment list."""
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body><article><h1 class='entry-title'>A title</h1>"
        f"<div class='entry-content'>{body}</div></article><div id='comments'>{comments}</div></body></html>"
    )


def body_of(markup: str, **rest: str) -> str:
    return page.read(html(markup, **rest), name="page.html").body


def comment_of(markup: str) -> str:
    item = f"<li class='comment' id='comment-1'><div class='comment-content'>{markup}</div></li>"
    [comment] = page.read(html("<p>x</p>", comments=f"<ol class='comment-list'>{item}</ol>"), name="p.html").comments
    return comment.text


def thread(found: page.Page) -> list[Thread]:
    return [(c.number, c.parent, c.author, c.published_at, c.source_id) for c in found.comments]


# Plain text


def test_a_plain_text_page_gives_its_post_and_says_what_it_could_not_tell() -> None:
    found = saved("plain.txt")
    assert (found.kind, found.title, found.author, found.published_at, found.closed) == (
        "plain text",
        "The Slow Death of “One Time”",
        "",
        None,
        True,
    )
    assert re.findall(r"^## (.*)", found.body, re.MULTILINE) == [
        "Four ports, four noons",
        "The railway’s letter",
        "What “one time” was to mean",
        "The bill",
    ]
    assert re.findall(r"^(\d\.) \w+ \w+", found.body, re.MULTILINE) == ["1.", "2.", "3."]
    assert re.findall(r"^> The company regrets .* convenient\.$", found.body, re.MULTILINE)
    assert "The heading says 2 thoughts and the text holds 1." in found.doubts
    assert "One comment has no author." in found.doubts
    assert "One comment has no date." in found.doubts
    assert "The page names no author." in found.doubts
    assert "The page gives no date." in found.doubts
    assert any(doubt.startswith("The paragraph “The company regrets") for doubt in found.doubts)
    assert any("quotation marks do not pair" in doubt for doubt in found.doubts)


def test_a_plain_text_comment_keeps_its_lines_links_and_list() -> None:
    [comment] = saved("plain.txt").comments
    rendered = render_comment(comment.text)
    assert comment.text.startswith("Thank you for telling this so plainly.\nBut you leave out")
    assert "is at:\n<http://clocks.example/letters_1887.html>\n" in comment.text
    assert rendered.links == ("http://clocks.example/letters_1887.html",)
    assert rendered.html.count("<li>") == 3
    assert comment.text.endswith("to break.")


def test_plain_text_replies_are_told_by_indentation_with_authors_and_dates() -> None:
    found = saved("replies.txt")
    assert (found.title, found.author, found.published_at) == (
        "The price of salt",
        "Marta Lind",
        "2019-05-03T00:00:00Z",
    )
    assert found.body.startswith("Salt was taxed")
    assert thread(found) == [
        (1, None, "Henk", "2019-05-04T08:15:00Z", ""),
        (2, 1, "Marta Lind", "2019-05-04T09:00:00Z", ""),
        (3, None, "An old salt", "2019-05-06T23:59:00Z", ""),
    ]
    assert found.comments[0].text == "Carts grew too. I counted\nthem."
    assert found.comments[2].text == "> With how many wheels?\n\nSix."
    assert not found.closed
    assert found.doubts == ("4 dates had no time zone and were taken as UTC.",)


@pytest.mark.skipif(not SEED.is_dir(), reason="The seed text lies beside the repository only where it was written.")
def test_the_seed_gives_one_post_and_one_comment_and_is_closed() -> None:
    [path] = SEED.glob("*.txt")
    found = page.read(path.read_bytes(), name=path.name)
    [comment] = found.comments
    assert found.title == "Goodbye and Good Riddance to “Enhanced Cooperation”"
    assert len(re.findall(r"^## ", found.body, re.MULTILINE)) == 7
    assert len(re.findall(r"^\d\. ", found.body, re.MULTILINE)) == 3
    assert len(re.findall(r"^> Burdensome", found.body, re.MULTILINE)) == 1
    assert 550 < len(comment.text.split()) < 750
    assert len(render_comment(comment.text).links) == 5
    assert (found.closed, found.author, found.published_at, comment.author, comment.published_at) == (
        True,
        "",
        None,
        "",
        None,
    )
    assert "The heading says 2 thoughts and the text holds 1." in found.doubts


@pytest.mark.parametrize(
    ("text", "title", "doubt"),
    [
        ("Some text that goes on.\n\nOne thought on “T”\n\n  1. x", "T", ""),
        ("Some text that goes on.\n\n3 Responses to On “T”\n\n  1. x", "On “T”", ""),
        ("A first line\n\nSome text that goes on.\n\n2 Comments\n\n  1. x\n  2. y", "A first line", ""),
        ("A first line\n\n2 Comments\n\nSome text that goes on and on.", "A first line", ""),
        ("Is it so?\n\nSome text that goes on.", "Is it so?", ""),
        ("Some text that goes on.\n\nMore of it.", "My post", "No title could be told"),
        (
            "Menu\n\nHome\n\nT it is\n\nSome text.\n\n1 comment on “T it is”\n\n 1. x",
            "T it is",
            "2 lines before the title",
        ),
        ("T\nBy Ann\nMay 3, 2019\n\nSome text that goes on.\n\nComments (0)", "T", ""),
    ],
)
def test_a_plain_text_page_gets_its_title(text: str, title: str, doubt: str) -> None:
    found = page.read(text, name="my-post.txt")
    assert found.title == title
    assert not doubt or any(told.startswith(doubt) for told in found.doubts)


@pytest.mark.parametrize(
    ("ending", "closed", "unsure"),
    [
        ("Comments are closed.", True, False),
        ("Comments are now closed.\n\nProudly powered", True, False),
        ("Comments are closed, but trackbacks and pingbacks are open.", True, False),
        ("Leave a Reply\n\nYour email address will not be published.", False, False),
        ("", False, True),
    ],
)
def test_the_last_lines_tell_whether_a_plain_text_page_is_closed(ending: str, closed: bool, unsure: bool) -> None:
    found = page.read(f"A title\n\nSome text.\n\nOne thought on “A title”\n\n  1. Yes.\n\n{ending}", name="p.txt")
    assert found.closed == closed
    assert [c.text for c in found.comments] == ["Yes."]
    assert any("does not say whether comments are closed" in doubt for doubt in found.doubts) == unsure


NUMBERS = "  1. Three things:\n\n     1. salt\n\n     2. bread\n\n  2. Butter."


@pytest.mark.parametrize(
    ("promised", "parents", "doubt"),
    [(4, [None, 1, 1, None], False), (2, [None, None], False), (7, [None, 1, 1, None], True)],
)
def test_indented_numbers_are_replies_or_a_list_as_the_heading_counts(
    promised: int, parents: list[int | None], doubt: bool
) -> None:
    found = page.read(f"T\n\nSome text.\n\n{promised} thoughts on “T”\n\n{NUMBERS}", name="p.txt")
    assert [comment.parent for comment in found.comments] == parents
    assert any("could be lists within a comment" in told for told in found.doubts) == doubt


def test_comments_without_numbers_are_parted_by_their_authors() -> None:
    found = page.read("T\n\nText.\n\n2 thoughts on “T”\n\nAnn says:\n\nYes.\n\nBob says:\n\nNo.", name="p.txt")
    assert [(c.author, c.text) for c in found.comments] == [("Ann", "Yes."), ("Bob", "No.")]


def test_text_after_the_heading_that_cannot_be_parted_is_kept_as_one_comment() -> None:
    found = page.read("T\n\nText.\n\n2 thoughts on “T”\n\nYes, I think so.\n\nNo.", name="p.txt")
    assert [c.text for c in found.comments] == ["Yes, I think so.\n\nNo."]
    assert any("taken for one comment" in doubt for doubt in found.doubts)


# WordPress pages

CLASSIC: list[Thread] = [
    (1, None, "Tomasz the baker", "2011-03-05T04:02:00Z", "comment-7"),
    (2, 1, "Odile Brandt", "2011-03-05T12:30:00Z", "comment-9"),
    (3, 2, "Tomasz the baker", "2011-03-06T03:10:00Z", "comment-12"),
    (4, None, "", None, "comment-15"),
    (5, None, "Vera", "2011-04-01T00:00:00Z", "comment-16"),
]
COMMENT_LIST: list[Thread] = [
    (1, None, "Joan", "2016-07-10T07:12:44Z", "comment-301"),
    (2, 1, "Inês Marques", "2016-07-10T08:00:00Z", "comment-302"),
    (3, 2, "Joan", "2016-07-11T21:59:59Z", "comment-305"),
]
BLOCKS: list[Thread] = [
    (1, None, "Pia", "2024-02-02T11:00:00Z", "comment-21"),
    (2, 1, "Samira Okafor", "2024-02-02T12:00:00Z", "comment-22"),
    (3, 2, "Pia", "2024-02-03T08:30:00Z", "comment-24"),
    (4, None, "Lew", "2024-02-03T23:30:00Z", "comment-25"),
]


@pytest.mark.parametrize(
    ("name", "title", "author", "published_at", "closed", "comments"),
    [
        ("classic.html", "When the lamps went out", "Odile Brandt", "2011-03-04T00:00:00Z", True, CLASSIC),
        (
            "comment_list.html",
            "A short history of the “ferry”",
            "Inês Marques",
            "2016-07-09T16:45:00Z",
            False,
            COMMENT_LIST,
        ),
        ("block_theme.html", "Why we keep the old well", "Samira Okafor", "2024-02-01T07:00:00Z", True, BLOCKS),
    ],
)
def test_a_wordpress_page_gives_its_post_and_its_nested_comments(
    name: str, title: str, author: str, published_at: str, closed: bool, comments: list[Thread]
) -> None:
    found = saved(name)
    assert (found.kind, found.title, found.author, found.published_at, found.closed) == (
        "HTML",
        title,
        author,
        published_at,
        closed,
    )
    assert thread(found) == comments
    assert not any("The heading says" in doubt for doubt in found.doubts)


def test_a_post_keeps_its_headings_lists_quotations_code_and_links() -> None:
    assert saved("classic.html").body == (
        "The council switched the street lamps off at midnight to save money."
        " Nobody asked the people who walk home at one.\n\n"
        "## What the figures say\n\n"
        "They save *four* thousand a year, it says"
        " [in the budget](<https://lanterns.example/files/budget_(final).pdf>).\\\n"
        "The repairs cost more, as a watchman & bookkeeper knows.\n\n"
        "> Light is a service.\n>\n> Darkness is a decision.\n\n"
        "2. Count the lamps.\n3. Count the steps:\n   - on the stairs\n   - in the lane\n\n"
        "```bash\nwc -l lamps.txt\n# 212\n```\n\n"
        "(Picture: The lane at one)"
    )


def test_pictures_and_frames_become_links_and_share_buttons_go() -> None:
    found = saved("comment_list.html")
    assert "[One egg](https://lowwater.example/wp-content/uploads/egg.jpg)" in found.body
    assert "<https://tube.example/embed/42>" in found.body
    assert "| 1801 | 1 \\| 2 |" in found.body
    assert "<img" not in render_post(found.body)
    assert "Share" not in found.body
    assert "One picture was not brought in, but linked where that was possible." in found.doubts


def test_comments_come_without_buttons_notices_headings_and_pictures() -> None:
    texts = [
        comment.text
        for name in ("classic", "comment_list", "block_theme")
        for comment in saved(f"{name}.html").comments
    ]
    assert texts[0] == (
        "I start at three. Last week I fell over a bicycle; see [my knee](http://baker.example/knee).\n\n"
        "It was **your** bicycle, Odile ;-)"
    )
    assert texts[1] == "I owe you\na bicycle bell."
    assert texts[2] == "**Two loaves**\n\nwill do."
    assert texts[3] == "> Darkness is a decision.\n\nThen decide otherwise \\<b>now\\</b>: 2 \\* 3 \\* 4 lamps."
    assert texts[5] == "My grandmother paid two eggs.\n\n<https://joan.example/eggs_and_boats> says why."
    assert texts[6] == "With `luggage`, yes.\n\n```\ntwo | eggs\n```"
    assert not any(word in text for text in texts for word in ("Reply", "Edit", "says:", "awaiting"))


def test_a_comments_text_says_the_same_when_it_is_shown() -> None:
    shown = render_comment(saved("classic.html").comments[3].text).html
    assert shown.endswith("<p>Then decide otherwise &lt;b&gt;now&lt;/b&gt;: 2 * 3 * 4 lamps.</p>")


def test_links_from_elsewhere_are_told_and_left_out() -> None:
    assert "A pingback was left out: “Lamps: the debate | Daily” (http://daily.example/lamps)." in (
        saved("classic.html").findings
    )
    assert "A trackback was left out: “A list of wells” (https://wells.example/list)." in (
        saved("block_theme.html").findings
    )


def test_a_comment_that_awaited_moderation_stays_out() -> None:
    found = saved("comment_list.html")
    assert "Only I can see this." not in [comment.text for comment in found.comments]
    assert "A comment by Newcomer awaited moderation on the page; it was left out." in found.doubts


def test_dates_without_a_zone_and_dates_that_are_none_are_told() -> None:
    doubts = saved("classic.html").doubts
    assert "One date could not be read, such as “5 Brumaire at noon”." in doubts
    assert "5 dates had no time zone and were taken as UTC." in doubts


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        (  # a theme that prints no lists
            "<div class='comment depth-1' id='comment-1'><cite class='fn'>Ann</cite><div class='comment-content'>Yes"
            "<p></p></div><div class='comment depth-2' id='comment-2'><cite class='fn'>Bob</cite>"
            "<div class='comment-content'>No</div></div></div>",
            [("Ann", None, "Yes"), ("Bob", 1, "No")],
        ),
        (  # one flat list whose classes alone tell the depth
            "".join(
                f"<li class='comment depth-{depth}' id='comment-{depth}{name}'><b class='fn'>{name}</b>"
                f"<div class='comment-content'><p>{name}</p></div></li>"
                for name, depth in (("a", 1), ("b", 2), ("c", 3), ("d", 2), ("e", 1))
            ),
            [("a", None, "a"), ("b", 1, "b"), ("c", 2, "c"), ("d", 1, "d"), ("e", None, "e")],
        ),
        (  # the oldest themes: no classes, the name in a cite, and the words loose in the item
            "<ol class='commentlist'><li class='alt' id='comment-3'><cite><a href='http://a.example'>Ann</a></cite>"
            " Says:<br><small class='commentmetadata'><a href='#comment-3'>May 1st, 2006 at 10:00 am</a></small>"
            "<p>Yes</p></li></ol>",
            [("Ann", None, "Yes")],
        ),
        (  # a pingback that was answered hands its reply up
            "<ol class='commentlist'><li class='comment' id='comment-1'><b class=fn>Ann</b>"
            "<div class='comment-content'>1</div><ul><li class='pingback' id='comment-2'><a href='http://a.example'>P</a>"
            "<ul><li class='comment' id='comment-3'><b class=fn>Bob</b>"
            "<div class='comment-content'>2</div></li></ul></li></ul></li></ol>",
            [("Ann", None, "1"), ("Bob", 1, "2")],
        ),
    ],
    ids=["no lists", "flat", "oldest", "answered pingback"],
)
def test_other_themes_are_read_too(comments: str, expected: list[tuple[str, int | None, str]]) -> None:
    found = page.read(html("<p>Text</p>", comments=comments), name="p.html")
    assert [(c.author, c.parent, c.text) for c in found.comments] == expected


@pytest.mark.parametrize(
    ("rest", "closed", "told"),
    [
        ("<p class='no-comments'>Comments are closed.</p>", True, "says that comments are closed"),
        ("<p>Comments are closed.</p><form id='commentform'></form>", True, "says that comments are closed"),
        ("<div id='respond'><p class='must-log-in'>You must be logged in.</p></div>", False, ""),
        ("", True, "has no form for comments"),
    ],
)
def test_a_page_is_closed_when_it_says_so_or_has_no_form(rest: str, closed: bool, told: str) -> None:
    found = page.read(html("<p>Comments are closed.</p><p>So it began.</p>", comments=rest), name="p.html")
    assert found.closed == closed
    assert any(told in sentence for sentence in (*found.findings, *found.doubts))
    assert found.body == "Comments are closed.\n\nSo it began."


def test_a_heading_that_counts_other_comments_than_there_are_is_a_doubt() -> None:
    comments = "<h2 class='comments-title'>1,204 thoughts on “A title”</h2>"
    found = page.read(html("<p>x</p>", comments=comments), name="p.html")
    assert "The heading says 1,204 thoughts and the page holds 0." in found.doubts


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>T – The blog</title><meta property='og:site_name' content='The blog'>", "", "T"),
        ("<title>The blog » Of wells and water</title>", "<h2>Of wells and water</h2>", "Of wells and water"),
        ("<meta property='og:title' content='From the head'>", "", "From the head"),
        ("", "", "Old page"),
    ],
)
def test_a_page_without_a_marked_title_gets_one(head: str, body: str, title: str) -> None:
    source = f"<!doctype html><html><head>{head}</head><body><main>{body}<p>Text.</p></main></body></html>"
    found = page.read(source, name="old-page.html")
    assert (found.title, found.body) == (title, "Text.")


def test_a_page_says_where_it_is_from() -> None:
    url = "https://a.example/p/"
    told = (f"<link rel='canonical' href='{url}'>", f"<meta property='og:url' content='{url}'>")
    assert [page.read(html("x", head=head), name="p.html").url for head in told] == [url, url]
    saved_by_a_browser = f"<!-- saved from url=(0020){url} -->{html('<a href=/q>q</a>')}"
    assert page.read(saved_by_a_browser, name="p.html").body == "[q](https://a.example/q)"


# Markdown


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("<p>a<br>b<br><br>c<br></p>", "a\\\nb\n\nc"),
        (
            "<p>1. no list</p><p># no heading</p><p>- no</p><p>a\n---</p>",
            "1\\. no list\n\n\\# no heading\n\n\\- no\n\na ---",
        ),
        (
            "<p>snake_case 2*3 a &amp; b &amp;lt; [x](y) ~~z~~</p>",
            "snake_case 2\\*3 a & b \\&lt; [x\\](y) \\~\\~z\\~\\~",
        ),
        ("<p>Look!<a href='http://a.example/'>here</a></p>", "Look\\![here](http://a.example/)"),
        ("<p><a href='javascript:alert(1)'>a</a> <a href='#top'>b</a> <a href='/c'>c</a></p>", "a b c"),
        ("<p><a href='http://a.example/x'>http://a.example/x</a></p>", "<http://a.example/x>"),
        ("<h1>a</h1><h2>b</h2><h6>c</h6>", "## a\n\n### b\n\n###### c"),
        ("<p>a <code>b`c</code><code>d</code></p>", "a `` b`c `` `d`"),
        ("<p><code>a<br>b</code></p>", "```\na\nb\n```"),
        ("<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````"),
        ("<ul><li>a<p>b</p><ol><li>c</li></ol></li></ul>", "- a\n\n  b\n\n  1. c"),
        ("<p>x <img class='wp-smiley' alt=':)'> <img src='data:image/gif,' alt='a cat'></p>", "x :) (Picture: a cat)"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"),
        ("<script>a</script><style>b</style><nav>c</nav><form>d</form><p hidden>e</p><p>f</p>", "f"),
    ],
)
def test_a_posts_markup_becomes_markdown(markup: str, markdown: str) -> None:
    assert body_of(markup) == markdown


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("<p>a<br>b</p>", "a\nb"),
        ("<h2>a</h2><p>b</p>", "**a**\n\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a, b\nc"),
        ("<img src='http://a.example/x.png' alt='x'>", "[x](http://a.example/x.png)"),
    ],
)
def test_a_comments_markup_becomes_a_comments_markdown(markup: str, markdown: str) -> None:
    assert comment_of(markup) == markdown


HOSTILE = (
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&lt;<b></b>img src=x onerror=alert(1)&gt;",
    "<code>a</code><code>x` &lt;img src=x onerror=alert(1)&gt; y</code>",
    "<pre>```\n&lt;script&gt;</pre>",
    "<table><tr><td><code>a | &lt;img src=x onerror=alert(1)&gt;</code></td></tr></table>",
    "<a href='http://a.example/\"onmouseover=alert(1)//'>x</a>",
    "<a href='http://a.example/'>](javascript:alert(1))</a>",
    "<img alt='](x) &lt;script&gt; ![' src='http://a.example/x.png'>",
    "![<b></b>x](http://a.example/x.png)",
    "<iframe src='javascript:alert(1)'><script>alert(1)</script></iframe>",
    "<svg onload=alert(1)><xmp><script>alert(1)</script></xmp>",
    "<div =x a<b='1'><x<y>z</div><![CDATA[<script>]]>",
    "<plaintext><script>alert(1)</script>",
)
SAFE = {"html", "head", "body", "p", "br", "em", "strong", "s", "del", "code", "pre", "blockquote", "ul", "ol", "li"}
SAFE |= {"a", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "table", "thead", "tbody", "tr", "th", "td"}


def unsafe(rendered: str) -> Iterator[str]:
    """What a browser would make of rendered HTML beyond plain text markup."""
    for element in BeautifulSoup(rendered, tree.PARSER, multi_valued_attributes=None).find_all(True):
        yield from [element.name] if element.name not in SAFE else []
        yield from element.attrs.keys() - {"href", "rel", "start", "class", "style", "id", "aria-label", "tabindex"}
        if not re.match(r"https?:|mailto:|#[\w-]+$|$", element.attrs.get("href") or ""):
            yield str(element.attrs["href"])


@pytest.mark.parametrize("markup", HOSTILE)
def test_no_raw_html_reaches_a_post_or_a_comment(markup: str) -> None:
    found = page.read(html(f"<p>Text</p>{markup}"), name="p.html")
    assert list(unsafe(render_post(found.body))) == []
    assert list(unsafe(render_post(comment_of(f"<p>Text</p>{markup}")))) == []


TAGS = (
    *("<p>", "</p>", "<b>", "<i>", "<code>", "</code>", "<pre>", "<a href='http://a.example/(x'>", "</a>", "<li>"),
    *("<ol>", "<td>", "<br>", "<blockquote>", "<h2>", "\n", "\n\n", "http://a.example/b_c*d", "x"),
)
SIGNS = ("&lt;", "`", "``", "|", "\\", "[", "](", "!", "^[", "*", "_", "# ", "> ", "1. ", "- ", "~~~", "--", ": ")
PIECES = st.lists(st.sampled_from((*HOSTILE, *TAGS, *SIGNS, "\ue000", "\ue001")), min_size=1, max_size=25).map("".join)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(PIECES)
def test_no_heap_of_markup_reaches_a_post_as_html(markup: str) -> None:
    found = page.read(html(f"<p>Text</p>{markup}"), name="p.html")
    assert list(unsafe(render_post(found.body))) == []


@settings(max_examples=400, deadline=None, derandomize=True)
@given(PIECES)
def test_no_heap_of_signs_in_plain_text_reaches_a_post_as_html(text: str) -> None:
    found = page.read(f"A title\n\nText.\n\n{text}\n\nOne thought on “A title”\n\n  1. {text}", name="p.txt")
    for markdown in (found.body, *(comment.text for comment in found.comments)):
        assert list(unsafe(render_post(markdown))) == []


# Files


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"", "x.html is empty."),
        (b"\x00\x00 \n", "x.html is empty."),
        (b"<html>" + b"x" * 50_000_000, "x.html is 48 MB; at most 20 MB can be read."),
        (
            "<!doctype html>" + "<div>" * 500,
            "x.html has elements nested 502 deep; at most 200 levels can be read.",
        ),
        (
            "<p>x</p>" * 1_000 + "<div>" * 400_000,
            "x.html has over 1,000 elements that are opened and not closed; no blog page has as many.",
        ),
        ("<p>" * 500_001, "x.html has over 500,000 tags; no blog page has as many."),
        (b"%PDF-1.7 ...", "x.html is a PDF, no saved web page or plain text."),
        (b"PK\x03\x04...", "x.html is a ZIP or office file, no saved web page or plain text."),
        (b"<?xml version='1.0'?><rss><p>x</p></rss>", "x.html is XML, perhaps a feed or an export, and no saved page."),
        (
            b"From: <Saved by Blink>\r\nContent-Type: multipart/related; boundary=x\r\n\r\n",
            "x.html is a web archive (MHTML). Save the page as HTML or as text instead.",
        ),
        (
            "<!doctype html><html><body></body></html>",
            "x.html holds no post: no element is marked as an article or as its content.",
        ),
    ],
)
def test_a_file_that_holds_no_post_is_refused_with_a_sentence(source: str | bytes, sentence: str) -> None:
    with pytest.raises(page.Unreadable) as refused:
        page.read(source, name="x.html")
    assert str(refused.value) == sentence


def test_elements_nested_as_deep_as_is_allowed_are_read() -> None:
    assert "x" in body_of("<div><em><blockquote>" * 60 + "x")


@pytest.mark.parametrize(
    ("source", "body", "lost"),
    [
        (html("<p>Käse “x”</p>").encode(), "Käse “x”", 0),
        (b"\xef\xbb\xbf" + html("<p>Käse</p>").encode(), "Käse", 0),
        (b"\xff\xfe" + html("<p>Käse</p>").encode("utf-16-le"), "Käse", 0),
        (html("<p>Käse “x”</p>", head="<meta charset=windows-1252>").encode("cp1252"), "Käse “x”", 0),
        (html("<p>Käse “x”</p>", head="<meta charset=iso-8859-1>").encode("cp1252"), "Käse “x”", 0),
        (html("<p>Сыр</p>", head="<meta http-equiv=x content='text/html; charset=koi8-r'>").encode("koi8-r"), "Сыр", 0),
        (html("<p>Käse “x”</p>").encode("cp1252"), "Käse “x”", 0),
        (html("<p>Käse, Käse, Käse ?</p>").encode().replace(b"?", b"\xff"), "Käse, Käse, Käse �", 1),
        (html("<p>a\x00b\x07c</p>").encode(), "abc", 0),
        (html("<p>+AGE-</p>", head="<meta charset=utf-7>").encode(), "+AGE-", 0),
        (html("<p>a\ud800b</p>"), "a�b", 1),
    ],
)
def test_a_page_is_decoded_as_it_says_and_lost_letters_are_told(source: str | bytes, body: str, lost: int) -> None:
    found = page.read(source, name="p.html")
    assert found.body == body
    assert any("could not be read as" in doubt for doubt in found.doubts) == bool(lost)


def test_a_page_of_5000_comments_keeps_them_all() -> None:
    item = "<li class='comment' id='comment-{0}'><b class='fn'>A</b><div class='comment-content'><p>{0}</p></div></li>"
    comments = "".join(item.format(number) for number in range(5_000))
    found = page.read(html("<p>x</p>", comments=f"<ol class='comment-list'>{comments}</ol>"), name="p.html")
    assert [comment.text for comment in found.comments] == [str(number) for number in range(5_000)]


# Pictures beside the page


def test_pictures_of_the_folder_beside_a_saved_page_come_in_and_no_others(
    db: Database, site: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "A lamp_files"
    folder.mkdir()
    for name in ("lamp.png", "wide view.png"):
        Image.new("RGB", (20, 10)).save(folder / name)
    Image.new("RGB", (20, 10)).save(tmp_path / "secret.png")
    (folder / "plan.svg").write_text("<svg/>")
    path = tmp_path / "A lamp.html"
    path.write_text(
        html(
            "<p>Words.</p><a href='https://old.example/lamp.png'><img src='A%20lamp_files/lamp.png' alt='A [lamp]'></a>"
            "<p><img src='./A lamp_files/wide view.png' alt='Wide'> <img src='A lamp_files/../secret.png' alt='No'>"
            " <img src='A lamp_files/plan.svg' alt='Plan'></p>"
        ),
        "utf-8",
    )
    report = import_page(db, site, path, by=factories.by())
    assert report.counts.media == 2
    assert report.path == "a-title/index.md"
    text = (site.posts / report.path).read_text("utf-8")
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", text)
    assert [alt for alt, _ in shown] == ["A \\[lamp\\]", "Wide"]
    assert {name for _, name in shown} <= {file.name for file in (site.posts / "a-title").iterdir()}
    assert "secret" not in text
    assert "(Picture: Plan)" in text
    factories.undo(db, report.batch)
    assert db.conn.execute("select count(*) from posts").fetchone()[0] == 0


def test_a_saved_page_is_unseen_until_it_is_whole_as_every_import(db: Database, site: Settings) -> None:
    seen: list[int] = []

    def watch(done: int, total: int) -> None:
        seen.append(db.conn.execute(f"select count(*) from comments c where {COMMENT_SEEN}").fetchone()[0])

    report = import_page(db, site, PAGES / "comment_list.html", by=factories.by(), watch=watch)
    assert set(seen) == {0}
    assert report.added > 1
    again = import_page(db, site, PAGES / "comment_list.html", by=factories.by())
    assert (again.batch, again.added, again.slug) == (None, 0, report.slug)


def test_what_a_theme_puts_around_a_text_is_left_out_by_its_names_unless_it_is_the_text() -> None:
    words = "Words of the author, and enough of them to be a text that somebody wrote. " * 8
    found = body_of(
        f"<div class='social'><p>{words}</p></div><div class='post-share-buttons'>Tweet this</div>"
        "<ul id='related-articles'><li>Another post</li></ul><div class='author-bio'>Bea writes here.</div>"
        "<p class='view-counter'>1,204 views</p><p class='shareholders'>The shareholders met.</p>"
    )
    assert found.startswith("Words of the author")
    assert found.endswith("The shareholders met.")
    assert not re.search("Tweet|Another|Bea writes|1,204", found)
