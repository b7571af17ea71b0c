"""What is wrong with the server, by a table: figures in, sentences out; who is told, and how often."""

from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database

from blog import outbox
from blog.operation import condition, known_problems, problems
from blog.operation.condition import Condition, Disk, Sending
from blog.operation.problems import LOOKS, SENTENCES, Problem
from blog.operation.records import Record
from blog.storage import store
from tests.factories import NOON
from tests.notifications.world import after

GIB = 10**9
WELL = Condition(
    NOON,
    Disk(free=20 * GIB, whole=50 * GIB, database=GIB // 10, log=4_000_000),
    {
        "backup": Record(after(NOON, hours=-9), True, after(NOON, hours=-9), {"size": 5}),
        "check": Record(after(NOON, days=-6), True, after(NOON, days=-6), {"problems": 0}),
        "certificate": Record(
            after(NOON, hours=-3),
            True,
            after(NOON, hours=-3),
            {"host": "b.example", "since": after(NOON, days=-50), "until": after(NOON, days=40)},
        ),
    },
    began_at=after(NOON, days=-400),
    outbox=(Sending("mail", 3, 1, 0), Sending("webmention", 1, 0, 1, "", "No answer.")),
)


def record(at: str, good: bool = True, good_at: str | None = None, **facts: Any) -> Record:
    return Record(at, good, at if good and good_at is None else good_at or "", facts)


def with_record(kind: str, value: Record | None) -> Condition:
    kept = {name: each for name, each in WELL.records.items() if name != kind}
    return replace(WELL, records=kept if value is None else {**kept, kind: value})


def certificate(left: float, whole: float) -> Record:
    return record(
        NOON, host="b.example", since=after(NOON, hours=24 * (left - whole)), until=after(NOON, hours=24 * left)
    )  # type: ignore[arg-type]


NEW = {"began_at": after(NOON, days=-3)}
TABLE = [
    ("well", WELL, ""),
    ("little room", replace(WELL, disk=Disk(400_000_000, 50 * GIB, GIB // 10, 0)), "Only 400 MB are free"),
    ("less than the database", replace(WELL, disk=Disk(2 * GIB, 50 * GIB, 3 * GIB, 0)), "Only 2 GB are free"),
    ("settings", replace(WELL, blog_toml="changed"), "blog.toml was changed since the server started."),
    ("broken settings", replace(WELL, blog_toml="No."), "blog.toml has an error. No."),
    ("no backup", with_record("backup", None), "No backup was ever made"),
    ("no backup yet", replace(with_record("backup", None), **NEW), ""),
    ("weekly backup", with_record("backup", record(after(NOON, days=-7))), ""),
    ("old backup", with_record("backup", record(after(NOON, days=-9))), "The last backup is of"),
    (
        "failed backup",
        with_record("backup", record(NOON, False, after(NOON, days=-1), error="The disk is full.")),
        "failed: The disk is full.",
    ),
    ("no check", with_record("check", None), "never checked"),
    ("monthly check", with_record("check", record(after(NOON, days=-30))), ""),
    ("old check", with_record("check", record(after(NOON, days=-32))), "The last check is of"),
    ("one found", with_record("check", record(NOON, False, problems=1)), "found 1 problem."),
    ("two found", with_record("check", record(NOON, False, problems=2)), "found 2 problems."),
    ("certificate of 90 days", with_record("certificate", certificate(15, 90)), ""),
    ("is not renewed", with_record("certificate", certificate(13, 90)), "The certificate of b.example ends on"),
    ("of six days", with_record("certificate", certificate(2, 6)), ""),
    ("of six days, not renewed", with_record("certificate", certificate(1, 6)), "ends on"),
    ("of a year", with_record("certificate", certificate(20, 365)), ""),
    (
        "refused",
        with_record("certificate", record(NOON, False, host="b.example", refused="expired")),
        "b.example: expired.",
    ),
    ("unknown", with_record("certificate", record(NOON, False, host="b.example", unknown="No answer.")), ""),
    ("no https", with_record("certificate", None), ""),
    ("held", replace(WELL, held=True), "Nothing is sent since a backup was restored."),
    ("due a moment ago", replace(WELL, outbox=(Sending("websub", 1, 0, 0, after(NOON, minutes=-9)),)), ""),
    ("stuck", replace(WELL, outbox=(Sending("websub", 1, 0, 0, after(NOON, minutes=-16)),)), "nobody tries"),
    ("no mail any more", replace(WELL, sends_mail=False, outbox=(Sending("mail", 1, 0, 1, after(NOON, days=-1)),)), ""),
    ("mail", replace(WELL, outbox=(Sending("mail", 2, 0, 2, "", "451 No."),)), "2 mails were tried in vain"),
    ("webhook", replace(WELL, outbox=(Sending("webhook", 1, 0, 1, "", "500"),)), "One message to a webhook"),
    ("hub", replace(WELL, outbox=(Sending("websub", 1, 0, 1, "", "500"),)), "The hub was not told of new posts: 500"),
    ("cache", replace(WELL, outbox=(Sending("purge", 1, 0, 1, "", "refused"),)), "It may show old pages."),
]


@pytest.mark.parametrize(("state", "part"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_state_is_said_with_what_to_do(state: Condition, part: str) -> None:
    said = [problems.describe(each, lambda at: at[:10]) for each in problems.find(state)]
    assert len(said) == (1 if part else 0), said
    for what, cure in said:
        assert part in f"{what} {cure}"
        assert what
        assert cure.endswith((".", "”"))


def test_every_problem_is_in_the_table() -> None:
    assert {each.name for row in TABLE for each in problems.find(row[1])} == set(SENTENCES)
    assert len(LOOKS) == 6


def test_the_outbox_is_counted_by_kind(db: Database) -> None:
    with store.transaction(db):
        for n in range(3):
            outbox.enqueue(db, "mail", {"n": n}, batch=None, at=NOON, due_at=after(NOON, minutes=n - 1))
        db.conn.execute("update outbox set tries = 3, error = '451 Later.' where payload ->> '$.n' = 1")
        db.conn.execute("update outbox set failed_at = ?, error = '550 No.' where payload ->> '$.n' = 2", [NOON])
    assert condition.outbox_of(db, at=after(NOON, seconds=1)) == (
        Sending("mail", 2, 1, 1, after(NOON, minutes=-1), "550 No."),
    )


class Watch:
    """The looks at a server, every ten minutes."""

    def __init__(self, db: Database) -> None:
        self.db, self.at = db, NOON

    def look(self, *names: str, minutes: int = 10) -> tuple[list[str], list[str], int]:
        self.at = after(self.at, minutes=minutes)
        with store.transaction(self.db):
            known_problems.follow(self.db, [Problem(name, {"at": self.at}) for name in names], at=self.at)
            told = known_problems.news(self.db, at=self.at)
        return [each.name for each in told.new], [each.name for each in told.over], told.left


def test_a_problem_is_told_once_when_it_lasts_and_once_when_it_is_over(db: Database) -> None:
    watch = Watch(db)
    assert watch.look("disk") == ([], [], 1)
    assert watch.look("disk") == (["disk"], [], 0)
    assert [watch.look("disk")[:2] for _ in range(100)] == [([], [])] * 100
    assert watch.look("disk", "backup old")[:2] == ([], [])
    assert watch.look("disk", "backup old") == (["backup old"], [], 1)
    assert [watch.look("backup old")[1] for _ in range(7)] == [[]] * 6 + [["disk"]]
    assert known_problems.count(db) == 1
    assert watch.look("disk")[:2] == ([], [])  # and it begins anew
    assert watch.look("disk")[0] == ["disk"]


def test_what_comes_and_goes_is_told_once(db: Database) -> None:
    watch = Watch(db)
    watch.look("disk")
    assert watch.look("disk")[0] == ["disk"]
    told = [watch.look(*(["disk"] if n % 3 else []))[:2] for n in range(60)]
    assert told == [([], [])] * 60


def test_what_mends_itself_within_minutes_is_told_to_nobody(db: Database) -> None:
    watch = Watch(db)
    watch.look("disk")
    assert [watch.look()[:2] for _ in range(9)] == [([], [])] * 9
    assert known_problems.count(db) == 0


def test_that_mail_fails_is_not_mailed(db: Database) -> None:
    watch = Watch(db)
    assert [watch.look(*problems.UNMAILED) for _ in range(3)] == [([], [], 0)] * 3
    assert known_problems.count(db) == len(problems.UNMAILED)
    assert set(problems.UNMAILED) < set(SENTENCES)
