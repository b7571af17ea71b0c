from typing import Any

import pytest
from sqlite_utils import Database

from blog import comments
from blog.comments import Node, Shown, reading
from blog.moderation import bans
from blog.rules import policy
from blog.rules.policy import Policy
from blog.storage import store
from tests import factories
from tests.factories import NOON, decide, submit


@pytest.fixture
def post(db: Database) -> int:
    return factories.post(db)


def approved(db: Database, text: str, n: int, parent: int | None = None) -> int:
    comment = submit(db, text, n=n, comment_parent=str(parent or ""))
    decide(db, comment, "approve")
    return comment


def tree(nodes: list[Node]) -> list[Any]:
    return [[node.row["id"], tree(node.children)] if node.children else node.row["id"] for node in nodes]


def threads(db: Database, post: int, rules: Policy = Policy(), **more: Any) -> list[Node]:  # noqa: B008  (frozen)
    rows = comments.on_post(db, post, rules, page=more.pop("page", 1))
    return comments.threads(rows, more.pop("held", []), rules, Shown(**more))


def test_replies_stand_under_what_they_answer_in_their_order(db: Database, post: int) -> None:
    a = approved(db, "a", 1)
    b = approved(db, "b", 2)
    c = approved(db, "c", 3, a)
    d = approved(db, "d", 4, c)
    e = approved(db, "e", 5, a)
    assert tree(threads(db, post)) == [[a, [[c, [d]], e]], b]


def test_a_reply_past_the_depth_limit_joins_the_last_level_and_names_whom_it_answers(db: Database, post: int) -> None:
    a = approved(db, "a", 1)
    b = approved(db, "b", 2, a)
    c = approved(db, "c", 3, b)
    d = approved(db, "d", 4, c)
    nodes = threads(db, post, Policy(thread_comments_depth=2))
    assert tree(nodes) == [[a, [b, c, d]]]
    assert [child.to for child in nodes[0].children] == ["", "Reader 2", "Reader 3"]


def test_flat_threads_say_whom_each_reply_answers(db: Database, post: int) -> None:
    a = approved(db, "a", 1)
    b = approved(db, "b", 2, a)
    nodes = threads(db, post, Policy(thread_comments_depth=1))
    assert sum(len(node.children) for node in nodes) + len(nodes) == 2
    assert {a, b} <= {node.row["id"] for node in nodes} | {child.row["id"] for node in nodes for child in node.children}


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ("trash", "This comment was removed."),
        ("spam", "This comment was removed."),
        ("delete", "This comment was removed."),
        ("unapprove", "This comment is not shown."),
    ],
)
def test_a_hidden_comment_with_visible_replies_leaves_a_tombstone_without_a_word_of_it(
    db: Database, post: int, decision: str, sentence: str
) -> None:
    a = submit(db, "A secret.", 1, url="https://secret.example")
    decide(db, a, "approve")
    b = approved(db, "b", 2, a)
    shown = threads(db, post)[0].row
    assert (shown["author"], shown["url"]) == ("Reader 1", "https://secret.example")
    decide(db, a, decision)
    nodes = threads(db, post)
    assert tree(nodes) == [[a, [b]]]
    assert nodes[0].gone == sentence
    assert "secret" not in str(nodes[0].row)
    assert "Reader 1" not in str(nodes[0].row)


def test_a_tombstone_goes_when_nothing_below_it_is_visible(db: Database, post: int) -> None:
    a = approved(db, "a", 1)
    b = approved(db, "b", 2, a)
    c = approved(db, "c", 3, b)
    decide(db, a, "trash")
    decide(db, b, "trash")
    assert tree(threads(db, post)) == [[a, [[b, [c]]]]]
    decide(db, c, "spam")
    assert threads(db, post) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_hold_whole_threads(db: Database, post: int, order: str) -> None:
    tops = [approved(db, f"top {n}", n) for n in range(1, 6)]
    reply = approved(db, "late reply", 9, tops[0])
    rules = Policy(comments_per_page=2, comment_order=order)
    pages = [tree(threads(db, post, rules, page=page)) for page in (1, 2, 3)]
    with_reply: list[Any] = [[tops[0], [reply]], *tops[1:]]
    wanted = with_reply if order == "asc" else with_reply[::-1]
    assert pages == [wanted[:2], wanted[2:4], wanted[4:]]
    assert [comments.place(db, each, at=factories.NOON)[1] for each in (tops[0], reply)] == [1, 1]


