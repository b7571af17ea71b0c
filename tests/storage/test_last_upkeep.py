"""When the site was last backed up and checked."""

import os
from pathlib import Path

import pytest

from blog.settings import Settings
from blog.storage import last_upkeep
from blog.storage.last_upkeep import LastUpkeep
from tests.reliability.serving import command

NOON = "2026-05-07T12:00:00.000Z"


def test_before_the_first_backup_and_check_there_is_none(tmp_path: Path) -> None:
    assert last_upkeep.read(tmp_path / "blog.db") == LastUpkeep()


def test_each_keeps_what_the_other_noted(tmp_path: Path) -> None:
    database = tmp_path / "blog.db"
    last_upkeep.note_backup(database, at=NOON, size=7)
    last_upkeep.note_check(database, at="2026-05-08T12:00:00.000Z", problems=1)
    assert last_upkeep.read(database) == LastUpkeep(NOON, 7, "2026-05-08T12:00:00.000Z", 1)
    assert os.listdir(tmp_path) == ["blog.db.upkeep"]


@pytest.mark.parametrize("spoilt", ["", "[]", '{"backup_at": 3}', '{"other": "x"}', "\0"])
def test_a_file_that_was_spoilt_says_nothing_and_is_written_anew(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "blog.db.upkeep").write_text(spoilt, "utf-8")
    assert last_upkeep.read(tmp_path / "blog.db") == LastUpkeep()
    last_upkeep.note_backup(tmp_path / "blog.db", at=NOON, size=7)
    assert last_upkeep.read(tmp_path / "blog.db").backup_bytes == 7


def test_where_nothing_can_be_written_nothing_is_noted_and_nothing_fails(tmp_path: Path) -> None:
    last_upkeep.note_check(tmp_path / "missing" / "blog.db", at=NOON, problems=0)
    assert not (tmp_path / "missing").exists()


def test_the_commands_note_what_they_did_and_a_backup_brings_no_record_along(site: Settings, tmp_path: Path) -> None:
    assert command(site.root, "backup", tmp_path / "copy.db").returncode == 0
    assert command(site.root, "check").returncode == 0
    last = last_upkeep.read(site.database)
    assert (last.backup_bytes, last.problems) == ((tmp_path / "copy.db").stat().st_size, 0)
    assert last.check_at >= last.backup_at > NOON
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert command(elsewhere, "restore-backup", tmp_path / "copy.db").returncode == 0
    assert last_upkeep.read(elsewhere / "blog.db") == LastUpkeep()
