"""The process that reads or imports the file that was sent to the desk; the server starts it (blog/web/imports.py).

It is a process of its own, so that no reader waits for it, and all of its memory goes back to the system. The lock of
the file was taken by the server, and ends with this process.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from blog import settings, wording
from blog.cli import now
from blog.errors import AfterwordError
from blog.importing import landing, sent_file, sources
from blog.importing.report import ImportReport
from blog.importing.sent_file import DONE, READING, REFUSED, REPORT, STOPPED, Folder, SentFile
from blog.journal.events import Actor
from blog.settings import Settings
from blog.storage import store
from blog.wording import gettext

NICE = 5  # readers' requests go first
WATCH_SECONDS = 0.3  # between two notes of how far it is


class Stopped(Exception):
    """Somebody asked to stop, or the server ended."""


class Watch:
    """Notes how far the work is, and ends it when somebody asked for that or the server is gone."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.server = os.getppid()
        self.ended = False
        self._next = 0.0
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_: object) -> None:
        self.ended = True

    def __call__(self, done: int, total: int) -> None:
        if self.ended or os.getppid() != self.server:
            raise Stopped(gettext("The server was stopped in the middle."))
        if (at := time.monotonic()) >= self._next:
            self._next = at + WATCH_SECONDS
            if (who := sent_file.asked_to_stop(self.folder)) is not None:
                raise Stopped(gettext("Stopped by {who}.", who=who))
            sent_file.save_progress(self.folder, done)


def main() -> None:
    site = settings.load(Path(sys.argv[1]))
    folder = sent_file.folder_of(site)
    sent = sent_file.load(folder)
    if sent is None:
        return
    _give_way()
    with wording.language(sent.language or wording.nearest(site.language)):
        _work(site, folder, sent)


def _work(site: Settings, folder: Folder, sent: SentFile) -> None:
    """Do the step that is due, and note how it ended."""
    try:
        report = _run(site, folder, sent)
    except Stopped as stop:
        _end(folder, replace(sent, step=STOPPED, problem=str(stop)))
    except AfterwordError as error:
        _end(folder, replace(sent, step=REFUSED if sent.step == READING else STOPPED, problem=error.sentence))
    except (store.DatabaseError, OSError) as error:
        traceback.print_exc()
        sentence = gettext("The system did not let it go on: {error}.", error=error)
        _end(folder, replace(sent, step=STOPPED, problem=sentence))
    else:
        sent_file.save_report(folder, report)
        _end(folder, replace(sent, step=REPORT if sent.step == READING else DONE))


def _give_way() -> None:
    """Let the server go first, and end before it where the machine runs out of memory."""
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _run(site: Settings, folder: Folder, sent: SentFile) -> ImportReport:
    """Read the file and report, or import it."""
    reads = sent.step == READING
    wishes = landing.Wishes(
        dry_run=reads, samples=reads, source=sent.name, leave_out=sent.leave_out, create=sent.create
    )
    by = Actor(sent.began_at, sent.account, "web")
    db = store.connect(site.database)
    try:
        with tempfile.TemporaryDirectory(prefix="afterword-import-") as files:
            items = sources.read(sent.source, folder.path_of(sent), site.zone, Path(files))
            return landing.bring_in(db, site, items, wishes, by=by, watch=Watch(folder))
    finally:
        db.conn.close()


def _end(folder: Folder, sent: SentFile) -> None:
    """Note how it ended; the file is kept only while somebody may still decide on it."""
    if sent.step not in sent_file.WITH_FILE:
        sent_file.remove_file(folder)
    sent_file.forget_progress(folder)
    sent_file.save(folder, replace(sent, due=False, ended_at=now()))


if __name__ == "__main__":
    main()
