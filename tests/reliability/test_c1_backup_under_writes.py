"""C1. A copy that is made while others write is sound, and holds what had been acknowledged, without a gap."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from blog import settings
from blog.storage import store
from blog.upkeep import backups, integrity
from tests.factories import NOON
from tests.reliability.serving import LOST, Acknowledged, Comment, Server, make_site, running, write


def keep_writing(server: Server, done: Acknowledged, stamp: str, name: str, stop: threading.Event) -> None:
    connection = server.connection()
    with suppress(*LOST):
        for number in range(1, 100_000):
            done.comments.append(write(connection, stamp, name, number))
            if stop.is_set():
                break
    connection.close()


@pytest.mark.parametrize("copies", [5, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(1_800)])])
def test_c1_copies_under_load_are_sound_and_a_beginning_of_what_was_acknowledged(tmp_path: Path, copies: int) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    done, stop = Acknowledged(), threading.Event()
    with running(site) as server, ThreadPoolExecutor(8) as pool:
        stamp = server.stamp()
        writing = [pool.submit(keep_writing, server, done, stamp, f"reader-{n}", stop) for n in range(8)]
        try:
            for n in range(copies):
                before = list(done.comments)
                made = backups.make(settings.load(site, {}), tmp_path / f"copy{n}.db", at=NOON)
                check(made.path, before)
                made.path.unlink()
        finally:
            stop.set()
        for each in writing:
            each.result(60)
    assert len(done.comments) > 5 * copies


def check(path: Path, before: list[Comment]) -> None:
    db = store.connect(path)
    try:
        assert integrity.check(db) == []
        rows = db.conn.execute("select id, author, email, text from comments order by id").fetchall()
    finally:
        db.conn.close()
    found = [Comment(*row) for row in rows]
    assert set(before) <= set(found)
    assert [comment.id for comment in found] == list(range(1, len(found) + 1))
