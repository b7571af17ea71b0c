"""Whatever two moderators and their readers do, in any order, the books stay right."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from blog import comments, moderation
from blog.errors import Refused
from blog.journal.events import Actor, moment, stamp
from blog.moderation import Decision, Selection, bans, moves, reply
from blog.moderation.acts import ACTS
from blog.rules import policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "submit",
                "reply",
                "decide",
                "many",
                "all",
                "edit",
                "answer",
                "ban",
                "lock",
                "move",
                "undo",
                "undo one",
            ]
        ),
        st.integers(0, 40),
        st.sampled_from(list(Decision)),
        st.sampled_from([1, 2]),
    ),
    min_size=5,
    max_size=25,
)
ROWS = """
    select id, post_id, parent_id, root_id, status, author, url, text, text_html, edited_at, locked, replies,
      approved_in_thread
    from comments order by id
"""


OTHER = "another-post"


class Desk:
    """A site that steps are done on: each a second after the one before, by one of two moderators."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.ticks = count()
        factories.post(db)
        factories.post(db, OTHER)
        with store.transaction(db):
            policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "0"}, by=factories.by())
            for name in ("ana", "ben"):
                factories.account(db, name)
        for n in range(6):
            self.step("submit", n, Decision.APPROVE, 1)
        self.step("many", 0, Decision.APPROVE, 1)

    def by(self, who: int) -> Actor:
        seconds = moment(factories.NOON).timestamp() + next(self.ticks)
        return Actor(stamp(moment(factories.NOON).fromtimestamp(seconds, moment(factories.NOON).tzinfo)), who, "web")

    def ids(self) -> list[int]:
        return [row[0] for row in self.db.conn.execute("select id from comments order by id").fetchall()]

    def some(self, n: int) -> int:
        ids = self.ids()
        return ids[n % len(ids)] if ids else 999

    def step(self, kind: str, n: int, decision: Decision, who: int) -> int | None:
        """Do one thing; return the batch that it made."""
        by = self.by(who)
        with store.transaction(self.db):
            return self._step(kind, n, decision, by)

    def _step(self, kind: str, n: int, decision: Decision, by: Actor) -> int | None:
        db = self.db
        if kind in ("submit", "reply"):
            parent = str(self.some(n)) if kind == "reply" else ""
            typed = factories.draft(
                f"Thought at {by.at}." + " http://a.example" * (n % 3), n % 5, comment_parent=parent
            )
            comments.submit(db, factories.SLUG, typed, at=by.at)
            return None
        if kind in ("decide", "many", "all"):
            chosen: Any = {"decide": [self.some(n)], "many": self.ids()[n % 7 :: 2], "all": Selection("all")}[kind]
            return moderation.decide(db, chosen, moderation.Ruling(decision, "So."), by=by)["batch"]
        if kind == "edit":
            return factories.edit(db, self.some(n), author=f"Name {n % 4}", url="", text=f"Words {n % 4}.", by=by)
        if kind == "answer":
            return reply.answer(db, self.some(n), reply.prepare("Yes.", 1, "ana", ""), by=by, approve=True)[0]
        if kind == "ban":
            value = f"reader {n % 5}"
            rule = bans.NewRule(["banned", "trusted", ""][n % 3], trash_existing=n % 2 == 0)
            return bans.set_standing(db, "reader", value, rule, by=by)
        if kind == "move":
            parent_id, post = (None, (factories.SLUG, OTHER)[n % 2]) if n % 3 else (self.some(n // 2), "")
            return moves.move(db, self.some(n), post=post, parent=parent_id, by=by)
        if kind == "lock":
            return comments.lock(db, self.some(n), n % 2 == 0, by=by)
        batches = [row[0] for row in db.conn.execute("select id from batches where undone_by is null").fetchall()]
        number = batches[n % len(batches)] if batches and kind == "undo one" else None
        return moderation.undo(db, number, ACTS, by=by)["batch"]

    def rows(self) -> list[tuple[Any, ...]]:
        return self.db.conn.execute(ROWS).fetchall()

    def standing(self) -> list[tuple[Any, ...]]:
        return self.db.conn.execute(
            "select kind, value, standing, until from standings order by kind, value"
        ).fetchall()


@contextmanager
def a_desk(migrated: Path, folder: Path, number: int) -> Iterator[Desk]:
    path = folder / f"{number}.db"
    shutil.copyfile(migrated, path)
    db = store.connect(path)
    db.conn.execute("pragma synchronous = off")
    try:
        yield Desk(db)
    finally:
        db.conn.close()
        path.unlink()


def shown(db: Database) -> set[int]:
    rules = policy.load(db)
    found: set[int] = set()
    stack = []
    for post in (1, 2):
        stack += comments.threads(comments.on_post(db, post, rules, page=1), [], rules)
    while stack:
        node = stack.pop()
        stack += node.children
        if not node.gone:
            found.add(node.row["id"])
    return found


NUMBERS = count()


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_acts_keeps_the_books_right(
    migrated: Path, tmp_path: Path, steps: list[tuple[str, int, Decision, int]]
) -> None:
    with a_desk(migrated, tmp_path, next(NUMBERS)) as desk:
        for step in steps:
            before, stood = desk.rows(), desk.standing()
            batch = None
            with suppress(Refused):
                batch = desk.step(*step)
            assert integrity.check(desk.db) == []
            approved = {row[0]: row[1] for row in desk.rows() if row[4] == "approved"}
            assert shown(desk.db) == set(approved)
            for post in (1, 2):
                assert moderation.counts(desk.db, post)["approved"] == list(approved.values()).count(post)
            if batch is not None and step[0] not in ("answer",):
                _undone_and_done_again(desk, batch, before, stood)


def _undone_and_done_again(desk: Desk, batch: int, before: list[tuple[Any, ...]], stood: list[tuple[Any, ...]]) -> None:
    """An undo that follows an act at once gives the exact rows back, and an undo of that the act's."""
    after = desk.rows()
    first = factories.undo(desk.db, batch, by=desk.by(1))
    assert desk.rows() == before
    assert desk.standing() == stood
    factories.undo(desk.db, first["batch"], by=desk.by(1))
    assert desk.rows() == after
    assert integrity.check(desk.db) == []


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_many_sequences_of_acts_keep_the_books_right(
    migrated: Path, tmp_path: Path, steps: list[tuple[str, int, Decision, int]]
) -> None:
    test_any_sequence_of_acts_keeps_the_books_right.hypothesis.inner_test(migrated, tmp_path, steps)  # type: ignore[attr-defined]
