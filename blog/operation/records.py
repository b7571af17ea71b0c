"""What was done last to keep the site safe: a backup, a check, a check of the replica, a look at the certificate.

It is kept in a small file beside the database, and not in it: `blog check` changes nothing there, also where it is
damaged, older than this program, or a copy that is only read.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from blog.storage import atomic_file, lock, permissions

Kind = Literal["backup", "check", "replica", "certificate"]


@dataclass(frozen=True)
class Record:
    """The last try of a kind: when, whether it went well, and what it said. `good_at` is the last time it went well."""

    at: str
    good: bool
    good_at: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def path_of(database: Path) -> Path:
    database = database.resolve()
    return database.with_name(f"{database.name}.upkeep")


def read(database: Path) -> dict[str, Record]:
    """Return the records by kind; none of a file that is missing or cannot be read."""
    try:
        written = json.loads(path_of(database).read_text("utf-8"))
        return {kind: Record(**values) for kind, values in written.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def note(database: Path, kind: Kind, *, at: str, good: bool, facts: dict[str, Any]) -> None:
    """Note the last try of a kind in the place of the one before; raise OSError where nothing can be written."""
    path = path_of(database)
    with lock.turn(path.parent):
        records = read(database)
        former = records.get(kind)
        good_at = at if good else former.good_at if former else ""
        records[kind] = Record(at, good, good_at, facts)
        data = json.dumps({name: asdict(each) for name, each in records.items()}, indent=1)
        atomic_file.replace(path, f"{data}\n".encode())
        permissions.give_to_owner(path, of=path.parent)
