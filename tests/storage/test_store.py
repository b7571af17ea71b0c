"""The store: what is answered is on the disk, readers cannot write, and no database is spoiled."""

import asyncio
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from blog import closing, wording
from blog.errors import Invalid, NotFound, Unavailable, Unusable
from blog.rules import policy
from blog.settings import Settings
from blog.storage import migrations, store, writer
from blog.storage.store import Store
from tests import factories

WAL = sqlite3.sqlite_version_info >= store.SAFE_WAL
needs_wal = pytest.mark.skipif(not WAL, reason="This SQLite is kept in DELETE mode, where a write waits for readers.")
ENDLESS = "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture
def opened(site: Settings) -> Iterator[Store]:
    made = Store(site.database)
    yield made
    made.close()


def set_(name: str, value: str = "x") -> Callable[[Database], str]:
    """Return a job that writes one row and answers with its name."""

    def job(db: Database) -> str:
        db.conn.execute("insert into settings (name, value) values (?, ?)", [name, value])
        return name

    return job


def failing(name: str, error: Exception) -> Callable[[Database], None]:
    """Return a job that writes, then fails."""

    def job(db: Database) -> None:
        set_(name)(db)
        raise error

    return job


def names(db: Database) -> set[str]:
    return {row[0] for row in db.conn.execute("select name from settings").fetchall()}


@asynccontextmanager
async def queued(opened: Store) -> AsyncIterator[None]:
    """Keep the writing thread busy, so that what is written inside the block waits together."""
    started, go = threading.Event(), threading.Event()

    def wait(db: Database) -> None:
        started.set()
        go.wait(10)

    waiting = asyncio.ensure_future(opened.write(wait))
    await asyncio.to_thread(started.wait, 10)
    try:
        yield
    finally:
        go.set()
        await waiting


async def together(opened: Store, jobs: list[Callable[[Database], Any]]) -> list[Any]:
    """Write jobs so that they wait together; return their results and errors."""
    async with queued(opened):
        tasks = [asyncio.ensure_future(opened.write(job)) for job in jobs]
        await asyncio.sleep(0.05)
    return await asyncio.gather(*tasks, return_exceptions=True)


def commits(opened: Store) -> list[str]:
    """Listen to the writing connection; the list grows by each commit."""
    heard: list[str] = []
    opened._db.conn.set_trace_callback(lambda sql: heard.append(sql) if sql == "commit" else None)
    return heard


def test_writes_that_wait_together_are_committed_together(opened: Store, db: Database) -> None:
    heard = commits(opened)
    results = asyncio.run(together(opened, [set_(f"n{n}") for n in range(100)]))
    assert results == [f"n{n}" for n in range(100)]
    assert names(db) == set(results)
    assert len(heard) == 2  # of what kept the thread busy, and of the hundred


def test_a_group_is_limited_so_that_nobody_waits_long(opened: Store) -> None:
    heard = commits(opened)
    asyncio.run(together(opened, [set_(f"n{n}") for n in range(3 * writer.GROUP)]))
    assert len(heard) == 1 + 3


def test_each_is_answered_after_the_commit_and_not_before(opened: Store, db: Database) -> None:
    answered: list[str] = []
    at_commit: list[int] = []
    unseen: list[str] = []

    async def one(name: str) -> None:
        await opened.write(set_(name))
        if name not in names(db):
            unseen.append(name)
        answered.append(name)

    async def many() -> None:
        async with queued(opened):
            tasks = [asyncio.ensure_future(one(f"n{n}")) for n in range(50)]
            await asyncio.sleep(0.05)
            opened._db.conn.set_trace_callback(lambda sql: at_commit.append(len(answered)) if sql == "commit" else None)
        await asyncio.gather(*tasks)

    asyncio.run(many())
    assert (len(answered), unseen) == (50, [])
    assert at_commit == [0, 0]


def test_one_failing_write_does_not_hurt_those_it_waits_with(opened: Store, db: Database) -> None:
    errors = {"refused": Invalid({"name": "No."}), "broken": ZeroDivisionError("oops")}
    jobs = [set_("before"), *(failing(name, error) for name, error in errors.items()), set_("after")]
    heard = commits(opened)
    before, refused, broken, after = asyncio.run(together(opened, jobs))
    assert (before, after) == ("before", "after")
    assert (refused, broken) == tuple(errors.values())
    assert names(db) == {"before", "after"}
    assert len(heard) == 2


