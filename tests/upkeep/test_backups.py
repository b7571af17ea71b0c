"""A copy of a site and its way back: complete, never over anything, never in the place of something newer unasked."""

import os
import stat
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from blog.errors import AfterwordError, Conflict, Invalid, NotFound, Unusable
from blog.people import sessions
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.storage.lock import claim
from blog.upkeep import backups, integrity
from tests import factories
from tests.factories import NOON, by, decide, submit

LATER = "2026-05-08T02:00:00.000Z"


# What people write for a site, beside its database.
WRITTEN = (
    "_redirects",
    "blog.toml",
    f"posts/{factories.SLUG}.md",
    "static/site.css",
    "templates/layout.html",
    "translations/en.po",
)


@pytest.fixture
def filled(site: Settings) -> Settings:
    """A site with a post, its file, two comments, an account with a session, and nobody who has it open."""
    factories.write_post(site.root)
    (site.root / "static").mkdir()
    (site.root / "static" / "site.css").write_text("body { color: black }\n" * 99, "utf-8")
    (site.root / "templates").mkdir()
    (site.root / "templates" / "layout.html").write_text("{{ site.title }}", "utf-8")
    (site.root / "translations").mkdir()
    (site.root / "translations" / "en.po").write_text('msgid "Reply"\nmsgstr "Answer"\n', "utf-8")
    (site.root / "_redirects").write_text("/old /new\n", "utf-8")
    (site.root / "static" / ".hidden").write_text("no", "utf-8")
    db = store.connect(site.database)
    factories.post(db)
    decide(db, submit(db, "First."), "approve")
    submit(db, "Second.", n=2)
    with store.transaction(db):
        ana = factories.account(db, "ana")
        sessions.sign_in(db, ana, ip="", user_agent="", by=by())
    db.conn.close()
    return site


def rows(path: Path, *without: str) -> dict[str, list[object]]:
    """Return all rows of all tables of a database."""
    db = store.connect(path, readonly=True)
    names = [
        name
        for (name,) in db.conn.execute("select name from pragma_table_list where type = 'table'").fetchall()
        if name not in ("sqlar", "sqlite_schema", "sqlite_temp_schema", *without)
    ]
    found = {name: db.conn.execute(f'select * from "{name}" order by 1').fetchall() for name in names}
    db.conn.close()
    return found


def act(site: Settings) -> None:
    """Do something after the copy was made."""
    db = store.connect(site.database)
    with store.transaction(db):
        policy.change(db, {"comment_max_links": "4"}, by=by(LATER))
    db.conn.close()


def test_a_copy_holds_every_row_and_every_file_that_people_wrote(filled: Settings, tmp_path: Path) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    assert (made.comments, made.posts, made.files) == (2, 1, len(WRITTEN))
    assert rows(made.path) == rows(filled.database)
    copy = store.connect(made.path, readonly=True)
    names = [name for (name,) in copy.conn.execute("select name from sqlar order by name").fetchall()]
    copy.conn.close()
    assert names == sorted(WRITTEN)
    assert sorted(os.listdir(tmp_path)) == sorted({*os.listdir(filled.root), "copy.db"})
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_a_copy_is_one_file_whose_files_the_sqlite_program_unpacks_too(filled: Settings, tmp_path: Path) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    plain = sqlite3.connect(made.path)
    assert plain.execute("pragma journal_mode").fetchone()[0] == "delete"
    size, data = plain.execute("select sz, data from sqlar where name = 'static/site.css'").fetchone()
    plain.close()
    assert size == len("body { color: black }\n" * 99) > len(data)


