"""A copy that was damaged or forged: refused with nothing changed, or restored whole."""

import random
import resource
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from blog import settings
from blog.errors import AfterwordError, Unusable
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import backups, integrity
from tests import factories
from tests.factories import NOON, decide, submit
from tests.reliability.serving import run, sole_sentence

LATER = "2026-05-08T02:00:00.000Z"
MIB = 1 << 20


@pytest.fixture
def copy(site: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound copy of a site with a post, two comments and a style sheet."""
    factories.write_post(site.root, body="Many words. " * 400)
    (site.root / "static").mkdir()
    (site.root / "static" / "site.css").write_text("body { color: black }\n" * 300, "utf-8")
    db = store.connect(site.database)
    factories.post(db)
    decide(db, submit(db, "First."), "approve")
    submit(db, "Second.", n=2)
    db.conn.close()
    return backups.make(site, tmp_path_factory.mktemp("copies") / "copy.db", at=NOON).path


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder but what SQLite and the lock leave beside a database."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith((".lock", "-shm", "-wal"))]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def forge(copy: Path, *statements: str) -> None:
    db = sqlite3.connect(copy)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def put_file(copy: Path, name: object, size: object, data: object) -> None:
    db = sqlite3.connect(copy)
    db.execute("insert into sqlar (name, mode, mtime, sz, data) values (?, 0, 0, ?, ?)", [name, size, data])
    db.commit()
    db.close()


FORGERIES: dict[str, Callable[[Path], None]] = {
    "a NUL in a name": lambda copy: put_file(copy, "posts/a\0b.md", 1, b"A"),
    "a line's end in a name": lambda copy: put_file(copy, "posts/a\nb.md", 1, b"A"),
    "a name that is too long": lambda copy: put_file(copy, f"posts/{'a' * 300}.md", 1, b"A"),
    "a name that is a number": lambda copy: put_file(copy, b"posts/a.md", 1, b"A"),
    "a hidden name": lambda copy: put_file(copy, "posts/.htaccess", 1, b"A"),
    "a folder's name": lambda copy: put_file(copy, "posts", 1, b"A"),
    "a file that is a folder too": lambda copy: put_file(copy, "posts/a-post.md/b.md", 1, b"A"),
    "a text in place of a blob": lambda copy: put_file(copy, "posts/a.md", 1, "A"),
    "nothing in place of a blob": lambda copy: put_file(copy, "posts/a.md", 1, None),
    "a text in place of a size": lambda copy: put_file(copy, "posts/a.md", "many", b"A"),
    "a size below nothing": lambda copy: put_file(copy, "posts/a.md", -1, b"A"),
    "a size that cannot be": lambda copy: put_file(copy, "posts/a.md", 1 << 40, zlib.compress(b"A" * 99)),
    "damaged deflate": lambda copy: put_file(copy, "posts/a.md", 99, b"\x78\x9cnot deflate at all"),
    "deflate that ends early": lambda copy: put_file(copy, "posts/a.md", 900, zlib.compress(b"A" * 900)[:-6]),
    "more than it says": lambda copy: put_file(copy, "posts/a.md", 99, zlib.compress(b"A" * 1000)),
    "less than it says": lambda copy: put_file(copy, "posts/a.md", 999, zlib.compress(b"A" * 1000)),
    "a trigger that deletes each comment": lambda copy: forge(
        copy, "create trigger t after insert on comments begin delete from comments where id = new.id; end"
    ),
    "a trigger of ours that does something else": lambda copy: forge(
        copy,
        "drop trigger settings_added",
        "create trigger settings_added after insert on settings begin delete from settings; end",
    ),
    "a trigger that is missing": lambda copy: forge(copy, "drop trigger settings_added"),
    "a view": lambda copy: forge(copy, "create view v as select * from comments"),
    "a view in place of the migrations": lambda copy: forge(
        copy, "alter table _sqlite_migrations rename to m", "create view _sqlite_migrations as select * from m"
    ),
    "an index": lambda copy: forge(copy, "create index i on comments (text)"),
    "a table more": lambda copy: forge(copy, "create table bookmarks (address)"),
    "a table less": lambda copy: forge(copy, "drop table heartbeat"),
    "no site": lambda copy: forge(copy, "delete from site"),
}


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("force", [True, False])
def test_a_forged_copy_is_refused_and_nothing_is_changed(site: Settings, copy: Path, name: str, force: bool) -> None:
    FORGERIES[name](copy)
    before = contents(site.root)
    with pytest.raises(Unusable) as refusal:
        backups.restore(site, copy, at=LATER, force=force)
    assert refusal.value.sentence.endswith(".")
    assert contents(site.root) == before
    assert {path.name for path in site.root.iterdir()} <= {
        *("blog.toml", "blog.db", "blog.db-wal", "blog.db-shm", "blog.db.lock", "blog.db.jobs"),
        *("posts", "static"),
    }


def test_the_command_says_one_sentence(site: Settings, copy: Path) -> None:
    put_file(copy, "posts/a\0b.md", 1, b"A")
    assert "which has no place in a site" in sole_sentence(run(site.root, "restore-backup", "--force", copy))


def test_a_bomb_costs_neither_memory_nor_disk(site: Settings, copy: Path) -> None:
    bomb = zlib.compress(b"\0" * (400 * MIB), 9)
    put_file(copy, "static/bomb.bin", len(bomb) * 2, bomb)
    code = f"""
import resource, sys
from pathlib import Path
from blog import settings
from blog.upkeep import backups
from blog.errors import Unusable
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    backups.restore(settings.load(Path({str(site.root)!r}), {{}}), Path({str(copy)!r}), at={LATER!r}, force=True)
except Unusable as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error.sentence)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    grown, _, said = done.stdout.partition(" ")
    assert "damaged" in said
    assert int(grown) * resource.getpagesize() // 4 < 40 * MIB  # ru_maxrss is in KiB


