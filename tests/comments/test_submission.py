"""From a draft to a stored row, and what refuses it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, comments, filter, moderation
from blog.comments import context
from blog.errors import Closed, Duplicate, Invalid, NotFound, TooFast
from blog.journal import events
from blog.journal.events import moment, stamp
from blog.moderation import bans
from blog.rules import Verdict, policy
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide, draft, sender, submit
from tests.filter.learned import HAM, SPAM, decide_on, fit


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def later(seconds: float) -> str:
    return stamp(moment(NOON) + timedelta(seconds=seconds))


# Who writes


NAME, EMAIL = "Your name is missing.", "Your email is missing. It is not shown."


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"author": ""}, {"author": NAME}),
        ({"email": " "}, {"email": EMAIL}),
        (
            {"author": "", "email": "", "text": ""},
            {"author": NAME, "email": EMAIL, "comment": "Your comment is missing."},
        ),
    ],
)
def test_who_must_say_who_they_are_is_told_what_is_missing(
    db: Database, fields: dict[str, str], errors: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        submit(db, **fields)
    assert refusal.value.errors == errors
    change(db, require_name_email="off")
    assert submit(db, author="", email="")


def test_who_is_signed_in_needs_no_email_and_no_patience_and_is_told_what_was_sent_already(db: Database) -> None:
    with store.transaction(db):
        who = sender(9, account=factories.account(db, "ana"))
    numbers = [submit(db, f"Word {n}.", who=who) for n in range(2)]
    row = moderation.comment(db, numbers[1])
    assert (row["status"], row["rule"], row["email"], row["account_id"]) == ("approved", "staff", "", who.account)
    assert [event["who"] for event in events.on_comment(db, numbers[1])] == ["ana"]
    with pytest.raises(Duplicate) as refusal:
        submit(db, "Word 0.", who=who, at=later(60))
    assert (refusal.value.sentence, refusal.value.sent_at) == ("You sent this already.", NOON)


@pytest.mark.parametrize(
    ("again", "twice"),
    [
        ({}, True),  # from another browser
        ({"email": "READER1@example.org"}, True),
        ({"text": "\n A thought.  "}, True),
        ({"text": "A Thought."}, False),
        ({"author": "Somebody"}, False),
        ({"email": "else@example.org"}, False),
        ({"author": "Somebody", "email": "else@example.org", "who": sender(1)}, True),
        ({"slug": "other"}, False),
    ],
)
def test_the_same_words_by_the_same_sender_in_the_same_place_are_taken_once(
    db: Database, again: dict[str, Any], twice: bool
) -> None:
    factories.post(db, "other")
    submit(db, "A thought.", 1)
    sent = {"author": "Reader 1", "email": "reader1@example.org", "who": sender(2), "at": later(60), **again}
    if not twice:
        assert submit(db, **sent)
        return
    with pytest.raises(Duplicate) as refusal:
        submit(db, **sent)
    assert (refusal.value.sentence, refusal.value.sent_at) == ("You sent this already.", NOON)


def test_the_same_words_without_an_email_or_a_cookie_are_taken_once_of_a_name(db: Database) -> None:
    change(db, require_name_email="off")
    nobody = sender(ip="", network="", reader_hash=None)
    submit(db, "A thought.", who=nobody, author="Ana", email="")
    with pytest.raises(Duplicate):
        submit(db, "A thought.", who=nobody, author="Ana", email="")
    assert submit(db, "A thought.", who=nobody, author="Bob", email="")
    assert submit(db, "A thought.", 1, author="Ana")


@pytest.mark.parametrize("known", ["email", "reader"])
def test_the_same_words_are_looked_for_among_the_newest_250_of_a_sender(db: Database, known: str) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="0")
    again: dict[str, Any] = {"n": 1, "who": sender(2)} if known == "email" else {"n": 2, "who": sender(1)}
    submit(db, "Said first.", 1)
    for n in range(context.DUPLICATE_LIMIT - 1):
        submit(db, f"Thought {n}.", 1, at=later(n + 1))
    with pytest.raises(Duplicate) as refusal:
        submit(db, "Said first.", **again, at=later(300))
    assert refusal.value.sent_at == NOON
    submit(db, "One more.", 1, at=later(301))
    assert submit(db, "Said first.", **again, at=later(302))


# What would be done


def foresee(db: Database, text: str = "A thought.", n: int = 1, *, slug: str = SLUG, **more: Any) -> Verdict:
    return comments.foresee(db, slug, draft(text, n, **more), at=NOON)


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({}, ""),
        ({"text": "http://a.example http://b.example"}, "comment_max_links"),
        ({"text": "A casino."}, "disallowed_keys"),
        ({"homepage": "x"}, "honeypot"),
        ({"form": "missing"}, "no_form"),
        ({"author": "Judith"}, "owner_name"),
        ({"n": 7}, "banned"),
        ({"slug": "moderated"}, "discussion_moderated"),
    ],
)
def test_what_is_foreseen_is_what_is_done_and_nothing_is_stored(db: Database, typed: dict[str, Any], rule: str) -> None:
    change(db, comment_previously_approved="off", disallowed_keys="casino")
    factories.post(db, "moderated", comments="moderated")
    with store.transaction(db):
        bans.set_standing(db, "reader", "reader 7", bans.NewRule("banned"), by=by())
    compare(db, rule, **{"text": "A thought.", **typed})


def test_what_the_filter_takes_for_spam_is_foreseen_too(db: Database) -> None:
    decide_on(db, 30, 30, first=100)
    fit(db)
    change(db, comment_previously_approved="off", filter_mode="spam")
    compare(db, "learned", text=SPAM.format(n=2))
    compare(db, "", text=HAM.format(n=3), n=2)


@pytest.mark.parametrize(
    "typed",
    [
        {"author": "Casino"},
        {"email": "casino@example.org"},
        {"url": "https://casino.example"},
        {"text": "A casino."},
        {"text": "Ca*si*no"},
        {"who": sender(1, user_agent="Casino/1.0")},
        {"who": sender(1, ip="203.0.113.7")},
    ],
)
def test_the_lists_are_held_against_all_that_was_sent(db: Database, typed: dict[str, Any]) -> None:
    change(db, disallowed_keys="casino\n203.0.113.0/24")
    assert foresee(db, **typed).rule == "disallowed_keys"


def test_the_filter_is_asked_about_all_that_was_typed(db: Database) -> None:
    fields = {"text": "Words.", "author": "Shop 24", "email": "shop99@shop.example", "url": "https://shop.example"}
    sold = [submit(db, n=n, **{**fields, "text": f"Sold {n}.", "email": f"shop{n}@shop.example"}) for n in range(30)]
    decide(db, sold, "spam")
    decide_on(db, 0, 30, first=100)
    fit(db)
    change(db, filter_mode="advise")
    score = moderation.comment(db, submit(db, n=99, **fields))["score"]
    asked = [filter.score(db, {**fields, name: ""}) for name in ("none", *fields)]
    whole, *others = (each.spam for each in asked if each is not None)
    assert score == whole
    assert whole not in others


def compare(db: Database, rule: str, **typed: Any) -> None:
    """Foresee what the rules say, then send it and find that said."""
    before = db.conn.execute("select count(*), (select count(*) from events) from comments").fetchone()
    verdict = foresee(db, **typed)
    assert verdict.rule == rule
    assert db.conn.execute("select count(*), (select count(*) from events) from comments").fetchone() == before
    row = moderation.comment(db, submit(db, **typed))
    assert (row["status"], row["rule"]) == (verdict.action.status, verdict.rule)
    assert json.loads(row["verdict_facts"]) == verdict.facts


def test_what_would_be_refused_is_refused_when_it_is_foreseen(db: Database) -> None:
    first = submit(db, "First.")
    decide(db, first, "approve")
    with pytest.raises(NotFound):
        foresee(db, slug="nope")
    with pytest.raises(Invalid, match="Your name is missing"):
        foresee(db, author="")
    with pytest.raises(Invalid, match="not there any more"):
        foresee(db, comment_parent="99")
    assert foresee(db, "First.").rule == ""  # sent twice and too fast: that is told when it is sent
    with store.transaction(db):
        comments.lock(db, first, True, by=by())
    with pytest.raises(Closed, match="This thread is locked"):
        foresee(db, comment_parent=str(first))
    with store.transaction(db):
        closing.close(db, SLUG, by=by())
    with pytest.raises(Closed, match="Comments are closed"):
        foresee(db)


# How fast

FIRST = sender(1)


@pytest.mark.parametrize(
    "shared",
    [
        {"who": sender(2, network=FIRST.network)},
        {"who": sender(2, reader_hash=FIRST.reader_hash)},
        {"email": "READER1@example.org"},
    ],
    ids=["network", "reader", "email"],
)
@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(0, "15 seconds"), (0.001, "15 seconds"), (5, "10 seconds"), (13.9, "2 seconds"), (14, "1 second")],
)
def test_who_wrote_just_now_is_told_how_long_to_wait(
    db: Database, shared: dict[str, Any], seconds: float, wait: str
) -> None:
    submit(db, "One.", 1)
    with pytest.raises(TooFast) as refusal:
        submit(db, "Two.", 2, at=later(seconds), **shared)
    assert refusal.value.sentence == f"Please wait {wait} and send again. Your text is kept."
    assert refusal.value.retry_after == int(wait.split()[0])
    submit(db, "Two.", 2, at=later(15), **shared)


@pytest.mark.parametrize("shared", ["network", "reader_hash", "email"])
def test_the_latest_of_one_kind_counts(db: Database, shared: str) -> None:
    with store.transaction(db):
        ana = factories.account(db, "ana")
    house = sender(1, account=ana, account_email="ana@house.example")
    for seconds in (0, 10):  # somebody of the site need not wait
        submit(db, f"Word {seconds}.", who=house, at=later(seconds))
    typed: dict[str, Any] = {"email": house.account_email, "who": sender(2)}
    if shared != "email":
        typed = {"who": sender(2, **{shared: getattr(house, shared)})}
    with pytest.raises(TooFast) as refusal:
        submit(db, "Signed out.", 2, at=later(12), **typed)
    assert refusal.value.retry_after == 13


def test_the_latest_of_all_that_is_shared_counts(db: Database) -> None:
    submit(db, "One.", 1)
    submit(db, "Two.", 2, at=later(4))
    submit(db, "Three.", 3, at=later(2))
    with pytest.raises(TooFast) as refusal:
        submit(db, "Four.", 1, who=sender(3, network=sender(2).network), at=later(5))
    assert refusal.value.retry_after == 14


def test_the_pace_before_rendering_is_that_of_the_settings(db: Database) -> None:
    change(db, comment_flood_seconds="100")
    submit(db, "One.", 1)
    refusal, by_network_limit = comments.check_pace_early(db, sender(1), "", at=later(60), refused=())
    assert refusal is not None
    assert (refusal.retry_after, by_network_limit) == (40, False)
    assert comments.check_pace_early(db, sender(1), "", at=later(100), refused=()) == (None, False)


def test_a_clock_that_was_set_back_makes_nobody_wait(db: Database) -> None:
    submit(db, "One.", 1)
    submit(db, "Two.", 1, at=later(-3600))


def test_nothing_is_shared_by_those_of_whom_nothing_is_known(db: Database) -> None:
    change(db, require_name_email="off")
    nobody = sender(ip="", network="", reader_hash=None)
    for n in range(2):
        submit(db, f"Thought {n}.", who=nobody, author="", email="")


def test_a_network_has_so_many_a_minute_and_is_told_when_the_first_of_them_is_over(db: Database) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="3")
    network = sender(1).network
    for n, seconds in enumerate((0, 10.5, 20), 1):
        submit(db, "A thought.", n, who=sender(n, network=network), at=later(seconds))
    for seconds, wait in ((20, 40), (30.5, 30), (59.2, 1), (59.999, 1)):
        with pytest.raises(TooFast) as refusal:
            submit(db, "A thought.", 4, who=sender(4, network=network), at=later(seconds))
        assert refusal.value.retry_after == wait
    submit(db, "Elsewhere.", 5, at=later(59))
    submit(db, "A thought.", 4, who=sender(4, network=network), at=later(60))


def test_nought_turns_both_limits_off(db: Database) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="0")
    for n in range(5):
        submit(db, f"Thought {n}.", 1)


# Where it stands


@pytest.mark.parametrize(
    ("order", "pages"),
    [
        ("asc", {"held": 2, "to the first": 1, "to the last": 2, "published": 3, "held after it": 3}),
        ("desc", {"held": 1, "to the first": 2, "to the last": 1, "published": 1, "held after it": 1}),
    ],
)
def test_a_comment_is_answered_with_the_page_of_its_thread(db: Database, order: str, pages: dict[str, int]) -> None:
    tops = [submit(db, f"Top {n}.", n) for n in range(1, 5)]
    decide(db, tops, "approve")
    factories.post(db, "other")
    decide(db, [submit(db, f"Elsewhere {n}.", n, slug="other") for n in range(10, 20)], "approve")
    change(db, comments_per_page="2", comment_order=order)

    def sent(n: int, parent: int | str = "", **settings: str) -> tuple[int, int]:
        change(db, **settings)
        with store.transaction(db):
            stored = comments.submit(db, SLUG, draft("A thought.", n, comment_parent=str(parent)), at=NOON)
        return stored["page"], stored["thread"]

    found = {
        "held": sent(21),
        "to the first": sent(22, tops[0]),
        "to the last": sent(23, tops[3]),
        "published": sent(24, comment_previously_approved="off"),
        "held after it": sent(25, comment_moderation="on"),
    }
    assert found == {name: (page, 0) for name, page in pages.items()}


def test_the_first_comment_of_a_post_stands_on_its_first_page(db: Database) -> None:
    change(db, comments_per_page="1")
    with store.transaction(db):
        stored = comments.submit(db, SLUG, draft("A thought."), at=NOON)
    assert (stored["page"], stored["thread"], stored["status"]) == (1, 0, "pending")
    assert comments.place(db, stored["id"], at=NOON)[1:] == (1, 0)
