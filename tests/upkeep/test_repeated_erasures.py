"""What was erased after a copy was made does not come back when the copy is restored over the same site."""

from pathlib import Path

from sqlite_utils import Database

from blog.moderation import erasure
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import backups, integrity
from tests.factories import by, post, submit

LATER = "2026-05-07T13:00:00.000Z"


def _restored(site: Settings, file: Path) -> tuple[backups.Copied, Database]:
    put = backups.restore(site, file, at=LATER, force=True)
    return put, store.connect(site.database)


def test_erasures_are_repeated_with_what_is_stored_for_the_address(
    site: Settings, db: Database, tmp_path: Path
) -> None:
    post(db)
    for n, text in enumerate(("Whole.", "Only the writer.", "Stays."), 1):
        submit(db, text, n)
    with store.transaction(db):
        db.conn.execute(
            """
            insert into subscriptions (address, kind, post_id, reader_hash, created_at)
            select 'reader1@example.org', 'all', id, 'x', ? from posts
            """,
            [LATER],
        )
    backups.make(site, tmp_path / "backup.db", at=LATER)
    with store.transaction(db):
        erasure.erase(db, "reader1@example.org", by=by(LATER))
        erasure.erase(db, "reader2@example.org", keep_text=True, by=by(LATER))
    db.conn.close()
    put, restored = _restored(site, tmp_path / "backup.db")
    try:
        assert put.erased == 2
        found = restored.conn.execute("select text, author, email from comments order by id").fetchall()
        assert found == [("Only the writer.", "", ""), ("Stays.", "Reader 3", "reader3@example.org")]
        assert restored.conn.execute("select count(*) from subscriptions").fetchone()[0] == 0
        assert integrity.differences(restored) == []
    finally:
        restored.conn.close()


def test_a_site_of_another_history_erases_nothing(site: Settings, db: Database, tmp_path: Path) -> None:
    post(db)
    submit(db, "Here.")
    backups.make(site, tmp_path / "backup.db", at=LATER)
    with store.transaction(db):
        erasure.erase(db, "reader1@example.org", by=by(LATER))
    db.conn.close()
    other = Settings(root=tmp_path / "other")
    other.root.mkdir()
    store.prepare(other.database)
    standing = store.connect(other.database)
    post(standing)
    submit(standing, "There.", at="2026-05-07T11:00:00.000Z")
    with store.transaction(standing):
        erasure.erase(standing, "reader1@example.org", by=by(LATER))
    standing.conn.close()
    put, restored = _restored(other, tmp_path / "backup.db")
    assert put.erased == 0
    assert restored.conn.execute("select text from comments").fetchall() == [("Here.",)]
    restored.conn.close()