def test_a_broken_constraint_is_answered_to_its_own_writer_alone(opened: Store, db: Database) -> None:
    first, second, third = asyncio.run(together(opened, [set_("a"), set_("a", "again"), set_("b")]))
    assert (first, third) == ("a", "b")
    assert isinstance(second, sqlite3.IntegrityError)
    assert names(db) == {"a", "b"}


def test_a_full_disk_is_answered_to_all_whose_words_it_took_and_the_next_write_works(
    opened: Store, db: Database
) -> None:
    pages = opened._db.conn.execute("pragma page_count").fetchone()[0]
    opened._db.conn.execute(f"pragma max_page_count = {pages + 4}")
    jobs = [set_("small"), set_("huge", "x" * 1_000_000), set_("also small")]
    results = asyncio.run(together(opened, jobs))
    assert isinstance(results[1], Unavailable)
    assert names(db) == {result for result in results if isinstance(result, str)}
    opened._db.conn.execute("pragma max_page_count = 1000000")
    assert asyncio.run(opened.write(set_("later"))) == "later"
    assert "later" in names(db)


def test_a_job_that_ends_the_transaction_takes_its_group_with_it_but_not_the_thread(
    opened: Store, db: Database
) -> None:
    def unruly(db: Database) -> None:
        db.conn.execute("rollback")
        raise KeyError("unruly")

    results = asyncio.run(together(opened, [set_("a"), unruly, set_("b")]))
    assert [type(result) for result in results] == [Unavailable] * 3
    assert names(db) == set()
    assert asyncio.run(opened.write(set_("later"))) == "later"


def test_a_write_whose_asker_left_before_it_began_is_not_done_and_hurts_nobody(opened: Store, db: Database) -> None:
    async def leave() -> list[Any]:
        async with queued(opened):
            left, stayed = (asyncio.ensure_future(opened.write(set_(name))) for name in ("left", "stayed"))
            await asyncio.sleep(0.05)
            left.cancel()
            await asyncio.sleep(0.05)
        return await asyncio.gather(left, stayed, opened.write(set_("later")), return_exceptions=True)

    left, stayed, later = asyncio.run(leave())
    assert isinstance(left, asyncio.CancelledError)
    assert (stayed, later) == ("stayed", "later")
    assert names(db) == {"stayed", "later"}


def test_a_write_whose_asker_leaves_while_it_runs_is_done_and_the_next_works(opened: Store, db: Database) -> None:
    started = threading.Event()

    def slow(db: Database) -> None:
        set_("slow")(db)
        started.set()
        threading.Event().wait(0.2)

    async def leave() -> str:
        running = asyncio.ensure_future(opened.write(slow))
        await asyncio.to_thread(started.wait)
        running.cancel()
        return await opened.write(set_("later"))

    assert asyncio.run(leave()) == "later"
    assert names(db) == {"slow", "later"}


def test_readers_cannot_write(opened: Store, db: Database) -> None:
    with pytest.raises(Unavailable) as refusal:
        asyncio.run(opened.read(set_("x")))
    assert "readonly" in str(refusal.value.__cause__)
    assert names(db) == set()


@needs_wal
def test_a_read_sees_one_moment_while_others_write(opened: Store, db: Database) -> None:
    def twice(reading: Database) -> tuple[set[str], set[str]]:
        before = names(reading)
        set_("meanwhile")(db)
        return before, names(reading)

    assert asyncio.run(opened.read(twice)) == (set(), set())
    assert asyncio.run(opened.read(names)) == {"meanwhile"}


def test_a_read_that_takes_too_long_is_ended_and_the_next_works(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "READ_SECONDS", 0.2)
    with pytest.raises(Unavailable, match="cannot be read just now"):
        asyncio.run(opened.read(lambda db: db.conn.execute(ENDLESS).fetchone()))
    assert asyncio.run(opened.read(names)) == set()


def test_a_slow_read_does_not_make_the_others_wait(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "READ_SECONDS", 1.0)

    async def both() -> list[Any]:
        slow = asyncio.ensure_future(opened.read(lambda db: db.conn.execute(ENDLESS).fetchone()))
        quick = [await opened.read(names) for _ in range(20)]
        assert not slow.done()
        await asyncio.gather(slow, return_exceptions=True)
        return quick

    assert asyncio.run(both()) == [set()] * 20


