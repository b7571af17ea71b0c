import pytest

from blog.rendering.markdown import render_comment
from blog.rules import Action, Submission, comment_max_links
from blog.rules.policy import Policy
from tests.rules.submissions import outcome

HTML = '<a href="https://a.example">a</a> <A HREF = "https://b.example">b</A>'


@pytest.mark.parametrize(
    ("text", "most", "reason"),
    [
        ("No link.", 2, None),
        ("https://a.example", 2, None),
        ("https://a.example and https://b.example", 2, "2 links; 2 or more are held."),
        ("[a](https://a.example) [b](https://b.example)", 2, "2 links; 2 or more are held."),
        ("<https://a.example> <mailto:b@b.example>", 2, "2 links; 2 or more are held."),
        ("`https://a.example` and `https://b.example`", 2, None),
        ("a.example b.example c.example", 2, None),
        (HTML, 2, "2 links; 2 or more are held."),
        ("https://a.example", 1, "One link; 1 or more are held."),
        ("https://a.example " * 5, 3, "5 links; 3 or more are held."),
        ("https://a.example " * 5, 0, None),
        ("href= href= href=", 2, "3 links; 2 or more are held."),
        ("HREF =a Href\t=\n b", 2, "2 links; 2 or more are held."),
        ("HREF =a, https://a.example", 2, None),
        ("A hrefs=1 here, an href and = apart from it, href:=", 1, None),
        ("https://a.example https://a.example", 2, "2 links; 2 or more are held."),
        ("[b](https://b.example) <a href=a>", 2, None),  # the larger of the two counts, never their sum
        ("[a](javascript:alert(1)) [b](data:text/html,x)", 2, None),
        ("https://a.example " * 800, 700, "800 links; 700 or more are held."),
    ],
)
def test_comments_with_many_links_are_held(text: str, most: int, reason: str | None) -> None:
    rendered = render_comment(text)
    policy = Policy(comment_max_links=most)
    submission = Submission(text=text, links=len(rendered.links), policy=policy)
    assert outcome(comment_max_links, submission) == ((Action.HOLD, reason) if reason else None)
