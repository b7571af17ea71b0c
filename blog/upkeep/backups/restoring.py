"""Putting a copy back, without losing what it takes the place of."""

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from blog import epochs
from blog.closing import known
from blog.errors import Conflict, Invalid, NotFound, Unusable
from blog.settings import Settings
from blog.storage import atomic_file, permissions, preflight, store
from blog.storage.lock import claim
from blog.upkeep.backups import erasures
from blog.upkeep.backups.copying import Copied, Progress, check_sound, compact, opened, remove, tallies, transfer
from blog.upkeep.backups.former import convert, is_former
from blog.upkeep.backups.vetting import PackedFile, check_copy, packed_files, unpack
from blog.wording import gettext, ngettext, number

# What reading a hostile or damaged copy may raise.
DAMAGE = (*preflight.DAMAGE, ValueError, TypeError, OverflowError)


def restore(site: Settings, file: Path, *, at: str, force: bool = False, progress: Progress | None = None) -> Copied:
    """Put a copy back in place of what there is, which is kept in a folder beside it.

    Everybody has to sign in anew. Raises Unusable for a file that is no sound copy of a site of this version or an
    older one; Conflict while a server runs, and without `force` where something newer, or other files, would go.
    """
    if not file.is_file():
        raise NotFound(gettext("There is no file {file}.", file=file))
    path = site.database.resolve()
    if path.exists() and file.samefile(path):
        raise Invalid({"file": gettext("{file} is the site's database itself, not a copy of it.", file=file)})
    aside = site.root / f"before-restore-{compact(at)}"
    staging = site.root / f".restore-{os.getpid()}.part"
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with opened(file, readonly=True) as backup, claim(path):
        try:
            packed = _unpack(site, backup, file, staging)
            if not force:
                _check_older(path, backup, file)
            differing = _differing(site.root, packed, staging, force=force)
            copied = _revive(backup, part, progress, epoch=_epoch_at(path))
            with opened(part) as db:
                copied.erased = erasures.repeat(db, path, at=at)
            _quiet(path)
            _keep_mode(path, part)
            with all_or_nothing(site.root) as moves:
                _put_files(moves, site.root, [each.name for each in packed], differing, staging, aside)
                put_database(moves, part, path, aside)
        finally:
            remove(part)
            shutil.rmtree(staging, ignore_errors=True)
    copied.path, copied.files = site.database, len(packed)
    copied.aside = aside if aside.is_dir() else None
    return copied


def _unpack(site: Settings, backup: Database, file: Path, staging: Path) -> list[PackedFile]:
    """Look the copy over, and unpack its files into a folder beside where they are to go."""
    try:
        backup.conn.execute("begin")
        check_copy(backup, file)
        packed = packed_files(backup, site.root, file)
    except DAMAGE as error:
        raise Unusable(gettext("{file} is damaged ({error}).", file=file, error=error)) from error
    for leftover in site.root.glob(".restore-*.part"):  # of one that was killed: the claim keeps others out
        shutil.rmtree(leftover, ignore_errors=True)
    wanted = sum(each.size for each in packed) + file.stat().st_size
    free = shutil.disk_usage(site.root).free
    if wanted > free:
        raise Unusable(
            gettext(
                "{file} needs {needed} MB, and the disk has {free} MB left.",
                file=file,
                needed=number(round(wanted / 1e6)),
                free=number(round(free / 1e6)),
            )
        )
    staging.mkdir()
    for each in packed:
        target = staging / each.name
        target.parent.mkdir(parents=True, exist_ok=True)
        unpack(backup, each, target)
        target.chmod(each.mode)
        permissions.give_to_owner(target, of=site.root)
        atomic_file.sync(target)
    return packed


def _differing(root: Path, packed: list[PackedFile], staging: Path, *, force: bool) -> list[str]:
    """Return which files of the site are others than the copy's; raise Conflict for them without `force`."""
    for each in packed:
        if above := next((up for up in (root / each.name).parents if up != root and up.is_file()), None):
            raise Conflict(gettext("{path} is a file, where the copy has a folder. Move it away.", path=above))
    differing = [each.name for each in packed if _differs(root / each.name, staging / each.name)]
    if differing and not force:
        raise Conflict(
            ngettext(
                "{n} file differs from the copy, such as {name}. With --force the copy's takes its place, and yours is"
                " kept beside.",
                "{n} files differ from the copy, such as {name}. With --force the copy's take their place, and yours"
                " are kept beside.",
                len(differing),
                name=differing[0],
            )
        )
    return differing


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
        raise Conflict(
            gettext("{file} is a copy of another site. With --force it takes the place of this one.", file=file)
        )
    if any(here[name] > there.get(name, 0) for name in here.keys() - {"site", "newest"}):
        raise Conflict(_newer_here(path, file, here["newest"], there["newest"]))


