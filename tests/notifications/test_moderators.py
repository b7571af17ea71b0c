"""What moderators get, and when: at once, each hour, once a day or never, and not in quiet hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from blog.errors import Invalid
from blog.journal import events
from blog.journal.events import NewEvent
from blog.notifications.choices import Choice, digest_due, is_quiet
from blog.storage import store
from tests import factories
from tests.notifications.world import World, html_of, text_of, tokens_of

BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("quiet", "time", "wanted"),
    [
        ("22:00-07:00", "21:59", False),
        ("22:00-07:00", "22:00", True),
        ("22:00-07:00", "03:00", True),
        ("22:00-07:00", "06:59", True),
        ("22:00-07:00", "07:00", False),
        ("12:00-13:30", "12:00", True),
        ("12:00-13:30", "13:30", False),
        ("", "03:00", False),
    ],
)
def test_quiet_hours_begin_and_end_to_the_minute(quiet: str, time: str, wanted: bool) -> None:
    assert is_quiet(quiet, datetime.fromisoformat(f"2026-05-07T{time}:00+02:00")) is wanted


@pytest.mark.parametrize(
    ("choice", "at", "zone", "due"),
    [
        (Choice("hourly"), "2026-05-07T12:00:00.000Z", UTC, "2026-05-07T13:00:00.000Z"),
        (Choice("hourly"), "2026-05-07T12:59:59.000Z", UTC, "2026-05-07T13:00:00.000Z"),
        (Choice("daily", 8), "2026-05-07T05:00:00.000Z", BERLIN, "2026-05-07T06:00:00.000Z"),
        (Choice("daily", 8), "2026-05-07T06:00:00.000Z", BERLIN, "2026-05-08T06:00:00.000Z"),
        (Choice("daily", 8), "2026-10-24T07:00:00.000Z", BERLIN, "2026-10-25T07:00:00.000Z"),  # the clocks went back
        (Choice("hourly", quiet="22:00-07:00"), "2026-05-07T20:30:00.000Z", UTC, "2026-05-07T21:00:00.000Z"),
        (Choice("hourly", quiet="22:00-07:00"), "2026-05-07T21:30:00.000Z", UTC, "2026-05-08T07:00:00.000Z"),
        (Choice("at-once", quiet="22:00-07:00"), "2026-05-08T03:00:00.000Z", UTC, "2026-05-08T07:00:00.000Z"),
    ],
)
def test_a_digest_is_due_at_the_next_hour_of_the_choice(choice: Choice, at: str, zone: ZoneInfo, due: str) -> None:
    assert digest_due(choice, at, zone) == due


@pytest.mark.parametrize(
    "choice",
    [Choice("sometimes"), Choice(hour=24), Choice(quiet="22-7"), Choice(quiet="25:00-07:00"), Choice(posts="some")],
)
def test_a_wrong_choice_is_refused(choice: Choice) -> None:
    with pytest.raises(Invalid):
        choice.checked()


def test_a_message_says_who_what_and_why(world: World) -> None:
    world.account()
    parent = world.comment("The first word.", 2)
    world.decide(parent, "approve")
    world.later()
    world.comment("My answer, with a reason.", comment_parent=str(parent))
    message = next(each for each in world.later() if each["to"] == "ana@blog.example")
    text = text_of(message)
    for part in (
        "Reader 1 writes for the first time from this browser. Address not confirmed.",
        "answering Reader 2",
        "> The first word.",
        "My answer, with a reason.",
        "No comment from this browser or account was approved before.",
        "please do not forward it",
    ):
        assert part in " ".join(text.split()), part
    assert set(tokens_of(message)) == {"Approve", "Spam", "Trash"}
    assert max(map(len, [line for line in text.splitlines() if "http" not in line])) <= 72
    assert "My answer, with a reason." in html_of(message)


def test_what_was_decided_before_it_is_due_is_not_told(world: World) -> None:
    world.account()
    comment = world.comment()
    world.prepare()
    world.decide(comment, "approve")
    assert world.later() == []


def test_the_choices_decide_when(world: World) -> None:
    world.account("now")
    world.account("hourly", notify="hourly")
    world.account("daily", notify="daily", hour=20)
    world.account("never", notify="never")
    world.comment()
    assert [each["to"] for each in world.later(minutes=2)] == ["now@blog.example"]
    assert [each["to"] for each in world.later(minutes=58)] == ["hourly@blog.example"]
    assert world.later(hours=6) == []
    assert [each["to"] for each in world.later(hours=2)] == ["daily@blog.example"]


def test_in_quiet_hours_one_message_about_all_comes_at_their_end(world: World) -> None:
    world.account(quiet="11:00-14:00")
    for n in range(1, 4):
        world.comment(f"Thought {n}.", n)
    assert world.later(hours=1) == []
    (message,) = world.later(hours=1)
    assert message["subject"].startswith("3 comments wait")


def test_a_flood_is_told_in_a_few_messages(world: World) -> None:
    world.account()
    for n in range(1, 60):
        world.comment(f"Thought {n}.", n)
    assert len(world.later()) == 5
    (digest,) = world.later(hours=1)
    assert digest["subject"].startswith("59 comments wait")
    assert len(world.inbox.raw[-1]) < 60_000
    assert "44 more on the desk" in text_of(digest)
    assert world.later(days=1) == []


def test_a_digest_of_fifteen_long_comments_stays_under_thirty_kilobytes(world: World) -> None:
    world.account(notify="hourly")
    for n in range(1, 16):
        world.comment(f"{n} " + "long words and more " * 200, n)
    (message,) = world.later(hours=2)
    html = html_of(message)
    assert len(html.encode()) < 30_000
    assert len(tokens_of(message)) > 3


def test_spam_and_what_is_published_at_once_tells_no_moderator(world: World) -> None:
    world.account()
    world.comment("Buy.", homepage="x")
    world.decide(world.comment("First.", 2), "approve")
    world.inbox.raw.clear()
    published = world.comment("Second.", 2)
    assert factories.status(world.db, published) == "approved"
    assert world.later() == []


@pytest.mark.parametrize("kind", ["passkey added", "passkey removed", "token made", "token revoked"])
def test_a_changed_passkey_or_application_password_is_told_whatever_the_account_chose(world: World, kind: str) -> None:
    account = world.account(notify="never")
    world.prepare()
    with store.transaction(world.db):
        events.record(world.db, NewEvent(kind, before="ana", reason="phone"), by=factories.by(world.at, account))
    (message,) = world.later()
    assert (message["to"], message["subject"]) == ("ana@blog.example", "Your account was changed")
    assert message["list-unsubscribe"] is None
