"""F04. The disk is full: readers read, nothing typed is lost, and the next comment after there is room is taken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import FORM, Server, make_site, needs_mounts, run, sign_in

SMALL = 'mount -t tmpfs -o size=3m none "$0" && cp -r "$1"/. "$0" && exec "$@"'


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server whose site is on a disk of 3 MB of its own, and the way there from outside."""
    source, mounted = tmp_path / "source", tmp_path / "mounted"
    source.mkdir()
    mounted.mkdir()
    make_site(source)
    script = f'mount -t tmpfs -o size=3m none {mounted} && cp -r {source}/. {mounted} && exec "$@"'
    before = ("unshare", "-m", "sh", "-c", script, "sh")
    server = Server(mounted, before=before, log=tmp_path / "server.txt")
    yield server, Path(f"/proc/{server.process.pid}/root{mounted}")
    server.kill()


def fill(folder: Path) -> None:
    """Leave no byte free."""
    with open(folder / "filler", "wb", buffering=0) as filler:
        for size in (65_536, 4_096, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


@needs_mounts
def test_f04_a_full_disk_is_told_and_the_next_comment_after_it_is_taken(small: tuple[Server, Path]) -> None:
    server, folder = small
    cookie = sign_in(server)
    assert server.comment("Before.").status == 303
    fill(folder)
    refused = None
    for n in range(400):  # what is allotted already is used up first
        refused = server.comment(f"Word {n} " * 200, n)
        if refused.status != 303:
            break
    assert refused is not None
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "The disk is full" in refused.text
    assert f"Word {n} Word {n}" in refused.text.split("<textarea")[1]
    json = server.comment("For a machine. " * 300, 999, **FORM)
    assert (json.status, '"comment": "For a machine.' in json.text) == (503, True)
    for n in range(50):
        server.comment("Again. " * 900, n)
    assert server.printed().count("Nothing can be saved") == 1
    page = server.ask(f"/{SLUG}/")
    assert (page.status, "x-robots-tag" in page.headers) == (200, False)
    assert "Comments cannot be saved right now. The disk is full." in page.text
    desk = server.ask("/admin/comments", Cookie=cookie)
    assert (desk.status, "Nothing can be saved right now. The disk is full." in desk.text) == (200, True)
    (folder / "filler").unlink()
    assert server.comment("After.", 2).status == 303
    assert "takes what is saved again" in server.printed()
    assert "Nothing can be saved" not in server.ask(f"/{SLUG}/").text
    assert server.ask("/healthz").status == 200
    server.stop()


@needs_mounts
def test_f04_a_copy_that_finds_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    make_site(tmp_path)
    target = tmp_path / "target"
    target.mkdir()
    script = f'mount -t tmpfs -o size=100k none {target} && "$@"; code=$?; ls -A {target} >&2; exit $code'
    done = run(tmp_path, "backup", target / "copy.db", before=("unshare", "-m", "sh", "-c", script, "sh"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["Database error: database or disk is full. Nothing was changed."]
