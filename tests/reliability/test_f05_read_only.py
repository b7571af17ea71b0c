"""F05. A folder that can only be read: the pages are served, the form says that nothing can be saved."""

from pathlib import Path

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
        assert f"Nothing can be saved in {site}/blog.db, because {site}/blog.db can only be read." in server.printed()
        page = server.ask(f"/{SLUG}/")
        assert page.status == 200
        assert "Comments cannot be saved right now, because the site’s folder can only be read." in page.text.replace(
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
    assert "can only be read, so the database cannot be brought up to date" in said


def _names(site: Path) -> set[str]:
    return {path.name for path in site.iterdir()}
