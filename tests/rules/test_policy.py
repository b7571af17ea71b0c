from dataclasses import fields
from typing import Any

import pytest
from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.journal import acts
from blog.moderation.acts import ACTS
from blog.rules import policy
from blog.rules.policy import WORDINGS, Policy
from blog.storage import store
from tests.factories import by

DEFAULTS = {
    "comment_moderation": "off",
    "comment_previously_approved": "on",
    "comment_approvals_needed": "1",
    "comment_confirmed_address": "on",
    "require_confirmed_address": "off",
    "comment_max_links": "2",
    "link_domain_spam": "3",
    "near_duplicates": "2",
    "comment_burst": "100",
    "moderation_keys": "",
    "disallowed_keys": "",
    "require_name_email": "on",
    "api_anonymous_comments": "on",
    "comment_flood_seconds": "15",
    "comment_network_limit": "30",
    "thread_comments_depth": "5",
    "comments_per_page": "50",
    "comment_order": "asc",
    "comment_marks": "off",
    "comment_reports": "0",
    "default_comment_status": "open",
    "default_ping_status": "open",
    "default_pingback_flag": "on",
    "close_comments_for_old_posts": "off",
    "close_comments_days_old": "14",
    "close_comments_quiet_days": "off",
    "closing_grace_minutes": "10",
    "empty_trash_days": "30",
    "empty_spam_days": "30",
    "keep_ip_days": "30",
    "queue_promise_hours": "24",
    "outbox_delay_seconds": "60",
    "rejection_reasons": "Off topic\nUnkind\nAdvertising\nSaid already",
    "word_list_role": "admin",
    "filter_mode": "advise",
    "filter_hold_at": "80",
    "filter_spam_at": "98",
}


def change(db: Database, **values: str) -> list[str]:
    with store.transaction(db):
        return policy.change(db, values, by=by())


def recorded(db: Database) -> list[tuple[str, str, str]]:
    """Return what the journal tells of settings: name, before, after."""
    rows = db.conn.execute("select reason, before, after from events where kind = 'setting' order by id").fetchall()
    return [tuple(row) for row in rows]


def kept(db: Database) -> dict[str, str]:
    return dict(db.conn.execute("select name, value from settings").fetchall())


def test_the_defaults_are_those_that_the_contract_names(db: Database) -> None:
    rules = policy.load(db)
    assert rules == Policy()
    assert {name: policy.value_text(rules, name) for name in WORDINGS} == DEFAULTS


def test_each_setting_has_its_wording_and_stands_in_the_same_order() -> None:
    assert list(WORDINGS) == [field.name for field in fields(Policy)]
    assert all(wording.label and wording.group for wording in WORDINGS.values())


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_as_it_is_shown_is_read_back_as_it_is(name: str) -> None:
    assert policy.parse(name, DEFAULTS[name]) == getattr(Policy(), name)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("comment_moderation", "on", True),
        ("comment_moderation", "1", True),
        ("comment_moderation", " ON ", True),
        ("comment_moderation", "true", True),
        ("comment_moderation", "off", False),
        ("comment_moderation", "0", False),
        ("comment_moderation", "", False),  # a box that is not ticked
        ("comment_max_links", "0", 0),
        ("comment_max_links", "off", 0),
        ("comment_max_links", " 7 ", 7),
        ("comment_max_links", "007", 7),
        ("comment_max_links", "100000", 100_000),
        ("comment_flood_seconds", "86400", 86_400),
        ("comments_per_page", "500", 500),
        ("thread_comments_depth", "1", 1),
        ("thread_comments_depth", "10", 10),
        ("close_comments_quiet_days", "off", 0),
        ("close_comments_quiet_days", "90", 90),
        ("comment_order", "desc", "desc"),
        ("default_comment_status", "closed", "closed"),
        ("moderation_keys", "  two   words \r\n\n casino\n*pills\ncasino\n", "two words\ncasino\n*pills"),
        ("disallowed_keys", "v*agra\n(a+)+$\n/spam/", "v*agra\n(a+)+$\n/spam/"),
        ("disallowed_keys", "", ""),
    ],
)
def test_a_value_is_read_into_its_type(name: str, written: str, value: Any) -> None:
    found = policy.parse(name, written)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "written", "sentence"),
    [
        ("comment_moderation", "maybe", "comment_moderation is on or off, not 'maybe'."),
        ("comment_moderation", "2", "comment_moderation is on or off, not '2'."),
        ("comment_max_links", "two", "comment_max_links is a whole number from 0 to 100,000, not 'two'."),
        ("comment_max_links", "", "comment_max_links is a whole number from 0 to 100,000, not ''."),
        ("comment_max_links", "-1", "comment_max_links is a whole number from 0 to 100,000, not '-1'."),
        ("comment_max_links", "1.5", "comment_max_links is a whole number from 0 to 100,000, not '1.5'."),
        ("comment_max_links", "٣", "comment_max_links is a whole number from 0 to 100,000, not '٣'."),
        ("comment_max_links", "100001", "comment_max_links is a whole number from 0 to 100,000, not '100001'."),
        ("comment_max_links", "9" * 50, f"comment_max_links is a whole number from 0 to 100,000, not '{'9' * 40}'."),
        ("comment_flood_seconds", "86401", "comment_flood_seconds is a whole number from 0 to 86,400, not '86401'."),
        ("thread_comments_depth", "0", "thread_comments_depth is a whole number from 1 to 10, not '0'."),
        ("thread_comments_depth", "off", "thread_comments_depth is a whole number from 1 to 10, not 'off'."),
        ("thread_comments_depth", "11", "thread_comments_depth is a whole number from 1 to 10, not '11'."),
        ("comments_per_page", "0", "comments_per_page is a whole number from 1 to 500, not '0'."),
        ("comment_order", "newest", "comment_order is asc or desc, not 'newest'."),
        ("comment_order", "", "comment_order is asc or desc, not ''."),
        ("default_comment_status", "moderated", "default_comment_status is open or closed, not 'moderated'."),
        ("disallowed_keys", "*", "Line 1 of disallowed_keys is only '*', which would match every comment."),
        (
            "moderation_keys",
            "one\n\n ** *",
            "Line 3 of moderation_keys is only '** *', which would match every comment.",
        ),
    ],
)
def test_a_value_that_will_not_do_is_refused_with_what_would(name: str, written: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        policy.parse(name, written)
    assert refusal.value.errors == {name: sentence}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("comment_max_link", "There is no setting 'comment_max_link'. Did you mean 'comment_max_links'?"),
        ("blacklist", "There is no setting 'blacklist'."),
        ("", "There is no setting ''."),
        ("Comment_Moderation", "There is no setting 'Comment_Moderation'. Did you mean 'comment_moderation'?"),
        ("__class__", "There is no setting '__class__'."),
    ],
)
def test_an_unknown_name_is_refused_with_what_was_perhaps_meant(db: Database, name: str, sentence: str) -> None:
    with pytest.raises(NotFound) as refusal:
        change(db, **{name: "on"})
    assert refusal.value.sentence.startswith(sentence)
    assert recorded(db) == []


