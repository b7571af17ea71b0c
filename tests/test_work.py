"""How much work things are, counted and not timed: steps of SQLite's machine, calls of Python, what is imported.

A count is the same on every machine, busy or not, so none of these can fail by chance.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from sqlite_utils import Database

from blog import comments, moderation, posts
from blog.comments import context, search
from blog.moderation import Decision, Selection, bans
from blog.rules.policy import Policy
from blog.storage import store
from tests import factories
from tests.factories import SLUG, by, draft
from tests.statements import plan
from tests.test_budgets import many


@contextmanager
def steps_of(db: Database) -> Iterator[list[int]]:
    """Count the steps that SQLite's virtual machine takes on one connection."""
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    db.conn.set_progress_handler(step, 1)
    try:
        yield taken
    finally:
        db.conn.set_progress_handler(None, 1)


def steps(db: Database, act: Callable[[], Any]) -> int:
    with steps_of(db) as taken:
        act()
    return taken[0]


def submit(db: Database, n: int, text: str = "Fresh {}.") -> None:
    with store.transaction(db):
        comments.submit(db, SLUG, draft(text.format(n), n), at=factories.NOON)


def decide(db: Database, number: int) -> None:
    with store.transaction(db):
        moderation.decide(db, [number], moderation.Ruling(Decision.APPROVE), by=by())


def record(db: Database, number: int) -> None:
    row = moderation.comment(db, number)
    moderation.record(db, row, bans.sender_keys({**row, "network": ""}))  # all of them came from one network
    moderation.by_same_author(db, row)


LATER = "2026-06-01T00:00:00.000Z"
ACTS: dict[str, Callable[[Database], Any]] = {
    "a comment that comes in": lambda db: submit(db, 7_000),
    "a decision": lambda db: decide(db, 301),
    "a post's page": lambda db: comments.on_post(db, posts.find(db, SLUG, at=factories.NOON)["id"], Policy(), page=1),
    "a page of the queue": lambda db: moderation.page(db, Selection("pending")),
    "its second page": lambda db: moderation.page(db, Selection("pending"), after=(False, 350)),
    "the counts above it": lambda db: (moderation.counts(db), moderation.counts_by_reason(db, "pending")),
    "the posts to choose from": lambda db: moderation.busiest_posts(db, "pending"),
    "the next page of a search": lambda db: moderation.page(db, Selection("pending", search="Wor"), after=(False, 400)),
    "a search for two letters": lambda db: moderation.page(db, Selection("pending", search="wo")),
    "a part of a name": lambda db: moderation.page(db, Selection("pending", author="riter")),
    "what has replies": lambda db: moderation.queue(db, Selection("all", replied=True)),
    "what is old": lambda db: moderation.queue(db, Selection("approved", days=1, now=LATER)),
    "one reason": lambda db: moderation.page(db, Selection("pending", rule="by_hand")),
    "the comments of one writer": lambda db: moderation.page(db, Selection("all", sender="email:301")),
    "a writer's record": lambda db: record(db, 301),
}