def test_a_large_file_is_restored_piece_by_piece(site: Settings, copy: Path) -> None:
    data = b"0123456789abcdef" * (3 * MIB // 16)
    put_file(copy, "media/large.bin", len(data), zlib.compress(data))
    backups.restore(site, copy, at=LATER, force=True)
    assert (site.root / "media" / "large.bin").read_bytes() == data


def test_a_disk_that_refuses_a_file_leaves_everything_as_it_was(
    site: Settings, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.root / "static" / "site.css").write_text("mine", "utf-8")
    put_file(copy, "posts/more/new.md", 1, b"A")
    before = contents(site.root)
    replace = backups.restoring.os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(target).name == "blog.db" and Path(target).parent == site.root:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(backups.restoring.os, "replace", refuse)
    with pytest.raises(Unusable, match=r"No space left on device\. Everything is as it was"):
        backups.restore(site, copy, at=LATER, force=True)
    after = contents(site.root)
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} <= {"blog.db"}  # its -wal was written back into it
    assert not (site.root / "posts" / "more").exists()
    assert not list(site.root.glob("before-restore-*"))


def damage(data: bytearray, chance: random.Random) -> None:
    """Change some bytes anywhere, or a stretch of them, or cut the end off."""
    kind = chance.randrange(4)
    if kind == 0:
        del data[chance.randrange(len(data)) :]
    elif kind == 1:
        start, length = chance.randrange(len(data)), chance.randrange(1, 5000)
        data[start : start + length] = bytes(len(data[start : start + length]))
    else:
        for _ in range(1 if kind == 2 else chance.randrange(2, 200)):
            data[chance.randrange(len(data))] = chance.randrange(256)


def check_random_damage(site: Settings, copy: Path, rounds: range) -> None:
    whole, restored, sentences = copy.read_bytes(), 0, set()
    for seed in rounds:
        data = bytearray(whole)
        damage(data, random.Random(seed))
        copy.write_bytes(data)
        folder = site.root.parent / f"site-{seed}"
        shutil.copytree(site.root, folder)
        here = settings.load(folder, {})
        before = contents(folder)
        try:
            backups.restore(here, copy, at=LATER, force=True)
        except AfterwordError as refusal:
            sentences.add(refusal.sentence)
            assert contents(folder) == before, seed
        else:
            restored += 1
            db = store.connect(here.database)
            assert integrity.damage(db) == [], seed
            db.conn.close()
        assert not list(folder.glob(".restore-*")), seed
        shutil.rmtree(folder)
    assert restored < len(rounds)
    assert all(sentences)


def test_random_damage_is_refused_in_a_sentence_or_does_no_harm(site: Settings, copy: Path) -> None:
    check_random_damage(site, copy, range(60))


@pytest.mark.slow
def test_random_damage_a_thousand_times(site: Settings, copy: Path) -> None:
    check_random_damage(site, copy, range(1_000, 2_000))
