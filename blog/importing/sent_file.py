"""The export file that an administrator sent to the desk, and how far its import is.

There is one at a time, in the folder `.sent` of the site, which is gone afterwards. Whoever works on it, the request
that receives it or the process that reads it, holds a lock that ends with its process; only the holder writes the
state. So a state that says “importing” while nobody holds the lock tells that the work was ended from outside.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from blog.importing.report import ImportReport
from blog.importing.samples import Pair, Sample
from blog.settings import Settings
from blog.storage.lock import locked, try_lock
from blog.wording import gettext

LARGEST = 1_000_000_000  # bytes of a file
# The file, what is read from it before it is written, and the database with what it becomes.
ROOM_TIMES, ROOM_MORE = 3, 100_000_000
WAIT_HOURS = 24  # after which a file is removed that nobody decided on
RECEIVING, READING, REPORT, IMPORTING, DONE, REFUSED, STOPPED = STEPS = (
    *("receiving", "reading", "report", "importing", "done", "refused", "stopped"),
)
WORKING = (RECEIVING, READING, IMPORTING)
WITH_FILE = (REPORT, STOPPED)  # of which the file waits for a decision
NAME = re.compile(r"[^\w. ()+-]+")
LONGEST_NAME = 100


@dataclass(frozen=True)
class SentFile:
    """What is known of the file: by whom it came, and its step.

    `due` tells that a process is to begin with the step. `problem` is a sentence about why it was refused or stopped.
    `leave_out` and `create` are what the person chose (landing.Wishes), and `language` is that of the report.
    """

    name: str
    account: int
    who: str
    sent_at: str
    step: str = RECEIVING
    due: bool = False
    source: str = ""
    size: int = 0
    began_at: str = ""
    ended_at: str = ""
    problem: str = ""
    leave_out: tuple[str, ...] = ()
    create: bool = False
    language: str = ""


@dataclass(frozen=True)
class Folder:
    """Where the file and its state lie, and the lock beside the database."""

    root: Path
    lock: Path

    @property
    def files(self) -> Path:
        return self.root / "file"

    def path_of(self, sent: SentFile) -> Path:
        return self.files / sent.name


def folder_of(settings: Settings) -> Folder:
    database = settings.database.resolve()
    return Folder(settings.root.resolve() / ".sent", database.with_name(f"{database.name}.sent"))


def file_name(given: str) -> str:
    """Return the name that a file gets here: the last part of what the browser gave, without strange signs."""
    last = re.split(r"[/\\]", given)[-1]
    name = NAME.sub("-", last).strip(" .-")
    return name[-LONGEST_NAME:].lstrip(" .-") or "export"


def take_lock(folder: Folder) -> int | None:
    """Take the lock; return None while another process or request works on the file."""
    return try_lock(folder.lock)


@contextmanager
def claimed(folder: Folder) -> Iterator[None]:
    """Hold the lock while the block runs; raise Conflict while another process or request works on the file."""
    with locked(folder.lock, gettext("This file is being worked on right now. Wait a moment.")):
        yield


def load(folder: Folder) -> SentFile | None:
    """Return the state, None where there is no file."""
    values = _read(folder, "state")
    if values is None:
        return None
    return SentFile(**{**values, "leave_out": tuple(values["leave_out"])})


def save(folder: Folder, sent: SentFile) -> None:
    """Write the state; only the holder of the lock does."""
    folder.root.mkdir(mode=0o700, exist_ok=True)
    _write(folder, "state", asdict(sent))


def remove_file(folder: Folder) -> None:
    """Remove the file itself; what was found and done stays to be read."""
    shutil.rmtree(folder.files, ignore_errors=True)


def remove(folder: Folder) -> None:
    """Remove the file, its state and its report."""
    shutil.rmtree(folder.root, ignore_errors=True)


def progress(folder: Folder) -> int:
    """Return how far the step is: from 0 to PARTS while the file is read, then to twice PARTS while it is written."""
    values = _read(folder, "progress")
    return int(values["done"]) if values else 0


def save_progress(folder: Folder, done: int) -> None:
    _write(folder, "progress", {"done": done})


def forget_progress(folder: Folder) -> None:
    for name in ("progress", "stop"):
        (folder.root / name).unlink(missing_ok=True)


def ask_to_stop(folder: Folder, who: str) -> None:
    """Ask the process that works on the file to stop, and say who asked."""
    _write(folder, "stop", {"who": who})


def asked_to_stop(folder: Folder) -> str | None:
    """Return who asked to stop, None when nobody did."""
    values = _read(folder, "stop")
    return str(values["who"]) if values else None


def load_report(folder: Folder) -> ImportReport | None:
    values = _read(folder, "report")
    if values is None:
        return None
    samples = [
        Sample(**{**each, "pairs": tuple(Pair(**pair) for pair in each["pairs"])}) for each in values.pop("samples")
    ]
    return ImportReport(**values, samples=samples)


def save_report(folder: Folder, report: ImportReport) -> None:
    _write(folder, "report", asdict(report))


def room_for(folder: Folder, size: int) -> tuple[int, int]:
    """Return the bytes that the import of a file of this size needs, and those that are free."""
    return ROOM_TIMES * size + ROOM_MORE, shutil.disk_usage(folder.root.parent).free


def _read(folder: Folder, name: str) -> dict[str, Any] | None:
    with suppress(FileNotFoundError, NotADirectoryError):
        values: dict[str, Any] = json.loads((folder.root / name).read_bytes())
        return values
    return None


def _write(folder: Folder, name: str, values: dict[str, Any]) -> None:
    """Write a small file whole or not at all; nobody needs it after a power cut, so it is not synced."""
    part = folder.root / f"{name}.{os.getpid()}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(values, file, ensure_ascii=False)
    os.replace(part, folder.root / name)
