"""When a thread that is woken runs: at once, or after the one that runs already. Linux lets a program choose.

Each request goes through three threads of its worker: one reads it, one hands it to Python, one answers it. On Linux
a thread that is woken mostly interrupts the one that woke it. With more workers than one on few cores that happens at
every request, and then nothing is ever read, handed over or answered together with what comes right after it.
"""

import os
from contextlib import suppress


def wait_for_turn() -> None:
    """Let this thread, and those that it starts, interrupt no other (SCHED_BATCH of sched(7)).

    They keep their share of the processor. But while other programs have work for every core, each hand-over waits for
    some milliseconds.
    """
    if LINUX:
        _change(os.SCHED_OTHER, os.SCHED_BATCH)


def run_at_once() -> None:
    """Let this thread begin when it is woken, as any does that was not told to wait for its turn."""
    if LINUX:
        _change(os.SCHED_BATCH, os.SCHED_OTHER)


LINUX = hasattr(os, "SCHED_BATCH")


def _change(before: int, after: int) -> None:
    """Change how this thread is scheduled; what the owner chose for the whole program stays as it is."""
    with suppress(OSError):  # where a sandbox forbids it, everything runs as it did
        if os.sched_getscheduler(0) == before:
            os.sched_setscheduler(0, after, os.sched_param(0))
