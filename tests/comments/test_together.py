"""What arrives together, beside the same one after another."""

from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from blog import closing, comments, committing, policy, standings, store
from blog.comments import Arrival, Sender, surroundings
from blog.errors import Refused
from blog.events import moment, stamp
from tests import factories, statements
from tests.factories import NOON, SLUG, by, decide, draft, sender, submit


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def later(seconds: float) -> str:
    return stamp(moment(NOON) + timedelta(seconds=seconds))


ENDS = later(3)


def arrivals(quiet: int, staff: Sender) -> list[Arrival]:
    """Return what came within some seconds, to four posts: what each kind of refusal answers, and what goes between."""

    def one(text: str, n: int, seconds: float = 0, slug: str = SLUG, **more: Any) -> Arrival:
        return Arrival(slug, draft(text, n, **more), later(seconds))

    return [
        one("Good.", 1),
        one("Good.", 1),  # twice
        one("Too soon.", 1, 1),
        one("Casino.", 2, slug="moderated"),
        one("Casino.", 3, homepage="x"),
        one("To nobody.", 4, slug="nowhere"),
        one("In time.", 5, 1, slug="until"),
        one("", 6),
        one("Still open.", 7, 2.999, slug="until"),
        one("Over.", 8, 3, slug="until"),
        one("From before.", 8, 1, slug="until"),
        one("An answer.", 9, comment_parent=str(quiet)),
        one("An answer to nothing.", 10, comment_parent="999"),
        one("By the author.", 11, who=staff),
        one("One more.", 12, 3),
        one("Another.", 13, 3, slug="moderated"),
        one("The last.", 14, 3),
    ]


def told(outcome: object) -> object:
    """Return an outcome as it can be compared with another database's."""
    if isinstance(outcome, Exception):
        return type(outcome), str(outcome), getattr(outcome, "sent_at", ""), getattr(outcome, "retry_after", 0)
    assert isinstance(outcome, dict)
    return {**outcome, "post": {name: outcome["post"][name] for name in ("slug", "state", "held", "grace", "threads")}}


def one_by_one(db: Database, came: list[Arrival]) -> list[object]:
    outcomes: list[object] = []
    for slug, typed, at in came:
        try:
            outcomes.append(comments.submit(db, slug, typed, at=at))
        except Refused as refusal:
            outcomes.append(refusal)
    return outcomes


