"""What the database tells the rules of a comment: who sent the like, what its links' domains were, how many came."""

from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from blog import comments, moderation
from blog.comments import Sender
from blog.journal.events import moment, stamp
from blog.people import accounts
from blog.rules import policy, stored_sentence
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide, sender, submit

LONG = "This is a text of some length, so that it can be compared with others: it has far more than sixteen words."


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)
    factories.post(db, "other")
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_previously_approved": "off"}, by=by())


def _rule(db: Database, number: int) -> str:
    return str(moderation.comment(db, number)["rule"])


def _later(minutes: float) -> str:
    return stamp(moment(NOON) + timedelta(minutes=minutes))


@pytest.mark.parametrize("changed", ["length", "sixteen"])  # one stands in the first half, one in the second
def test_the_same_text_by_many_senders_is_held_from_the_third_on_any_post(db: Database, changed: str) -> None:
    sent = [
        submit(db, LONG.replace(changed, word), n, slug=slug, at=_later(n))
        for n, (word, slug) in enumerate([(changed, "a-post"), ("reach", "other"), ("extent", "a-post")], 1)
    ]
    assert [_rule(db, each) for each in sent] == ["", "", "near_duplicates"]
    again = submit(db, LONG.replace(changed, "size"), 1, at=_later(9))
    assert _rule(db, again) == "near_duplicates"


def test_one_other_who_sent_the_very_same_is_one_though_both_halves_are_alike(db: Database) -> None:
    assert [_rule(db, submit(db, LONG, n, at=_later(n))) for n in (1, 2, 3)] == ["", "", "near_duplicates"]


@pytest.mark.parametrize(
    ("theirs", "mine", "held"),
    [
        ("else@example.org", "mine@example.org", True),
        ("MINE@example.org", "mine@example.org", False),  # the same person at another machine
        ("", "", True),  # nothing says that it is
    ],
)
def test_of_nearly_the_same_only_what_others_sent_is_counted(db: Database, theirs: str, mine: str, held: bool) -> None:
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off"}, by=by())
    for n in (1, 2):
        submit(db, LONG, n, at=_later(n), email=theirs)
    assert (_rule(db, submit(db, LONG, 9, at=_later(9), email=mine)) == "near_duplicates") is held


def test_who_sends_a_text_again_corrected_is_no_near_duplicate(db: Database) -> None:
    sent = [
        submit(db, LONG.replace("length", word), 1, at=_later(n)) for n, word in enumerate(["size", "reach", "sort"])
    ]
    assert [_rule(db, each) for each in sent] == ["", "", ""]


def test_what_was_sent_more_than_a_month_ago_is_forgotten(db: Database) -> None:
    for n in range(1, 4):
        submit(db, LONG, n, at=_later(n))
    assert _rule(db, submit(db, LONG, 9, at=_later(31 * 24 * 60))) == ""


def test_a_domain_that_was_only_spam_is_held_until_one_is_approved(db: Database) -> None:
    for n in range(1, 4):
        decide(db, submit(db, f"[shoes](https://www.shoes.example/{n})", n), "spam")
    fourth = submit(db, "[socks](http://shoes.example/4)", 4)
    assert _rule(db, fourth) == "link_domains"
    assert stored_sentence(moderation.comment(db, fourth)).startswith(
        "Links to shoes.example, which 3 comments in spam link to"
    )
    assert _rule(db, submit(db, "Mine.", 5, url="https://shoes.example")) == "link_domains"
    assert _rule(db, submit(db, "[news](https://news.example/)", 6)) == ""
    decide(db, fourth, "approve")
    assert _rule(db, submit(db, "[boots](http://shoes.example/5)", 7)) == ""


def _many(db: Database, count: int, at: str, *, first: int) -> list[int]:
    return [submit(db, f"Thought {n}.", n, at=at) for n in range(first, first + count)]


