"""F07. A damaged database is refused with the way out, and never silently replaced by an empty one."""

import hashlib
import os
import random
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlite_utils.utils import sqlite3

from blog.comments import search
from blog.errors import Unusable
from blog.storage import preflight, store
from blog.upkeep import integrity
from tests import factories
from tests.factories import decide, submit
from tests.reliability.serving import make_site, refusal


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a database with two hundred comments, in one file."""
    folder = tmp_path_factory.mktemp("whole")
    make_site(folder)
    db = store.connect(folder / "blog.db")
    for n in range(200):
        submit(db, f"Thought {n}: " + "words " * 40, n)
    db.conn.execute("pragma journal_mode = delete")
    db.conn.close()
    return (folder / "blog.db").read_bytes()


def place(folder: Path, content: bytes) -> Path:
    (folder / "posts").mkdir(exist_ok=True)
    path = folder / "blog.db"
    path.write_bytes(content)
    return path


def outcome(path: Path) -> str:
    """Start as a server does, and say how it went: refused, found by a check, or whole as far as can be told."""
    try:
        store.prepare(path)
    except Unusable as refusal:
        said = str(refusal)
        assert str(path) in said
        assert "pragma integrity_check" in said
        assert "blog restore-backup FILE" in said
        return "refused"
    except store.DatabaseError:
        return "refused"
    db = store.connect(path)
    try:
        problems = integrity.check(db)
        count = db.conn.execute("select count(*) from comments").fetchone()[0]
    except store.DatabaseError:
        return "found"
    finally:
        db.conn.close()
    assert count > 0
    return "found" if problems else "whole"


@pytest.mark.parametrize("copies", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_f07_a_thousand_flipped_bytes_are_refused_and_nothing_is_made_anew(
    tmp_path: Path, whole: bytes, copies: int
) -> None:
    chance = random.Random(copies)
    seen: list[str] = []
    for n in range(copies):
        content = bytearray(whole)
        for at in chance.sample(range(100, len(content)), 1_000):
            content[at] ^= chance.randrange(1, 256)
        folder = tmp_path / str(n)
        folder.mkdir()
        path = place(folder, content)
        seen.append(outcome(path))
        assert path.stat().st_size >= len(whole)
        path.unlink()
    assert seen.count("refused") >= copies * 0.95
    assert "whole" not in seen


@pytest.mark.parametrize("kept", [100, 4_096, 8_192, 40_000, 0.5, 0.95])
def test_f07_a_truncated_file_is_refused(tmp_path: Path, whole: bytes, kept: float) -> None:
    content = whole[: int(len(whole) * kept) if kept < 1 else int(kept)]
    path = place(tmp_path, content)
    assert outcome(path) == "refused"
    assert path.read_bytes()[:100] == content[:100]


def test_f07_a_search_index_is_compared_by_a_check_and_holds_up_no_start(tmp_path: Path, whole: bytes) -> None:
    path = place(tmp_path, whole)
    db = store.connect(path)
    while search.feed(db):
        pass
    db.conn.execute("delete from comments_search_data where id > 10")
    db.conn.close()
    assert store.prepare(path) == []
    db = store.connect(path)
    assert "comments_search" in integrity.check(db)[0]
    db.conn.close()


CASES = {
    "empty": (b"", "is empty"),
    "text": (b"Dear diary,\n" * 500, "cannot be opened"),
    "zeros": (b"\x00" * 8_192, "cannot be opened"),
    "half a page": (b"SQLite format 3\x00" + b"\x10\x00\x01\x01\x00", "cannot be opened"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("log", [b"", b"what was written last"], ids=["alone", "with its log"])
def test_f07_what_is_no_database_is_refused_and_left_as_it_is_and_so_is_its_log(
    tmp_path: Path, case: str, log: bytes
) -> None:
    content, said = CASES[case]
    path = place(tmp_path, content)
    if log:
        (tmp_path / "blog.db-wal").write_bytes(log)
    for words in (("queue",), ("serve", "--port", "8999"), ("check",)):
        sentence = refusal(tmp_path, *words)
        assert said in sentence
        assert "blog restore-backup FILE" in sentence
    assert path.read_bytes() == content
    assert not log or (tmp_path / "blog.db-wal").read_bytes() == log


def test_f07_a_log_whose_database_is_gone_is_no_new_site(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "blog.db-wal").write_bytes(b"what was written last")
    sentence = refusal(tmp_path, "queue")
    assert "blog.db is gone, and blog.db-wal beside it holds what was written last" in sentence
    assert sorted(os.listdir(tmp_path)) == ["blog.db-wal", "posts"]


def test_f07_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "blog.db").mkdir()
    assert "blog.db is a folder" in refusal(tmp_path, "queue")
    (tmp_path / "blog.db").rmdir()
    (tmp_path / "blog.db").symlink_to(tmp_path / "nowhere.db")
    assert "leads to" in refusal(tmp_path, "queue")
    (tmp_path / "blog.db").unlink()
    os.mkfifo(tmp_path / "blog.db")
    assert "is no ordinary file" in refusal(tmp_path, "queue")


def test_f07_the_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    foreign = sqlite3.connect(tmp_path / "blog.db")
    foreign.execute("create table bookmarks (address text)")
    foreign.close()
    before = hashlib.sha256((tmp_path / "blog.db").read_bytes()).hexdigest()
    assert "the database of another program" in refusal(tmp_path, "serve", "--port", "8999")
    assert hashlib.sha256((tmp_path / "blog.db").read_bytes()).hexdigest() == before


def test_f07_the_look_for_damage_goes_on_for_as_long_as_it_holds_up_nothing(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "SECONDS", 0.0)
    monkeypatch.setattr(preflight, "STEPS", 20)
    last = len(whole) - 8 * 4_096  # where SQLite comes last
    path = place(tmp_path, whole[:last] + b"\xaa" * 8 * 4_096)
    with monkeypatch.context() as slow:  # a disk so slow that there is no time to read to the end
        slow.setattr(preflight, "time", SimpleNamespace(monotonic=lambda: time.sleep(0.002) or time.monotonic()))
        store.prepare(path)
    with pytest.raises(Unusable, match="is damaged"):
        store.prepare(path, meanwhile=lambda: time.sleep(1))


def test_f07_the_look_for_damage_ends_when_what_is_done_meanwhile_fails(tmp_path: Path, whole: bytes) -> None:
    path = place(tmp_path, whole)
    with pytest.raises(ZeroDivisionError):
        store.prepare(path, meanwhile=lambda: 1 / 0)
    store.prepare(path)


def test_f07_damage_that_shows_while_it_serves_is_told_and_other_pages_go_on(tmp_path: Path) -> None:
    """The comments' own pages are overwritten beneath a running application; what it has kept is served on."""
    from starlette.testclient import TestClient

    from blog import settings
    from blog.app import create_app

    folder = tmp_path / "site"
    folder.mkdir()
    make_site(folder)
    db = store.connect(folder / "blog.db")
    for n in range(150):
        decide(db, submit(db, f"Thought {n}: " + "words " * 60, n), "approve")
    root = db.conn.execute("select rootpage from sqlite_master where name = 'comments'").fetchone()[0]
    db.conn.execute("pragma wal_checkpoint(truncate)")
    db.conn.close()
    with open(folder / "blog.db", "r+b") as file:
        file.seek(4_096 * (root - 1))
        file.write(b"\xff" * 4_096)
    with TestClient(create_app(settings.load(folder, {})), base_url="http://127.0.0.1:8000") as client:
        assert client.get("/robots.txt").status_code == 200
        page = client.get(f"/{factories.SLUG}/")
        assert page.status_code == 503
        typed = {"author": "Ana", "email": "ana@example.org", "comment": "My own words."}
        refused = client.post(f"/{factories.SLUG}/comments", data=typed)
        assert (refused.status_code, "My own words." in refused.text) == (503, True)
        assert client.get("/healthz").status_code in (200, 503)
