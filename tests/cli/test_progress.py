"""Long work shows on a terminal how far it has come, and says nothing of it anywhere else."""

import json
import os
import pty
import subprocess
from contextlib import suppress

import pytest
from sqlite_utils import Database

from blog.settings import Settings
from tests.factories import write_post
from tests.importing.test_page import PAGES
from tests.reliability.serving import ROOT, command, environ, words

COMMANDS = {
    ("publish",): ["Publishing"],
    ("export", "static", "{site}/copy"): ["Publishing", "Exporting"],
    ("import", "page", str(PAGES / "comment_list.html")): ["Importing"],
    ("learn", "{site}/lines"): ["Learning", "Weighing the words"],
    ("filter", "rebuild"): ["Rebuilding", "Weighing the words"],
    ("backup", "{site}/copy.db"): ["Copying"],
}


@pytest.fixture(autouse=True)
def full(site: Settings, db: Database) -> None:
    for n in range(30):
        write_post(site.root, f"post-{n}")
    for name in ("known", "lines"):
        labelled = [("spam", f"Casino {name} {n}") for n in range(30)] + [
            ("ham", f"Lamp {name} {n}") for n in range(30)
        ]
        lines = [json.dumps({"text": text, "label": label}) for label, text in labelled]
        (site.root / name).write_text("\n".join(lines), "utf-8")
    assert command(site.root, "learn", site.root / "known").returncode == 0


def started(site: Settings, act: tuple[str, ...], stderr: int) -> "subprocess.Popen[bytes]":
    said = [word.replace("{site}", str(site.root)) for word in act]
    env = {**environ(), "TERM": "xterm-256color", "COLUMNS": "100"}
    return subprocess.Popen(words(site.root, *said), cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=stderr)


def on_a_terminal(site: Settings, act: tuple[str, ...]) -> str:
    """Return what a terminal gets of what goes to standard error."""
    ours, theirs = pty.openpty()
    with started(site, act, theirs) as process:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # nobody holds the other end any more
            while piece := os.read(ours, 65_536):
                said += piece
        process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0, said
    return said.decode()


@pytest.mark.parametrize("act", COMMANDS, ids=" ".join)
def test_a_terminal_shows_how_far_it_has_come(site: Settings, act: tuple[str, ...]) -> None:
    said = on_a_terminal(site, act)
    for what in COMMANDS[act]:
        assert what in said
    if act != ("import", "page", str(PAGES / "comment_list.html")):
        assert "100%" in said
    assert said.endswith("\x1b[2K")  # the bar is gone when the work is done


@pytest.mark.parametrize("act", COMMANDS, ids=" ".join)
def test_nothing_of_it_goes_into_a_file(site: Settings, act: tuple[str, ...]) -> None:
    with started(site, act, subprocess.PIPE) as process:
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, b"")
    assert stdout
    assert b"\x1b" not in stdout
    assert not any(what.encode() in stdout for what in COMMANDS[act])
