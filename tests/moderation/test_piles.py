from datetime import timedelta

import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Invalid
from blog.journal.events import moment, stamp
from blog.moderation import Selection, bans
from blog.rules import policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import NOON, decide, submit


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _ids(db: Database, **narrowed: object) -> list[int]:
    return [row["id"] for row in moderation.queue(db, Selection(**narrowed))]  # type: ignore[arg-type]


def test_piles_count_the_reasons_of_what_waits_and_follow_every_decision(db: Database) -> None:
    first = submit(db, "One.", n=1)
    submit(db, "Two.", n=2)
    links = submit(db, "http://a.example http://b.example", n=3)
    assert moderation.counts_by_reason(db, "pending") == [("comment_previously_approved", 2), ("comment_max_links", 1)]
    decide(db, [first, links], "approve")
    assert moderation.counts_by_reason(db, "pending") == [("comment_previously_approved", 1)]
    assert moderation.counts_by_reason(db, "all") == [("comment_previously_approved", 2), ("comment_max_links", 1)]
    factories.undo(db)
    assert moderation.counts_by_reason(db, "pending") == [("comment_previously_approved", 2), ("comment_max_links", 1)]
    assert integrity.check(db) == []


def test_each_filter_answers_its_question(db: Database) -> None:
    old = submit(db, "Old.", n=1, at="2026-05-01T12:00:00.000Z")
    decide(db, old, "approve")
    reply = submit(db, "A reply.", n=2, comment_parent=str(old))
    links = submit(db, "See http://www.shop.example/a and http://b.example.", n=3, url="https://mine.example")
    assert _ids(db, rule="comment_max_links") == [links]
    assert _ids(db, domain="shop.example") == [links]
    assert _ids(db, domain="mine.example") == [links]
    assert _ids(db, author="READER 2") == _ids(db, author="Reader\0002") == [reply]
    assert _ids(db, author="reader3@") == [links]
    assert _ids(db, status="all", replied=True) == [old]
    assert _ids(db, status="all", days=5, now=NOON) == [old]
    assert _ids(db, rule="comment_max_links", author="Reader 2") == []
    assert moderation.matching(db, Selection(rule="comment_max_links")) == 1


def test_what_no_rule_held_is_a_pile_too(db: Database) -> None:
    approved = submit(db, "One.", n=1)
    decide(db, approved, "approve")
    free = submit(db, "Two.", n=1, at="2026-05-07T13:00:00.000Z")
    assert _ids(db, status="approved", rule="none") == [free]
    assert moderation.counts_by_reason(db, "approved") == [("none", 1), ("comment_previously_approved", 1)]


@pytest.mark.parametrize("kind", ["reader", "email", "network"])
def test_a_senders_comments_are_found_by_one_of_them(db: Database, kind: str) -> None:
    first = submit(db, "One.", n=1)
    shared = {
        "reader": {"who": factories.sender(2, reader_hash="reader 1")},
        "email": {"email": "READER1@example.org"},
        "network": {"who": factories.sender(2, network=factories.sender(1).network)},
    }
    other = submit(db, "Two.", n=2, at="2026-05-07T13:00:00.000Z", **shared[kind])  # type: ignore[arg-type]
    submit(db, "Three.", n=3)
    assert _ids(db, sender=f"{kind}:{first}") == _ids(db, sender=f"{kind}:{other}") == [other, first]
    assert moderation.matching(db, Selection(sender=f"{kind}:{first}")) == 2