def _readable(path: Path) -> bool:
    """Tell whether there is a database that SQLite can open, without letting it touch a broken one's log."""
    try:
        preflight.examine(path)
    except Unusable:
        return False
    return path.exists()


def _marks(db: Database) -> dict[str, Any]:
    """Return how far a database has come: the newest id of each table that only grows, and whose it is."""
    marks: dict[str, Any] = dict(db.conn.execute("select name, cast(seq as integer) from sqlite_sequence").fetchall())
    marks["site"] = db.conn.execute("select secret from site").fetchone()[0]
    marks["newest"] = db.conn.execute("select max(at) from (select at from events order by id desc limit 1)").fetchone()
    marks["newest"] = str(marks["newest"][0] or "")
    return marks


def _newer_here(path: Path, file: Path, here: str, there: str) -> str:
    """Say that the database in place is newer than the copy; both times may be missing."""
    if not here or not there:
        return gettext(
            "{path} holds what {file} does not. With --force the copy takes its place, and the newer one is kept"
            " beside.",
            path=path,
            file=file,
        )
    return gettext(
        "{path} holds what {file} does not: its newest act is of {newest} UTC, the copy's of {newest_of_copy} UTC. With"
        " --force the copy takes its place, and the newer one is kept beside.",
        path=path,
        file=file,
        newest=_minute(here),
        newest_of_copy=_minute(there),
    )


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


def _differs(path: Path, other: Path) -> bool:
    return os.path.lexists(path) and (not path.is_file() or not filecmp.cmp(path, other, shallow=False))


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
            raise Conflict(gettext("Another program has {path} open. Stop it first.", path=path)) from error


def _epoch_at(path: Path) -> int:
    """Return the epoch of the database in place: a copy of an earlier one goes on in it. 1 where it cannot be read."""
    if _readable(path):
        with suppress(store.DatabaseError), opened(path, readonly=True) as db:
            return epochs.current(db)
    return 1


def _revive(backup: Database, part: Path, progress: Progress | None, *, epoch: int) -> Copied:
    """Make a database of a copy: without the files in it, and without sessions."""
    remove(part)
    permissions.create_private(part)
    with opened(part) as db:
        if is_former(backup, part):
            convert(backup, db, progress)
        else:
            transfer(backup, db, progress)
        db.conn.execute("begin")
        db.conn.execute("drop table if exists sqlar")
        db.conn.execute("delete from sessions")
        db.conn.execute("update site set outbox_held = exists (select 1 from outbox where kind <> 'purge')")
        known.forget(db)
        db.conn.execute("update site set epoch = max(epoch, ?)", [epoch])
        db.conn.execute("commit")
        check_sound(db, part)
        counted = tallies(db)
    atomic_file.sync(part)
    return Copied(part, counted["comments"], counted["posts"], size=part.stat().st_size)


def _keep_mode(standing: Path, part: Path) -> None:
    """Let those who could use the database in place use the new one too, but not everybody."""
    if standing.exists():
        part.chmod(permissions.DATABASE_MODE | standing.stat().st_mode & 0o660)


class _Moves:
    """Moves of files that can be taken back."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._moved: list[tuple[Path, Path]] = []
        self._made: list[Path] = []  # folders, and second names of files

    def make_folder(self, folder: Path) -> None:
        for each in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
            permissions.make_folder(each, within=self._root)
            self._made.append(each)

    def move(self, source: Path, target: Path) -> None:
        self.make_folder(target.parent)
        os.replace(source, target)
        self._moved.append((source, target))

    def link(self, source: Path, target: Path) -> None:
        self.make_folder(target.parent)
        os.link(source, target)
        self._made.append(target)

    def take_back(self) -> None:
        for source, target in reversed(self._moved):
            os.replace(target, source)
        for made in reversed(self._made):
            with suppress(OSError):
                made.rmdir() if made.is_dir() else made.unlink()


@contextmanager
def all_or_nothing(root: Path) -> Iterator[_Moves]:
    """Take all moves back when the disk refuses one of them."""
    moves = _Moves(root)
    try:
        yield moves
    except BaseException as error:
        moves.take_back()
        if isinstance(error, OSError):
            raise Unusable(
                gettext(
                    "{filename}: {reason}. Everything is as it was.", filename=error.filename, reason=error.strerror
                )
            ) from error
        raise


def _put_files(moves: _Moves, root: Path, names: list[str], differing: list[str], staging: Path, aside: Path) -> None:
    for name in differing:
        moves.move(root / name, aside / name)
    for name in names:
        if not (root / name).exists():
            moves.move(staging / name, root / name)


def put_database(moves: _Moves, part: Path, path: Path, aside: Path) -> None:
    """Exchange the database in one step, so that there is always one; the -wal of the old one never meets the new."""
    if path.exists():
        moves.link(path, aside / path.name)
    for ending in ("-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            moves.move(beside, aside / beside.name)
    os.replace(part, path)
    atomic_file.sync(path.parent)
