"""Uploads of sound, film and PDF: what a file is says its first bytes, and not its name."""

from io import BytesIO
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.errors import Invalid, TooLarge
from blog.publishing import uploads
from blog.settings import Settings
from blog.web.attachments import TYPES
from tests import factories
from tests.web.admin.test_writing import JSON, edited, form_of

MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 40
KINDS = {
    ".pdf": b"%PDF-1.7\n%x",
    ".mp3": b"ID3\x04\0\0",
    ".ogg": b"OggS\0\2" + b"\0" * 22 + b"\1\x1e\1vorbis",
    ".flac": b"fLaC\0\0",
    ".wav": b"RIFF\x24\0\0\0WAVEfmt ",
    ".mp4": MP4,
    ".m4a": MP4.replace(b"isom\0", b"M4A \0", 1),
    ".webm": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm",
}
REFUSED = {
    "page": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page with a pdf in it": b"<html>%PDF-1.7",
    "text": b"plain words",
    "nothing": b"",
    "program": b"\x7fELF\2\1\1",
    "zip": b"PK\3\4",
    "quicktime": MP4.replace(b"isom\0", b"qt  \0", 1),
    "heic": MP4.replace(b"isom\0", b"heic\0", 1),
    "matroska": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x88matroska",
    "bytes like a frame of mp3": b"\xff\xfb\xf0\0",
    "utf-16": "\ufeff<script>".encode("utf-16"),
}


@pytest.mark.parametrize("ending", KINDS)
def test_what_a_file_is_decides_its_name(tmp_path: Path, ending: str) -> None:
    kept = uploads.keep(BytesIO(KINDS[ending]), "../../My [talk].html", tmp_path)
    assert kept.name.startswith("my-talk-")
    assert kept.name.endswith(ending)
    assert [each.name for each in tmp_path.iterdir()] == [kept.name]
    assert (tmp_path / kept.name).read_bytes() == KINDS[ending]
    assert ending in TYPES
    mark = "" if ending == ".pdf" else "!"
    assert kept.markdown("x") == f"{mark}[My (talk)](x)"
    assert uploads.keep(BytesIO(KINDS[ending]), "../../My [talk].html", tmp_path) == kept


def test_a_frame_of_mp3_without_a_tag_is_mp3() -> None:
    assert uploads.ending_of(b"\xff\xfb\x90\x64" + b"\0" * 400) == ".mp3"


@pytest.mark.parametrize("name", REFUSED)
def test_whatever_else_it_is_is_refused_whatever_its_name(tmp_path: Path, name: str) -> None:
    for called in ("x.pdf", "x.mp4"):
        with pytest.raises(Invalid, match="none of the files that can be taken"):
            uploads.keep(BytesIO(REFUSED[name]), called, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with open(tmp_path / "large", "wb+") as file:
        file.truncate(uploads.LARGEST * 1_000_000 + 1)
        with pytest.raises(TooLarge, match="The file has 100 MB; 100 fit"):
            uploads.keep(file, "x.mp4", tmp_path)


def test_a_film_is_uploaded_on_the_desk_and_plays_on_the_page(
    moderator: TestClient, client: TestClient, site: Settings, db: Database
) -> None:
    moderator.post("/admin/posts/new", data={"title": "Oil"})
    answer = moderator.post("/admin/posts/oil/files", files={"file": ("Our film.mov", MP4)}, headers=JSON)
    sent = answer.json()
    assert sent["markdown"] == f"![Our film]({sent['url']})"
    fields = edited(moderator, "oil", body=sent["markdown"])
    moderator.post("/admin/posts/oil/edit", data=fields | {"action": "publish"})
    page = client.get("/oil/")
    assert f'<video controls preload="none" src="/oil/{sent["url"]}" aria-label="Our film">' in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    part = client.get(f"/oil/{sent['url']}", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")


def test_an_upload_without_a_script_keeps_what_was_typed(moderator: TestClient, site: Settings) -> None:
    moderator.post("/admin/posts/new", data={"title": "Oil"})
    typed = {**form_of(moderator.get("/admin/posts/oil/edit").text), "body": "Typed words."}
    files = {"file": ("a.pdf", KINDS[".pdf"]), "image": ("", b"")}
    page = moderator.post("/admin/posts/oil/files", data=typed, files=files)
    assert "[a](a-" in page.text
    assert "Typed words." in page.text
    refused = moderator.post("/admin/posts/oil/files", data=typed, files={"file": ("a.pdf", REFUSED["svg"])})
    assert refused.status_code == 422
    assert "none of the files that can be taken" in refused.text
    assert "Typed words." in refused.text
    assert moderator.post("/admin/posts/oil/files", headers=JSON, data={"x": "y"}).status_code == 422


def test_a_file_for_a_post_without_a_folder_is_served_whole_and_in_part(
    moderator: TestClient, site: Settings, db: Database
) -> None:
    factories.write_post(site.root, "plain", title="Plain")
    publishing.publish(db, site, by=factories.by())
    kept = moderator.post("/admin/posts/plain/files", files={"file": ("Our film.mov", MP4)}, headers=JSON).json()
    assert kept["url"].startswith("/static/files/")
    answer = moderator.get(kept["url"])
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "video/mp4", MP4)
    part = moderator.get(kept["url"], headers={"range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, MP4[:10])
    for name in ("../blog.toml", "%2e%2e/%2e%2e/blog.db", ".hidden.pdf", "nothing.pdf", "a.html"):
        assert moderator.get(f"/static/files/{name}").status_code == 404
