"""C6. One database under two names has one server: the lock is beside its real path."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.reliability.serving import command, make_site, needs_mounts, refusal, run, running, sole_sentence


def test_c6_a_second_server_through_another_name_is_refused(tmp_path: Path) -> None:
    site, link, other = (tmp_path / name for name in ("site", "link", "other"))
    site.mkdir()
    make_site(site)
    link.symlink_to(site)
    (other / "posts").mkdir(parents=True)
    (other / "blog.db").symlink_to(site / "blog.db")
    with running(link) as server:
        for folder in (site, link, other):
            said = sole_sentence(run(folder, "serve", "--port", "8999"))
            assert f"already (process {server.process.pid}). Stop it first." in said
        assert server.comment("Words.").status == 303
        assert command(other, "queue", "--count").stdout == "1\n"  # a command beside it is welcome
    assert sorted(name for name in os.listdir(other)) == ["blog.db", "posts"]


def linked(source: Path, target: Path) -> None:
    """Make what `cp -al` makes of a site."""
    subprocess.run(["cp", "-al", str(source), str(target)], check=True)


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "8999"),
        *(pytest.param(words, marks=pytest.mark.slow) for words in (("queue",), ("backup", "copy.db"), ("check",))),
    ],
)
def test_c6_a_hard_link_is_refused_under_both_names_and_the_sentence_mends_it(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    site, snapshot = tmp_path / "site", tmp_path / "snapshot"
    site.mkdir()
    make_site(site)
    linked(site, snapshot)
    for folder in (site, snapshot):
        said = refusal(folder, *words)
        assert said.startswith(f"{folder}/blog.db has 2 names (hard links")
    cure = said.partition("own: `")[2].rstrip("`.")
    subprocess.run(cure, shell=True, check=True)
    for folder in (site, snapshot):
        assert command(folder, "queue", "--count").returncode == 0


def test_c6_a_linked_log_is_refused_too(tmp_path: Path) -> None:
    site, snapshot = tmp_path / "site", tmp_path / "snapshot"
    site.mkdir()
    make_site(site)
    with running(site, log=tmp_path / "server.txt") as server:
        assert server.comment("In the log alone.").status == 303
    if not (site / "blog.db-wal").exists():
        pytest.skip("This SQLite keeps its database in DELETE mode.")
    linked(site, snapshot)
    for name in ("blog.db", "blog.db-wal"):
        said = refusal(snapshot, "queue", "--count")
        assert said.startswith(f"{snapshot}/{name} has 2 names")
        subprocess.run(said.partition("own: `")[2].rstrip("`."), shell=True, check=True)
    assert command(snapshot, "queue", "--count").stdout == "1\n"
    assert command(site, "queue", "--count").stdout == "1\n"


def test_c6_what_a_killed_start_left_does_not_keep_the_site_from_starting(tmp_path: Path) -> None:
    make_site(tmp_path)
    os.link(tmp_path / "blog.db", tmp_path / "blog.db.12345.new")
    (tmp_path / "before-restore-20260507T120000Z").mkdir()
    os.link(tmp_path / "blog.db", tmp_path / "before-restore-20260507T120000Z" / "blog.db")
    assert command(tmp_path, "queue", "--count").stdout == "0\n"


@needs_mounts
@pytest.mark.parametrize("what", ["folder", "file"])
def test_c6_a_bind_mount_is_the_same_database(tmp_path: Path, what: str) -> None:
    site, other = tmp_path / "site", tmp_path / "other"
    site.mkdir()
    make_site(site)
    (other / "posts").mkdir(parents=True)
    if what == "file":
        (other / "blog.db").touch()
    source, target = (site / "blog.db", other / "blog.db") if what == "file" else (site, other)
    before = ("unshare", "-m", "sh", "-c", f'mount --bind {source} {target} && exec "$@"', "sh")
    with running(site, "--workers", "2", log=tmp_path / "server.txt") as server:
        for words in (("serve", "--port", "8999"), ("restore-backup", "--force", site / "copy.db")):
            if words[0] == "restore-backup":
                assert command(site, "backup", site / "copy.db").returncode == 0
            said = sole_sentence(run(other, *words, before=before))
            assert f"A server runs on {other}/blog.db already" in said
        assert server.comment("Words.").status == 303
    assert command(site, "check").returncode == 0


@needs_mounts
def test_c6_a_new_sites_first_server_is_known_under_another_name_too(tmp_path: Path) -> None:
    site, other = tmp_path / "site", tmp_path / "other"
    for folder in (site, other):
        (folder / "posts").mkdir(parents=True)
    (other / "blog.db").touch()
    before = ("unshare", "-m", "sh", "-c", f'mount --bind {site}/blog.db {other}/blog.db && exec "$@"', "sh")
    with running(site, log=tmp_path / "server.txt"):
        said = sole_sentence(run(other, "serve", "--port", "8999", before=before))
        assert f"A server runs on {other}/blog.db already" in said


def test_c6_a_server_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server:
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        with running(tmp_path) as another:
            assert another.comment("Words.").status == 303
