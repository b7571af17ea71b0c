"""Making a copy: complete, looked over, and only then named."""

import os
import re
from pathlib import Path

from blog.errors import Conflict, NotFound, Unusable
from blog.settings import Settings
from blog.storage import atomic_file, migrations, preflight
from blog.upkeep.backups.copying import (
    Copied,
    Progress,
    check_sound,
    compact,
    opened,
    pack,
    remove,
    tallies,
    transfer,
)
from blog.wording import gettext


def make(site: Settings, target: Path, *, at: str, keep: int = 0, progress: Progress | None = None) -> Copied:
    """Copy a site into a new file, look the copy over, and only then give it its name.

    `keep` makes a row of copies of it, each with its moment in its name, and removes all but the newest so many.
    Raises Conflict for a file that is there, Unusable when there is no sound database to copy.
    """
    preflight.examine(site.database)
    if not site.database.exists():
        raise Unusable(gettext("There is no {database} to copy.", database=site.database))
    if not target.parent.is_dir():
        raise NotFound(gettext("There is no folder {folder}.", folder=target.parent))
    row = target
    if keep:
        target = target.with_name(f"{target.stem}-{compact(at)}{target.suffix}")
    if target.exists():
        raise Conflict(
            gettext("{target} is there already, and a copy is never written over. Name a new file.", target=target)
        )
    _sweep(target.parent)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # it holds what readers told us
    try:
        copied = _copy(site, part, progress)
        _give_name(part, target)
    finally:
        remove(part)
    copied.path, copied.size = target, target.stat().st_size
    copied.removed = _rotate(row, keep, now=compact(at)) if keep else []
    return copied


def _copy(site: Settings, part: Path, progress: Progress | None) -> Copied:
    with opened(site.database, readonly=True) as source, opened(part) as copy:
        source.conn.execute("begin")
        migrations.check(source, name=str(site.database))
        counted = tallies(source)  # this begins the snapshot, which the copy then is of
        transfer(source, copy, progress)
        source.conn.execute("rollback")
        files = pack(site.root, copy)
        check_sound(copy, part)
        if tallies(copy) != counted:
            raise Unusable(
                gettext(
                    "The copy of {database} is not what was copied, so it was thrown away. Try again.",
                    database=site.database,
                )
            )
        copied = Copied(part, counted.get("comments", 0), counted.get("posts", 0), files)
    atomic_file.sync(part)
    return copied


def _give_name(part: Path, target: Path) -> None:
    """Name a finished copy; never over another one."""
    try:
        atomic_file.name(part, target)
    except FileExistsError:
        raise Conflict(
            gettext("{target} is there already, and a copy is never written over. Name a new file.", target=target)
        ) from None
    atomic_file.sync(target.parent)


def _rotate(row: Path, keep: int, *, now: str) -> list[Path]:
    """Remove the oldest copies of a row; only files that bear the row's name and a moment are ever touched.

    A copy dated later than now, by a clock that was ahead, counts as the oldest: it must not push out the new one.
    """
    pattern = re.compile(rf"{re.escape(row.stem)}-(\d{{8}}T\d{{6}}Z){re.escape(row.suffix)}")
    dated = [(match[1], path) for path in row.parent.iterdir() if (match := pattern.fullmatch(path.name))]
    copies = [path for at, path in sorted(dated, key=lambda each: (each[0] <= now, each[0]))]
    for path in copies[:-keep]:
        path.unlink()
    return copies[:-keep]


def _sweep(folder: Path) -> None:
    """Remove what a copying that was killed left behind."""
    for path in folder.glob(".*.part*"):
        match = re.fullmatch(r"\..+\.(\d+)\.part(-journal|-wal|-shm)?", path.name)
        if match and not _runs(int(match[1])):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
