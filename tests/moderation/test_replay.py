"""The rules asked again say what they would have said live."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from blog import comments
from blog.journal.events import moment, stamp
from blog.moderation import replay
from blog.rules import Action, policy
from blog.rules.policy import Policy
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide, draft, submit

LONG = "This is a text of some length, so that it can be compared with others: it has far more than sixteen words."
TEXTS = (
    "A thought.",
    "Roulette and casino.",
    "http://a.example and http://b.example",
    "[words](http://shoes.example/)",
    LONG,
    LONG.replace("length", "reach"),
    "*Stress* and `code`",
    "<a href=x>y</a>",
)
CHANGES: tuple[dict[str, str], ...] = (
    {"comment_moderation": "on"},
    {"comment_previously_approved": "off"},
    {"comment_approvals_needed": "2"},
    {"comment_max_links": "1"},
    {"comment_max_links": "0"},
    {"moderation_keys": "cas*\nstress"},
    {"disallowed_keys": "roulette\n10.0.0.0/8"},
    {"near_duplicates": "1"},
    {"link_domain_spam": "1"},
    {"comment_burst": "2"},
)


def _same_rules(db: Database, now: Policy, values: dict[str, str]) -> replay.Replay:
    return replay.replay(db, now, policy.with_values(now, values))


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(TEXTS),
            st.integers(1, 4),
            st.sampled_from(["valid", "valid", "missing"]),
            st.sampled_from([None, "approve", "spam", "trash"]),
            st.integers(1, 40),
        ),
        min_size=1,
        max_size=12,
    ),
    change=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_a_replay_gives_the_verdicts_that_the_live_rules_give(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], change: list[dict[str, str]]
) -> None:
    """Each comment is posted twice, from the same moment: under the changed settings (taken back), and under ours."""
    folder = tmp_path_factory.mktemp("replay")
    store.prepare(folder / "blog.db")
    db = store.connect(folder / "blog.db")
    factories.post(db)
    values = {name: value for each in change for name, value in each.items()}
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0"}, by=by())
    at, live = moment(NOON), {}
    for number, (text, who, form, decision, minutes) in enumerate(steps):
        at += timedelta(minutes=minutes)
        sent = draft(f"{text} ({number})", who, form=form)
        db.conn.execute("begin immediate")
        policy.change(db, values, by=by())
        tried = comments.submit(db, SLUG, sent, at=stamp(at))["id"]
        row = db.conn.execute("select verdict, rule, verdict_facts from comments where id = ?", [tried]).fetchone()
        db.conn.execute("rollback")
        with store.transaction(db):
            stored = comments.submit(db, SLUG, sent, at=stamp(at))["id"]
        live[stored] = tuple(row)
        if decision:
            decide(db, stored, decision)
    now = policy.load(db)
    waiting = {row[0] for row in db.conn.execute("select id from comments where status = 'pending'").fetchall()}
    before = {
        row[0]: row[1:] for row in db.conn.execute("select id, verdict, rule, verdict_facts from comments").fetchall()
    }
    found = _same_rules(db, now, values)
    told = {each["id"]: each for each in found["changes"]}
    assert found["looked"] == len(live) - len(waiting)
    for number, (action, rule, facts) in live.items():
        if number in waiting or action == before[number][0]:
            assert number not in told
        else:
            after = told[number]["after"]
            assert (after.action.value, after.rule, after.facts) == (action, rule, json.loads(facts))
    db.conn.close()


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def test_what_would_go_against_a_moderator_is_said(db: Database) -> None:
    good, bad = submit(db, "A casino, twice.", n=1), submit(db, "Shoes.", n=2)
    decide(db, good, "approve")
    decide(db, bad, "spam")
    submit(db, "It waits.", n=3)
    found = _same_rules(db, Policy(), {"disallowed_keys": "casino", "comment_previously_approved": "off"})
    assert (found["looked"], found["refused"], found["decided"]) == (2, 1, 2)
    assert [(each["id"], each["after"].action, each["against"]) for each in found["changes"]] == [
        (bad, Action.ALLOW, True),
        (good, Action.TRASH, True),
    ]
    assert replay.summary(found) == (
        "2 of the last 2 decided comments would change; 2 against a moderator’s own decision."
    )
    assert found["rules"]["disallowed_keys"] == {
        "caught": 1,
        "true_positives": 0,
        "false_positives": 1,
        "precision": 0.0,
        "recall": 0.0,
    }


def test_a_hold_is_against_nobody(db: Database) -> None:
    decide(db, submit(db), "approve")
    found = _same_rules(db, Policy(comment_previously_approved=False), {"comment_moderation": "on"})
    assert [each["against"] for each in found["changes"]] == [False]


@pytest.mark.parametrize(
    ("text", "values", "rule"),
    [
        ("A casino.", {"moderation_keys": "casino"}, "moderation_keys"),
        ("A place.", {"comment_previously_approved": "off", "comment_moderation": "on"}, "comment_moderation"),
    ],
)
def test_what_would_wait_for_another_reason_is_not_treated_otherwise(
    db: Database, text: str, values: dict[str, str], rule: str
) -> None:
    decide(db, submit(db, text), "approve")
    found = _same_rules(db, Policy(), values)
    assert found["changes"] == []
    assert replay.summary(found) == "The one decided comment would not change."
    assert found["rules"][rule]["caught"] == 1


def test_an_edited_comment_is_judged_by_what_was_sent(db: Database) -> None:
    comment = submit(db, "A casino.")
    decide(db, comment, "approve")
    with store.transaction(db):
        factories.edit(db, comment, author="Ana", url="", text="A place.", by=by())
    found = _same_rules(db, Policy(), {"disallowed_keys": "casino"})
    assert [each["after"].rule for each in found["changes"]] == ["disallowed_keys"]


def test_nothing_to_ask_about_is_said(db: Database) -> None:
    submit(db)
    assert replay.summary(_same_rules(db, Policy(), {})) == "No comment has been decided on yet."
    decide(db, 1, "approve")
    none = "The one decided comment would not change."
    assert replay.summary(_same_rules(db, Policy(), {})) == none


def test_a_rules_record_counts_where_its_comments_stand(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 4)]
    decide(db, ids[0], "approve")
    decide(db, ids[1], "spam")
    assert replay.records(db) == {"comment_previously_approved": {"approved": 1, "spam": 1, "pending": 1}}
