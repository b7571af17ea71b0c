"""Headings of comment lists, and the sentence that closes one."""

import pytest

from blog.importing.headings import heading, says_closed


@pytest.mark.parametrize(
    ("line", "count", "title", "mended"),
    [
        ("2 thoughts on “T”", 2, "T", False),
        ("One thought on “T”", 1, "T", False),
        ("No Responses to “T”", 0, "T", False),
        ("1,204 Comments on “T”", 1204, "T", False),
        ("3 Responses to T »", 3, "T »", False),
        ("17 comments", 17, "", False),
        ("Comments (17)", 17, "", False),
        ("2 thoughts on “A “B””", 2, "A “B”", False),
        ("2 thoughts on “A “B”", 2, "A “B”", True),
        ("2 thoughts on “A “B", 2, "A “B”", True),
        ("2 thoughts on “A” and “B”", 2, "“A” and “B”", True),
        ('2 thoughts on "A "B""', 2, 'A "B"', False),
        ('2 thoughts on "A "B"', 2, 'A "B"', True),
        ("2 thoughts on «A «B»»", 2, "A «B»", False),
        ("2 thoughts on „A“", 2, "A", False),
        ("2 thoughts on ‘It’s A’", 2, "It’s A", False),
    ],
)
def test_the_heading_of_a_comment_list_gives_count_and_title(line: str, count: int, title: str, mended: bool) -> None:
    found = heading(line)
    assert found is not None
    assert (found.count, found.title, found.mended) == (count, title, mended)


@pytest.mark.parametrize("line", ["", "2 lamps", "I have 2 comments on that.", "Comments", "12345678 comments"])
def test_other_lines_are_no_headings(line: str) -> None:
    assert heading(line) is None


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        ("Comments are closed.", True),
        ("Comments closed", True),
        ("The comments on this post are now closed.", True),
        ("Commenting has been disabled.", True),
        ("Comments are open.", False),
        ("She closed the comments.", False),
        ("Comments on the matter came late, and by then the door was closed to nearly everybody who wanted in", False),
    ],
)
def test_a_line_says_that_comments_are_closed_or_not(line: str, closed: bool) -> None:
    assert says_closed(line) == closed
