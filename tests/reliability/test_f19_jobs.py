"""F19. One worker does what is done beside answering; when it is killed, another one does it within 10 seconds."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from blog.jobs import Election
from tests import factories
from tests.reliability.serving import LOST, Server, looking, make_site, run, running

SECONDS = 30  # ten are promised; tests share their machine


def wait_until(true: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def elected(folder: Path) -> int:
    """Return the process that runs the jobs, 0 while none does."""
    text = (folder / "blog.db.jobs").read_text() if (folder / "blog.db.jobs").exists() else ""
    election = Election(folder / "blog.db")
    nobody = election.stand() if text else True
    if text and nobody:
        election.resign()
    return 0 if nobody else int(text or 0)


def is_published(server: Server, slug: str) -> bool:
    """Tell whether a post is there; a request to the worker that is killed just then gets no answer."""
    with suppress(*LOST):
        return server.ask(f"/{slug}/").status == 200
    return False


def warnings(server: Server, folder: Path, name: str) -> int:
    """Save a broken post; return how many workers say so."""
    (folder / "posts" / f"{name}.md").write_text("---\ntitle: [\n---\n", "utf-8")
    wait_until(lambda: f"{name}.md" in server.printed())
    time.sleep(1.5)
    return server.printed().count(f"{name}.md")


def test_f19_one_worker_runs_the_jobs_and_another_takes_over(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server:
        wait_until(lambda: elected(tmp_path) > 0)
        first = elected(tmp_path)
        assert warnings(server, tmp_path, "first") == 1
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: elected(tmp_path) not in (0, first))
        assert warnings(server, tmp_path, "second") == 1


def test_f19_what_was_saved_while_nobody_was_elected_is_published(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server:
        wait_until(lambda: elected(tmp_path) > 0)
        os.kill(elected(tmp_path), signal.SIGKILL)
        factories.write_post(tmp_path, "meanwhile")
        wait_until(lambda: is_published(server, "meanwhile"))


def test_f19_the_filter_learns_what_a_command_decided(tmp_path: Path) -> None:
    make_site(tmp_path)
    with running(tmp_path, "--workers", "2") as server:
        assert server.comment("Words to learn.").status == 303
        assert run(tmp_path, "spam", 1).returncode == 0
        with looking(tmp_path) as db:
            examples = "select count(*) from filter_examples"
            assert db.conn.execute(examples).fetchone() == (1,)
            left = f"{examples} where label <> learned or stale = 1"
            wait_until(lambda: db.conn.execute(left).fetchone() == (0,))


def test_f19_a_lock_is_one_workers_and_is_free_after_it(tmp_path: Path) -> None:
    one, other = Election(tmp_path / "blog.db"), Election(tmp_path / "blog.db")
    assert (one.stand(), other.stand(), one.stand()) == (True, False, True)
    assert (one.won, other.won) == (True, False)
    one.resign()
    assert other.stand()
    other.resign()
