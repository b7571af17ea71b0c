"""What the filter learns from decisions, and that it forgets exactly."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from blog import comments, filter, moderation
from blog.errors import Conflict, Invalid, NotFound
from blog.moderation import bans, reply
from blog.moderation.acts import ACTS
from blog.moderation.decisions import LESSONS
from blog.people import accounts
from blog.rules import policy
from blog.rules.policy import Policy
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import decide, undo
from tests.filter.learned import HAM, SPAM, decide_on, everything, feed, fit, send
from tests.statements import heard_on
from tests.test_budgets import many


@pytest.fixture
def quick(db: Database) -> Database:
    """A database with a post, where nobody writes too fast."""
    factories.post(db)
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "0"}, by=factories.by())
    return db


def labels(db: Database) -> dict[int, str]:
    feed(db)
    return dict(db.conn.execute("select key, learned from filter_examples").fetchall())


@pytest.mark.parametrize(
    ("decisions", "label"),
    [
        (["approve"], "ham"),
        (["spam"], "spam"),
        (["spam", "restore"], "ham"),
        (["spam", "approve"], "ham"),
        (["approve", "spam"], "spam"),
        (["approve", "unapprove"], None),
        (["unapprove"], None),
        (["trash"], None),
        (["trash", "restore"], None),
        (["delete"], None),
        (["spam", "trash"], "spam"),
        (["approve", "trash"], "ham"),
        (["approve", "trash", "restore"], "ham"),
        (["spam", "delete"], "spam"),
    ],
)
def test_what_each_decision_teaches(quick: Database, decisions: list[str], label: str | None) -> None:
    number = send(quick, "A thought.", 1)
    for decision in decisions:
        decide(quick, number, decision)
    assert labels(quick).get(number) == label


def test_what_a_rule_or_an_import_decides_teaches_nothing(quick: Database) -> None:
    factories.submit(quick, "Words.", n=1, homepage="x")
    factories.submit(quick, "Words.", n=2)
    assert labels(quick) == {}


def test_what_a_rule_called_spam_and_a_moderator_takes_out_is_honest(quick: Database) -> None:
    number = factories.submit(quick, "Words.", n=1, homepage="x")
    decide(quick, number, "restore")
    assert labels(quick) == {number: "ham"}


def test_undoing_a_decision_is_as_if_it_had_never_been_made(quick: Database) -> None:
    decide_on(quick, 25, 30)
    number = send(quick, SPAM.format(n=99), 99)
    before = everything(quick)
    batch = decide(quick, number, "spam")["batch"]
    assert everything(quick) != before
    undo(quick, batch)
    assert everything(quick) == before
    undo(quick, last(quick))  # and doing it again is as having done it
    assert labels(quick)[number] == "spam"


def last(db: Database) -> int:
    return int(db.conn.execute("select coalesce(max(id), 0) from batches").fetchone()[0])


def test_undoing_an_old_decision_leaves_what_the_later_ones_taught(quick: Database) -> None:
    ids = [send(quick, (SPAM if n % 2 else HAM).format(n=n), n) for n in range(1, 61)]
    batches = [decide(quick, number, "spam" if number % 2 else "approve")["batch"] for number in ids]
    feed(quick)
    fit(quick)
    undo(quick, batches[3])
    with_undo = everything(quick)
    quick.conn.execute("delete from filter_examples")
    quick.conn.execute("delete from filter_words")
    quick.conn.execute("delete from filter_fit")
    quick.conn.execute("update filter_state set spam = 0, ham = 0, spam_words = 0, ham_words = 0, digest = 0")
    for number in [*ids[:3], *ids[4:]]:
        quick.conn.execute(
            "insert into filter_examples (key, label) values (?, ?)", [number, "spam" if number % 2 else "ham"]
        )
    assert everything(quick) == with_undo


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["approve", "spam", "unapprove", "restore", "trash", "delete", "undo", "edit", "feed", "learn"]
        ),
        st.integers(1, 8),
        st.integers(0, 3),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=STEPS, wanted=st.sampled_from(["approve", "spam", "restore", "unapprove"]), on=st.integers(1, 8))
def test_after_any_acts_undo_forgets_exactly_and_a_rebuild_changes_nothing(
    quick: Database, acts: list[tuple[str, int, int]], wanted: str, on: int
) -> None:
    quick.conn.execute("begin")
    try:
        _act_and_compare(quick, acts, wanted, on)
    finally:
        quick.conn.execute("rollback")


def _act_and_compare(db: Database, acts: list[tuple[str, int, int]], wanted: str, on: int) -> None:
    by = factories.by()
    for n in range(1, 9):
        comments.submit(db, factories.SLUG, factories.draft((SPAM if n % 2 else HAM).format(n=n), n), at=factories.NOON)
    for kind, number, more in acts:
        try:
            _act(db, kind, number, more)
        except (Conflict, NotFound, Invalid):
            continue
    _drain(db)
    before = _told(db)
    try:
        batch = moderation.decide(db, [on], moderation.Ruling(moderation.Decision(wanted)), by=by)["batch"]
    except NotFound:  # it was deleted
        batch = None
    if batch:
        if on % 2:
            _drain(db)
        moderation.undo(db, batch, ACTS, by=by)
    _drain(db)
    assert _told(db) == before
    filter.rebuild(db, LESSONS)
    assert _told(db) == before


def _act(db: Database, kind: str, number: int, more: int) -> None:
    by = factories.by()
    if kind == "undo":
        moderation.undo(db, None if more else last(db), ACTS, by=by)
    elif kind == "edit":
        factories.edit(db, number, author="Ana", url="", text=f"Edited {more}: free money.", by=by)
    elif kind == "feed":
        filter.update_counts(db, more + 1)
    elif kind == "learn":
        filter.learn(db, filter.read([json.dumps({"text": f"Line {number}.", "label": "spam"})]), by=by)
    else:
        moderation.decide(
            db, list(range(number, number + more + 1)), moderation.Ruling(moderation.Decision(kind)), by=by
        )


def _drain(db: Database) -> None:
    while filter.update_counts(db):
        pass


def _told(db: Database) -> list[Any]:
    return [
        db.conn.execute("select key, learned, features from filter_examples order by key").fetchall(),
        db.conn.execute("select * from filter_words order by number").fetchall(),
        filter.state(db),
    ]


def test_what_is_edited_is_learned_anew_and_an_undone_edit_too(quick: Database) -> None:
    number = send(quick, "The first words.", 1)
    decide(quick, number, "approve")
    before = everything(quick)
    with store.transaction(quick):
        batch = factories.edit(quick, number, author="Ana", url="", text="Other words.", by=factories.by())
    names = {row[1] for row in everything(quick)["words"]}
    assert "other" in names
    assert "first" not in names
    undo(quick, batch)
    assert everything(quick) == before


def test_a_purged_comment_leaves_its_numbers_and_a_rebuild_keeps_them(quick: Database) -> None:
    decide_on(quick, 3, 3)
    before = everything(quick)
    with store.transaction(quick):
        assert moderation.purge(quick, Policy(), at="2027-01-01T00:00:00.000Z") == 3
    assert everything(quick) == before
    with store.transaction(quick):
        filter.rebuild(quick, LESSONS)
    assert everything(quick) == before


def test_what_weighed_goes_with_a_purged_comment_that_keeps_its_place(quick: Database) -> None:
    decide_on(quick, 30, 30)
    number = send(quick, SPAM.format(n=300), 300)
    decide(quick, number, "approve")
    answer = factories.submit(quick, "An answer.", n=301, comment_parent=str(number))
    decide(quick, answer, "approve")
    decide(quick, number, "delete")
    with store.transaction(quick):
        moderation.purge(quick, Policy(), at="2027-01-01T00:00:00.000Z")
    row = quick.conn.execute("select status, score, weighed from comments where id = ?", [number]).fetchone()
    assert tuple(row) == ("deleted", None, "")


def test_a_rebuild_after_many_decisions_is_what_learning_one_by_one_made(quick: Database) -> None:
    decide_on(quick, 26, 30)
    with store.transaction(quick):
        lines = [json.dumps({"text": f"Line {n}", "label": "ham", "author": "Eva"}) for n in range(5)]
        filter.learn(quick, filter.read(lines), by=factories.by())
    before = everything(quick)
    with store.transaction(quick):
        filter.rebuild(quick, LESSONS)
    assert everything(quick) == before


def test_nothing_is_said_before_there_are_fifty_decisions_and_fifteen_of_each_kind(quick: Database) -> None:
    fields = {"text": "Check out my channel, free money."}
    decide_on(quick, 14, 50)
    assert filter.score(quick, fields) is None
    decide_on(quick, 1, 0, first=100)
    said = filter.score(quick, fields)
    assert said is not None
    assert said.spam > 0.5


def test_a_score_is_stored_with_the_comment_once_there_is_enough(quick: Database) -> None:
    decide_on(quick, 25, 24)
    early = send(quick, SPAM.format(n=200), 200)
    decide_on(quick, 0, 1, first=90)
    fit(quick)
    late = send(quick, SPAM.format(n=201), 201)
    honest = send(quick, HAM.format(n=202), 202)
    rows = {number: moderation.comment(quick, number) for number in (early, late, honest)}
    assert rows[early]["score"] is None
    assert rows[late]["score"] > 0.9
    assert rows[honest]["score"] < 0.1
    names = [name for name, _ in json.loads(rows[late]["weighed"])]
    assert {"channel", "free", "money"} & set(names)
    assert [row["id"] for row in moderation.by_score(quick, moderation.Selection())][:2] == [late, honest]
    with store.transaction(quick):
        assert filter.rescore(quick) is None
    assert moderation.comment(quick, early)["score"] > 0.9


@pytest.mark.parametrize(
    ("mode", "status", "rule"),
    [
        ("off", "pending", "comment_previously_approved"),
        ("advise", "pending", "comment_previously_approved"),
        ("hold", "pending", "learned"),
        ("spam", "spam", "learned"),
    ],
)
def test_what_the_filter_may_do_is_its_mode(quick: Database, mode: str, status: str, rule: str) -> None:
    decide_on(quick, 30, 30)
    fit(quick)
    with store.transaction(quick):
        policy.change(quick, {"filter_mode": mode, "filter_spam_at": "90"}, by=factories.by())
    row = moderation.comment(quick, send(quick, SPAM.format(n=300), 300))
    assert (row["status"], row["rule"]) == (status, rule)
    assert (row["score"] is None) == (mode == "off")


def test_a_browser_that_a_moderator_trusts_is_not_judged(quick: Database) -> None:
    decide_on(quick, 30, 30)
    with store.transaction(quick):
        policy.change(quick, {"filter_mode": "spam", "filter_spam_at": "50"}, by=factories.by())
        bans.set_standing(quick, "reader", "reader 1", bans.NewRule("trusted"), by=factories.by())
    row = moderation.comment(quick, send(quick, SPAM.format(n=300), 1))
    assert (row["status"], row["rule"], row["score"] > 0.5) == ("approved", "trusted", True)


def test_a_submission_costs_one_statement_more_while_the_filter_speaks(quick: Database) -> None:
    def statements(n: int) -> int:
        with heard_on(quick) as heard, store.transaction(quick):
            comments.submit(quick, factories.SLUG, factories.draft(f"Words {n}.", n), at=factories.NOON)
        return len(heard.statements)

    silent = statements(400)
    decide_on(quick, 30, 30)
    assert statements(401) == silent + 1


def test_a_thousand_decisions_wait_for_the_counts_and_are_fed_in_steps(quick: Database) -> None:
    ids = many(quick, 1_000, "pending")
    decide(quick, ids, "spam")
    assert filter.state(quick)["spam"] == 0
    with store.transaction(quick):
        assert filter.update_counts(quick) == 25
    assert filter.state(quick)["spam"] == 25
    with store.transaction(quick):
        assert filter.catch_up(quick, 10_000) == 975
    assert not filter.has_pending(quick)


def test_an_answer_that_is_undone_takes_back_what_its_approval_taught(quick: Database) -> None:
    with store.transaction(quick):
        ana = accounts.add(quick, "ana", PASSWORD, by=factories.by())
    number = send(quick, "A thought.", 1)
    draft = reply.prepare("Yes.", ana, "ana", "")
    with store.transaction(quick):
        batch, _ = reply.answer(quick, number, draft, by=factories.by(source="web"), approve=True)
    assert labels(quick)[number] == "ham"
    undoing = undo(quick, batch)["batch"]
    assert labels(quick).get(number) is None
    undo(quick, undoing)
    assert labels(quick)[number] == "ham"
