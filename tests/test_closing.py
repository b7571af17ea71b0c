from dataclasses import replace

import pytest
from sqlite_utils import Database

from blog import closing, posts, store
from blog.closing import Closure, Facts, State
from blog.errors import Invalid, NotFound
from blog.policy import Policy
from tests import factories

PUBLISHED, LATER = "2026-05-01T00:00:00.000Z", "2026-05-20T00:00:00.000Z"
BASE = Facts(published_at=PUBLISHED)
OLD = Policy(close_comments_for_old_posts=True)
QUIET = Policy(close_comments_quiet_days=10)
BY_HAND = Closure("closed", "Thanks.", None, "2026-05-10T00:00:00.000Z", "ana")


@pytest.mark.parametrize(
    ("facts", "policy", "at", "mode", "cause"),
    [
        (BASE, Policy(), LATER, "open", "default"),
        (BASE, Policy(default_comment_status="closed"), LATER, "closed", "default"),
        (BASE, OLD, "2026-05-14T23:59:59.999Z", "open", "default"),
        (BASE, OLD, "2026-05-15T00:00:00.000Z", "closed", "age"),
        (replace(BASE, published_at=""), OLD, LATER, "open", "default"),
        (replace(BASE, last_approved_at="2026-05-02T00:00:00.000Z"), QUIET, LATER, "closed", "quiet"),
        (replace(BASE, last_approved_at="2026-05-12T00:00:00.000Z"), QUIET, LATER, "open", "default"),
        (BASE, QUIET, LATER, "open", "default"),
        (replace(BASE, front="open"), OLD, LATER, "open", "front matter"),
        (replace(BASE, front="closed"), Policy(), LATER, "closed", "front matter"),
        (replace(BASE, front="replies-only"), Policy(), LATER, "replies-only", "front matter"),
        (replace(BASE, switch=BY_HAND), Policy(), LATER, "closed", "switch"),
        (replace(BASE, switch=Closure("open"), front="closed"), OLD, LATER, "open", "switch"),
        (replace(BASE, switch=replace(BY_HAND, until="2026-05-19T00:00:00.000Z")), Policy(), LATER, "open", "default"),
        (replace(BASE, switch=replace(BY_HAND, until="2026-05-21T00:00:00.000Z")), Policy(), LATER, "closed", "switch"),
        (replace(BASE, site=BY_HAND), Policy(), LATER, "closed", "site"),
        (replace(BASE, site=BY_HAND, switch=Closure("open")), Policy(), LATER, "closed", "site"),
        (replace(BASE, site=Closure("moderated"), front="closed"), Policy(), LATER, "closed", "front matter"),
        (replace(BASE, site=Closure("moderated")), Policy(), LATER, "moderated", "site"),
        (replace(BASE, site=replace(BY_HAND, until="2026-05-19T00:00:00.000Z")), Policy(), LATER, "open", "default"),
    ],
)
def test_the_state_follows_the_precedence(facts: Facts, policy: Policy, at: str, mode: str, cause: str) -> None:
    found = closing.state(facts, policy, at)
    assert (found.mode, found.cause) == (mode, cause)


def test_the_state_knows_when_it_may_turn_with_no_write() -> None:
    facts = replace(BASE, switch=replace(BY_HAND, until="2026-06-01T00:00:00.000Z"))
    assert closing.state(facts, OLD, "2026-05-02T00:00:00.000Z").turns_at == "2026-05-15T00:00:00.000Z"
    assert closing.state(facts, OLD, LATER).turns_at == "2026-06-01T00:00:00.000Z"
    assert closing.state(BASE, Policy(), LATER).turns_at is None


AGED = State("closed", "age", since="2026-05-15T00:00:00.000Z")