def test_the_place_of_a_comment_is_the_page_that_holds_its_thread(db: Database, post: int) -> None:
    tops = [approved(db, f"top {n}", n) for n in range(1, 6)]
    with store.transaction(db):
        policy.change(db, {"comments_per_page": "2"}, by=factories.by())
    assert [comments.place(db, top, at=factories.NOON)[1] for top in tops] == [1, 1, 2, 2, 3]


def test_own_held_comments_are_shown_to_their_reader_in_place(db: Database, post: int) -> None:
    a = approved(db, "a", 1)
    mine = submit(db, "mine", n=7)
    answer = submit(db, "my answer", n=7, comment_parent=str(a), at="2026-05-07T13:00:00.000Z")
    held = comments.own_held(db, post, "reader 7")
    assert {row["id"] for row in held} == {mine, answer}
    nodes = threads(db, post, held=held)
    assert tree(nodes) == [[a, [answer]], mine]
    assert nodes[1].held
    assert nodes[0].children[0].held
    assert comments.own_held(db, post, "reader 8") == []
    assert comments.own_held(db, factories.post(db, "other"), "reader 7") == []


def test_of_many_own_held_comments_the_newest_fifty_are_shown(db: Database, post: int) -> None:
    ids = [submit(db, f"Thought {n}.", n, at=f"2026-05-07T12:{n:02}:00.000Z") for n in range(1, 53)]
    db.conn.execute("update comments set reader_hash = 'reader 7'")
    assert {row["id"] for row in comments.own_held(db, post, "reader 7")} == set(ids[2:])


def test_what_a_rule_took_for_spam_is_still_shown_to_its_author_and_a_deleted_one_is_not(
    db: Database, post: int
) -> None:
    spam = submit(db, "buy", n=7, homepage="x")
    assert [row["id"] for row in comments.own_held(db, post, "reader 7")] == [spam]
    decide(db, spam, "delete")
    assert comments.own_held(db, post, "reader 7") == []


def test_two_hundred_levels_are_no_deeper_than_the_limit(db: Database, post: int) -> None:
    parent = approved(db, "top", 1)
    for n in range(2, 202):
        parent = approved(db, f"level {n}", n, parent)
    nodes = threads(db, post)
    depth, level = 1, nodes
    while level[0].children:
        depth, level = depth + 1, level[0].children
    assert depth == 5


@pytest.mark.parametrize("wanted", ["", "three", "-999999", "0", "99", "1e3"])
def test_a_reply_form_is_for_an_approved_comment_of_this_post_only(db: Database, post: int, wanted: str) -> None:
    a = approved(db, "a", 1)
    pending = submit(db, "p", n=2)
    factories.post(db, "other")
    elsewhere = submit(db, "e", n=3, slug="other")
    decide(db, elsewhere, "approve")
    assert comments.target(db, post, wanted, Policy()) is None
    assert comments.target(db, post, str(pending), Policy()) is None
    assert comments.target(db, post, str(elsewhere), Policy()) is None
    assert comments.target(db, post, str(a), Policy())["author"] == "Reader 1"


def test_the_form_is_filled_only_for_who_asked_to_be_remembered(db: Database, post: int) -> None:
    submit(db, "a", n=1, remember="1", url="https://example.org")
    submit(db, "b", n=2, url="https://example.org")
    assert comments.remembered(db, "reader 1", at=NOON)["url"] == "https://example.org"
    nobody = {"author": "", "email": "", "url": "", "remember": 0, "approved": 0, "standing": ""}
    assert comments.remembered(db, "reader 2", at=NOON) == comments.remembered(db, "reader 3", at=NOON) == nobody


