"""When the site was last backed up and checked: a small file beside the database, for those who watch it.

It is no table, because a check writes nothing into the database, and because a backup that is restored elsewhere would
bring the record of backups that are not there.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blog.storage import atomic_file, permissions
from blog.storage.lock import turn


@dataclass(frozen=True)
class LastUpkeep:
    """The times of the last backup and of the last check, "" where there was none since the site is in its folder.

    `backup_bytes` is the size of the backup, `problems` how many things the check found wrong.
    """

    backup_at: str = ""
    backup_bytes: int = 0
    check_at: str = ""
    problems: int = 0


def note_backup(database: Path, *, at: str, size: int) -> None:
    """Note that a backup of `size` bytes was made."""
    _note(database, backup_at=at, backup_bytes=size)


def note_check(database: Path, *, at: str, problems: int) -> None:
    """Note that a check found so many problems."""
    _note(database, check_at=at, problems=problems)


def read(database: Path) -> LastUpkeep:
    return LastUpkeep(**_kept(_file(database)))


def _note(database: Path, **values: str | int) -> None:
    """Keep the values; where nothing can be written, the backup or the check is as good without."""
    path = _file(database)
    with suppress(OSError), turn(path.parent):
        atomic_file.replace(path, json.dumps({**_kept(path), **values}).encode())
        permissions.give_to_owner(path, of=path.parent)


def _file(database: Path) -> Path:
    path = database.resolve()
    return path.with_name(f"{path.name}.upkeep")


def _kept(path: Path) -> dict[str, Any]:
    """Return what the file says; nothing where it is missing or was spoilt by hand."""
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    types: dict[str, type] = {"backup_at": str, "backup_bytes": int, "check_at": str, "problems": int}
    right = isinstance(kept, dict) and all(isinstance(value, types.get(name, ())) for name, value in kept.items())
    return kept if right else {}
