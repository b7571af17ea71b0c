"""`blog check` beside a running server: it changes nothing, and nobody who comments waits for it."""

import hashlib
import subprocess
import threading
import time
from pathlib import Path

import pytest

from blog import settings
from blog.comments import search
from blog.storage import store
from tests.reliability.serving import LATER_VERSION, environ, make_site, run, running, sole_sentence, words, write
from tests.reliability.test_f11_large_site import fill

COMMENTS = 100_000


def _hash(site: Path) -> str:
    return hashlib.sha256((site / "blog.db").read_bytes()).hexdigest()


def test_check_changes_nothing_and_needs_no_lock(tmp_path: Path) -> None:
    make_site(tmp_path)
    db = store.connect(tmp_path / "blog.db")
    db.conn.execute("pragma wal_checkpoint(truncate)")
    db.conn.execute("begin immediate")  # whoever wants to write has to wait now
    before = _hash(tmp_path)
    began = time.monotonic()
    done = run(tmp_path, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < store.BUSY_SECONDS
    assert _hash(tmp_path) == before
    db.conn.close()


def test_check_compares_the_search_index_while_another_program_writes(tmp_path: Path) -> None:
    make_site(tmp_path)
    db = store.connect(tmp_path / "blog.db")
    db.conn.execute("insert into comments_search (rowid, text) values (-1, 'nobodysword')")
    db.conn.execute("begin immediate")
    assert "The search index does not say what the comments say." in run(tmp_path, "check").stderr
    db.conn.close()


def test_check_without_a_database_makes_none(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    done = run(tmp_path, "check")
    assert done.returncode == 0
    assert "Note: There is no database yet." in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["posts"]


def test_check_migrates_nothing(tmp_path: Path) -> None:
    make_site(tmp_path)
    before = _hash(tmp_path)
    said = sole_sentence(run(tmp_path, "check", program=LATER_VERSION))
    assert "is of an older version of Afterword (9999_later is missing), and nothing was changed." in said
    assert _hash(tmp_path) == before


def test_no_command_migrates_a_database_that_a_server_uses(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path):
        assert "A server runs on" in sole_sentence(run(tmp_path, "queue", program=LATER_VERSION))
        assert "A server runs on" in sole_sentence(
            run(tmp_path, "settings", "comment_max_links", "9", program=LATER_VERSION)
        )
        assert "is of an older version" in sole_sentence(run(tmp_path, "check", program=LATER_VERSION))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nobody_who_comments_waits_for_a_check_of_a_large_site(tmp_path: Path) -> None:
    make_site(tmp_path)
    db = store.connect(settings.load(tmp_path, {}).database)
    db.conn.execute("delete from comments")
    fill(db, 1_000, COMMENTS, 5_000)
    with store.transaction(db):
        search.build(db)
    db.conn.close()
    with running(tmp_path) as server:
        took: list[float] = []
        stop = threading.Event()

        def comment() -> None:
            connection, stamp, number = server.connection(), server.stamp(), 0
            while not stop.is_set():
                number += 1
                began = time.perf_counter()
                write(connection, stamp, f"reader{number}", number)
                took.append(time.perf_counter() - began)
                time.sleep(0.04)
            connection.close()

        posting = threading.Thread(target=comment)
        posting.start()
        began = time.monotonic()
        done = subprocess.run(words(tmp_path, "check"), env=environ(), capture_output=True, text=True, timeout=600)
        seconds = time.monotonic() - began
        stop.set()
        posting.join(60)
    assert (done.returncode, done.stderr) == (0, "")
    took.sort()
    p99 = took[int(len(took) * 0.99)]
    print(f"check took {seconds:.1f} s; {len(took)} comments, p99 {p99:.3f} s, slowest {took[-1]:.3f} s")
    assert len(took) > 20
    assert p99 < 0.2
