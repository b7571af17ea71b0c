"""F06. Another program holds the database: readers read, writers wait 5 seconds at most and keep what they typed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer
from starlette.testclient import TestClient

from blog import settings
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import SLUG
from tests.reliability.serving import make_site, running


def held(path: Path, seconds: float) -> threading.Thread:
    """Hold the database as another program would, with a connection of its own, and let it go after a while."""
    ready = threading.Event()

    def hold() -> None:
        db = store.connect(path)
        db.conn.execute("begin exclusive")
        ready.set()
        time.sleep(seconds)
        db.conn.execute("rollback")
        db.conn.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert ready.wait(10)
    return thread


def check(path: Path, seconds: float, wait: float) -> None:
    make_site(path)
    with running(path) as server:
        assert server.ask(f"/{SLUG}/").status == 200
        holding = held(path / "blog.db", seconds)
        with ThreadPoolExecutor(12) as pool:
            sent = [pool.submit(server.comment, f"Words {n}.", n) for n in range(10)]
            time.sleep(0.3)
            late = pool.submit(server.comment, "Late words.", 77)
            reads = [server.ask(f"/{SLUG}/") for _ in range(20)]
            answers = [each.result() for each in (*sent, late)]
        assert {read.status for read in reads} == {200}
        assert max(read.seconds for read in reads) < 4  # who waited for the database would wait five seconds
        assert {answer.status for answer in answers} == {503}
        assert max(answer.seconds for answer in answers) < wait
        for n, answer in enumerate(answers[:-1]):
            assert answer.headers["retry-after"]
            assert f"Words {n}." in answer.text
            assert "Another program holds the database" in answer.text
            assert "database is locked" not in answer.text
        holding.join()
        assert server.comment("After.", 99).status == 303
        assert server.printed().count("Nothing can be saved") == 1


def test_f06_a_locked_database_makes_writers_wait_five_seconds_at_most_and_readers_not_at_all(tmp_path: Path) -> None:
    check(tmp_path, 7, 15)  # five seconds, and ten for a machine that has much to do


@pytest.mark.slow
def test_f06_for_ten_seconds(tmp_path: Path) -> None:
    check(tmp_path, 10, 6.5)


def test_f06_in_delete_mode_even_readers_are_kept_out_and_pages_come_from_the_cache(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blog.app import create_app

    monkeypatch.setattr(store.sqlite3, "sqlite_version_info", (3, 40, 1))
    store.prepare(site.database)
    monkeypatch.setattr(store, "BUSY_SECONDS", 1)
    db = store.connect(site.database)
    assert db.conn.execute("pragma journal_mode").fetchone()[0] == "delete"
    factories.post(db)
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as client:
        assert client.get(f"/{SLUG}/").status_code == 200
        db.conn.execute("begin exclusive")
        assert client.get(f"/{SLUG}/").status_code == 200
        typed = {"author": "Ana", "email": "ana@example.org", "comment": "My own words."}
        refused = client.post(f"/{SLUG}/comments", data=typed)
        assert (refused.status_code, "My own words." in refused.text) == (503, True)
        db.conn.execute("rollback")
        assert client.post(f"/{SLUG}/comments", data=typed, follow_redirects=False).status_code == 303
    db.conn.close()


def test_f06_a_draft_is_shown_while_another_program_writes(tmp_path: Path) -> None:
    make_site(tmp_path)
    factories.write_post(tmp_path, "draft", front="status: draft\n", body="Not yet *public*.")
    with running(tmp_path) as server:
        here = settings.load(tmp_path, {})
        db = store.connect(here.database)
        secret = db.conn.execute("select secret from site").fetchone()[0]
        token = URLSafeSerializer(secret, salt="comment-form").dumps(["draft", "draft", "2999-01-01T00:00:00.000Z"])
        before = db.conn.execute("pragma data_version").fetchone()
        other = store.connect(here.database)
        other.conn.execute("begin exclusive")
        answer = server.ask(f"/preview/{token}/")  # it comes while the other program still writes
        assert (answer.status, "Not yet <em>public</em>." in answer.text) == (200, True)
        other.conn.execute("rollback")
        other.conn.close()
        assert db.conn.execute("pragma data_version").fetchone() == before
        db.conn.close()
