"""Taking over from a copy: the lease first, then the copy, then the next epoch; or nothing at all."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import epochs, outbox, replica
from blog.errors import Conflict, NotFound, Unusable
from blog.settings import Settings
from blog.storage import store
from blog.storage.lease import HeldElsewhere, Lease
from blog.upkeep import backups, promotion, replicas
from tests import factories
from tests.factories import NOON, by, post, submit, write_post

TABLE = {"bucket": "blog", "endpoint": "http://127.0.0.1:9", "lease_seconds": 30}
LATER = "2026-05-07T13:00:00.000Z"


@pytest.fixture
def oslo() -> Lease:
    lease = Lease(MemoryStore(), replica.read({**TABLE, "machine": "oslo"}, "blog.toml", {}), "oslo 1")
    lease.take(1)
    return lease


@pytest.fixture
def bergen(oslo: Lease) -> Lease:
    return Lease(oslo.objects, replica.read({**TABLE, "machine": "bergen"}, "blog.toml", {}), "bergen 2")


@pytest.fixture
def copy(db: Database, site: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was restored of the first machine's database."""
    post(db)
    submit(db, "Shipped.")
    outbox.enqueue(db, "mail", {"to": "a@example.org"}, batch=None, at=NOON, due_at=NOON)
    db.conn.execute("pragma wal_checkpoint(truncate)")
    path = tmp_path_factory.mktemp("copy") / "copy.db"
    shutil.copyfile(site.database, path)
    return path


@pytest.fixture
def second(tmp_path_factory: pytest.TempPathFactory, site: Settings, bergen: Lease) -> Settings:
    folder = tmp_path_factory.mktemp("second")
    (folder / "posts").mkdir()
    return replace(site, root=folder, replica=bergen.replica)


@pytest.fixture
def there(second: Settings) -> Iterator[Database]:
    """The second machine's database, once it is there."""
    store.prepare(second.database)
    db = store.connect(second.database)
    yield db
    db.conn.close()


def _promote(second: Settings, lease: Lease, copy: Path) -> promotion.Promoted:
    return promotion.promote(second, lease, by=by(LATER), copy=copy, say=lambda _: None)


def _epoch(site: Settings) -> int:
    db = store.connect(site.database, readonly=True)
    try:
        return epochs.current(db)
    finally:
        db.conn.close()


def test_the_copy_becomes_the_database_of_the_next_epoch(
    second: Settings, oslo: Lease, bergen: Lease, copy: Path
) -> None:
    oslo.release()
    done = _promote(second, bergen, copy)
    assert (done.promotion.epoch, done.promotion.machine, done.promotion.former) == (2, "bergen", "oslo")
    assert (done.promotion.since, done.promotion.last_comment, done.aside) == (NOON, 1, None)
    held = bergen.look()
    assert held is not None
    assert (held.machine, held.epoch, held.seconds) == ("bergen", 2, 30)
    db = store.connect(second.database)
    assert db.conn.execute("select text from comments").fetchone()[0] == "Shipped."
    assert outbox.is_held(db)
    assert epochs.last_promotion(db) == done.promotion
    assert epochs.release_outbox(db, by=by(LATER))
    assert not epochs.release_outbox(db, by=by(LATER))
    db.conn.close()
    with pytest.raises(Unusable, match="The site went on in epoch 2 on bergen"):
        oslo.take(1)


def test_it_is_refused_while_the_other_machine_has_the_lease(second: Settings, bergen: Lease, copy: Path) -> None:
    with pytest.raises(HeldElsewhere, match="oslo holds the lease"):
        _promote(second, bergen, copy)
    assert not second.database.exists()


def test_a_copy_that_cannot_be_served_gives_the_lease_back(
    second: Settings, oslo: Lease, bergen: Lease, copy: Path
) -> None:
    oslo.release()
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 3))
    with pytest.raises(Unusable):
        _promote(second, bergen, copy)
    with pytest.raises(NotFound):
        _promote(second, bergen, copy.with_name("nothing.db"))
    assert [path.name for path in second.root.iterdir() if path.suffix == ".db"] == []
    oslo.take(1)