def test_a_locked_database_is_answered_with_a_sentence_and_the_next_write_works(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    opened = Store(site.database)
    db.conn.execute("begin immediate")
    with pytest.raises(Unavailable, match="could not be saved just now") as refusal:
        asyncio.run(opened.write(set_("x")))
    assert "locked" in str(refusal.value.__cause__)
    db.conn.execute("rollback")
    assert asyncio.run(opened.write(set_("y"))) == "y"
    opened.close()


@needs_wal
def test_what_comes_while_another_process_writes_is_committed_with_who_waits(opened: Store, db: Database) -> None:
    heard = commits(opened)

    async def write() -> list[str]:
        db.conn.execute("begin immediate")
        tasks = [asyncio.ensure_future(opened.write(set_("first")))]
        await asyncio.sleep(0.05)
        tasks += [asyncio.ensure_future(opened.write(set_(f"n{n}"))) for n in range(20)]
        await asyncio.sleep(0.05)
        db.conn.execute("rollback")
        return await asyncio.gather(*tasks)

    assert set(asyncio.run(write())) == names(db)
    assert len(heard) == 1


@needs_wal
def test_when_the_lock_cannot_be_had_all_waiting_writes_are_refused_together_and_the_next_one_works(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.3)
    opened = Store(site.database)

    async def write() -> list[Any]:
        db.conn.execute("begin immediate")
        tasks = [asyncio.ensure_future(opened.write(set_(f"n{n}"))) for n in range(3)]
        refused = await asyncio.gather(*tasks, return_exceptions=True)
        db.conn.execute("rollback")
        return [*refused, await opened.write(set_("next"))]

    *refused, last = asyncio.run(write())
    opened.close()
    assert [type(each) for each in refused] == [Unavailable] * 3
    assert last == "next"
    assert names(db) == {"next"}


def test_every_commit_is_synced_and_foreign_keys_are_on(opened: Store) -> None:
    def pragmas(db: Database) -> list[Any]:
        wanted = ("synchronous", "foreign_keys", "journal_mode", "busy_timeout")
        return [db.conn.execute(f"pragma {name}").fetchone()[0] for name in wanted]

    full, on = 2, 1
    journal = ["wal" if WAL else "delete", int(store.BUSY_SECONDS * 1000)]
    assert asyncio.run(opened.write(pragmas)) == [full, on, *journal]


def test_data_version_moves_when_another_process_commits_and_only_then(opened: Store, site: Settings) -> None:
    before = opened.data_version()
    assert opened.data_version() == before
    asyncio.run(opened.read(policy.load))
    with pytest.raises(NotFound):
        asyncio.run(opened.write(closing.close, "no-such-post", by=factories.by()))
    assert opened.data_version() == before
    command = [sys.executable, "-m", "blog", "--site", str(site.root), "settings", "comment_max_links", "3"]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, timeout=60)
    after = opened.data_version()
    assert after != before
    assert asyncio.run(opened.read(policy.load)).comment_max_links == 3
    assert opened.data_version() == after


def test_data_version_moves_when_the_store_itself_commits(opened: Store) -> None:
    before = opened.data_version()
    asyncio.run(opened.write(set_("x")))
    assert opened.data_version() != before


def test_closing_writes_what_waits_and_ends_every_thread(site: Settings, db: Database) -> None:
    others = set(threading.enumerate())
    made = Store(site.database)

    async def last_words() -> list[Any]:
        async with queued(made):
            tasks = [asyncio.ensure_future(made.write(set_(f"n{n}"))) for n in range(10)]
            tasks.append(asyncio.ensure_future(made.read(names)))
            await asyncio.sleep(0.05)
        closing = asyncio.to_thread(made.close)
        return (await asyncio.gather(*tasks, closing))[:10]

    assert len({thread.name for thread in set(threading.enumerate()) - others}) == 1
    assert asyncio.run(last_words()) == [f"n{n}" for n in range(10)]
    assert len(names(db)) == 10
    assert {thread for thread in set(threading.enumerate()) - others if thread.is_alive()} == set()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made._db.conn.execute("select 1")


@needs_wal
def test_the_log_is_brought_into_the_database_at_some_sixteen_mebibytes(db: Database, site: Settings) -> None:
    db.conn.execute("create table heaps (text text)")
    largest = 0
    for _ in range(40):
        db.conn.execute("insert into heaps values (zeroblob(1048576))")
        largest = max(largest, site.database.with_name("blog.db-wal").stat().st_size)
    assert 12 < largest / 2**20 < 20


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    assert store.prepare(path) == [
        migration.name for migration in migrations.migrations.pending(store.empty_in_memory())
    ]
    before = digest(path)
    assert store.prepare(path) == []
    assert digest(path) == before