@pytest.mark.parametrize("published", ["on", "off"], ids=["at once", "after a look"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_what_arrives_together_is_answered_and_kept_as_if_one_came_after_another(published: str, order: str) -> None:
    found = []
    for how in (one_by_one, comments.submit_all):
        db = store.in_memory()
        for slug in (SLUG, "moderated"):
            factories.post(db, slug)
        factories.post(db, "until", close_on=ENDS)
        parent = submit(db, "The first of all.", 50)
        decide(db, parent, "approve")
        change(
            db,
            comment_previously_approved="off" if published == "on" else "on",
            comment_order=order,
            comments_per_page="2",
            closing_grace_minutes="0",
        )
        with store.transaction(db):
            account = factories.account(db, "Judith", email="judith@example.org")
            closing.close(db, "moderated", mode="moderated", by=by())
        staff = sender(11, account=account, account_name="Judith", account_email="judith@example.org")
        with store.transaction(db):
            outcomes = [told(each) for each in how(db, arrivals(parent, staff))]
        tables = {name: list(db.query(f"select * from {name}")) for name in ("comments", "posts", "comment_counts")}
        journal = list(db.query("select * from events where kind = 'submit' order by comment_id"))
        found.append((outcomes, tables, [{**event, "id": 0} for event in journal]))
    alone, together = found
    assert together == alone
    kinds = Counter(each[0].__name__ for each in together[0] if isinstance(each, tuple))
    assert kinds == {"Duplicate": 1, "TooFast": 1, "NotFound": 1, "Invalid": 2, "Closed": 1}
    assert len(together[2]) == 1 + len(together[0]) - sum(kinds.values())


def test_how_many_statements_there_are_hardly_grows_with_what_arrives_together(db: Database) -> None:
    factories.post(db)
    came = [Arrival(SLUG, draft(f"Thought {n}.", n), NOON) for n in range(1, 51)]
    with store.transaction(db), statements.heard_on(db) as heard:
        comments.submit_all(db, came)
    # The discussion, what is around them, their rows (three times 16, and 2), the journal.
    assert len(heard.statements) == 1 + 1 + 4 + 1


def test_what_is_refused_asks_for_nothing_more_than_its_discussion(db: Database) -> None:
    factories.post(db)
    with store.transaction(db), statements.heard_on(db) as heard:
        comments.submit_all(db, [Arrival(SLUG, draft("", n), NOON) for n in range(1, 4)])
    assert len(heard.statements) == 1


def test_a_round_is_as_long_as_what_is_written_together_and_fits_into_what_is_counted() -> None:
    assert committing.GROUP <= surroundings.LARGEST <= surroundings.ARRIVALS


# Whatever arrives

Sent = tuple[int, int, int, int, int, int, int]
WORDS = "one two three four five six seven eight"
OTHERS = "nine ten eleven twelve thirteen fourteen fifteen sixteen"
TEXTS = [
    "Short.",
    "Short, too.",
    f"{WORDS} {OTHERS} {{}}",
    f"{WORDS} {OTHERS} then {{}}",
    f"{{}} {WORDS} {OTHERS}",
    f"{WORDS} {{}} {OTHERS}",
    f"[See](https://casino.example/) {WORDS}",
    f"[See](https://casino.example/) and [this](https://www.other.example/) {OTHERS}",
    "",
]
EMAILS = ["ana@example.org", "ANA@example.org", "ben@example.org", "é@example.org", "É@example.org", ""]
TRUSTED = "reader 4"
WHERE = [SLUG, "another-post", "moderated", "nowhere"]


def template(settings: dict[str, str]) -> Database:
    """Return a copy of `filled` of its own, with these settings."""
    db = store.in_memory()
    filled().conn.backup(db.conn)
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off", **settings}, by=by())
    return db


@cache
def filled() -> Database:
    """Make a site of three posts; the first has 246 comments of the day before, the second some of a minute ago."""
    db = store.in_memory()
    for slug in (SLUG, "another-post", "moderated"):
        factories.post(db, slug)
    decide(db, submit(db, "The first of all.", 50, at=later(-86_400)), "approve")
    decide(db, submit(db, f"{WORDS} {OTHERS} before", 51, slug="another-post", at=later(-86_000)), "approve")
    decide(db, submit(db, "The second of all.", 52, at=later(-85_000)), "approve")
    for n in range(244):
        submit(db, f"Before {n}.", 60 + n, at=later(-80_000 + 60 * n))
    for n in range(30):
        submit(db, f"A minute ago {n}.", 400 + n, slug="another-post", at=later(-60))
    with store.transaction(db):
        closing.close(db, "moderated", mode="moderated", by=by())
        standings.set_standing(db, "email", "ben@example.org", "banned", by=by())
        standings.set_standing(db, "reader", TRUSTED, "trusted", by=by())
    return db


def arrival(sent: Sent, at: str) -> Arrival:
    text, name, email, browser, network, where, parent = sent
    who = sender(reader_hash=f"reader {browser}" if browser else None, network=f"10.9.9.{network}", ip="")
    fields = {"email": EMAILS[email], "author": f"Writer {name}", "comment_parent": str(parent) if parent else ""}
    return Arrival(WHERE[where], draft(TEXTS[text].format(name), who=who, **fields), at)


SENT = st.tuples(
    st.integers(0, len(TEXTS) - 1),
    st.integers(0, 9),
    st.integers(0, len(EMAILS) - 1),
    st.integers(0, 4),
    st.integers(1, 4),
    st.sampled_from([0, 0, 0, 1, 1, 2, 3]),
    st.sampled_from([0, 0, 0, 0, 1, 2, 3, 999]),
)
SETTINGS = st.fixed_dictionaries(
    {
        "comment_flood_seconds": st.sampled_from(["0", "0", "1"]),
        "comment_network_limit": st.sampled_from(["0", "0", "2"]),
        "comment_previously_approved": st.sampled_from(["on", "on", "off"]),
        "comment_order": st.sampled_from(["asc", "desc"]),
        "comments_per_page": st.sampled_from(["1", "50"]),
    }
)


def kept(db: Database) -> dict[str, list[Any]]:
    names = ("comments", "comment_domains", "posts", "comment_counts", "rule_counts", "day_counts")
    rows = {name: list(db.query(f"select * from {name}")) for name in names}
    journal = list(db.query("select * from events where kind = 'submit' order by comment_id"))
    return rows | {"events": [{**event, "id": 0} for event in journal]}


ALIKE = [(2 + n % 4, n, n % 6, 1 + n, 1, n % 2, 0) for n in range(60)]
DIFFERENT = [(2 * (n % 3), n, 5, n, n, n % 3, 0) for n in range(1, 60)]

HELD_REPLY_THEN_A_THREAD = [(0, 1, 0, 1, 1, 0, 3), (1, 2, 3, 4, 2, 0, 0)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(SENT, st.sampled_from([0.0, 0.0, 0.4, 1.5])), max_size=24), SETTINGS)
@example([(sent, 0.0) for sent in ALIKE], {"comment_flood_seconds": "0", "comment_network_limit": "0"})
@example([(sent, 0.0) for sent in HELD_REPLY_THEN_A_THREAD], {"comment_order": "desc", "comments_per_page": "1"})
@example([(sent, 0.0) for sent in DIFFERENT], {"comment_previously_approved": "off", "comment_flood_seconds": "0"})
def test_whatever_arrives_together_is_answered_and_kept_as_if_one_came_after_another(
    sent: list[tuple[Sent, float]], settings: dict[str, str]
) -> None:
    came, seconds = [], 0.0
    for one, pause in sent:
        seconds += pause
        came.append(arrival(one, later(seconds)))
    found = []
    for how in (one_by_one, comments.submit_all):
        db = template(settings)
        with store.transaction(db):
            outcomes = [told(each) for each in how(db, came)]
        found.append((outcomes, kept(db)))
    alone, together = found
    assert together == alone
