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
    if hasattr(os, "SCHED_BATCH"):
        _schedule(os.SCHED_BATCH)


def run_at_once() -> None:
    """Let this thread begin when it is woken, as any other does."""
    if hasattr(os, "SCHED_OTHER"):
        _schedule(os.SCHED_OTHER)


def _schedule(policy: int) -> None:
    with suppress(OSError):  # where a sandbox forbids it, everything runs as it did
        os.sched_setscheduler(0, policy, os.sched_param(0))
