"""Putting a copy back, without losing what it takes the place of."""

import os
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from blog import examining, migrations, store
from blog.backups.copying import (
    Copied,
    Progress,
    check_sound,
    compact,
    opened,
    remove,
    sync,
    tallies,
    transfer,
    unpacked,
)
from blog.claim import claim
from blog.errors import Conflict, Invalid, NotFound, Unusable
from blog.settings import Settings


def restore(site: Settings, file: Path, *, at: str, force: bool = False, progress: Progress | None = None) -> Copied:
    """Put a copy back in place of what there is, which is kept in a folder beside it.

    Everybody has to sign in anew. Raises Unusable for a file that is no sound copy of a site of this version or an
    older one; Conflict while a server runs, and without `force` where something newer, or other files, would go.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    path = site.database.resolve()
    if path.exists() and file.samefile(path):
        raise Invalid({"file": f"{file} is the site's database itself, not a copy of it."})
    with opened(file, readonly=True) as backup, claim(path):
        backup.conn.execute("begin")
        check_sound(backup, file)
        migrations.check(backup, name=str(file))
        if not force:
            _check_older(path, backup, file)
        packed = unpacked(site.root, backup)
        differing = [name for name, body in packed if _differs(site.root / name, body)]
        if differing and not force:
            raise Conflict(
                f"{len(differing):,} {'file differs' if len(differing) == 1 else 'files differ'} from the copy, such as"
                f" {differing[0]}. With --force the copy's take their place, and yours are kept beside."
            )
        _quiet(path)
        aside = site.root / f"before-restore-{compact(at)}"
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            copied = _revive(backup, part, progress)
            _put_files(site.root, packed, differing, aside)
            _put_database(part, path, aside)
        finally:
            remove(part)
    copied.path, copied.files = site.database, len(packed)
    copied.aside = aside if aside.is_dir() else None
    return copied


def _check_older(path: Path, backup: Database, file: Path) -> None:
    """Raise Conflict when the database in place holds anything that the copy does not."""
    if not _readable(path):
        return  # this is what copies are for
    standing = store.connect(path, readonly=True)
    try:
        here, there = _marks(standing), _marks(backup)
    except store.DatabaseError:
        return
    finally:
        standing.conn.close()
    if here["site"] != there["site"]:
        raise Conflict(f"{file} is a copy of another site. With --force it takes the place of this one.")
    if any(here[name] > there.get(name, 0) for name in here.keys() - {"site", "newest"}):
        raise Conflict(
            f"{path} holds what {file} does not: its newest act is of {_said(here['newest'])}, the copy's of"
            f" {_said(there['newest'])}. With --force the copy takes its place, and the newer one is kept beside."
        )


def _readable(path: Path) -> bool:
    """Tell whether there is a database that SQLite can open, without letting it touch a broken one's log."""
    try:
        examining.examine(path)
    except Unusable:
        return False
    return path.exists()


def _marks(db: Database) -> dict[str, Any]:
    """Return how far a database has come: the newest id of each table that only grows, and whose it is."""
    marks: dict[str, Any] = dict(db.conn.execute("select name, seq from sqlite_sequence").fetchall())
    marks["site"] = db.conn.execute("select secret from site").fetchone()[0]
    marks["newest"] = db.conn.execute("select max(at) from (select at from events order by id desc limit 1)").fetchone()
    marks["newest"] = marks["newest"][0] or ""
    return marks


def _said(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC" if at else "no day at all"


def _differs(path: Path, body: bytes) -> bool:
    return path.exists() and (not path.is_file() or path.read_bytes() != body)


def _quiet(path: Path) -> None:
    """Write back what is in the -wal of the database in place; raise Conflict when somebody has it open."""
    if not _readable(path):
        return
    try:
        with opened(path) as db:
            db.conn.execute("pragma journal_mode = delete")
            db.conn.execute("begin exclusive")
            db.conn.execute("rollback")
    except Unusable:
        return
    except store.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise Conflict(f"Another program has {path} open. Stop it first.") from error


def _revive(backup: Database, part: Path, progress: Progress | None) -> Copied:
    """Make a database of a copy: without the files in it, and without sessions."""
    remove(part)
    with opened(part, create=True) as db:
        transfer(backup, db, progress)
        db.conn.execute("begin")
        db.conn.execute("drop table if exists sqlar")
        db.conn.execute("delete from sessions")
        db.conn.execute("commit")
        check_sound(db, part)
        counted = tallies(db)
    sync(part)
    return Copied(part, counted["comments"], counted["posts"], size=part.stat().st_size)


def _put_files(root: Path, packed: list[tuple[str, bytes]], differing: list[str], aside: Path) -> None:
    for name in differing:
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(root / name, aside / name)
    for name, body in packed:
        path = root / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            part.write_bytes(body)
            sync(part)
            os.replace(part, path)


def _put_database(part: Path, path: Path, aside: Path) -> None:
    """Exchange the database in one step, so that there is always one; the -wal of the old one never meets the new."""
    if path.exists():
        aside.mkdir(exist_ok=True)
        os.link(path, aside / path.name)
    for ending in ("-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            aside.mkdir(exist_ok=True)
            os.replace(beside, aside / beside.name)
    os.replace(part, path)
    sync(path.parent)
