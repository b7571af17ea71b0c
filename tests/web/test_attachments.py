"""The files of a post that has a folder: served beneath its address, and nothing else of the disk."""

from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.settings import Settings
from tests import factories
from tests.factories import write_post


@pytest.fixture
def folder(client: TestClient, db: Database, site: Settings) -> Path:
    write_post(site.root, "trip/index", body="![A lamp](lamp.png)")
    folder = site.posts / "trip"
    (folder / "lamp.png").write_bytes(b"\x89PNG lamp")
    (folder / "Zwölf.JPG").write_bytes(b"jpeg")
    (folder / "more").mkdir()
    (folder / "more" / "map.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    (folder / ".hidden.png").write_bytes(b"secret")
    (folder / "_draft.png").write_bytes(b"secret")
    (folder / "script.js").write_text("secret", "utf-8")
    (site.posts / "other.png").write_bytes(b"secret")
    (folder / "out.png").symlink_to(site.posts / "other.png")
    publishing.publish(db, site, by=factories.by())
    return folder


@pytest.mark.parametrize(
    ("name", "kind"),
    [("lamp.png", "image/png"), ("Zw%C3%B6lf.JPG", "image/jpeg"), ("more/map.svg", "image/svg+xml")],
)
def test_files_are_served_beside_their_post_with_their_types(
    client: TestClient, folder: Path, name: str, kind: str
) -> None:
    answer = client.get(f"/trip/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    again = client.get(f"/trip/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for each in (answer, again):  # a web feed reader shows it too
        assert each.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    "name",
    [
        *("index.md", ".hidden.png", "_draft.png", "script.js", "out.png", "nothing.png", "../other.png", "more"),
        *(
            "..%2Fother.png",
            "%2e%2e/other.png",
            "more/../../other.png",
            "more/%2E%2E/lamp.png",
            "lamp.png/",
            "/lamp.png",
        ),
        *("..%5Cother.png", "lamp.png%00", "%00", "x" * 2_000 + ".png", "%2Fetc%2Fpasswd", "%ff.png"),
    ],
)
def test_nothing_else_is_served(client: TestClient, folder: Path, name: str) -> None:
    answer = client.get(f"/trip/{name}", follow_redirects=False)
    assert answer.status_code in (301, 404)
    assert "secret" not in answer.text


def test_a_changed_file_is_seen_at_once(client: TestClient, folder: Path) -> None:
    etag = client.get("/trip/lamp.png").headers["etag"]
    (folder / "lamp.png").write_bytes(b"another lamp")
    answer = client.get("/trip/lamp.png", headers={"if-none-match": etag})
    assert (answer.status_code, answer.content) == (200, b"another lamp")


@pytest.mark.parametrize(("front", "code"), [("status: draft\n", 404), ("status: withdrawn\n", 410)])
def test_the_files_of_a_post_that_nobody_sees_are_not_seen(
    client: TestClient, db: Database, site: Settings, folder: Path, front: str, code: int
) -> None:
    write_post(site.root, "trip/index", front=front)
    publishing.publish(db, site, by=factories.by())
    assert client.get("/trip/lamp.png").status_code == code


def test_a_post_that_is_a_single_file_has_no_files(client: TestClient, site: Settings) -> None:
    (site.posts / "lamp.png").write_bytes(b"secret")
    assert client.get("/a-post/lamp.png").status_code == 404