def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is(site: Settings, db: Database) -> None:
    db.conn.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('blog', '9999_future', '2030')"
    )
    db.conn.close()
    before = digest(site.database)
    with pytest.raises(Unusable, match="written by a newer Afterword \\(it has 9999_future\\)"):
        store.prepare(site.database)
    assert digest(site.database) == before


def test_the_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    foreign = sqlite3.connect(path)
    foreign.execute("create table bookmarks (address text)")
    foreign.commit()
    foreign.close()
    before = digest(path)
    with pytest.raises(Unusable, match="database of another program"):
        store.prepare(path)
    assert digest(path) == before
    assert os.listdir(tmp_path) == ["blog.db"]


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 500, b"\x00" * 4096, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_with_a_sentence_and_stays_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "blog.db"
    path.write_bytes(content)
    with pytest.raises(Unusable) as refusal:
        store.prepare(path)
    assert str(refusal.value).startswith(f"{path} cannot be opened (")
    assert "Look at it with `pragma integrity_check`, or put a copy of it back with `blog restore-backup" in str(
        refusal.value
    )
    assert path.read_bytes() == content


def test_the_command_line_says_it_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "blog.db").write_text("Dear diary", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "blog", "--site", str(tmp_path), "queue"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_database_is_not_made_by_a_reader(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be opened"):
        store.connect(tmp_path / "blog.db", readonly=True)
    assert os.listdir(tmp_path) == []


def test_an_old_sqlite_is_told_of_and_keeps_its_journal_in_delete_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(store.sqlite3, "sqlite_version", "3.40.1")
    assert store.caution().startswith("SQLite 3.40.1 is older than 3.51.3, so blog.db is kept in DELETE mode")
    path = tmp_path / "blog.db"
    store.prepare(path)
    made = Store(path)
    assert asyncio.run(made.write(lambda db: db.conn.execute("pragma journal_mode").fetchone()[0])) == "delete"
    asyncio.run(together(made, [set_(f"n{n}") for n in range(20)]))
    assert len(asyncio.run(made.read(names))) == 20
    made.close()


def test_a_recent_sqlite_needs_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.sqlite3, "sqlite_version_info", (3, 51, 3))
    assert store.caution() == ""


@needs_wal
def test_a_database_kept_by_an_old_sqlite_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "blog.db"
    with monkeypatch.context() as old:
        old.setattr(store.sqlite3, "sqlite_version_info", (3, 40, 1))
        store.prepare(path)
    store.prepare(path)
    db = store.connect(path)
    assert db.conn.execute("pragma journal_mode").fetchone()[0] == "wal"
    db.conn.close()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_database_whose_log_was_being_brought_in_when_all_ended_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    store.prepare(path)
    db = store.connect(path)
    if db.conn.execute("pragma journal_mode").fetchone()[0] != "wal":
        pytest.skip("This SQLite keeps its database in DELETE mode.")
    db.conn.execute("pragma wal_autocheckpoint = 0")
    db.conn.execute("create table much as select randomblob(200000) as bytes")
    cut = tmp_path / "cut"
    cut.mkdir()
    log = path.with_name("blog.db-wal").read_bytes()
    (cut / "blog.db-wal").write_bytes(log)
    whole = path.stat().st_size
    db.conn.execute("pragma wal_checkpoint(truncate)")
    (cut / "blog.db").write_bytes(path.read_bytes()[:whole])  # the first pages are brought in, the file not yet longer
    db.conn.close()
    store.prepare(cut / "blog.db")
    again = store.connect(cut / "blog.db")
    assert again.conn.execute("select length(bytes) from much").fetchone()[0] == 200_000
    again.conn.close()


def test_what_reads_and_writes_does_it_in_the_language_of_whoever_asked(opened: Store) -> None:
    async def ask(tag: str) -> list[str]:
        with wording.language(tag):
            return [await opened.read(lambda db: wording.tag()), await opened.write(lambda db: wording.tag())]

    async def many() -> list[list[str]]:
        return await asyncio.gather(*(ask(tag) for tag in ("de", "en", "fr")))

    assert asyncio.run(many()) == [["de", "de"], ["en", "en"], ["fr", "fr"]]