@pytest.fixture
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the limits of what is looked through be reached by few comments.

    The index itself takes longer the more comments it has, so no search by it alone is among ACTS: for rare words among
    a million comments it takes up to 60 ms (benchmarks/search.py).
    """
    for name, value in (("NEAR", 100), ("COUNTED", 100)):
        monkeypatch.setattr(import_module("blog.moderation.queue"), name, value)
    for name, value in (("FEW", 50), ("SHORT_REACH", 100)):
        monkeypatch.setattr(search, name, value)


def filled(db: Database, count: int) -> None:
    """Store 300 approved comments and so many that wait, all of them in the index."""
    many(db, 300)
    many(db, count, "pending")
    with store.transaction(db):
        while search.feed(db):
            pass


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize("name", ACTS)
def test_nothing_takes_more_steps_with_many_comments_than_with_few(site: Any, db: Database, name: str) -> None:
    factories.post(db)
    filled(db, 200)
    few = steps(db, lambda: ACTS[name](db))
    filled(db, 4_000)
    ids = db.conn.execute("delete from comments where author = 'Reader 7000' returning id").fetchall()
    assert len(ids) <= 1
    if name == "a decision":
        with store.transaction(db):
            moderation.decide(db, [301], moderation.Ruling(Decision.UNAPPROVE), by=by())
    assert steps(db, lambda: ACTS[name](db)) <= 1.3 * few + 50


def test_a_text_that_was_sent_very_often_is_compared_with_a_bounded_number(db: Database) -> None:
    factories.post(db)
    text = "The same words again and again, sent by everybody who wants them read, in the same order as always."
    submit(db, 1, text)

    def sent_again(count: int) -> int:
        columns = ", ".join(
            row[1] for row in db.conn.execute("pragma table_info(comments)").fetchall() if row[1] not in ("id", "email")
        )
        with store.transaction(db):
            db.conn.execute(
                f"""
                with recursive n (i) as (select 1 union all select i + 1 from n where i < {count})
                insert into comments (email, {columns})
                select i || '@a.example', {columns} from comments, n where id = 1
                """
            )
            db.conn.execute("update comments set created_at = '2025-01-01T00:00:00.000Z' where id > 1")
        return steps(db, lambda: submit(db, count, text))

    few = sent_again(300)
    assert sent_again(4_000) <= few + 50


def test_the_context_of_a_comment_is_found_by_indexes_and_without_sorting(db: Database) -> None:
    parameters = dict.fromkeys(re.findall(r":(\w+)", context.CONTEXT))
    lines = plan(db, context.CONTEXT, parameters)
    # The one table that is made: of the comments that begin, and that end, with the same words, 20 each at most.
    assert [line for line in lines if "SCAN comments" in line or "SCAN posts" in line] == []
    assert [line for line in lines if "ORDER BY" in line] == []


@pytest.mark.usefixtures("low_limits")
def test_a_search_for_what_is_everywhere_looks_at_a_bounded_number(db: Database) -> None:
    factories.post(db)
    filled(db, 3_000)
    few = steps(db, lambda: moderation.page(db, Selection("pending", search="Words")))
    filled(db, 6_000)
    assert steps(db, lambda: moderation.page(db, Selection("pending", search="Words"))) <= 1.3 * few
    found = moderation.page(db, Selection("pending", search="Words"))
    assert len(found["rows"]) == 51
    assert found["lowest"] is not None


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize("narrowed", [{"replied": True}, {"days": 1, "now": LATER}])
def test_of_what_no_count_is_kept_of_a_hundred_are_counted(db: Database, narrowed: dict[str, Any]) -> None:
    factories.post(db)
    filled(db, 4_000)
    selection = Selection("pending", **narrowed)
    taken = steps(db, lambda: moderation.counted(db, selection))
    filled(db, 4_000)
    assert steps(db, lambda: moderation.counted(db, selection)) <= 1.1 * taken
    found = moderation.counted(db, selection)
    assert (found["matching"], found["lowest"] is not None) == (100, True)


def test_what_came_in_later_is_not_gone_through_to_find_what_is_old(db: Database) -> None:
    factories.post(db)
    filled(db, 100)
    old = Selection("pending", days=1, now="2026-05-04T00:00:00.000Z")
    taken = steps(db, lambda: moderation.page(db, old))
    many(db, 2_000, "pending")
    with store.transaction(db):
        db.conn.execute("update comments set created_at = '2026-05-09T00:00:00.000Z' where id > 400")
        db.conn.execute("delete from day_counts")
        db.conn.execute(
            """
            insert into day_counts (day, status, n, last)
            select substr(created_at, 1, 10), status, count(*), max(id) from comments group by 1, 2
            """
        )
    assert steps(db, lambda: moderation.page(db, old)) <= 1.1 * taken
    assert moderation.page(db, old)["matching"] == 100


def test_of_a_long_thread_no_more_is_read_than_is_shown(db: Database) -> None:
    factories.post(db)
    first = factories.submit(db)
    factories.decide(db, first, "approve")

    def grow(count: int) -> int:
        last = db.conn.execute("select max(id) from comments").fetchone()[0]
        with store.transaction(db):
            db.conn.execute(
                """
                with recursive n (i) as (select ?1 + 1 union all select i + 1 from n where i < ?1 + ?2)
                insert into comments (id, post_id, parent_id, root_id, status, author, email, url, text, text_html,
                  text_hash, ip, network, user_agent, verdict, rule, verdict_facts, created_at, source)
                select i, 1, ?3, ?3, 'approved', 'W', '', '', 'x', '<p>x</p>', 'h', '', '', '', 'allow', '', '{}',
                  '2026-05-02T00:00:00.000Z', 'web' from n order by i
                """,
                [last, count, first],
            )
        return steps(db, lambda: comments.on_post(db, 1, Policy(), page=1))

    few = grow(150)
    assert grow(4_000) <= few + 50


def test_what_every_comment_asks_is_planned_once() -> None:
    """A bare parameter as a limit makes SQLite plan a question anew each time that it is asked."""
    for sql in (context.CONTEXT, posts.published.WITHOUT_TEXT, posts.published.WHOLE):
        assert "limit :" not in sql
        assert "limit ?" not in sql


# What is imported


def _imported(module: str) -> set[str]:
    words = [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


HEAVY = {
    "PIL",
    "argon2",
    "bs4",
    "httpx",
    "html5lib",
    "markdown_it",
    "markdownify",
    "pygments",
    "rich",
    "yaml",
}


def test_the_server_imports_only_what_every_request_may_need() -> None:
    found = _imported("blog.app")
    assert found & (HEAVY | {"watchfiles", "blog.cli", "blog.importing.page_import"}) == set()
    assert {name for name in found if name.startswith("blog.web.admin")} == set()  # until a moderator comes


def test_what_prepares_a_site_imports_no_parser_of_saved_pages() -> None:
    found = _imported("blog.cli.preparing; blog.cli.preparing._import_what_publishes()")
    assert "blog.publishing" in found
    assert found & {"blog.importing.page", "blog.importing.page_import", "bs4", "html5lib"} == set()
