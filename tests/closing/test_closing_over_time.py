"""A site of thirty posts is walked through four hundred days: each state changes in its own second and in no other.

Time is an argument. What is expected is worked out here by the calendar alone: an hour of Berlin's clock, and the two
nights on which that clock was put forward or back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, comments
from blog.errors import Closed
from blog.journal.events import stamp
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.factories import by, decide

FIRST_DAY, DAYS = datetime(2026, 1, 1), 400
SUMMER = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
MILLISECOND = timedelta(milliseconds=1)
Turn = tuple[str, str, str]


def utc(clock: datetime) -> datetime:
    """Return the moment at which the clocks in Berlin show this: two hours ahead in summer, else one."""
    summer = (clock - timedelta(hours=2)).replace(tzinfo=UTC)
    return summer if SUMMER[0] <= summer < SUMMER[1] else (clock - timedelta(hours=1)).replace(tzinfo=UTC)


def at(day: float, hour: int = 0, minute: int = 0) -> str:
    return stamp(utc(FIRST_DAY + timedelta(days=day, hours=hour, minutes=minute)))


@dataclass
class Life:
    """A post: its file, what happens to it and when, and from when on it is in which state for which cause."""

    slug: str
    file: dict[str, Any]
    turns: list[Turn]
    acts: list[tuple[str, Callable[[Database, str, str], Any]]] = field(default_factory=list)

    def expected(self, moment: str) -> tuple[str, str]:
        return [(mode, cause) for since, mode, cause in self.turns if since <= moment][-1]


def spoken(db: Database, slug: str, moment: str) -> None:
    """Let a stranger write, and approve it at once."""
    number = factories.submit(db, f"Said at {moment}.", slug=slug, at=moment, who=factories.sender(reader_hash=moment))
    decide(db, number, "approve", by=by(moment))


def closed(until: str | None, **more: Any) -> Callable[[Database, str, str], Any]:
    def act(db: Database, slug: str, moment: str) -> Any:
        with store.transaction(db):
            closing.close(db, slug, until=until, by=by(moment), **more)

    return act


def followed(db: Database, slug: str, moment: str) -> None:
    with store.transaction(db):
        closing.follow(db, slug, by=by(moment))


def lives() -> Iterator[Life]:
    zone = {"timezone": "Europe/Berlin"}

    def post(kind: str, n: int, born: str, *turns: Turn, acts: Any = (), mode: str = "open", **file: Any) -> Life:
        cause = "front matter" if file.get("comments") else "default"
        beginning = ("", mode, cause)
        return Life(f"{kind}-{n}", {"published_at": born, **zone, **file}, [beginning, *turns], list(acts))

    for n in range(8):  # by the file's own age, from every month, at midnight or at 09:30
        day, hour, minute = n * 37, *((9, 30) if n % 2 else (0, 0))
        yield post("old", n, at(day, hour, minute), (at(day + 45, hour, minute), "closed", "age"), close_after=45)
    for n in range(4):  # by the site's rule
        day = 20 + n * 70
        yield post("rule", n, at(day), (at(day + 100), "closed", "age"))
    for n in range(4):  # by the file's date, and one in the hour that the last Sunday of March does not have
        when = ((87, 2, 30), (297, 2, 30), (120, 0, 0), (300, 23, 59))[n]
        moment = at(*when) if n else stamp(datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
        yield post("dated", n, at(3), (moment, "closed", "date"), close_on=moment, close_after=0)
    for n in range(5):  # by silence, two weeks after the one comment
        day = 10 + n * 55
        yield post(
            "quiet",
            n,
            at(0),
            (at(day + 14, 8), "closed", "quiet"),
            acts=[(at(day, 8), spoken)],
            close_quiet=14,
            close_after=0,
        )
    for n in range(5):  # closed for a week, across either night, and wound down before
        day = (40, 84, 85, 292, 294)[n]
        end = at(day + 7)
        yield post(
            "away",
            n,
            at(1),
            (at(day - 2, 12), "replies-only", "switch"),
            (at(day, 12), "closed", "switch"),
            (end, "open", "default"),
            acts=[(at(day - 2, 12), closed(None, mode="replies-only")), (at(day, 12), closed(end))],
            close_after=0,
        )
    yield post("never", 0, at(2), comments="closed", mode="closed")
    yield post("always", 0, at(2), comments="open")
    yield post("moderated", 0, at(2), (at(62), "closed", "age"), comments="moderated", mode="moderated", close_after=60)
    yield post(
        "spared",
        0,
        at(2),
        (at(32), "closed", "age"),
        (at(50, 10), "open", "switch"),
        (at(350, 10), "closed", "age"),
        acts=[(at(50, 10), closed(None, mode="open")), (at(350, 10), followed)],
        close_after=30,
    )


ALL = list(lives())


def test_thirty_posts_are_in_the_right_state_at_every_second_of_four_hundred_days(db: Database) -> None:
    assert len(ALL) == 30
    for life in ALL:
        factories.post(db, life.slug, **life.file)
    with store.transaction(db):
        values = {"close_comments_for_old_posts": "on", "close_comments_days_old": "100", "comment_flood_seconds": "0"}
        policy.change(db, values | {"comment_network_limit": "0"}, by=by(at(0)))
    acts = sorted((moment, life.slug, act) for life in ALL for moment, act in life.acts)  # type: ignore[type-var]
    moments = {at(day, hour) for day in range(DAYS) for hour in (0, 12)}
    for life in ALL:
        for turn, _, _ in life.turns[1:]:
            exact = datetime.fromisoformat(turn)
            moments |= {stamp(exact - MILLISECOND), turn, stamp(exact + MILLISECOND)}
    foreseen: dict[str, str | None] = {}
    changes = 0
    last = {life.slug: ("", "") for life in ALL}
    for moment in sorted(moments):
        acted = set()
        while acts and acts[0][0] <= moment:
            when, slug, act = acts.pop(0)
            act(db, slug, when)
            acted.add(slug)
        for slug, found, _ in closing.listed(db, at=moment):
            life = next(life for life in ALL if life.slug == slug)
            state = (found.mode, found.cause)
            assert state == life.expected(moment), (slug, moment)
            if state != last[slug] and last[slug] != ("", ""):
                changes += 1
                assert moment in {turn for turn, _, _ in life.turns}, (slug, moment)
                # With no write it changed at the very moment that was foreseen, until which a page was kept.
                assert slug in acted or foreseen[slug] == moment, (slug, moment)
            last[slug], foreseen[slug] = state, found.turns_at
    assert acts == []
    assert changes == sum(len(life.turns) - 1 for life in ALL) == 40


@pytest.mark.parametrize("life", [life for life in ALL if not life.acts and len(life.turns) == 2], ids=lambda x: x.slug)
def test_the_last_comment_comes_in_the_last_millisecond(db: Database, life: Life) -> None:
    factories.post(db, life.slug, **life.file)
    with store.transaction(db):
        policy.change(db, {"close_comments_for_old_posts": "on", "close_comments_days_old": "100"}, by=by(at(0)))
    turn = datetime.fromisoformat(life.turns[1][0])
    draft = factories.draft("In time.")
    with store.transaction(db):
        comments.submit(db, life.slug, draft, at=stamp(turn - MILLISECOND))
    with pytest.raises(Closed, match=r"Comments are closed\."), store.transaction(db):
        comments.submit(db, life.slug, factories.draft("Too late.", 2), at=stamp(turn))