def test_a_copy_is_never_written_over(filled: Settings, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious", "utf-8")
    with pytest.raises(Conflict, match="is there already, and a copy is never written over"):
        backups.make(filled, target, at=NOON)
    assert target.read_text("utf-8") == "precious"
    with pytest.raises(NotFound, match="There is no folder"):
        backups.make(filled, tmp_path / "nowhere" / "copy.db", at=NOON)


def test_a_row_of_copies_keeps_the_newest_and_touches_nothing_else(filled: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "site.db").write_text("another's", "utf-8")
    (folder / "site-of-mine.db").write_text("another's", "utf-8")
    (folder / "site-20260101T000000Z.db.txt").write_text("another's", "utf-8")
    for day in range(1, 6):
        made = backups.make(filled, folder / "site.db", at=f"2026-05-0{day}T02:00:00.000Z", keep=2)
    assert [path.name for path in made.removed] == ["site-20260503T020000Z.db"]
    assert sorted(os.listdir(folder)) == [
        *("site-20260101T000000Z.db.txt", "site-20260504T020000Z.db", "site-20260505T020000Z.db"),
        *("site-of-mine.db", "site.db"),
    ]


def test_copies_dated_by_a_clock_that_was_ahead_push_no_new_one_out(filled: Settings, tmp_path: Path) -> None:
    for year in (2031, 2032):
        backups.make(filled, tmp_path / "site.db", at=f"{year}-01-01T02:00:00.000Z", keep=2)
    for day in (1, 2, 3):
        made = backups.make(filled, tmp_path / "site.db", at=f"2026-05-0{day}T02:00:00.000Z", keep=2)
        assert made.path.exists()
    assert sorted(path.name for path in tmp_path.glob("site-*.db")) == [
        "site-20260502T020000Z.db",
        "site-20260503T020000Z.db",
    ]


def test_what_a_killed_copying_left_is_swept_away_and_what_a_living_one_does_is_not(
    filled: Settings, tmp_path: Path
) -> None:
    dead, alive = tmp_path / ".copy.db.4194301.part", tmp_path / f".copy.db.{os.getppid()}.part"
    for path in (dead, alive):
        path.write_text("half", "utf-8")
    backups.make(filled, tmp_path / "copy.db", at=NOON)
    assert (dead.exists(), alive.exists()) == (False, True)


def test_a_copy_is_of_one_moment_though_others_write_on(filled: Settings, tmp_path: Path) -> None:
    """Each page that is copied is followed by a comment; the copy has none of them, and is not begun anew."""
    db = store.connect(filled.database)
    if db.conn.execute("pragma journal_mode").fetchone()[0] != "wal":
        pytest.skip("In DELETE mode nobody writes while a copy is made.")
    many = [submit(db, f"Thought {n}. " + "x" * 900, n=n) for n in range(3, 300)]
    steps: list[int] = []

    def write(done: int, total: int) -> None:
        steps.append(total)
        submit(db, f"Meanwhile {len(steps)}.", n=1000 + len(steps))

    made = backups.make(filled, tmp_path / "copy.db", at=NOON, progress=write)
    assert len(steps) > 1
    assert made.comments == 2 + len(many)
    assert integrity.check(db) == []
    db.conn.close()


def test_a_damaged_database_is_not_copied(filled: Settings, tmp_path: Path) -> None:
    body = bytearray(filled.database.read_bytes())
    body[4096 * 2 : 4096 * 12] = os.urandom(4096 * 10)
    filled.database.write_bytes(body)
    with pytest.raises((AfterwordError, store.DatabaseError)):
        backups.make(filled, tmp_path / "copy.db", at=NOON)
    assert not [name for name in os.listdir(tmp_path) if "copy" in name]


@pytest.mark.parametrize("content", [None, b"", b"Dear diary"])
def test_what_is_no_database_of_ours_is_not_copied(site: Settings, tmp_path: Path, content: bytes | None) -> None:
    site.database.unlink()
    if content is not None:
        site.database.write_bytes(content)
    with pytest.raises(Unusable):
        backups.make(site, tmp_path / "copy.db", at=NOON)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    made = sqlite3.connect(foreign / "blog.db")
    made.execute("create table bookmarks (address text)")
    made.close()
    with pytest.raises(Unusable, match="another program"):
        backups.make(Settings(root=foreign), tmp_path / "copy.db", at=NOON)
    assert not [name for name in os.listdir(tmp_path) if "copy" in name]


def test_a_copy_brings_everything_back_into_an_empty_folder(filled: Settings, tmp_path: Path) -> None:
    before = rows(filled.database, "sessions")
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    new = tmp_path / "new"
    new.mkdir()
    put = backups.restore(Settings(root=new), made.path, at=LATER)
    assert rows(new / "blog.db", "sessions") == before
    assert (put.comments, put.files, put.aside) == (2, len(WRITTEN), None)
    for name in WRITTEN:
        assert (new / name).read_bytes() == (filled.root / name).read_bytes()
    db = store.connect(new / "blog.db")
    assert integrity.check(db) == []
    assert db.conn.execute("select count(*) from sessions").fetchone()[0] == 0
    assert db.conn.execute("select count(*) from sqlite_master where name = 'sqlar'").fetchone()[0] == 0
    db.conn.close()
    assert store.prepare(new / "blog.db") == []


def test_what_is_newer_stays_until_one_insists_and_is_kept_then(filled: Settings, tmp_path: Path) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    before = rows(filled.database, "sessions")
    act(filled)
    newer = rows(filled.database)
    with pytest.raises(Conflict, match=r"its newest act is of 2026-05-08 02:00 UTC, the copy's of 2026-05-07 12:00"):
        backups.restore(filled, made.path, at=LATER)
    assert rows(filled.database) == newer
    put = backups.restore(filled, made.path, at=LATER, force=True)
    assert rows(filled.database, "sessions") == before
    assert put.aside is not None
    assert rows(put.aside / "blog.db") == newer


def test_other_files_stay_until_one_insists_and_are_kept_then(filled: Settings, tmp_path: Path) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    post = filled.posts / f"{factories.SLUG}.md"
    was = post.read_text("utf-8")
    post.write_text("Edited since.", "utf-8")
    (filled.posts / "new.md").write_text("New.", "utf-8")
    with pytest.raises(Conflict, match=r"1 file differs from the copy, such as posts/a-post\.md"):
        backups.restore(filled, made.path, at=LATER)
    put = backups.restore(filled, made.path, at=LATER, force=True)
    assert post.read_text("utf-8") == was
    assert put.aside is not None
    assert (put.aside / "posts" / post.name).read_text("utf-8") == "Edited since."
    assert (filled.posts / "new.md").read_text("utf-8") == "New."


def test_the_copy_of_another_site_is_refused(filled: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "posts").mkdir(parents=True)
    store.prepare(other / "blog.db")
    made = backups.make(Settings(root=other), tmp_path / "copy.db", at=NOON)
    with pytest.raises(Conflict, match="is a copy of another site"):
        backups.restore(filled, made.path, at=LATER)


def test_a_damaged_database_may_be_replaced_and_its_log_never_meets_the_new_one(
    filled: Settings, tmp_path: Path
) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    before = rows(filled.database, "sessions")
    filled.database.write_bytes(b"Dear diary")
    (filled.root / "blog.db-wal").write_bytes(b"what was written last")
    put = backups.restore(filled, made.path, at=LATER)
    assert rows(filled.database, "sessions") == before
    assert put.aside is not None
    assert (put.aside / "blog.db").read_bytes() == b"Dear diary"
    assert (put.aside / "blog.db-wal").read_bytes() == b"what was written last"


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_what_is_no_copy_is_refused_with_a_sentence(filled: Settings, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "copy.db"
    file.write_bytes(content)
    before = rows(filled.database)
    with pytest.raises(Unusable) as refusal:
        backups.restore(filled, file, at=LATER, force=True)
    assert str(file) in str(refusal.value)
    assert rows(filled.database) == before


def test_a_damaged_a_foreign_and_a_newer_copy_are_refused(filled: Settings, tmp_path: Path) -> None:
    before = rows(filled.database)
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    whole = bytearray(made.path.read_bytes())
    for at in range(4096 * 3, len(whole), 4096):
        whole[at : at + 40] = b"\xff" * 40
    (tmp_path / "damaged.db").write_bytes(whole)
    foreign = sqlite3.connect(tmp_path / "foreign.db")
    foreign.execute("create table bookmarks (address text)")
    foreign.close()
    newer = sqlite3.connect(made.path)
    newer.execute("insert into _sqlite_migrations (migration_set, name, applied_at) values ('blog', '9999_x', '2030')")
    newer.commit()
    newer.close()
    for name, said in (
        ("damaged.db", "damaged"),
        ("foreign.db", "another program"),
        ("copy.db", "written by a newer Afterword"),
    ):
        with pytest.raises(Unusable, match=said):
            backups.restore(filled, tmp_path / name, at=LATER, force=True)
    assert rows(filled.database) == before


def test_the_database_itself_is_no_copy_of_it(filled: Settings) -> None:
    with pytest.raises(Invalid, match="is the site's database itself"):
        backups.restore(filled, filled.database, at=LATER, force=True)
    with pytest.raises(NotFound, match="There is no file"):
        backups.restore(filled, filled.root / "nothing.db", at=LATER)


@pytest.mark.parametrize("name", ["../outside", "posts/../../outside", "/etc/outside", "blog.db", "elsewhere/x"])
def test_a_copy_puts_no_file_where_none_belongs(filled: Settings, tmp_path: Path, name: str) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    forged = sqlite3.connect(made.path)
    forged.execute("insert into sqlar (name, mode, mtime, sz, data) values (?, 0, 0, 1, x'41')", [name])
    forged.commit()
    forged.close()
    with pytest.raises(Unusable, match="has no place in a site"):
        backups.restore(filled, made.path, at=LATER, force=True)
    assert not (filled.root.parent / "outside").exists()


def test_nothing_is_put_in_the_place_of_a_database_that_is_in_use(
    filled: Settings, tmp_path: Path, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backups.make(filled, tmp_path / "copy.db", at=NOON)
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    db.conn.execute("begin immediate")
    with pytest.raises(Conflict, match=r"Another program has .* open"):
        backups.restore(filled, made.path, at=LATER, force=True)
    db.conn.execute("rollback")
    assert not list(filled.root.glob("before-restore-*"))


def test_a_lock_is_held_once_and_let_go_at_the_end(site: Settings) -> None:
    """Within one process such a lock is always granted, so a child asks."""
    with claim(site.database):
        assert _child_is_refused(site.database)
    assert not _child_is_refused(site.database)


def _child_is_refused(path: Path) -> bool:
    assert threading.active_count() == 1
    child = os.fork()
    if child == 0:
        try:
            with claim(path):
                os._exit(0)
        except Conflict as refusal:
            os._exit(7 if f"(process {os.getppid()})" in str(refusal) else 1)
        finally:
            os._exit(2)
    return {0: False, 7: True}[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