def test_a_change_is_kept_and_one_event_tells_of_it(db: Database) -> None:
    assert change(db, comment_max_links="5") == ["comment_max_links"]
    assert policy.load(db) == Policy(comment_max_links=5)
    assert kept(db) == {"comment_max_links": "5"}
    assert recorded(db) == [("comment_max_links", "2", "5")]
    event = next(iter(db.query("select * from events where kind = 'setting'")))
    assert acts.sentence(ACTS, {**event, "moved": 1}) == "Changed comment_max_links from 2 to 5."


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"comment_max_links": "5"}, {"comment_max_links": " 5 "}),
        ({"comment_moderation": "on"}, {"comment_moderation": "1"}),
        ({"moderation_keys": "casino\npills"}, {"moderation_keys": "casino\r\n\r\npills\r\n"}),
        ({"close_comments_quiet_days": "30"}, {"close_comments_quiet_days": "30"}),
        ({}, {"comment_max_links": "2", "comment_moderation": "0", "disallowed_keys": " "}),
    ],
)
def test_a_second_change_to_the_same_writes_no_event(
    db: Database, first: dict[str, str], again: dict[str, str]
) -> None:
    change(db, **first)
    before = (recorded(db), kept(db))
    assert change(db, **again) == []
    assert (recorded(db), kept(db)) == before


def test_of_many_settings_only_what_differs_is_told(db: Database) -> None:
    everything = {**DEFAULTS, "comment_order": "desc", "empty_spam_days": "7"}
    assert change(db, **everything) == ["comment_order", "empty_spam_days"]
    assert recorded(db) == [("comment_order", "asc", "desc"), ("empty_spam_days", "30", "7")]


def test_one_bad_value_keeps_back_all_and_each_is_named(db: Database) -> None:
    with pytest.raises(Invalid) as refusal:
        change(db, comment_moderation="on", comment_max_links="many", comment_order="up", disallowed_keys="*")
    assert sorted(refusal.value.errors) == ["comment_max_links", "comment_order", "disallowed_keys"]
    assert policy.load(db) == Policy()
    assert (kept(db), recorded(db)) == ({}, [])


def test_back_to_the_default_is_a_change_too(db: Database) -> None:
    change(db, comment_moderation="on")
    change(db, comment_moderation="off")
    assert policy.load(db) == Policy()
    assert recorded(db) == [("comment_moderation", "off", "on"), ("comment_moderation", "on", "off")]


def test_each_setting_survives_being_stored(db: Database) -> None:
    values = {
        **{name: "on" if value == "off" else "off" for name, value in DEFAULTS.items() if value in ("on", "off")},
        **{name: "8" for name, value in DEFAULTS.items() if value.isdigit()},
        "close_comments_quiet_days": "8",
        "filter_mode": "spam",
        "filter_hold_at": "60",
        "filter_spam_at": "99",
        "comment_order": "desc",
        "comment_marks": "mind",
        "default_comment_status": "closed",
        "default_ping_status": "closed",
        "moderation_keys": "foo\nbar baz",
        "disallowed_keys": "v*agra",
        "rejection_reasons": "Not here\nNot now",
        "word_list_role": "editor",
    }
    assert change(db, **values) == list(WORDINGS)
    rules = policy.load(db)
    assert {name: policy.value_text(rules, name) for name in WORDINGS} == values


def test_a_setting_of_a_later_version_is_passed_over() -> None:
    assert policy.from_rows({"comment_karma": "11", "comment_max_links": "4"}) == Policy(comment_max_links=4)


def test_a_long_list_is_told_by_its_number_of_lines_and_never_word_by_word(db: Database) -> None:
    change(db, disallowed_keys="\n".join(f"word{n}" for n in range(1_500)))
    event = next(iter(db.query("select * from events where kind = 'setting'")))
    assert acts.sentence(ACTS, {**event, "moved": 1}) == "Changed disallowed_keys from nothing to 1,500 lines."