@pytest.mark.parametrize("sender", ["name:1", "email", "email:", "email:x", "email:1:2", "1"])
def test_what_is_no_sender_is_refused(db: Database, sender: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _ids(db, sender=sender)
    assert refusal.value.errors == {"sender": f"A sender is a kind and a comment, like email:42, not {sender!r}."}


def test_those_of_whom_nothing_is_known_are_no_one_sender(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off"}, by=factories.by())
    nobody = factories.sender(ip="", network="", reader_hash=None)
    first = submit(db, "One.", who=nobody, email="")
    submit(db, "Two.", who=nobody, email="")
    assert [_ids(db, sender=f"{kind}:{first}") for kind in ("reader", "email", "network")] == [[], [], []]


def test_what_something_happened_to_since_is_left_out(db: Database) -> None:
    early, late = submit(db, "One.", n=1), submit(db, "Two.", n=2, at="2026-05-07T13:00:00.000Z")
    event = moderation.last_event(db)[1]
    assert _ids(db, event=0) == []
    assert _ids(db, event=event - 1) == [early]
    assert _ids(db, event=event) == [late, early]
    decide(db, early, "spam")
    assert _ids(db, status="spam", event=event) == []
    assert _ids(db, status="spam", event=event + 1) == [early]


def test_a_reply_that_came_since_makes_no_comment_one_with_replies(db: Database) -> None:
    first, second = submit(db, "One.", n=1), submit(db, "Two.", n=2)
    decide(db, [first, second], "approve")
    reply = submit(db, "Yes.", n=3, comment_parent=str(first))
    submit(db, "No.", n=4, comment_parent=str(second))
    assert _ids(db, status="approved", replied=True) == [second, first]
    assert _ids(db, status="approved", replied=True, newest=reply) == [first]


def test_a_pile_is_decided_in_one_batch(db: Database) -> None:
    submit(db, "One.", n=1)
    links = [submit(db, f"http://a.example http://b.example {n}", n=n) for n in range(2, 5)]
    outcome = decide(db, Selection(rule="comment_max_links", newest=links[-1]), "spam")
    assert outcome["moved"] == 3
    assert moderation.counts(db)["pending"] == 1


def test_a_record_is_told_kind_by_kind_and_never_merged(db: Database) -> None:
    decide(db, submit(db, "One.", n=1), "approve")
    second = submit(db, "Two.", n=1, at="2026-05-07T13:00:00.000Z", email="other@example.org")
    submit(db, "Three.", n=2, at="2026-05-07T14:00:00.000Z", email="other@example.org")
    row = moderation.comment(db, second)
    record = moderation.record(db, row, bans.sender_keys(row))
    assert record["reader"]["counts"] == {"approved": 2}
    assert record["email"]["counts"] == {"approved": 1, "pending": 1}
    assert record["reader"]["first_at"] == NOON


def test_a_record_tells_how_long_its_comments_waited_for_a_decision(db: Database) -> None:
    sent = [submit(db, f"Thought {n}.", n=1, at=stamp(moment(NOON) + timedelta(hours=n))) for n in range(4)]
    for number, minutes in zip(sent, (1, 61 + 3, 121 + 29), strict=False):
        decide(db, number, "approve", by=factories.by(stamp(moment(NOON) + timedelta(minutes=minutes))))
    decide(db, sent[0], "spam", by=factories.by("2026-05-09T00:00:00.000Z"))  # it waited no longer for that
    row = moderation.comment(db, sent[3])
    [record] = moderation.record(db, row, {"reader": row["reader_hash"]}).values()
    assert record["counts"] == {"approved": 2, "pending": 1, "spam": 1}
    assert record["delay"] == pytest.approx(4 * 60, abs=0.01)


def test_a_domain_has_a_record_of_its_own(db: Database) -> None:
    linking = [submit(db, "http://shop.example", n=1), submit(db, "http://www.shop.example/b", n=2)]
    decide(db, [linking[1], submit(db, "http://news.example", n=3)], "spam")
    row = moderation.comment(db, linking[0])
    assert moderation.record(db, row, {"domain": "shop.example"})["domain"]["counts"] == {"pending": 1, "spam": 1}


def test_a_record_of_what_was_never_decided_on_or_is_deleted_is_short(db: Database) -> None:
    first = submit(db, "One.", n=1, at="2026-05-06T12:00:00.000Z")
    row = moderation.comment(db, first)
    marks = {"email": row["email"]}
    assert moderation.record(db, row, marks) == {
        "email": {"counts": {"pending": 1}, "first_at": row["created_at"], "delay": None}
    }
    decide(db, first, "delete")
    assert moderation.record(db, row, marks) == {"email": {"counts": {}, "first_at": row["created_at"], "delay": None}}