def test_the_latest_are_what_is_approved_on_public_posts_newest_first(db: Database, post: int) -> None:
    for slug in ("other", "draft", "ahead"):
        factories.post(db, slug, title=slug.capitalize())
    sent = {slug: submit(db, "Said.", n, slug=slug) for n, slug in enumerate(("other", "draft", "ahead", "a-post"), 1)}
    spam, late = submit(db, "Bought.", 8), submit(db, "Late.", 9, url="https://late.example")
    decide(db, [*sent.values(), late], "approve")
    decide(db, spam, "spam")
    db.conn.execute("update posts set status = 'draft' where slug = 'draft'")
    db.conn.execute("update posts set published_at = '2026-05-08T00:00:00.000Z' where slug = 'ahead'")

    def latest(**more: Any) -> list[int]:
        return [row["id"] for row in comments.latest(db, **{"at": NOON, "size": 20, **more})]

    assert latest() == [late, sent["a-post"], sent["other"]]
    assert latest(size=2) == [late, sent["a-post"]]
    assert latest(at="2026-05-08T00:00:00.000Z") == [late, sent["a-post"], sent["ahead"], sent["other"]]
    assert latest(post=post) == [late, sent["a-post"]]
    assert latest(post=post, at="2026-04-01T00:00:00.000Z") == []
    first = comments.latest(db, at=NOON, size=1)[0]
    assert (first["author"], first["url"], first["slug"], first["title"], first["kind"]) == (
        "Reader 9",
        "https://late.example",
        "a-post",
        "A post",
        "post",
    )


def test_a_readers_form_knows_how_many_were_approved_and_what_a_moderator_thinks(db: Database, post: int) -> None:
    ids = [submit(db, f"Thought {n}.", n=1, at=f"2026-05-07T12:0{n}:00.000Z") for n in range(3)]
    decide(db, ids[:2], "approve")
    decide(db, submit(db, "Somebody else's.", n=2), "approve")
    with store.transaction(db):
        rule = bans.NewRule("banned", until="2026-05-08T00:00:00.000Z")
        bans.set_standing(db, "reader", "reader 1", rule, by=factories.by())
    known = comments.remembered(db, "reader 1", at=NOON)
    assert (known["approved"], known["standing"]) == (2, "banned")
    assert comments.remembered(db, "reader 1", at="2026-05-08T00:00:00.000Z")["standing"] == ""


@pytest.fixture
def long(db: Database) -> int:
    """A thread with 250 approved replies, each to the one before; return its first comment."""
    factories.post(db)
    first = factories.submit(db, "First.", 0)
    factories.decide(db, first, "approve")
    with store.transaction(db):
        db.conn.execute(
            """
            with recursive n (i) as (select ?1 + 1 union all select i + 1 from n where i < ?1 + 250)
            insert into comments (id, post_id, parent_id, root_id, status, author, email, url, text, text_html,
              text_hash, ip, network, user_agent, verdict, rule, verdict_facts, created_at, source)
            select i, 1, i - 1, ?1, 'approved', 'Writer ' || i, '', '', 'x', '<p>x</p>', 'h', '', '', '', 'allow',
              '', '{}', '2026-05-02T00:00:00.000Z', 'web' from n order by i
            """,
            [first],
        )
    return first


ALONE = Shown(last_page=False, replies=comments.THREAD_PAGE)


def test_a_long_thread_shows_its_first_fifty_replies_and_says_how_many_more(db: Database, long: int) -> None:
    rows = reading.on_post(db, 1, Policy(), page=1)
    [top] = comments.threads(rows, [], Policy())
    assert (len(rows), top.more, top.next) == (52, 200, long + 51)
    assert shown(top) == list(range(long, long + 51))