@pytest.mark.parametrize(
    ("found", "reply", "opened_at", "at", "taken"),
    [
        (State("open", "default"), False, None, LATER, True),
        (State("moderated", "site"), False, None, LATER, True),
        (State("replies-only", "switch"), True, None, LATER, True),
        (State("replies-only", "switch"), False, None, LATER, False),
        (State("closed", "front matter"), False, PUBLISHED, LATER, False),
        (AGED, False, "2026-05-14T23:00:00.000Z", "2026-05-15T00:09:59.000Z", True),
        (AGED, False, "2026-05-14T23:00:00.000Z", "2026-05-15T00:10:00.000Z", False),
        (AGED, False, "2026-05-15T00:00:00.000Z", "2026-05-15T00:05:00.000Z", False),
        (AGED, False, None, "2026-05-15T00:05:00.000Z", False),
        (replace(AGED, cause="switch"), False, "2026-05-14T23:00:00.000Z", "2026-05-15T00:05:00.000Z", False),
    ],
)
def test_a_comment_is_taken_while_open_and_for_some_minutes_after_a_rule_closed(
    found: State, reply: bool, opened_at: str | None, at: str, taken: bool
) -> None:
    assert closing.takes(found, reply=reply, opened_at=opened_at, at=at, policy=Policy()) is taken


def _state(db: Database, slug: str = factories.SLUG) -> State:
    return closing.state(closing.facts(posts.find(db, slug, at=factories.NOON)), Policy(), factories.NOON)


def test_a_second_closing_writes_no_event(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        assert closing.close(db, factories.SLUG, by=factories.by()) is not None
        assert closing.close(db, factories.SLUG, by=factories.by()) is None
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 1


def test_the_site_switch_gives_each_post_its_own_state_back(db: Database) -> None:
    factories.post(db, "one")
    factories.post(db, "two", comments="closed")
    factories.post(db, "three")
    with store.transaction(db):
        closing.close(db, "three", mode="replies-only", by=factories.by())
        closing.close(db, None, by=factories.by())
    assert [_state(db, slug).mode for slug in ("one", "two", "three")] == ["closed"] * 3
    with store.transaction(db):
        closing.open_again(db, None, by=factories.by())
    assert [_state(db, slug).mode for slug in ("one", "two", "three")] == ["open", "closed", "replies-only"]


def test_follow_drops_the_override_and_undo_brings_it_back(db: Database) -> None:
    factories.post(db, comments="closed")
    with store.transaction(db):
        closing.open_again(db, factories.SLUG, by=factories.by())
        batch = closing.follow(db, factories.SLUG, by=factories.by())
    assert _state(db).cause == "front matter"
    factories.undo(db, batch)
    assert (_state(db).mode, _state(db).cause) == ("open", "switch")


def test_undoing_a_closing_restores_note_and_end_of_the_one_before(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        closing.close(db, factories.SLUG, note="First.", until="2026-06-01T00:00:00.000Z", by=factories.by())
        second = closing.close(db, factories.SLUG, note="Second.", by=factories.by("2026-05-08T00:00:00.000Z"))
    factories.undo(db, second)
    found = _state(db)
    assert (found.note, found.until, found.since) == ("First.", "2026-06-01T00:00:00.000Z", factories.NOON)


@pytest.mark.parametrize(
    ("slug", "arguments"),
    [
        ("a-post", {"mode": "ajar"}),
        (None, {"mode": "open"}),
        ("a-post", {"note": "x" * 2_001}),
        ("a-post", {"until": "2026-05-07T11:59:00.000Z"}),
    ],
)
def test_a_bad_closing_is_refused_with_a_sentence(db: Database, slug: str | None, arguments: dict[str, str]) -> None:
    factories.post(db)
    with pytest.raises(Invalid) as refusal:
        closing.close(db, slug, by=factories.by(), **arguments)
    assert refusal.value.sentence.endswith(".")


def test_a_post_that_is_not_there_cannot_be_closed(db: Database) -> None:
    with pytest.raises(NotFound, match="There is no post 'nope'"):
        closing.close(db, "nope", by=factories.by())
