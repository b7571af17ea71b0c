"""Comments as programs list them: totals that are put together agree with a count, and filters name few by an index."""

from typing import Any

import pytest
from sqlite_utils import Database

from blog.comments import catalog
from blog.comments.catalog import CommentsWanted
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, decide, submit
from tests.notifications.world import after

LATER = after(NOON, days=9)


@pytest.fixture
def ids(db: Database) -> list[int]:
    """Comments of all kinds, of three days, on a post and on a draft; some have no date, some no parent."""
    factories.post(db)
    factories.post(db, "draft")
    made = [
        submit(db, f"Number {n}.", n, slug=("draft" if n % 5 == 0 else SLUG), at=after(NOON, hours=n * 3))
        for n in range(1, 25)
    ]
    decide(db, [each for each in made if each % 4], "approve")
    with store.transaction(db):
        db.conn.execute("update posts set status = 'draft' where slug = 'draft'")
        db.conn.execute("update comments set kind = 'like' where id % 7 = 0")
        db.conn.execute("update comments set created_at = null where id % 11 = 0")
        db.conn.execute("update comments set parent_id = 1, root_id = 1 where id in (3, 6)")
    return made


def listed(db: Database, wanted: CommentsWanted) -> tuple[list[int], int]:
    found = catalog.chosen(db, wanted, at=LATER, size=100, skip=0)
    return sorted(row["id"] for row in found["rows"]), found["total"]


@pytest.mark.parametrize(
    "moments",
    [
        {"after": after(NOON, hours=20)},
        {"before": after(NOON, hours=40)},
        {"after": after(NOON, hours=9), "before": after(NOON, hours=60)},
        {"after": after(NOON, days=100)},
    ],
)
@pytest.mark.parametrize("kind", ["comment", "like", "all"])
def test_a_span_of_time_is_counted_as_it_is_listed(
    db: Database, ids: list[int], moments: dict[str, str], kind: str
) -> None:
    found, total = listed(db, CommentsWanted(kind=kind, moments=moments, owner=None))
    wanted = db.conn.execute(
        """
        select c.id from comments c join posts p on p.id = c.post_id where c.status = 'approved'
          and p.status = 'published' and (c.kind = :kind or :kind = 'all')
          and c.created_at > :after and c.created_at < :before
        """,
        {"kind": kind, "after": "", "before": "9", **moments},
    ).fetchall()
    assert found == sorted(row[0] for row in wanted)
    assert total == len(found)


def test_pages_know_the_total_and_what_is_past_the_end_too(db: Database, ids: list[int]) -> None:
    wanted = CommentsWanted(search="Number", owner=None)
    every, total = listed(db, wanted)
    assert total == len(every) > 4
    pages = [catalog.chosen(db, wanted, at=LATER, size=4, skip=skip) for skip in (0, 4, 400)]
    assert [page["total"] for page in pages] == [total] * 3
    assert [len(page["rows"]) for page in pages] == [4, 4, 0]


def test_no_parent_is_a_parent_of_its_own(db: Database, ids: list[int]) -> None:
    below, _ = listed(db, CommentsWanted(numbers={"parent": [1]}, kind="all", owner=None))
    above, _ = listed(db, CommentsWanted(numbers={"parent": [0]}, kind="all", owner=None))
    both, _ = listed(db, CommentsWanted(numbers={"parent": [0, 1]}, kind="all", owner=None))
    assert below == [3, 6]
    assert sorted([*above, *below]) == both
    by_nobody, _ = listed(db, CommentsWanted(numbers={"author": [0]}, kind="all", owner=None))
    assert by_nobody == both


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (CommentsWanted(email="reader3@example.org", owner=None), "comments_by_email"),
        (CommentsWanted(numbers={"parent": [1]}, owner=None), "comments_replies"),
        (CommentsWanted(numbers={"author": [1]}, owner=None), "comments_by_account"),
        (CommentsWanted(numbers={"include": [1, 2]}, owner=None), "PRIMARY KEY"),
        (CommentsWanted(search="Number", owner=None), "PRIMARY KEY"),
        (CommentsWanted(moments={"after": NOON}, owner=None), "comments_public"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_filter_that_names_few_is_found_by_its_index(
    db: Database, ids: list[int], wanted: CommentsWanted, index: str
) -> None:
    asked: list[tuple[str, Any]] = []

    class Spy:
        def __getattr__(self, name: str) -> Any:
            return getattr(db, name)

        @property
        def conn(self) -> Any:
            return self

        def execute(self, sql: str, values: Any = ()) -> Any:
            asked.append((sql, values))
            return db.conn.execute(sql, values)

    catalog.chosen(Spy(), wanted, at=LATER, size=10, skip=0)  # type: ignore[arg-type]
    sql, values = next(each for each in reversed(asked) if "select c.id" in each[0])
    plan = [str(row[3]) for row in db.conn.execute(f"explain query plan {sql}", values).fetchall()]
    of_comments = [line for line in plan if " c USING" in line]
    assert len(of_comments) == 1
    assert index in of_comments[0]