@pytest.mark.parametrize(("count", "more"), [(3, 0), (50, 0), (51, 1)])
def test_beside_a_long_thread_another_keeps_its_replies(db: Database, long: int, count: int, more: int) -> None:
    other = approved(db, "Another.", 2)
    db.conn.execute(
        """
        with recursive n (i) as (select 1 union all select i + 1 from n where i < ?2)
        insert into comments (post_id, parent_id, root_id, status, author, email, url, text, text_html, text_hash, ip,
          network, user_agent, verdict, rule, verdict_facts, created_at, source)
        select 1, ?1, ?1, 'approved', 'Writer', '', '', 'x', '<p>x</p>', 'h', '', '', '', 'allow', '', '{}',
          '2026-05-02T00:00:00.000Z', 'web' from n order by i
        """,
        [other, count],
    )
    [top, below] = comments.threads(reading.on_post(db, 1, Policy(), page=1), [], Policy())
    assert (len(shown(top)), top.more) == (51, 200)
    assert (shown(below), below.more) == (list(range(other, other + 1 + min(count, 50))), more)


def test_a_long_thread_has_pages_of_its_own(db: Database, long: int) -> None:
    for page, numbers in ((1, range(1, 101)), (2, range(101, 201)), (3, range(201, 251))):
        [top] = comments.threads(reading.on_thread(db, 1, long, page=page), [], Policy(), ALONE)
        assert shown(top) == [long, *(long + n for n in numbers)]
    [first, *_] = top.children
    assert first.to == f"Writer {long + 200}"  # whom it answers stands on the page before
    assert len(reading.on_thread(db, 1, long, page=4)) == 1
    assert reading.on_thread(db, 2, long, page=1) == []
    assert reading.on_thread(db, 1, long + 1, page=1) == []


def test_a_thread_that_nobody_sees_has_no_page(db: Database, post: int) -> None:
    first = submit(db, "It waits.", 1)
    assert reading.on_thread(db, post, first, page=1) == []
    decide(db, first, "approve")
    assert [row["id"] for row in reading.on_thread(db, post, first, page=1)] == [first]


def test_a_link_to_a_reply_leads_to_the_page_that_holds_it(db: Database, long: int) -> None:
    places = [comments.place(db, long + n, at=factories.NOON)[1:] for n in (0, 1, 50, 51, 100, 101, 200, 201, 250)]
    assert places == [
        *[(1, 0)] * 3,
        *[(1, long)] * 2,
        *[(2, long)] * 2,
        *[(3, long)] * 2,
    ]


def test_what_is_answered_in_a_long_thread_leads_to_its_last_page(db: Database, long: int) -> None:
    with store.transaction(db):
        sent = comments.submit(
            db, factories.SLUG, factories.draft("Me too.", 7, comment_parent=str(long + 250)), at=factories.NOON
        )
    assert (sent["thread"], sent["page"]) == (long, 3)
    held = reading.own_held(db, 1, "reader 7")
    [top] = comments.threads(reading.on_thread(db, 1, long, page=3), held, Policy(), ALONE)
    assert shown(top)[-1] == sent["id"]


def shown(top: Node) -> list[int]:
    found, stack = [], [top]
    while stack:
        node = stack.pop()
        found.append(node.row["id"])
        stack += node.children
    return sorted(found)


@pytest.mark.parametrize(
    ("replies", "tombstones"), [(49, 0), (50, 0), (51, 0), (48, 2), (46, 4), (47, 4), (40, 12), (150, 60)]
)
def test_the_place_of_each_reply_is_the_page_that_shows_it(
    db: Database, post: int, replies: int, tombstones: int
) -> None:
    """Removed replies that have answers are shown as tombstones, and count among those of a page."""
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "0"}, by=factories.by())
    top = approved(db, "Top.", 1)
    removed = [submit(db, f"Removed {n}.", 2 + n, comment_parent=str(top)) for n in range(tombstones)]
    decide(db, removed, "approve")
    parents = [*removed, *[top] * (replies - tombstones)]
    answers = [submit(db, f"Answer {n}.", 300 + n, comment_parent=str(parent)) for n, parent in enumerate(parents)]
    decide(db, answers, "approve")
    decide(db, removed, "trash")
    for answer in answers:
        _, page, thread = comments.place(db, answer, at=NOON)
        if thread:
            rows = reading.on_thread(db, post, thread, page=page)
            [node] = comments.threads(rows, [], Policy(), ALONE)
        else:
            [node] = threads(db, post, page=page)
        assert answer in shown(node)
    assert thread == (top if replies + tombstones > 50 else 0)