def test_what_was_there_is_kept_and_a_second_promotion_is_refused(
    second: Settings, oslo: Lease, bergen: Lease, copy: Path, there: Database
) -> None:
    factories.post(there, "an-older-post")
    there.conn.close()
    (second.root / ".blog.db-litestream").mkdir()
    oslo.release()
    done = _promote(second, bergen, copy)
    assert done.aside is not None
    assert {path.name for path in done.aside.iterdir()} >= {"blog.db", ".blog.db-litestream"}
    with pytest.raises(Conflict, match=r"This machine is the one that writes, in epoch 2\."):
        _promote(second, bergen, copy)
    assert _epoch(second) == 2


def test_files_of_posts_come_to_the_state_of_the_database(
    second: Settings, oslo: Lease, bergen: Lease, copy: Path, site: Settings
) -> None:
    """A missing file and an earlier version are written; a text that the database never had stays."""
    from blog import publishing

    for name in ("missing", "earlier", "edited"):
        write_post(site.root, name)
    db = store.connect(copy)
    publishing.publish(db, site, by=by())
    for name in ("earlier", "edited"):
        shutil.copyfile(site.posts / f"{name}.md", second.posts / f"{name}.md")
    newer = (site.posts / "earlier.md").read_text("utf-8") + "\nOne more line.\n"
    (site.posts / "earlier.md").write_text(newer, "utf-8")
    (second.posts / "edited.md").write_text("Mine.", "utf-8")
    publishing.publish(db, site, by=by(LATER))
    db.conn.close()
    oslo.release()
    done = _promote(second, bergen, copy)
    assert done.files == ["earlier.md", "missing.md"]
    assert (second.posts / "earlier.md").read_text("utf-8") == newer
    assert (second.posts / "missing.md").read_bytes() == (site.posts / "missing.md").read_bytes()
    assert (second.posts / "edited.md").read_text("utf-8") == "Mine."
    assert done.aside is not None
    assert (done.aside / "posts" / "earlier.md").is_file()


def test_a_restored_backup_goes_on_in_the_present_epoch(
    second: Settings, oslo: Lease, bergen: Lease, copy: Path, site: Settings, tmp_path: Path
) -> None:
    backups.make(site, tmp_path / "backup.db", at=NOON)
    oslo.release()
    _promote(second, bergen, copy)
    backups.restore(second, tmp_path / "backup.db", at=LATER, force=True)
    assert _epoch(second) == 2


def test_the_settings_of_litestream_name_the_place_of_the_epoch(second: Settings) -> None:
    text = replicas.litestream_settings(second, 3)
    assert "path: afterword/epoch-3\n" in text
    assert "key" not in text


def test_the_desk_says_what_may_be_missing_until_the_outbox_is_released(moderator: TestClient, db: Database) -> None:
    with store.transaction(db):
        window = ("2026-05-07T12:00:00.000Z", "2026-05-07T12:00:30.000Z")
        epochs.promote(db, epochs.Promotion(2, "bergen", "oslo", *window), by=by(LATER))
    sentence = (
        "bergen took over from oslo and began epoch 2. What oslo saved between 2026-05-07 12:00:00 and 2026-05-07"
        " 12:00:30 UTC may be missing."
    )
    page = moderator.get("/admin/").text
    assert sentence in page
    assert "/admin/outbox/release" in page
    assert moderator.post("/admin/outbox/release", follow_redirects=False).status_code == 303
    assert not outbox.is_held(db)
    assert sentence not in moderator.get("/admin/").text
    log = moderator.get("/admin/log").text
    assert sentence in log
    assert "Let the outbox be sent again." in log


def test_the_result_of_a_failed_check_is_left_in_the_store(
    second: Settings, bergen: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(second.root))
    bergen.write("afterword/epoch-1/0000/1.ltx", b"x")
    done = replicas.check(second, bergen, at=LATER)
    assert (done.ok, done.epoch) == (False, 1)
    assert done.problems[0].startswith("The program litestream was not found.")
    assert json.loads(bergen.read("afterword/check.json") or b"")["ok"] is False
