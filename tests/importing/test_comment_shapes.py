"""Lists of comments that are known by their shape alone."""

import pytest
from bs4 import BeautifulSoup

from blog.importing import comment_shapes, dates, dates_in_words, tree


def when(text: str) -> str | None:
    english = dates.when(text)
    if english:
        return english.at
    found = dates_in_words.read(text)
    return found[0] if found else None


def found(html: str) -> list[tuple[int, int | None, str, str, str]]:
    root = BeautifulSoup(f"<html><body>{html}</body></html>", tree.PARSER, multi_valued_attributes=None)
    return [
        (shape.number, shape.parent, shape.author, shape.at, tree.words(shape.words))
        for shape in comment_shapes.find(root, when)
    ]


THESIS = """
<div class="post"><p class="date">1 May 2008</p><p>The post's own words, which are longer than all others here.</p></div>
<dl id="comment_list">
<dt class="comment"><cite><a href="https://ana.example/">Ana</a></cite> <span class="date">2 May 2008 at 10:00 am</span></dt>
<dd class="comment"><p>First words.</p><p>And more.</p></dd>
<dt class="comment"><cite>Bo</cite> <span class="date">3 May 2008 at 10:00 am</span></dt>
<dd class="comment"><p>Second words.</p></dd>
</dl>"""  # noqa: E501

NESTED = """
<div class="wpd-thread-list">
 <div class="wpd-comment"><div class="wpd-comment-wrap">
   <div class="wpd-comment-author">Ana</div><div class="wpd-comment-date">26. Mai 2008 um 21:07</div>
   <div class="wpd-comment-text"><p>Oben.</p></div><span class="wpd-reply-button">Antworten</span></div>
  <div class="wpd-children"><div class="wpd-comment"><div class="wpd-comment-wrap">
   <div class="wpd-comment-author">Bo</div><div class="wpd-comment-date">27. Mai 2008 um 21:07</div>
   <div class="wpd-comment-text"><p>Unten.</p></div><span class="wpd-reply-button">Antworten</span></div></div></div>
 </div>
 <div class="wpd-comment"><div class="wpd-comment-wrap">
   <div class="wpd-comment-author">Cy</div><div class="wpd-comment-date">28. Mai 2008 um 21:07</div>
   <div class="wpd-comment-text"><p>Daneben.</p></div><span class="wpd-reply-button">Antworten</span></div></div>
</div>"""

SPIP = """
<ul class="forum"><li><div class="forum-message"><h5>Objet</h5>
<p class="forum-meta">le 3 août 2012 à 08:15, par <span class="nom">Jean</span></p></div></li></ul>
<section><ul>
<li class="comment-item"><p><small><abbr class="dtreviewed">3 août 2012 à 08:15</abbr></small> <b>Jean</b></p><p>Un texte.</p></li>
<li class="comment-item"><p><small><abbr class="dtreviewed">4 août 2012 à 08:15</abbr></small> <b>Anne</b></p><p>Un autre.</p></li>
</ul></section>"""  # noqa: E501

BLOGGER = """
<div id="comments"><ol>
<li class="comment"><div class="comment-block"><cite class="user"><a href="https://www.blogger.com/profile/1">Ana</a></cite>
<span class="datetime"><a href="#c1">5 March 2012 at 09:00</a></span><p class="comment-content">First.</p></div>
<div class="comment-replies"><ol><li class="comment"><div class="comment-block"><cite class="user">Bo</cite>
<span class="datetime"><a href="#c2">6 March 2012 at 09:00</a></span><p class="comment-content">Reply.</p></div></li></ol></div></li>
<li class="comment"><div class="comment-block"><cite class="user">Cy</cite>
<span class="datetime"><a href="#c3">7 March 2012 at 09:00</a></span><p class="comment-content">Third.</p></div></li>
</ol></div>"""  # noqa: E501


def test_a_definition_list_of_comments_is_read() -> None:
    assert found(THESIS) == [
        (1, None, "Ana", "2008-05-02T10:00:00Z", "First words.And more."),
        (2, None, "Bo", "2008-05-03T10:00:00Z", "Second words."),
    ]


def test_nested_blocks_keep_their_parents_and_lose_their_buttons() -> None:
    assert found(NESTED) == [
        (1, None, "Ana", "2008-05-26T21:07:00Z", "Oben."),
        (2, 1, "Bo", "2008-05-27T21:07:00Z", "Unten."),
        (3, None, "Cy", "2008-05-28T21:07:00Z", "Daneben."),
    ]


def test_french_dates_and_bare_names_are_enough() -> None:
    assert found(SPIP) == [
        (1, None, "Jean", "2012-08-03T08:15:00Z", "Un texte."),
        (2, None, "Anne", "2012-08-04T08:15:00Z", "Un autre."),
    ]


def test_replies_in_a_list_of_their_own_are_found() -> None:
    assert [(number, parent, author, text) for number, parent, author, _, text in found(BLOGGER)] == [
        (1, None, "Ana", "First."),
        (2, 1, "Bo", "Reply."),
        (3, None, "Cy", "Third."),
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<ul class='recent-posts'><li>A post <span>2 May 2008</span></li><li>B post <span>3 May 2008</span></li></ul>",
        "<p>Only one date: <span>2 May 2008</span></p>",
        "<p>None.</p>",
        "<table><tr><td>2 May 2008</td></tr><tr><td>3 May 2008</td></tr></table>",
    ],
)
def test_lists_of_other_things_are_no_comments(html: str) -> None:
    assert found(html) == []
