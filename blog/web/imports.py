"""Imports while the site runs: the process that reads or imports the file that was sent to the desk, one at a time.

The elected worker starts it. What was ended from outside is noted here, and what a killed import left, or an undo has
hidden, is removed.
"""

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from blog import wording
from blog.comments import import_undo
from blog.errors import Refused
from blog.importing import sent_file, unfinished
from blog.importing.sent_file import DONE, IMPORTING, RECEIVING, STOPPED, WITH_FILE, WORKING, Folder, SentFile
from blog.journal import events
from blog.web import site as sites
from blog.web.site import Site
from blog.wording import gettext

LOOK_SECONDS = 0.5
END_SECONDS = 5.0  # for a process that was asked to end, before it is killed
PROGRAM = "blog.cli.sent_file"
PACKAGES = Path(__file__).resolve().parent.parent.parent


@dataclass
class Work:
    """The process that this worker started, if there is one."""

    process: subprocess.Popen[bytes] | None = None

    @property
    def is_going_on(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        if self.process is not None and self.is_going_on:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)
                return
            self.process.kill()


async def follow(site: Site) -> None:
    """Start what is due, note what was ended from outside, remove what is left; until this job is cancelled."""
    work = Work()
    try:
        while True:
            if not work.is_going_on and (ended := await run_in_threadpool(_look, site, work)):
                await _note_end(site, ended)
            if site.store.glance(import_undo.is_hiding):
                await remove_unfinished(site)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await asyncio.shield(run_in_threadpool(work.end))


def _look(site: Site, work: Work) -> SentFile | None:
    """Start the process where one is due; return what was ended from outside."""
    folder = sent_file.folder_of(site.settings)
    if sent_file.load(folder) is None or (lock := sent_file.take_lock(folder)) is None:
        return None
    try:
        sent = sent_file.load(folder)
        if sent is None:
            return None
        if sent.due:
            sent_file.forget_progress(folder)
            sent_file.save(folder, replace(sent, due=False, began_at=sites.now()))
            work.process = _start(site, lock)
        elif sent.step == RECEIVING or (sent.step in WITH_FILE and _is_old(sent)):
            sent_file.remove(folder)
        elif sent.step in WORKING:
            return sent
        return None
    finally:
        os.close(lock)


def _start(site: Site, lock: int) -> subprocess.Popen[bytes]:
    """Start the process, to which the lock goes over."""
    command = [sys.executable, "-m", PROGRAM, str(site.settings.root.resolve())]
    return subprocess.Popen(command, cwd=PACKAGES, stdin=subprocess.DEVNULL, pass_fds=(lock,))


def _is_old(sent: SentFile) -> bool:
    since = events.moment(sites.now()) - events.moment(sent.ended_at or sent.sent_at)
    return since.total_seconds() > sent_file.WAIT_HOURS * 3_600


async def _note_end(site: Site, sent: SentFile) -> None:
    """Remove what an import that was ended from outside has left, and say what happened."""
    batch = None
    if sent.step == IMPORTING:
        await remove_unfinished(site)
        with suppress(Refused):
            batch = await site.store.read(unfinished.batch_of, sent.account, sent.began_at)
    await run_in_threadpool(_save_end, sent_file.folder_of(site.settings), sent, batch)


def _save_end(folder: Folder, sent: SentFile, batch: int | None) -> None:
    with wording.language(sent.language or wording.SOURCE), suppress(Refused), sent_file.claimed(folder):
        report = sent_file.load_report(folder)
        if batch is not None and report is not None:  # it was whole, and only the note of that was missing
            report.batch, report.dry_run = batch, False
            sent_file.save_report(folder, report)
            sent_file.remove_file(folder)
            sent_file.save(folder, replace(sent, step=DONE, ended_at=sites.now()))
            return
        why = gettext("It was ended from outside: the server was stopped, or had no memory left.")
        sent_file.save(folder, replace(sent, step=STOPPED, problem=why, ended_at=sites.now()))


async def remove_unfinished(site: Site) -> None:
    """Finish what was interrupted.

    A half-written or undone import is removed, the files of a complete one are moved into place.
    """
    lock = unfinished.take_lock(site.settings)
    if lock is None:
        return  # it is being written
    try:
        with suppress(Refused):  # where nothing can be written now, the next start or import does it
            if await site.store.read(import_undo.is_hiding):
                undone = await site.store.read(unfinished.undone_files)
                await run_in_threadpool(unfinished.remove_files, site.settings, undone)
                while await site.store.write(unfinished.discard_piece):
                    pass
            else:
                await run_in_threadpool(unfinished.name_files, site.settings)
    finally:
        os.close(lock)
