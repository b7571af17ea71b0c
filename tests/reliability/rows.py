"""The faults that the engine has to survive, and those that cannot be shown, with the reason."""

import re
from pathlib import Path

ROWS = {
    # https://sqlite.org/howtocorrupt.html, by its sections
    "C1": "a copy of the file made while it is written (1.2)",
    "C2": "a log deleted, or put beside another database (1.3, 1.4)",
    "C3": "locks that do not lock (2.1)",
    "C4": "a second library that opens and closes the file (2.2)",
    "C5": "the file unlinked or renamed while it is open (2.4)",
    "C6": "the same file under two names (2.5)",
    "C7": "a connection carried over a fork (2.6)",
    "C8": "syncing turned off (3.2)",
    # faults, with the bar for each
    "F01": "kill -9 under load",
    "F02": "kill during a migration, an import, a backup, a large decision",
    "F03": "power lost: what was not synced is gone",
    "F04": "the disk is full",
    "F05": "a folder that can only be read",
    "F06": "the database is locked by another program",
    "F07": "the database is damaged",
    "F08": "the database is newer than the program",
    "F09": "clients that are slow on purpose",
    "F10": "a body that is too large",
    "F11": "a large site",
    "F12": "little memory",
    "F13": "the mail server is down or slow",
    "F14": "a post's file is broken",
    "F15": "an exception in a handler",
    "F16": "a restart with requests in flight",
    "F17": "everything lost, and brought back from a copy",
    "F18": "the disk takes no writes, and the health check has to say so",
    "F19": "the worker that does what is done beside answering is killed",
}

NOT_SHOWN: dict[str, str] = {
    "F13": "Nothing is sent by mail yet, so no mail server can hold anything up.",
}


def shown() -> dict[str, list[str]]:
    """Return the modules by the rows that their names begin with."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if named := re.match(r"test_([cf]\d+)_", path.name):
            found.setdefault(named[1].upper(), []).append(path.name)
    return found