def test_far_more_than_usual_at_once_waits_until_it_is_over(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_burst": "5"}, by=by())
    _many(db, 1, _later(-600), first=1)
    assert {_rule(db, each) for each in _many(db, 5, _later(0), first=10)} == {""}
    held = _many(db, 2, _later(3), first=20)
    assert {_rule(db, each) for each in held} == {"comment_burst"}
    assert "5 comments arrived on this post within ten minutes; usually there are hardly any." in stored_sentence(
        moderation.comment(db, held[0])
    )
    assert {_rule(db, each) for each in _many(db, 1, _later(14), first=30)} == {""}
    assert {_rule(db, submit(db, "Elsewhere.", 40, slug="other", at=_later(4)))} == {""}


def test_what_is_usual_on_a_busy_post_is_no_burst(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_burst": "5"}, by=by())
    for turn in range(12):
        at, first = _later(turn * 10 + 1), 100 * turn + 1
        rules = {_rule(db, each) for each in _many(db, 4, at, first=first)}
        assert rules == {""}, turn
    assert {_rule(db, each) for each in _many(db, 8, _later(121), first=9_000)} == {""}


@pytest.mark.parametrize(
    ("own", "typed", "links", "domains"),
    [
        ("", "[a](https://blog.example/x) [b](https://a.example)", 2, ["a.example", "blog.example"]),
        ("blog.example", "[a](https://blog.example/x) [b](https://a.example)", 1, ["a.example"]),
        ("www.blog.example", "[a](https://blog.example/x) [b](http://www.blog.example)", 0, []),
        ("blog.example", "[a](https://blog.example.a.example)", 1, ["blog.example.a.example"]),
    ],
)
def test_links_to_the_site_itself_are_not_counted(own: str, typed: str, links: int, domains: list[str]) -> None:
    fields: dict[str, Any] = {"author": "Ana", "email": "ana@example.org", "comment": typed}
    draft = comments.prepare(fields, Sender(), own=own)
    assert (draft.links, draft.domains) == (links, domains)


def test_more_approved_comments_can_be_wanted(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_previously_approved": "on", "comment_approvals_needed": "2"}, by=by())
    for n in range(3):
        sent = submit(db, f"Thought {n}.", 1, at=_later(n))
        assert (_rule(db, sent) == "") is (n == 2)
        decide(db, sent, "approve")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"author": "ana"}, "Signs as “ana”, a name of this site"),
        ({"author": "JUDITH"}, "Signs as “JUDITH”, a name of this site"),
        ({"email": "Ana@House.example"}, "Uses the email of somebody"),
        ({"author": " Ｊudith\u3164"}, "Signs as “Ｊudith”, which looks like “Judith”, a name of this site"),
        ({"author": "Ju\u200bdith"}, "Signs as “Judith”, a name of this site"),
        ({"author": "\u2067Judith\u2069"}, "Signs as “Judith”, a name of this site"),
        ({"author": "Juԁith"}, "Signs as “Juԁith”, which looks like “Judith”, a name of this site"),
        ({"author": "AN A"}, "Signs as “AN A”, which looks like “ana”, a name of this site"),
        ({"author": "gone", "email": "gone@house.example"}, ""),
        ({"author": "Anabel", "email": "anabel@house.example"}, ""),
        ({"author": "", "email": ""}, ""),
    ],
)
def test_names_and_emails_of_the_site_are_known(db: Database, typed: dict[str, str], reason: str) -> None:
    factories.post(db, "unsigned", author="")
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off"}, by=by())
        factories.account(db, "ana", email="ana@house.example")
        factories.account(db, "eva")
        factories.account(db, "gone", email="gone@house.example")
        accounts.remove(db, "gone", by=by())
        policy.change(db, {"comment_previously_approved": "off"}, by=by())
    row = moderation.comment(db, submit(db, **typed))
    assert (row["rule"] == "owner_name") is bool(reason)
    assert stored_sentence(row).startswith(reason)


@pytest.mark.parametrize(
    ("author", "name"), [("0lga 0wner", "Olga Owner"), ("NOTES", "Notes"), ("Nοtes", "Notes"), ("Olaf", ""), ("", "")]
)
def test_the_names_of_the_site_itself_are_known(db: Database, author: str, name: str) -> None:
    typed = {"author": author, "email": "x@example.org", "comment": "A thought."}
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off"}, by=by())
        named = comments.prepare(typed, sender(), site_names=("Notes", "Olga Owner", ""))
        stored = comments.submit(db, SLUG, named, at=NOON)["id"]
    row = moderation.comment(db, stored)
    assert row["resembled_name"] == name
    assert (row["rule"] == "owner_name") is bool(name)


def test_what_another_rule_holds_still_says_whose_name_it_resembles(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_moderation": "on"}, by=by())
    row = moderation.comment(db, submit(db, author="JUDlTH"))
    assert (row["rule"], row["resembled_name"]) == ("comment_moderation", "Judith")
    assert moderation.comment(db, submit(db, "Another.", 2))["resembled_name"] == ""


def test_many_authors_are_looked_through_once_each(db: Database) -> None:
    for n in range(30):
        factories.post(db, f"by-{n}", author=f"Author {n % 3}" if n % 2 else f"AUTHOR {n % 3}")
    row = moderation.comment(db, submit(db, author="Αuthor 2"))
    assert row["resembled_name"] in ("Author 2", "AUTHOR 2")
