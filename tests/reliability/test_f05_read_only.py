"""F05. A site that can only be read, or is served so: the pages are served, the form says that nothing can be saved."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import PASSWORD
from tests.factories import SLUG
from tests.reliability.serving import LATER_VERSION, Server, make_site, needs_mounts, run, running, sole_sentence


def read_only(folder: Path) -> tuple[str, ...]:
    script = f'mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec "$@"'
    return ("unshare", "-m", "sh", "-c", script, "sh")


@needs_mounts
def test_f05_pages_are_served_and_what_is_sent_comes_back(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    with running(site, before=read_only(site), log=tmp_path / "server.txt", well=False) as server:
        assert f"Nothing can be saved in {site}/blog.db. {site}/blog.db can only be read." in server.printed()
        page = server.ask(f"/{SLUG}/")
        assert page.status == 200
        assert "Comments cannot be saved right now. The site’s folder can only be read." in page.text.replace(
            "&#39;", "’"
        )
        assert server.ask("/").status == 200
        refused = server.comment("My own words.")
        assert (refused.status, "My own words." in refused.text) == (503, True)
        assert "can only be read" in refused.text
        assert server.ask("/healthz").status == 503
        assert server.printed().count("Nothing can be saved") <= 2  # at the start, and at the first comment
        login = server.ask("/admin/login", {"username": "ana", "password": "four plain words here"})
        assert login.status == 503
    assert _names(site) == {"blog.db", "blog.toml", "posts"}


@needs_mounts
def test_f05_what_a_killed_server_left_is_read_too_or_refused(tmp_path: Path) -> None:
    """With its log and its index beside it the database can be read; without the index the newest would be missing."""
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    server = Server(site, log=tmp_path / "first.txt")
    assert server.comment("Not yet in the file itself.").status == 303
    server.kill()
    done = run(site, "queue", "--count", before=read_only(site))
    assert (done.returncode, done.stdout) == (0, "1\n")
    if not (site / "blog.db-shm").exists():
        return
    (site / "blog.db-shm").unlink()
    assert f"{site}/blog.db cannot be opened" in sole_sentence(run(site, "queue", "--count", before=read_only(site)))


@needs_mounts
def test_f05_a_database_that_would_have_to_be_changed_is_refused(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    said = sole_sentence(run(site, "queue", before=read_only(site), program=LATER_VERSION))
    assert "can only be read. The database cannot be brought up to date" in said


# Root writes wherever it likes; without these two capabilities it may do what the mode of a file says, like anybody.
BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
needs_setpriv = pytest.mark.skipif(
    shutil.which("setpriv") is None or os.getuid() != 0, reason="Only root can give up the right to write everywhere."
)


@needs_setpriv
@pytest.mark.parametrize(
    ("folder_mode", "file_mode"),
    [(0o555, 0o444), (0o555, 0o644), (0o755, 0o444)],
    ids=["nothing can be written", "only the file can be written", "only the folder can be written"],
)
def test_f05_a_server_that_may_not_write_serves_pages_and_gives_texts_back(
    tmp_path: Path, folder_mode: int, file_mode: int
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    before = (site / "blog.db").read_bytes()
    (site / "blog.db").chmod(file_mode)
    site.chmod(folder_mode)
    try:
        with running(site, before=BOUND, log=tmp_path / "server.txt", well=False) as server:
            assert "can only be read" in server.printed()
            assert server.ask(f"/{SLUG}/").status == 200
            _refuses_what_is_sent(server)
            assert server.ask("/healthz").status == 503
            server.stop()
    finally:
        site.chmod(0o755)
    assert (site / "blog.db").read_bytes() == before


def test_f05_with_the_flag_nothing_in_the_folder_changes(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    (site / "posts" / "later.md").write_text("---\ntitle: Later\n---\n\nNot published by a server that only reads.\n")
    before = _state(site)
    with (
        running(site, "--read-only", log=tmp_path / "one.txt") as server,
        running(site, "--read-only", log=tmp_path / "two.txt") as second,  # nothing is locked
    ):
        assert "read-only: nothing can be sent or saved" in server.printed()
        page = server.ask(f"/{SLUG}/")
        assert (page.status, second.ask(f"/{SLUG}/").text) == (200, page.text)
        assert "This copy of the site can only be read." in page.text
        assert server.ask(f"/{SLUG}/", if_none_match=page.headers["etag"]).status == 304  # cached as ever
        assert server.ask("/later/").status == 404
        assert server.ask("/healthz").status == 200
        _refuses_what_is_sent(server)
        assert server.ask("/admin/login", {"username": "ana", "password": PASSWORD}).status == 503
        server.stop()
        second.stop()
    assert _state(site) == before


def test_f05_with_the_flag_what_cannot_be_served_unchanged_is_refused(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "blog.toml").write_text('title = "Test"\n')
    assert "makes none" in sole_sentence(run(site, "serve", "--read-only"))
    (site / "blog.toml").unlink()
    make_site(site)
    server = Server(site, log=tmp_path / "first.txt")
    assert server.comment("Not yet in the file itself.").status == 303
    server.kill()
    if (site / "blog.db-wal").exists():
        assert "blog.db-wal beside blog.db holds what was written last" in sole_sentence(
            run(site, "serve", "--read-only")
        )
        (site / "blog.db-wal").unlink()
    done = run(site, "serve", "--read-only", program=LATER_VERSION)
    assert "is served read-only. The database cannot be brought up to date" in sole_sentence(done)


def _refuses_what_is_sent(server: Server) -> None:
    refused = server.comment("My own words.")
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert "My own words." in refused.text
    assert "can only be read" in refused.text


def _state(site: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(site)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [site, *site.rglob("*")]
    }


def _names(site: Path) -> set[str]:
    return {path.name for path in site.iterdir()}
