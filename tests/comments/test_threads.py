"""How a page's threads are laid out: in the order of the conversation, folded, with whom each reply answers."""

from typing import Any

import pytest
from sqlite_utils import Database

from blog import comments
from blog.comments import Node, Shown, threads
from blog.rules.policy import Policy
from tests import factories
from tests.factories import decide, submit


@pytest.fixture
def post(db: Database) -> int:
    return factories.post(db)


def write(db: Database, *parents: int, start: int = 0) -> list[int]:
    """Write approved comments, each under the one before that `parents` counts from 1 (0: a new thread)."""
    ids: list[int] = []
    for n, parent in enumerate(parents, start):
        ids.append(submit(db, f"Thought {n}.", n, comment_parent=str(ids[parent - 1]) if parent else ""))
        decide(db, ids[-1], "approve")
    return ids


def laid_out(db: Database, post: int, policy: Policy = Policy(), **shown: Any) -> list[Node]:  # noqa: B008  (frozen)
    rows = comments.on_post(db, post, policy, page=1)
    return threads(rows, shown.pop("held", []), policy, Shown(**shown))


def in_order(nodes: list[Node]) -> list[Node]:
    found, stack = [], nodes[::-1]
    while stack:
        found.append(stack.pop())
        stack += found[-1].children[::-1]
    return found


def test_flattened_replies_stand_in_the_order_of_the_conversation(db: Database, post: int) -> None:
    ids = write(db, 0, 1, 2, 2, 3)  # the last answers the third, so it stands before the fourth
    [top] = laid_out(db, post, Policy(thread_comments_depth=2))
    assert [node.row["id"] for node in in_order([top])] == [ids[0], ids[1], ids[2], ids[4], ids[3]]
    assert {node.depth for node in top.children} == {2}


def test_whom_a_reply_answers_is_told_where_it_does_not_stand_directly_above(db: Database, post: int) -> None:
    write(db, 0, 1, 2, 1)
    [top] = laid_out(db, post)
    assert [node.to for node in in_order([top])] == ["", "", "", "Reader 0"]
    assert [node.parent and node.parent.row["author"] for node in in_order([top])] == [
        *(None, "Reader 0", "Reader 1", "Reader 0")
    ]


@pytest.mark.parametrize(("replies", "fold"), [(1, ""), (2, ""), (3, "open"), (9, "open")])
def test_a_thread_is_folded_from_three_replies_on(db: Database, post: int, replies: int, fold: str) -> None:
    write(db, 0, *[1] * replies)
    [top] = laid_out(db, post)
    assert (top.fold, top.replies) == (fold, replies if fold else 0)
    assert top.writers == ([f"Reader {n}" for n in range(1, replies + 1)] if fold else [])


def test_a_deep_branch_is_folded_from_four_replies_on(db: Database, post: int) -> None:
    write(db, 0, 1, 2, 3, 4, 5, 5)
    [top] = laid_out(db, post)
    assert [node.fold for node in in_order([top])] == ["open", "", "open", "", "", "", ""]
    third = in_order([top])[2]
    assert (third.replies, len(third.writers)) == (4, 4)


def test_folds_are_closed_once_many_replies_lie_open_except_around_what_is_asked_for(db: Database, post: int) -> None:
    ids = write(db, 0, 1, 1, 1, 0, 5, 5, 5, 0, 9, 9, 9)
    assert [top.fold for top in laid_out(db, post, open_replies=3)] == ["open", "closed", "closed"]
    wanted = laid_out(db, post, open_replies=3, unfolded={ids[10]})
    assert [top.fold for top in wanted] == ["open", "closed", "open"]
    held = submit(db, "Mine.", 77, comment_parent=str(ids[4]))
    own = comments.own_held(db, post, "reader 77")
    assert [row["id"] for row in own] == [held]
    assert [top.fold for top in laid_out(db, post, open_replies=3, held=own)] == ["open", "open", "closed"]


def test_tombstones_and_comments_that_wait_are_not_counted_in_a_fold(db: Database, post: int) -> None:
    ids = write(db, 0, 1, 2, 1, 1)
    decide(db, ids[1], "trash")
    [top] = laid_out(db, post)
    assert (top.replies, len(top.children)) == (3, 3)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_ends_where_a_hundred_comments_are_reached(db: Database, post: int, order: str) -> None:
    first, second, third = (write(db, 0, *[1] * 40, start=100 * n)[0] for n in range(3))
    policy = Policy(comment_order=order)
    pages = [[row["id"] for row in comments.on_post(db, post, policy, page=n) if not row["root_id"]] for n in (1, 2)]
    assert pages == [[third, second, first] if order == "desc" else [first, second, third], []]
    fourth = write(db, 0, start=900)[0]
    pages = [[row["id"] for row in comments.on_post(db, post, policy, page=n) if not row["root_id"]] for n in (1, 2)]
    newest_first = [[fourth, third, second, first], []]
    assert pages == (newest_first if order == "desc" else [[first, second, third], [fourth]])
    for n, page in enumerate(pages, 1):
        for number in page:
            place = comments.place_on(db, post, number, policy)
            assert place is not None
            assert (place["page"], place["thread"]) == (n, 0)
