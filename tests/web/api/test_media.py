"""Uploaded files: what is removed lies in the trash, and Undo brings back the file and its entry."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import jobs, moderation, publishing
from blog.errors import Conflict
from blog.journal import acts, log
from blog.moderation.acts import ACTS
from blog.posts import media
from blog.publishing import media_trash
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import by
from tests.web.api.conftest import Programs

MEDIA = "/wp-json/wp/v2/media"


@pytest.fixture
def database(wordpress: Settings) -> Iterator[Database]:
    opened = store.connect(wordpress.database)
    yield opened
    opened.conn.close()


def upload(served: TestClient, headers: dict[str, str], name: str = "lamp.png") -> dict[str, Any]:
    picture = io.BytesIO()
    Image.new("RGB", (2_000, 8), "blue").save(picture, "PNG")
    picture.seek(0)
    answer = served.post(MEDIA, files={"file": (name, picture, "image/png")}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def files(site: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (site.static / "images").glob("*.webp")}


def take_back(site: Settings, db: Database, batch: int | None = None) -> tuple[int, list[str]]:
    """Undo a batch; return that of the undo, and what is said of files."""
    with store.transaction(db):
        undone = moderation.undo(db, batch, ACTS, by=by())
    return undone["batch"], publishing.follow_undo(site, undone)


def test_a_removed_file_comes_back_with_its_sizes_its_entry_and_its_number(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    ana, checked = programs["admin"], integrity.differences(database)
    made = upload(served, ana)
    address, before = f"{MEDIA}/{made['id']}", files(wordpress)
    assert len(before) > 1  # a picture has several sizes
    refused = served.delete(address, headers=ana)
    assert (refused.status_code, refused.json()["code"]) == (501, "rest_trash_not_supported")
    removed = served.delete(address, params={"force": "true"}, headers=ana).json()
    assert (removed["deleted"], removed["previous"]["id"]) == (True, made["id"])
    assert files(wordpress) == {}
    assert served.get(address).status_code == served.get(made["source_url"]).status_code == 404
    assert made["id"] not in [each["id"] for each in served.get(MEDIA).json()]
    entry = log.log(database, ACTS)[0]
    assert acts.who(entry) == "admin by “seed”"
    assert acts.sentence(ACTS, entry).startswith("Removed the file lamp-")
    batch = entry["batch"]
    for _ in range(2):  # and again after the undo was undone
        undo, said = take_back(wordpress, database, batch)
        assert said == []
        assert files(wordpress) == before
        assert served.get(address).json()["source_url"] == made["source_url"]
        batch, said = take_back(wordpress, database, undo)
        assert (said, files(wordpress)) == ([], {})
        assert served.get(address).status_code == 404
    assert integrity.differences(database) == checked


def test_the_desk_brings_a_removed_file_back(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    made, before = upload(served, programs["admin"]), files(wordpress)
    served.delete(f"{MEDIA}/{made['id']}?force=true", headers=programs["admin"])
    batch = log.log(database, ACTS)[0]["batch"]
    factories.sign_in(served, database, 1)
    answer = served.post(f"/admin/batches/{batch}/reversal")
    assert "is back" in answer.text
    assert files(wordpress) == before
    assert served.get(made["source_url"]).status_code == 200


def test_what_came_back_in_another_way_is_not_undone(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    made = upload(served, programs["admin"])
    served.delete(f"{MEDIA}/{made['id']}?force=true", headers=programs["admin"])
    assert upload(served, programs["admin"])["id"] == made["id"]
    with pytest.raises(Conflict, match="back already"):
        take_back(wordpress, database)


def test_the_trash_is_emptied_and_the_undo_says_so(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    first, second = (upload(served, programs["admin"], f"{name}.png") for name in ("one", "two"))
    for made in (first, second):
        served.delete(f"{MEDIA}/{made['id']}?force=true", headers=programs["admin"])
    with store.transaction(database):
        database.conn.execute("update media set deleted_at = '2026-01-01' where id = ?", [first["id"]])
    assert served.portal
    served.portal.call(jobs.empty_trash, served.app.site)  # type: ignore[attr-defined]
    assert media.in_trash(database) == [f"../static/images/{second['source_url'].rpartition('/')[2]}"]
    left = [path.name for path in (wordpress.root / media_trash.FOLDER).rglob("*") if path.is_file()]
    assert len(left) > 1
    assert all(name.startswith("two-") for name in left)
    later, earlier = [each["batch"] for each in log.log(database, ACTS) if each["kind"] == "file removed"]
    with pytest.raises(Conflict, match="for good"):
        take_back(wordpress, database, earlier)
    media_trash.sweep(wordpress, [])
    assert not (wordpress.root / media_trash.FOLDER).exists()
    _, (missing,) = take_back(wordpress, database, later)
    assert missing.endswith("is not in the trash any more.")
