"""Bringing another blog in on the desk: a file is sent, read, reported, imported; whatever happens, a page says so."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.cli import sent_file as process
from blog.comments import import_undo
from blog.importing import sent_file
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from blog.web.admin import imports
from tests import factories
from tests.importing import exports
from tests.importing.exports import comment, item, wxr

PAGE, FILE = "/admin/import", "/admin/import/file"
BLOG = wxr(
    item("Words.", comment(1, "One &amp; <em>all</em>"), comment(2, "Two", parent=1), comment(3, approved="spam")),
    item("More.", comment(4, approved="0"), comment(5, parent=99), number=12),
)
JSON = {"accept": "application/json"}


def send(client: TestClient, text: str | bytes, name: str = "old.xml") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(FILE, files={"file": (name, data)}, follow_redirects=False)


def wait(client: TestClient, *steps: str, seconds: float = 30.0) -> dict[str, Any]:
    """Look at the page until the import is at one of the steps; return its state."""
    until = time.monotonic() + seconds
    while (state := client.get(PAGE, headers=JSON).json())["step"] not in steps:
        assert time.monotonic() < until, state
        time.sleep(0.1)
    return dict(state)


@pytest.fixture
def holder(site: Settings) -> Iterator[Callable[[], sent_file.Folder]]:
    """Hold the lock of the file, as somebody who works on it does."""
    folder = sent_file.folder_of(site)
    held: list[int] = []

    def hold() -> sent_file.Folder:
        lock = sent_file.take_lock(folder)
        assert lock is not None
        held.append(lock)
        return folder

    yield hold
    for lock in held:
        os.close(lock)


def problems(site: Settings) -> list[str]:
    """Check the database as the command does, while nothing else writes: the search index grows meanwhile."""
    other = store.connect(site.database)
    try:
        with store.transaction(other):
            return integrity.check(other)
    finally:
        other.conn.close()


def left(site: Settings) -> list[str]:
    return [path.name for path in (site.root / ".sent").rglob("*")] if (site.root / ".sent").exists() else []


def test_a_file_is_sent_read_imported_and_undone(moderator: TestClient, db: Database, site: Settings) -> None:
    assert send(moderator, BLOG).headers["location"] == PAGE
    report = wait(moderator, "report")["report"]
    assert (report["posts"], report["comments"]["approved"], report["comments"]["spam"]) == (2, 3, 1)
    page = moderator.get(f"{PAGE}?thread=unsure").text
    assert "Nothing has been written yet" in page
    assert "with the comment that is spam" in page
    assert "<pre>One &amp;amp; &lt;em&gt;all&lt;/em&gt;</pre>" in moderator.get(f"{PAGE}?thread=deepest").text
    assert "<p>One &amp; <em>all</em></p>" in moderator.get(f"{PAGE}?thread=deepest").text
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 0

    moderator.post(f"{PAGE}/writing", data={"asked-spam": "1"})  # the box of the spam is not ticked
    state = wait(moderator, "done")
    assert db.conn.execute("select status, count(*) from comments group by status").fetchall() == [
        ("approved", 3),
        ("pending", 1),
    ]
    page = moderator.get(PAGE).text
    assert "4 comments are here" in page
    assert "old.xml" not in left(site)
    assert problems(site) == []

    moderator.post(f"/admin/batches/{state['report']['batch']}/reversal", data={"back": PAGE})
    assert "This import was undone" in moderator.get(PAGE).text
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 0
    assert problems(site) == []
    moderator.post(f"{PAGE}/removal")
    assert left(site) == []


def test_while_it_is_read_the_page_loads_itself_again_without_a_script(
    moderator: TestClient, holder: Callable[[], sent_file.Folder]
) -> None:
    folder = holder()
    sent = sent_file.SentFile("old.xml", 1, "ben", "2026-05-07T09:00:00.000Z", step="reading", source="wordpress")
    sent_file.save(folder, sent)
    sent_file.save_progress(folder, 400)
    page = moderator.get(PAGE).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'value="40"' in page
    assert "Reading the file, 40%" in page
    assert "http-equiv" not in send(moderator, BLOG).text or "ben" in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Choose a file first."),
        (b"PK\x03\x04" + b"x" * 100, "is a ZIP archive. Unpack it first."),
        (b"just some words", "is no export file that is known here."),
        (b"\x1f\x8b broken", "is damaged: it cannot be unpacked."),
    ],
)
def test_a_file_of_another_kind_is_a_sentence_on_the_page(
    moderator: TestClient, site: Settings, data: bytes, sentence: str
) -> None:
    answer = send(moderator, data)
    assert answer.status_code in (400, 422)
    assert sentence in answer.text
    assert '<input id="file"' in answer.text
    assert left(site) == []


def test_a_hostile_file_is_refused_while_it_is_read(moderator: TestClient, site: Settings) -> None:
    evil = BLOG.replace("<rss", '<!DOCTYPE rss [<!ENTITY a "b">]><rss', 1)
    send(moderator, evil)
    state = wait(moderator, "refused")
    assert "has a document type" in state["problem"]
    assert state["problem"].split("(")[0] in moderator.get(PAGE).text
    assert "old.xml" not in left(site)
    assert send(moderator, BLOG).status_code == 303  # and another one can be sent at once


def test_too_large_a_file_is_a_sentence_on_the_page(
    moderator: TestClient, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_file, "LARGEST", 2_000_000)
    answer = send(moderator, BLOG + " " * 2_000_000)
    assert answer.status_code == 413
    assert "The file is larger than 2 MB." in answer.text
    assert left(site) == []


def test_the_room_is_checked_before_anything_is_written(
    moderator: TestClient, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_file, "ROOM_MORE", 10**18)
    answer = send(moderator, BLOG)
    assert "The import needs 1,000,000,000,000 MB, and the disk has" in answer.text
    assert left(site) == []


def test_of_two_administrators_one_sends_a_file_and_the_other_reads_what_is_going_on(
    moderator: TestClient, holder: Callable[[], sent_file.Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PAUSE_SECONDS", 0.001)
    folder = holder()
    sent_file.save(folder, sent_file.SentFile("", 1, "ben", "2026-05-07T09:00:00.000Z"))
    answer = send(moderator, BLOG)
    assert answer.status_code == 409
    assert "A file is being sent or worked on right now." in answer.text
    assert "ben is sending it." in answer.text
    assert moderator.post(f"{PAGE}/writing", headers=JSON).status_code == 409
    assert moderator.post(f"{PAGE}/removal", headers=JSON).status_code == 409


def test_a_report_that_waits_is_not_lost_to_another_file(moderator: TestClient) -> None:
    send(moderator, BLOG)
    wait(moderator, "report")
    answer = send(moderator, BLOG, "other.xml")
    assert answer.status_code == 409
    assert "“old.xml”, which ana sent, is here already. Import it or remove it first." in answer.text
    assert "Nothing has been written yet" in answer.text


def test_an_import_that_is_killed_leaves_nothing_and_the_page_says_so(
    moderator: TestClient, db: Database, site: Settings
) -> None:
    long = wxr(*(item("x", *(comment(100 * n + k) for k in range(60)), number=n) for n in range(11, 23)))
    send(moderator, long)
    wait(moderator, "report")
    moderator.post(f"{PAGE}/writing")
    child = _child(moderator)
    until = time.monotonic() + 30
    while not db.conn.execute("select count(*) from comments").fetchone()[0]:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert "Sourdough" not in moderator.get("/").text
    os.kill(child, signal.SIGKILL)
    state = wait(moderator, "stopped")
    assert "ended from outside" in state["problem"]
    assert "Stopped: nothing of it was kept" in moderator.get(PAGE).text
    assert db.conn.execute("select count(*) from comments").fetchone()[0] == 0
    assert not import_undo.is_hiding(db)
    assert problems(site) == []


def test_reading_is_stopped_by_whoever_asks_for_it(moderator: TestClient, site: Settings) -> None:
    folder = sent_file.folder_of(site)
    watch = process.Watch(folder)
    send(moderator, BLOG)
    moderator.post(f"{PAGE}/stop")
    with pytest.raises(process.Stopped, match="Stopped by ana"):
        watch(0, 2_000)


def _child(client: TestClient) -> int:
    """Return the process that reads or imports, once it runs."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
                parent = (path.parent / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if b"blog.cli.sent_file" in words and int(parent) == os.getpid():
                return int(path.parent.name)
        time.sleep(0.02)
    raise AssertionError("no process was started")


def test_a_file_that_was_cut_off_is_not_kept(moderator: TestClient, site: Settings) -> None:
    folder = sent_file.folder_of(site)
    sent_file.save(folder, sent_file.SentFile("", 1, "ben", "2026-05-07T09:00:00.000Z"))
    folder.files.mkdir()
    (folder.files / "half.xml").write_text("<rss>")
    wait(moderator, "")
    assert left(site) == []


def test_comments_of_a_service_get_posts_when_that_is_asked_for(moderator: TestClient, db: Database) -> None:
    send(moderator, exports.DISQUS, "disqus.xml")
    assert wait(moderator, "report")["report"]["posts"] == 0
    assert "make a post for each discussion that has none here" in moderator.get(PAGE).text
    moderator.post(f"{PAGE}/writing", data={"create": "1"})
    assert wait(moderator, "done")["report"]["posts"] == 1
    assert db.conn.execute("select count(*) from comments where status = 'approved'").fetchone()[0] == 2


def test_only_administrators_see_it(client: TestClient, db: Database) -> None:
    factories.sign_in(client, db, factories.account(db, "eve", role="editor"))
    assert client.get(PAGE).status_code == 403
    assert send(client, BLOG).status_code == 403


def test_while_nothing_can_be_saved_no_file_is_taken_and_the_reason_is_said(
    moderator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderator.app.state.site.store._trouble, "reason", "The disk is full.")  # type: ignore[attr-defined]
    answer = moderator.post(FILE, files={"file": ("old.xml", BLOG.encode())}, headers=JSON)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "Nothing can be saved right now. The disk is full."
