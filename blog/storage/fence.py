"""Until when this server may write: the time to live of its lease, in memory that all its workers share.

Only a site with `[replica]` has one. Who renews the lease moves the time on; whoever is about to commit, or to answer
that something is saved, compares it with the clock of the machine. That clock also runs while the machine sleeps.
"""

import mmap
import os
import tempfile
import time

from blog.errors import Unavailable
from blog.storage import outage
from blog.wording import gettext

SHARED = "BLOG_FENCE"  # in the environment of workers: the number of the open file that they share
CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
SUPERSEDED = -1.0


def clock() -> float:
    """Return the seconds of a clock that nobody sets, and that does not stop while the machine sleeps (Linux)."""
    return time.monotonic() if CLOCK is None else time.clock_gettime(CLOCK)


def share() -> None:
    """Make the memory that workers share, before they are forked."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  it is open for as long as the server runs
    file.truncate(mmap.PAGESIZE)
    os.environ[SHARED] = str(os.dup(file.fileno()))


class Fence:
    """The time until which the workers of a server may write; at first they may not."""

    def __init__(self) -> None:
        file = int(os.environ.get(SHARED, -1))
        self._until = memoryview(mmap.mmap(file, mmap.PAGESIZE)).cast("d")

    def extend(self, until: float) -> None:
        """Let writing go on until so many seconds of `clock`."""
        self._until[0] = until

    def shut(self) -> None:
        """Let nothing be written any more: the site goes on on another machine, from another state."""
        self._until[0] = SUPERSEDED

    @property
    def is_open(self) -> bool:
        return clock() < self._until[0]

    @property
    def is_shut(self) -> bool:
        """Tell whether another machine has taken over, so that this one never writes again."""
        return self._until[0] == SUPERSEDED

    def check(self) -> None:
        """Raise Unavailable where nothing may be written."""
        if not self.is_open:
            raise Unavailable(
                gettext(
                    "This could not be saved just now. {why} Please try again in a minute.", why=gettext(outage.LEASE)
                )
            )
