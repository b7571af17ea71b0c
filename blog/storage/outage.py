"""Why nothing can be saved just now, in words; and noting it once when it begins and once when it ends."""

import logging
import os
import shutil
from pathlib import Path

from blog.errors import Unavailable
from blog.storage import permissions
from blog.wording import N_, gettext

log = logging.getLogger("blog")

# By the names of SQLite's result codes (https://sqlite.org/rescode.html), the longest that fits first.
REASONS = {
    "SQLITE_FULL": N_("The disk is full."),
    "SQLITE_READONLY": N_("The site's folder can only be read."),
    "SQLITE_BUSY": N_("Another program holds the database."),
    "SQLITE_LOCKED": N_("Another program holds the database."),
    "SQLITE_CORRUPT": N_("The database is damaged."),
    "SQLITE_NOTADB": N_("The database is damaged."),
    "SQLITE_IOERR": N_("The disk did not take it."),
    "SQLITE_CANTOPEN": N_("The database's files cannot be opened."),
}
ROOM = 256 * 1024  # bytes: what the largest comment takes with its indexes, and some
READ_ONLY = N_("This copy of the site can only be read.")  # of a server that was started with --read-only
MOVED = N_("The database was moved away or replaced while the site runs.")
LEASE = N_("Saving rests on this machine, because another one may be saving.")  # see fence.py


def reason(error: BaseException | None) -> str:
    """Say why the database refused, from an error or what lies beneath it; "" when it is no trouble of its own."""
    while error is not None:
        name = getattr(error, "sqlite_errorname", "")
        if sentence := next((words for code, words in REASONS.items() if name.startswith(code)), ""):
            return sentence
        error = error.__cause__
    return ""


def hindrance(path: Path) -> str:
    """Say why a database cannot be written at all; "" when nothing stands in the way."""
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.W_OK):
            return _read_only(place)
    return ""


def is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < ROOM
    except OSError:
        return False  # a write will tell


def _read_only(place: Path) -> str:
    """Say that a file can only be read; and if it belongs to somebody else, whose it is and how it is given back."""
    owner, user = permissions.owner(place), permissions.user()
    if owner == user:
        return gettext("{path} can only be read.", path=place)
    return gettext(
        "{path} can only be read by {user}, for it belongs to {owner}. As root: chown {user}: {path}",
        path=place,
        user=user,
        owner=owner,
    )


class Trouble:
    """What keeps one process from saving: "" while nothing does. A flood of refusals is two lines in the log."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self.reason = READ_ONLY if read_only else REASONS["SQLITE_READONLY"] if hindrance(path) else ""

    def begin(self, error: BaseException) -> Unavailable:
        """Note why something could not be saved; return the refusal for whoever asked."""
        own = str(error) if str(error) in (MOVED, LEASE) else ""
        why = READ_ONLY if self._read_only else own or reason(error)
        if why and why not in (self.reason, LEASE):  # who renews the lease logs that it is over
            self.reason = why
            log.error("Nothing can be saved in %s. %s (%s) Pages are still served.", self.path, why, error)
        elif not why:
            log.error("Something could not be saved in %s: %s", self.path, error)
        if why:
            sentence = gettext(
                "This could not be saved just now. {why} Please try again in a minute.", why=gettext(why)
            )
        else:
            sentence = gettext("This could not be saved just now. Please try again in a minute.")
        refusal = Unavailable(sentence)
        refusal.__cause__ = error
        return refusal

    def end(self) -> None:
        """Take the trouble back after a commit that changed something, and so reached the disk.

        A few words may find room on a full disk, in what SQLite's files have of it already; the next ones may not.
        """
        if self.reason and not self._read_only and not is_full(self.path):
            log.warning("%s takes what is saved again.", self.path)
            self.reason = ""


class Identity:
    """Which files a connection has open: what is written after one was moved away would be in no database at all."""

    def __init__(self, path: Path, *, log: bool) -> None:
        self._paths = (path, path.with_name(f"{path.name}-wal")) if log else (path,)
        self._seen: list[tuple[int, int] | None] = [None] * len(self._paths)
        self.holds()

    def holds(self) -> bool:
        """Tell whether the names still lead to the files that they led to when first seen."""
        for number, path in enumerate(self._paths):
            try:
                state = path.stat()
            except OSError:
                if self._seen[number] is not None:
                    return False
                continue
            here = (state.st_dev, state.st_ino)
            if self._seen[number] not in (None, here):
                return False
            self._seen[number] = here
        return True
