"""F14. A broken file of one post is told, and every other post is published and served."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.app import create_app
from blog.publishing import site_folder
from blog.settings import Settings
from tests.factories import by, write_post
from tests.reliability.serving import make_site, run, running, sign_in

Breaking = Callable[[Path], object]


def loop(path: Path) -> None:
    path.symlink_to(path)


BROKEN: dict[str, Breaking] = {
    "bad YAML": lambda path: path.write_text("---\ntitle: [\n---\nx", "utf-8"),
    "an object in YAML": lambda path: path.write_text("---\ntitle: !!python/object:os.system x\n---\nx", "utf-8"),
    "bad UTF-8": lambda path: path.write_bytes(b"---\ntitle: x\n---\n\xff\xfe\xfa"),
    "no front matter": lambda path: path.write_text("only words", "utf-8"),
    "only its beginning": lambda path: path.write_text("---\ntitle: x", "utf-8"),
    "NUL": lambda path: path.write_bytes(b"---\ntitle: x\ndate: 2026-01-01\n---\n\x00" * 3),
    "empty": lambda path: path.write_bytes(b""),
    "UTF-16": lambda path: path.write_text("---\ntitle: x\n---\n", "utf-16"),
    "fifty megabytes": lambda path: path.write_bytes(b"---\ntitle: x\ndate: 2026-01-01\n---\n" + b"word " * 10_000_000),
}
QUIET: dict[str, Breaking] = {
    "a folder of that name": lambda path: path.mkdir(),
    "a link that leads nowhere": lambda path: path.symlink_to("/nowhere/at/all.md"),
    "a link to itself": loop,
    "a link out of the folder": lambda path: path.symlink_to("/etc/hostname"),
}


LARGE = pytest.param("fifty megabytes", marks=pytest.mark.slow)


@pytest.mark.parametrize("case", [*(case for case in BROKEN if case != "fifty megabytes"), *QUIET, LARGE])
def test_f14_the_others_are_published_and_the_front_page_stands(site: Settings, db: Database, case: str) -> None:
    write_post(site.root, "before", title="Before")
    write_post(site.root, "zebra", title="Zebra")
    {**BROKEN, **QUIET}[case](site.posts / "middle.md")
    report = publishing.publish(db, site, by=by())
    assert {slug for _, _, slug in report.done} == {"before", "zebra"} | (
        {"middle"} if not report.problems and case in BROKEN else set()
    )
    if case in QUIET:
        assert report.problems == []
    elif report.problems:
        assert str(report.problems[0]).startswith("middle.md")
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as client:
        front = client.get("/")
        assert (front.status_code, "Before" in front.text, "Zebra" in front.text) == (200, True, True)
        assert client.get("/zebra/").status_code == 200
        assert client.get("/middle/").status_code in (200, 404)


def test_f14_a_mark_at_the_beginning_of_the_file_does_no_harm(site: Settings, db: Database) -> None:
    path = write_post(site.root, "marked", title="Marked")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert publishing.publish(db, site, by=by()).problems == []


def test_f14_a_file_that_goes_away_while_it_is_read_is_told(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_post(site.root, "before")
    gone = write_post(site.root, "gone")
    markdown_files = site_folder.markdown_files

    def listed(folder: Path) -> list[str]:
        paths = markdown_files(folder)
        gone.unlink(missing_ok=True)
        return paths

    monkeypatch.setattr(site_folder, "markdown_files", listed)
    report = publishing.publish(db, site, by=by())
    assert [slug for _, _, slug in report.done] == ["before"]
    assert len(report.problems) == 1
    assert str(report.problems[0]).startswith("gone.md")


def test_f14_a_site_with_broken_files_is_served_and_says_so_at_the_start_and_on_the_desk(tmp_path: Path) -> None:
    make_site(tmp_path)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "about.md").write_text("---\ntitle: About\ntoc: maybe\n---\n", "utf-8")
    (tmp_path / "posts" / "broken.md").write_text("---\ntitle: [\n---\n", "utf-8")
    os.mkdir(tmp_path / "posts" / "folder.md")
    with running(tmp_path) as server:
        desk = server.ask("/admin/posts", Cookie=sign_in(server)).text
        for place in ("posts/broken.md, line 3", "pages/about.md, line 3"):
            assert f"{place}: " in server.printed()
            assert f"<code>{place}</code> " in desk
        assert "toc is &#39;maybe&#39;; write true or false." in desk
        assert server.ask("/").status == 200
    done = run(tmp_path, "check")
    assert (done.returncode, "posts/broken.md, line 3" in done.stderr, "pages/about.md, line 3" in done.stderr) == (
        1,
        True,
        True,
    )
