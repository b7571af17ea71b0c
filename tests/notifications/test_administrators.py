"""Administrators are told of problems of the server by a real mail: once of each, and once when it is solved."""

from blog.notifications import to_administrators
from blog.operation import known_problems
from blog.operation.problems import Problem
from blog.storage import store
from tests.notifications.world import World, html_of, text_of

DISK = Problem("disk", {"free": 300_000_000, "database": 2_000_000_000})
BACKUP = Problem("backup failed", {"at": "2026-05-07T02:00:00.000Z", "error": "The folder is gone."})


def look(world: World, *found: Problem, minutes: int = 10) -> list[dict[str, str]]:
    """Look at the server as the job does; return the mails that arrive."""
    world.wait(minutes=minutes)
    with store.transaction(world.db):
        known_problems.follow(world.db, found, at=world.at)
        to_administrators.tell(world.db, at=world.at)
    return [
        {"to": message["to"], "subject": message["subject"], "text": text_of(message), "html": html_of(message)}
        for message in world.deliver()
    ]


def test_each_administrator_is_told_once_what_is_wrong_and_what_to_do(world: World) -> None:
    world.account("ana")
    world.account("eva", notify="never")
    world.account("ben", role="editor")
    assert look(world, DISK, BACKUP) == []
    mails = look(world, DISK, BACKUP)
    assert [mail["to"] for mail in mails] == ["ana@blog.example", "eva@blog.example"]
    assert {mail["subject"] for mail in mails} == {"A problem with The Blog"}
    text = " ".join(mails[0]["text"].split())
    for words in (
        "The server of The Blog has 2 problems.",
        "Only 300 MB are free on the disk of the site.",
        "Make room",
        "failed: The folder is gone.",
        "Run “blog backup” by hand",
        "https://blog.example/admin/system",
        "once for each problem, and once when it is solved",
    ):
        assert words in text, text
    assert "Only 300 MB are free" in mails[0]["html"]
    assert [look(world, DISK, BACKUP) for _ in range(20)] == [[]] * 20


def test_a_problem_that_is_solved_is_told_an_hour_later_with_what_remains(world: World) -> None:
    world.account("ana")
    look(world, DISK, BACKUP)
    look(world, DISK, BACKUP)
    arrived = [look(world, BACKUP) for _ in range(8)]
    (mail,) = [each for mails in arrived for each in mails]
    assert [len(mails) for mails in arrived].index(1) == 6
    assert mail["subject"] == "Solved: a problem with The Blog"
    text = " ".join(mail["text"].split())
    assert "This is solved: Only 300 MB are free" in text
    assert "One earlier problem remains." in text


def test_it_is_written_in_the_language_of_the_account(world: World) -> None:
    number = world.account("ana")
    with store.transaction(world.db):
        world.db.conn.execute("update accounts set language = 'de' where id = ?", [number])
    look(world, DISK)
    (mail,) = look(world, DISK)
    assert "300\xa0MB" in mail["text"] or "300 MB" in mail["text"]
    assert 'lang="de"' in mail["html"]


def test_without_an_address_nobody_is_told_until_there_is_one(world: World) -> None:
    assert [look(world, DISK) for _ in range(3)] == [[]] * 3
    world.account("ana")
    (mail,) = look(world, DISK)
    assert mail["subject"] == "A problem with The Blog"
